import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import { useFormat } from './format.ts'
import { Sparkline } from './sparkline.tsx'

/** The validation loss of each fold, small and side by side; nothing without folds. */
export function FoldCharts({ history }: { history: Schemas['History'] }) {
  const { curves } = useTexts()
  const { number } = useFormat()
  const folds = (history.folds ?? []).map(({ valLoss = [] }) => valLoss)
  if (folds.length === 0) return null
  return (
    <div class="stack tight">
      <h3>{curves.folds}</h3>
      <ul class="grid small plain-list">
        {folds.map((values, i) => {
          const last = values.at(-1)
          return (
            <li class="stack tight">
              <span class="fine quiet">{curves.fold(i + 1)}</span>
              <Sparkline values={values} />
              <span class="fine" title={curves.lastValLoss}>
                {typeof last === 'number' ? number(last) : '–'}
              </span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}

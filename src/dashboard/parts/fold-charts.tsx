import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import { useFormat } from './format.ts'
import { rangeOf } from './range.ts'
import { Sparkline } from './sparkline.tsx'

/** The validation loss of each fold, small and side by side on one scale, above the mean of all; nothing without folds. */
export function FoldCharts({ history }: { history: Schemas['History'] }) {
  const { curves } = useTexts()
  const { number } = useFormat()
  const folds = (history.folds ?? []).map(({ valLoss = [] }) => valLoss)
  if (folds.length === 0) return null
  const mean = meanOf(folds)
  const range = rangeOf(folds.flat())
  return (
    <div class="stack tight">
      <h3>{curves.folds}</h3>
      <p class="quiet fine">{curves.foldsAbout}</p>
      <ul class="grid small plain-list">
        {folds.map((values, i) => {
          const last = values.at(-1)
          return (
            <li class="stack tight">
              <span class="fine quiet">{curves.fold(i + 1)}</span>
              <Sparkline values={values} behind={mean} range={range} />
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

/** Returns the mean of each epoch over the folds that have reached it. */
function meanOf(folds: readonly (readonly (number | null)[])[]): (number | null)[] {
  const epochs = Math.max(...folds.map((values) => values.length))
  return Array.from({ length: epochs }, (_, epoch) => {
    const known = folds.map((values) => values[epoch]).filter((value) => typeof value === 'number')
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
  })
}

import { useFormat } from '../../parts/format.ts'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { usePrediction } from './use-prediction.ts'

/** Texts that are asked at once. */
const MAX_TEXTS = 200

interface Props {
  model: string
  version: number
  /** Texts, one a line. */
  text: string
}

/** Asks each line of a text, and shows the answers as a table. */
export function ManyTexts({ model, version, text }: Props) {
  const { tryIt } = useTexts()
  const { percent } = useFormat()
  const texts = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, MAX_TEXTS)
  const { answer, error } = usePrediction(texts.length === 0 ? undefined : { model, version, texts })
  const predictions = answer?.predictions ?? []
  return (
    <section class="card stack" aria-label={tryIt.answer} aria-live="polite">
      <ErrorNotice error={error} />
      {texts.length === 0 && <p class="quiet">{tryIt.nothing}</p>}
      <table>
        <tbody>
          {predictions.map((each, i) => (
            <tr>
              <td>{texts[i]}</td>
              {'label' in each && (
                <>
                  <td>
                    <strong>{each.label}</strong>
                  </td>
                  <td class="number">{percent(each.confidence)}</td>
                </>
              )}
              {'value' in each && <td class="number">{each.value}</td>}
              {'labels' in each && <td>{each.labels.map(({ label }) => label).join(', ')}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

import { useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { useMetricText } from '../../parts/metric.tsx'
import { useTexts } from '../../texts/texts.tsx'

type Evaluation = Schemas['Evaluation']

/** What each threshold would do, by the ROC curve of a model of two classes; nothing for other models. */
export function ThresholdSlider({ evaluation }: { evaluation: Evaluation }) {
  const { model: texts } = useTexts()
  const { percent, number } = useFormat()
  const text = useMetricText()
  const points = thresholdPoints(evaluation)
  const [threshold, setThreshold] = useState(0.5)
  if (!points) return null
  // The point with the smallest threshold that is not below the chosen one: its rows are those answered as positive.
  const point = points.items.findLast((each) => each.threshold >= threshold) ?? points.items[0]
  if (!point) return null
  const figures = [
    ['precision', percent(point.precision)],
    ['recall', percent(point.recall)],
    ['accuracy', percent(point.accuracy)],
  ] as const
  return (
    <section class="card stack" aria-labelledby="threshold">
      <h3 id="threshold">{texts.threshold}</h3>
      <label class="field">
        {texts.positiveFrom(points.positive, percent(threshold))}
        <input
          type="range"
          min="0"
          max="1"
          step="0.01"
          value={threshold}
          onInput={(event) => setThreshold(event.currentTarget.valueAsNumber)}
        />
        <small>{texts.thresholdHint}</small>
      </label>
      <dl class="figures" aria-live="polite">
        {figures.map(([name, value]) => (
          <div title={text(name).about} key={name}>
            <dt>{text(name).name}</dt>
            <dd class="big">{value}</dd>
          </div>
        ))}
        <div>
          <dt>{texts.falseAlarms}</dt>
          <dd class="big">{number(point.falsePositives)}</dd>
        </div>
        <div>
          <dt>{texts.missed}</dt>
          <dd class="big">{number(point.falseNegatives)}</dd>
        </div>
      </dl>
    </section>
  )
}

interface Point {
  threshold: number
  precision: number
  recall: number
  accuracy: number
  falsePositives: number
  falseNegatives: number
}

/** Works the figures of each threshold out from the ROC curve and the rows of both classes. */
function thresholdPoints({
  classes,
  roc,
  perClass,
}: Evaluation): { positive: string; items: Point[] } | undefined {
  const [negative, positive, ...others] = classes ?? []
  if (negative === undefined || positive === undefined || others.length > 0) return undefined
  const curve = roc?.[positive]
  const positives = perClass?.[positive]?.support
  const negatives = perClass?.[negative]?.support
  if (!curve?.thresholds || !positives || !negatives) return undefined
  const items = curve.thresholds.flatMap((threshold, i) => {
    const recall = curve.truePositiveRate[i]
    const alarms = curve.falsePositiveRate[i]
    if (threshold === null || recall === undefined || alarms === undefined) return []
    const truePositives = Math.round(recall * positives)
    const falsePositives = Math.round(alarms * negatives)
    const answered = truePositives + falsePositives
    return [
      {
        threshold,
        recall,
        precision: answered === 0 ? 0 : truePositives / answered,
        accuracy: (truePositives + negatives - falsePositives) / (positives + negatives),
        falsePositives,
        falseNegatives: positives - truePositives,
      },
    ]
  })
  return { positive, items: items.toSorted((a, b) => b.threshold - a.threshold) }
}

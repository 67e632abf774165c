import { useMemo, useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import { Curves } from '../../parts/curves.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { usePrediction } from './use-prediction.ts'

/** Places of a feature's range at which the model is asked. */
const STEPS = 40

interface Props {
  signature: Schemas['Signature']
  features: Readonly<Record<string, unknown>>
}

/** How the answer changes along one number of the row, while all others stay. */
export function AlongFeature({ signature: { model, version, inputs, output }, features }: Props) {
  const { tryIt } = useTexts()
  const numbers = inputs.flatMap(({ name, range }) =>
    range && typeof range.min === 'number' && typeof range.max === 'number' && range.min < range.max
      ? [{ name, min: range.min, max: range.max }]
      : [],
  )
  const [chosen, setChosen] = useState(numbers[0]?.name)
  const feature = numbers.find(({ name }) => name === chosen)
  const x = useMemo(
    () =>
      feature
        ? Array.from({ length: STEPS + 1 }, (_, i) => feature.min + (i / STEPS) * (feature.max - feature.min))
        : [],
    [feature?.name],
  )
  const rows = feature ? x.map((value) => ({ ...features, [feature.name]: value })) : undefined
  const { answer } = usePrediction(rows && { model, version, rows })
  const values = useMemo(
    () =>
      (answer?.predictions ?? []).map((each) =>
        'value' in each ? each.value : 'score' in each ? each.score : null,
      ),
    [answer],
  )
  if (!feature) return null
  const name = output.type === 'label' ? tryIt.score(output.positive ?? '') : (output.target ?? tryIt.value)
  return (
    <section class="card stack" aria-label={tryIt.along}>
      <label class="field">
        {tryIt.along}
        <select value={chosen} onChange={(event) => setChosen(event.currentTarget.value)}>
          {numbers.map((each) => (
            <option value={each.name}>{each.name}</option>
          ))}
        </select>
        <small>{tryIt.aboutAlong}</small>
      </label>
      {values.length === x.length && (
        <Curves title={name} xName={feature.name} x={x} curves={[{ name, values, color: 1 }]} height={200} />
      )}
    </section>
  )
}

import { useMemo, useState } from 'preact/hooks'
import type { Schemas } from '../../api/client.ts'
import type { Curve } from '../../parts/curve.ts'
import { Curves } from '../../parts/curves.tsx'
import type { Texts } from '../../texts/catalogue.ts'
import { useTexts } from '../../texts/texts.tsx'
import { usePrediction } from './use-prediction.ts'

/** Places of a feature's range at which the model is asked. */
const STEPS = 40

interface Props {
  signature: Schemas['Signature']
  features: Readonly<Record<string, unknown>>
  /** Of the interval that is drawn beside the value. Absent: none. */
  level: number | undefined
}

/** How the answer changes along one number of the row, while all others stay. */
export function AlongFeature({ signature: { model, version, inputs, output }, features, level }: Props) {
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
  const { answer } = usePrediction(
    rows && { model, version, rows, ...(level === undefined ? {} : { interval: level }) },
  )
  const name = nameOf(output, tryIt)
  const curves = useMemo(() => curvesOf(answer, output, tryIt), [answer, output, tryIt])
  if (!feature) return null
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
      {curves[0]?.values.length === x.length && (
        <Curves title={name} xName={feature.name} x={x} curves={curves} height={200} />
      )}
    </section>
  )
}

/** The answers along the feature: one number, or those of several classes or targets, with the ends of an interval. */
function curvesOf(
  answer: Schemas['PredictAnswer'] | undefined,
  output: Schemas['Signature']['output'],
  tryIt: Texts['tryIt'],
): Curve[] {
  const predictions = answer?.predictions ?? []
  if (output.type === 'values' || (output.type === 'label' && output.positive === null)) {
    return severalOf(predictions.map((each) => numbersOf(each)))
  }
  const name = nameOf(output, tryIt)
  const values = predictions.map((each) =>
    'value' in each ? each.value : 'score' in each ? each.score : null,
  )
  const intervals = predictions.map((each) => ('interval' in each ? each.interval : undefined))
  const curves: Curve[] = [{ name, values, color: 1 }]
  if (intervals.every((each) => each === undefined)) return curves
  const ends = { color: 2, dashed: true } as const
  return [
    ...curves,
    { ...ends, name: tryIt.low, values: intervals.map((each) => each?.low ?? null) },
    { ...ends, name: tryIt.high, values: intervals.map((each) => each?.high ?? null) },
  ]
}

const COLORS = [1, 2, 3, 4] as const

/** A curve for each name, of many those that reach the largest numbers. */
function severalOf(numbers: readonly Readonly<Record<string, number>>[]): Curve[] {
  const names = Object.keys(numbers[0] ?? {})
  const largest = (name: string) => Math.max(...numbers.map((each) => each[name] ?? 0))
  return names
    .toSorted((a, b) => largest(b) - largest(a))
    .slice(0, COLORS.length)
    .map((name, place) => ({
      name,
      values: numbers.map((each) => each[name] ?? null),
      color: COLORS[place] ?? 1,
    }))
}

/** The probabilities of a prediction by class, or its values by target. */
function numbersOf(prediction: Schemas['Prediction']): Readonly<Record<string, number>> {
  if ('probabilities' in prediction) return prediction.probabilities ?? {}
  return 'values' in prediction ? prediction.values : {}
}

/** What the numbers of the curves are. */
function nameOf(output: Schemas['Signature']['output'], tryIt: Texts['tryIt']): string {
  if (output.type !== 'label') return output.target ?? tryIt.value
  return output.positive === null ? tryIt.classes : tryIt.score(output.positive)
}

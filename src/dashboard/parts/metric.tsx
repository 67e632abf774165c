import { useTexts } from '../texts/texts.tsx'
import { useFormat } from './format.ts'

/** Metrics that say most about a model, the first that there is. */
const MAIN = ['accuracy', 'subsetAccuracy', 'f1Micro', 'mae', 'r2', 'rmse'] as const

/** Metrics that are shares of 1. */
const SHARES = new Set(['accuracy', 'precision', 'recall', 'subsetAccuracy', 'topK', 'f1Micro', 'f1Macro'])

/** Metrics that go up to 1, of which further digits are noise. */
const SCORES = new Set(['r2', 'auc', 'quadraticKappa'])

/** Returns the name of the metric to show where there is room for one. */
export function mainMetricOf(metrics: Readonly<Record<string, number | null>>): string | undefined {
  return MAIN.find((name) => typeof metrics[name] === 'number') ?? Object.keys(metrics)[0]
}

/** Returns the metric whose validation values a name stands for, such as `loss` for `valLoss`; undefined where it is none. */
export function validatedMetric(name: string): string | undefined {
  const [, first, rest = ''] = /^val([A-Z])(.*)$/.exec(name) ?? []
  return first && first.toLowerCase() + rest
}

/** Returns what writes a metric's value: as a percentage where it is a share. */
export function useMetricFormat(): (name: string, value: number | null | undefined) => string {
  const { number, percent } = useFormat()
  return (name, value) => {
    if (value === null || value === undefined) return '–'
    if (SHARES.has(name)) return percent(value)
    return number(SCORES.has(name) ? rounded(value, 3) : value)
  }
}

/** Returns what writes by how much a metric differs: in percentage points where it is a share. */
export function useDifferenceFormat(): (name: string, difference: number) => string {
  const { number } = useFormat()
  const { common } = useTexts()
  const write = useMetricFormat()
  return (name, difference) => {
    const text = SHARES.has(name)
      ? common.points(number(rounded(difference * 100, 1)))
      : write(name, difference)
    return difference > 0 ? `+${text}` : text
  }
}

/** Rounds to some digits after the point, where −0 is 0. */
function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits)) + 0
}

/** Returns the name of a metric for people, and what it means. */
export function useMetricText(): (name: string) => { name: string; about: string } {
  const { metrics } = useTexts()
  const known: Readonly<Record<string, { name: string; about: string }>> = metrics
  return (name) => known[name] ?? { name, about: '' }
}

/** A metric with its value, large. */
export function MetricValue({ name, value }: { name: string; value: number | null }) {
  const write = useMetricFormat()
  const text = useMetricText()(name)
  return (
    <div title={text.about}>
      <div class="big">{write(name, value)}</div>
      <div class="quiet fine">{text.name}</div>
    </div>
  )
}

import type { VersionExplanation } from '../../evaluation/explanation.ts'
import type { InputStates } from '../../models/encoders/row-encoder.ts'
import type { Prediction } from '../../models/predictor.ts'
import type { Cell, Row } from '../../recipe/table.ts'
import { setOwn } from '../../set-own.ts'
import { type JudgedRows, MOST_NAMES, namesOf } from './judged-rows.ts'

/** Columns that have a curve: the most important ones. */
const MOST_CURVES = 30
/** Points of a curve. */
const MOST_POINTS = 20
/** Rows over whose answers a point is the mean. */
const MOST_ROWS = 300

/**
 * Returns the partial dependence of the answer on single columns (Friedman 2001): the mean answer to the rows if all have the
 * same value there, for values at even shares of the rows.
 * @param order the columns, the most important first
 */
export function curvesOf(
  judged: JudgedRows,
  inputs: InputStates,
  order: readonly string[],
): VersionExplanation['curves'] {
  const types = new Map(inputs.map(({ name, type }) => [name, type]))
  const rows = judged.rows.slice(0, MOST_ROWS)
  const names = namesOf(judged)
  return order
    .filter((feature) => types.get(feature) !== 'text')
    .slice(0, MOST_CURVES)
    .map((feature) => {
      const points = valuesOf(judged.rows, feature).map((value) => ({
        value: typeof value === 'boolean' ? String(value) : value,
        outputs: meanOutputs(judged, rows, feature, value),
      }))
      return { feature, names: names.length === 0 ? null : names, points }
    })
}

/** Returns values of a column: numbers and dates at even shares of the rows, of others the most frequent ones. */
function valuesOf(rows: readonly Row[], feature: string): NonNullable<Cell>[] {
  const present = rows.flatMap((row) => row[feature] ?? [])
  const isOrdered = present.every((value) => typeof value === 'number' || isDate(value))
  if (!isOrdered) {
    const counts = new Map<NonNullable<Cell>, number>()
    for (const value of present) counts.set(value, (counts.get(value) ?? 0) + 1)
    return [...counts]
      .sort(([, a], [, b]) => b - a)
      .slice(0, MOST_POINTS)
      .map(([value]) => value)
  }
  const sorted = present.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const values = Array.from(
    { length: MOST_POINTS },
    (_, at) => sorted[Math.round((at / (MOST_POINTS - 1)) * (sorted.length - 1))],
  )
  return [...new Set(values)].flatMap((value) => value ?? [])
}

function isDate(value: Cell): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value)
}

function meanOutputs(
  { predictor }: JudgedRows,
  rows: readonly Row[],
  feature: string,
  value: Cell,
): number[] {
  const sums: number[] = []
  for (const row of rows) {
    const changed = { ...row }
    setOwn(changed, feature, value)
    for (const [at, output] of outputsOf(predictor.predict(changed)).entries())
      sums[at] = (sums[at] ?? 0) + output / rows.length
  }
  return sums
}

function outputsOf(prediction: Prediction): number[] {
  if ('value' in prediction) return [prediction.value]
  if ('values' in prediction) return Object.values(prediction.values).slice(0, MOST_NAMES)
  const probabilities = Object.values(prediction.probabilities)
  // Of two classes the positive one says it all.
  return 'label' in prediction && probabilities.length === 2
    ? probabilities.slice(1)
    : probabilities.slice(0, MOST_NAMES)
}

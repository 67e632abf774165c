import { NORMAL_95, wilson } from './intervals.ts'
import type { MetricValues, Slice, Slices } from './schema.ts'

/** How a version does on one row: 1 or 0 for a right or wrong answer, or the size of an error. */
export interface SlicedRows {
  readonly metric: Slices['metric']
  readonly results: ArrayLike<number>
  /** How much each row counts. Absent: all count alike. */
  readonly weights?: ArrayLike<number> | undefined
  /** Columns with the group of each row, by index; null: in no group. */
  readonly columns: readonly { column: string; groupOf: (at: number) => string | null }[]
  /** Returns further metrics of some rows, by their places. */
  readonly metricsOf: (places: Uint32Array) => MetricValues
}

/** Rows that a slice has at least: figures of fewer say little. */
const LEAST_ROWS = 20
/** Groups of a column that are told, the largest ones. */
const MOST_GROUPS = 12
/**
 * Standard errors by which a slice is worse than all rows before it is named the worst: among hundreds of slices, one that
 * is worse by two is there by chance.
 */
const DIFFERENT = 3

/** Results of some rows, each with its weight. */
interface Results {
  readonly values: readonly number[]
  readonly weights: readonly number[]
}

/**
 * Measures a version on parts of the rows: accuracy with Wilson's interval, or the mean absolute error with the normal one.
 * Weighted rows count in an interval as many as Kish's effective size (Kish 1965) of them says.
 */
export function slicesOf({ metric, results, weights, columns, metricsOf }: SlicedRows): Slices {
  const whole = Array.from(results, (_, at) => at)
  const resultsAt = (places: readonly number[]): Results => ({
    values: places.map((at) => results[at] ?? 0),
    weights: places.map((at) => weights?.[at] ?? 1),
  })
  const all = resultsAt(whole)
  const overall = measured(metric, all)
  const deviation = Math.sqrt(varianceOf(all, overall.value))
  const sign = metric === 'accuracy' ? -1 : 1
  const worseBy = (value: number, size: number) =>
    deviation === 0 ? 0 : (sign * (value - overall.value)) / (deviation / Math.sqrt(size))
  let worst: { slice: Slice; by: number } | undefined
  const slices = columns.flatMap(({ column, groupOf }) =>
    [...groupsOf(whole, groupOf)]
      .filter(([, own]) => own.length >= LEAST_ROWS && own.length < whole.length)
      .filter(([, own]) => effectiveSize(resultsAt(own)) > 0)
      .sort(([name, a], [other, b]) => b.length - a.length || (name < other ? -1 : 1))
      .slice(0, MOST_GROUPS)
      .map(([part, own]): Slice => {
        const part95 = measured(metric, resultsAt(own))
        const metrics = metricsOf(Uint32Array.from(own))
        const slice = { column, part, rows: own.length, ...part95, metrics }
        const by = worseBy(slice.value, effectiveSize(resultsAt(own)))
        if (!worst || by > worst.by) worst = { slice, by }
        return slice
      }),
  )
  return {
    metric,
    overall: overall.value,
    worst: worst && worst.by >= DIFFERENT ? worst.slice : null,
    slices,
  }
}

function groupsOf(places: readonly number[], groupOf: (at: number) => string | null): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const at of places) {
    const group = groupOf(at)
    if (group === null) continue
    const own = groups.get(group)
    if (own) own.push(at)
    else groups.set(group, [at])
  }
  return groups
}

function measured(metric: Slices['metric'], results: Results): Pick<Slice, 'value' | 'interval95'> {
  const { values, weights } = results
  // The sum of zeros and ones is exact, so that a share is not above 1 by rounding.
  const sum = values.reduce((total, value, at) => total + value * (weights[at] ?? 1), 0)
  const value = sum / (total(weights) || 1)
  const size = effectiveSize(results)
  if (metric === 'accuracy') return { value, interval95: wilson(value, size) }
  const half = NORMAL_95 * Math.sqrt(varianceOf(results, value) / Math.max(1, size - 1))
  return { value, interval95: { low: value - half, high: value + half } }
}

function total(weights: readonly number[]): number {
  return weights.reduce((sum, weight) => sum + weight, 0)
}

/** (Σ weight)² / Σ weight²: the number of rows where all weigh the same. */
function effectiveSize({ weights }: Results): number {
  const squares = weights.reduce((sum, weight) => sum + weight * weight, 0)
  return squares > 0 ? total(weights) ** 2 / squares : 0
}

function varianceOf({ values, weights }: Results, mean: number): number {
  const sum = values.reduce((squares, value, at) => squares + (weights[at] ?? 1) * (value - mean) ** 2, 0)
  return sum / (total(weights) || 1)
}

import type { Slice, Slices } from './explanation.ts'
import { NORMAL_95, wilson } from './intervals.ts'

/** How a version does on one row: 1 or 0 for a right or wrong answer, or the size of an error. */
export interface SlicedRows {
  readonly metric: Slices['metric']
  readonly results: ArrayLike<number>
  /** Columns with the group of each row, by index; null: in no group. */
  readonly columns: readonly { column: string; groupOf: (at: number) => string | null }[]
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

/**
 * Measures a version on parts of the rows: accuracy with Wilson's interval, or the mean absolute error with the normal one.
 */
export function slicesOf({ metric, results, columns }: SlicedRows): Slices {
  const all = Array.from(results)
  const overall = measured(metric, all)
  const slices = columns.flatMap(({ column, groupOf }) => {
    const groups = new Map<string, number[]>()
    for (const [at, result] of all.entries()) {
      const group = groupOf(at)
      if (group === null) continue
      const own = groups.get(group) ?? []
      own.push(result)
      groups.set(group, own)
    }
    return [...groups]
      .filter(([, own]) => own.length >= LEAST_ROWS && own.length < all.length)
      .sort(([, a], [, b]) => b.length - a.length)
      .slice(0, MOST_GROUPS)
      .map(([part, own]): Slice => ({ column, part, rows: own.length, ...measured(metric, own) }))
  })
  const deviation = Math.sqrt(Math.max(0, varianceOf(all, overall.value)))
  const sign = metric === 'accuracy' ? -1 : 1
  const worseBy = (slice: Slice) =>
    deviation === 0 ? 0 : (sign * (slice.value - overall.value)) / (deviation / Math.sqrt(slice.rows))
  const [worst] = [...slices].sort((a, b) => worseBy(b) - worseBy(a))
  return {
    metric,
    overall: overall.value,
    worst: worst && worseBy(worst) >= DIFFERENT ? worst : null,
    slices,
  }
}

function measured(metric: Slices['metric'], results: readonly number[]): Pick<Slice, 'value' | 'interval95'> {
  // The sum of zeros and ones is exact, so that a share is not above 1 by rounding.
  const value = results.reduce((sum, result) => sum + result, 0) / Math.max(1, results.length)
  if (metric === 'accuracy') return { value, interval95: wilson(value, results.length) }
  const half = NORMAL_95 * Math.sqrt(varianceOf(results, value) / Math.max(1, results.length - 1))
  return { value, interval95: { low: value - half, high: value + half } }
}

function varianceOf(results: readonly number[], mean: number): number {
  return results.reduce((sum, result) => sum + (result - mean) ** 2 / results.length, 0)
}

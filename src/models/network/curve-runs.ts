import type { Curve, SparseInput } from './weights.ts'

/** A run of fewer ones is left among the other inputs. */
export const FEWEST_ONES = 8

/** A sparse row in two parts. */
export interface SplitRow {
  /** The inputs that are in no run, in their order: the first `count` of both arrays. */
  count: number
  readonly indices: Uint32Array
  readonly values: Float32Array
  /** The runs of ones, in their order: the first `runs` of both arrays. A run begins at the first input of its curve. */
  runs: number
  /** For each run the number of its curve. */
  readonly curves: Uint32Array
  readonly lengths: Uint32Array
}

/** Takes the runs of ones out of a row's inputs; undefined for a row with too many of them. */
export type RunsOf = (row: SparseInput, start: number, end: number) => SplitRow | undefined

/**
 * Returns a function that takes the runs of ones out of a row: a number that is encoded piecewise linearly has tens of them,
 * always from the first input of its curve on, so that their rows of a kernel can be added up beforehand. The next row
 * overwrites the result; a row of more than `most` inputs has none.
 */
export function runFinder(curves: readonly Curve[], most: number): RunsOf {
  /** For each input one more than the number of the curve that begins there; 0: none does. */
  const beginning = new Uint32Array(Math.max(0, ...curves.map(({ base }) => base + 1)))
  for (const [at, { base }] of curves.entries()) beginning[base] = at + 1
  const split: SplitRow = {
    count: 0,
    indices: new Uint32Array(most),
    values: new Float32Array(most),
    runs: 0,
    curves: new Uint32Array(curves.length),
    lengths: new Uint32Array(curves.length),
  }
  return (row, start, end) => {
    if (end - start > most) return undefined
    split.count = 0
    split.runs = 0
    let at = start
    while (at < end) {
      const index = row.indices[at] ?? 0
      const curve = (beginning[index] ?? 0) - 1
      const ones = curve < 0 ? 0 : onesFrom(row, at, Math.min(end, at + (curves[curve]?.length ?? 0)))
      if (ones >= FEWEST_ONES && split.runs < curves.length) {
        split.curves[split.runs] = curve
        split.lengths[split.runs] = ones
        split.runs += 1
        at += ones
      } else {
        split.indices[split.count] = index
        split.values[split.count] = row.values[at] ?? 0
        split.count += 1
        at += 1
      }
    }
    return split
  }
}

/** Returns how many neighbouring inputs are 1, from the entry `from` of a row on. */
function onesFrom({ indices, values }: SparseInput, from: number, end: number): number {
  const first = indices[from] ?? 0
  let at = from
  while (at < end && values[at] === 1 && indices[at] === first + at - from) at += 1
  return at - from
}

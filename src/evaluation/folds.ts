import { Random } from './random.ts'

/** Row numbers to train on and to validate on, each ascending. */
export interface Split {
  training: Uint32Array
  validation: Uint32Array
}

/**
 * Keeps rows aside at random, the same ones for the same seed. With classes each class gives its share
 * (stratified); what rounding leaves over goes to the classes with the largest remainders.
 * @param count rows to keep aside
 * @param classOf class number of each row, or null for a regression
 */
export function splitRows(
  rows: number,
  count: number,
  classOf: ArrayLike<number> | null,
  seed: number,
): Split {
  const random = new Random(seed, 'split')
  const ordered = rowsByClass(rows, classOf).map((members) => random.shuffle(members))
  const shares = apportion(
    ordered.map((members) => members.length),
    count,
  )
  const aside = new Uint8Array(rows)
  for (const [index, members] of ordered.entries())
    for (const row of members.slice(0, shares[index])) aside[row] = 1
  const all = Uint32Array.from({ length: rows }, (_, row) => row)
  return {
    training: all.filter((row) => aside[row] === 0),
    validation: all.filter((row) => aside[row] === 1),
  }
}

/** Returns the rows of each class, in the order of the classes; all rows for a regression. */
function rowsByClass(rows: number, classOf: ArrayLike<number> | null): number[][] {
  const groups = new Map<number, number[]>()
  for (let row = 0; row < rows; row++) {
    const group = classOf?.[row] ?? 0
    const members = groups.get(group)
    if (members) members.push(row)
    else groups.set(group, [row])
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, members]) => members)
}

/** Options of a division of rows into folds. */
export interface FoldPlan {
  /** Number of folds, at most as many as there are rows. */
  kFold: number
  /** False: consecutive blocks of rows in their order, as in Chollet's book. */
  shuffle: boolean
  /** Number of the repeat, from 1; each draws anew. */
  repeat: number
  seed: number
}

/**
 * Gives each row the number of its fold, from 0. The folds' sizes differ by at most one row. Shuffled, each
 * class is spread over the folds as evenly as can be (stratified): its counts differ by at most one, too.
 * @param classOf class number of each row, or null for a regression
 */
export function assignFolds(rows: number, classOf: ArrayLike<number> | null, plan: FoldPlan): Uint32Array {
  const { kFold, shuffle, repeat, seed } = plan
  const folds = new Uint32Array(rows)
  if (!shuffle) {
    // As scikit-learn's KFold: the first `rows mod kFold` blocks are one row longer.
    const size = Math.floor(rows / kFold)
    const longer = rows % kFold
    const edge = longer * (size + 1)
    return folds.map((_, row) =>
      row < edge ? Math.floor(row / (size + 1)) : longer + Math.floor((row - edge) / size),
    )
  }
  const random = new Random(seed, repeat === 1 ? 'folds' : `folds ${repeat}`)
  // Dealt like cards, one class after the other without starting anew, so that sizes stay even.
  let next = 0
  for (const members of rowsByClass(rows, classOf))
    for (const row of random.shuffle(members)) folds[row] = next++ % kFold
  return folds
}

/** The rows that one fold trains and validates on. @param fold from 0 */
export function foldRows(folds: Uint32Array, fold: number): Split {
  const all = Uint32Array.from({ length: folds.length }, (_, row) => row)
  return {
    training: all.filter((row) => folds[row] !== fold),
    validation: all.filter((row) => folds[row] === fold),
  }
}

/** Divides `count` in proportion to sizes, in whole numbers (largest remainder). */
function apportion(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const exact = sizes.map((size) => (total === 0 ? 0 : (size * count) / total))
  const shares = exact.map(Math.floor)
  let left = count - shares.reduce((sum, share) => sum + share, 0)
  const byRemainder = exact.map((share, index) => ({ index, remainder: share - Math.floor(share) }))
  byRemainder.sort((a, b) => b.remainder - a.remainder || a.index - b.index)
  for (const { index } of byRemainder) {
    if (left <= 0) break
    shares[index] = (shares[index] ?? 0) + 1
    left -= 1
  }
  return shares
}

import type { BinnedFeature } from '../../models/trees/forest.ts'

/*
 * The best division of a leaf's rows, from the sums of their gradients by bin. A leaf of sums G (gradients) and H (second
 * derivatives) answers −G / (H + l2), which lowers the loss by ½ G² / (H + l2) to second order (Friedman 2001; Chen and
 * Guestrin 2016, equations 5 to 7). A split gains what its two sides lower the loss by beyond the whole leaf.
 */

/** Sums over the rows of a leaf or of a part of it. */
export interface Sums {
  readonly gradient: number
  /** Of second derivatives. */
  readonly curvature: number
  readonly rows: number
}

/** A division of a leaf's rows. */
export interface Split {
  readonly feature: number
  /** Twice what the loss falls by. */
  readonly gain: number
  /** Bins that go left: up to a number, or a set. */
  readonly bins: number | readonly number[]
  /** Whether gaps go left. */
  readonly gapLeft: boolean
  readonly left: Sums
}

/** Rules that a split must keep. */
export interface SplitRules {
  readonly minRows: number
  readonly l2: number
}

/** A leaf's sums by bin: see `TreeMemory`. */
export interface Histogram {
  readonly firstBin: Uint32Array
  readonly pairs: Float64Array
  readonly counts: Uint32Array
}

/** Second derivatives of a side, at least, as in LightGBM and scikit-learn: below it an answer may be anything. */
const MIN_CURVATURE = 1e-3
/** Gain that rounding alone may come to. */
const MIN_GAIN = 1e-12
/**
 * Rows of a category that may be divided by, at least, each counted by its second derivative: of rarer ones the mean is
 * noise. As in scikit-learn.
 */
const MIN_CATEGORY = 10
/** Added to a category's second derivatives where categories are put in order, so that rare ones are near the middle. */
const CATEGORY_SMOOTHING = 10

/** Returns the best split of a leaf; null if none keeps the rules and gains. Of equal ones the first counts. */
export function bestSplit(
  histogram: Histogram,
  features: readonly BinnedFeature[],
  chosen: readonly number[],
  whole: Sums,
  rules: SplitRules,
): Split | null {
  let best: Split | null = null
  for (const feature of chosen) {
    const { bins = 0, categorical = false } = features[feature] ?? {}
    const look = categorical ? bestSet : bestThreshold
    best = look(histogram, { feature, bins }, whole, rules, best) ?? best
  }
  return best
}

/** Returns twice the loss that the best value of a leaf takes away, from the sums of its rows. */
function scoreOf(gradient: number, curvature: number, l2: number): number {
  return (gradient * gradient) / (curvature + l2)
}

type Column = Pick<Split, 'feature'> & { bins: number }

/** Returns the best threshold of a number, if it is better than `best`. Gaps go to either side where there are any. */
function bestThreshold(
  { firstBin, pairs, counts }: Histogram,
  { feature, bins }: Column,
  whole: Sums,
  { minRows, l2 }: SplitRules,
  best: Split | null,
): Split | null {
  const first = firstBin[feature] ?? 0
  const counted = counts.length > 0
  const { gradient, curvature, rows } = whole
  const own = scoreOf(gradient, curvature, l2)
  const gapRows = (counted ? counts[first] : pairs[2 * first + 1]) ?? 0
  let most = best ? best.gain : MIN_GAIN
  let found: { bin: number; gapLeft: boolean; left: Sums } | null = null
  for (let side = 0; side < (gapRows > 0 ? 2 : 1); side++) {
    // First with the gaps on the right, then on the left.
    let leftGradient = side === 0 ? 0 : (pairs[2 * first] ?? 0)
    let leftCurvature = side === 0 ? 0 : (pairs[2 * first + 1] ?? 0)
    let leftRows = side === 0 ? 0 : gapRows
    // With gaps, all other rows may be on one side.
    const last = gapRows > 0 && side === 0 ? bins : bins - 1
    for (let bin = 1; bin < last; bin++) {
      const at = first + bin
      const here = (counted ? counts[at] : pairs[2 * at + 1]) ?? 0
      if (here === 0) continue
      leftGradient += pairs[2 * at] ?? 0
      leftCurvature += pairs[2 * at + 1] ?? 0
      leftRows += here
      if (leftRows < minRows || leftCurvature < MIN_CURVATURE) continue
      const rightCurvature = curvature - leftCurvature
      if (rows - leftRows < minRows || rightCurvature < MIN_CURVATURE) break
      const rightGradient = gradient - leftGradient
      const gain = scoreOf(leftGradient, leftCurvature, l2) + scoreOf(rightGradient, rightCurvature, l2) - own
      if (gain <= most) continue
      most = gain
      const left = { gradient: leftGradient, curvature: leftCurvature, rows: leftRows }
      found = { bin, gapLeft: side === 1, left }
    }
  }
  if (!found) return null
  // A gap that no training row has goes where most rows go.
  const gapLeft = gapRows > 0 ? found.gapLeft : 2 * found.left.rows >= rows
  return { feature, gain: most, bins: found.bin, gapLeft, left: found.left }
}

/**
 * Returns the best set of categories, if it is better than `best`. In the order of the means of their gradients, the best
 * set is one of the first or of the last categories (Fisher 1958). Rare categories go right, where at least half of the
 * others go.
 */
function bestSet(
  { firstBin, pairs, counts }: Histogram,
  { feature, bins }: Column,
  whole: Sums,
  { minRows, l2 }: SplitRules,
  best: Split | null,
): Split | null {
  const first = firstBin[feature] ?? 0
  const counted = counts.length > 0
  const { gradient, curvature, rows } = whole
  const own = scoreOf(gradient, curvature, l2)
  const rowsOf = (bin: number) => (counted ? counts[first + bin] : pairs[2 * (first + bin) + 1]) ?? 0
  const meanOf = (bin: number) =>
    (pairs[2 * (first + bin)] ?? 0) / ((pairs[2 * (first + bin) + 1] ?? 0) + CATEGORY_SMOOTHING)
  const order: number[] = []
  const perRow = curvature / rows
  for (let bin = 0; bin < bins; bin++)
    if ((pairs[2 * (first + bin) + 1] ?? 0) >= MIN_CATEGORY * perRow) order.push(bin)
  if (order.length < 2) return null
  order.sort((a, b) => meanOf(a) - meanOf(b) || a - b)
  let most = best ? best.gain : MIN_GAIN
  let found: { length: number; reversed: boolean; left: Sums } | null = null
  for (const reversed of [false, true]) {
    const left = { gradient: 0, curvature: 0, rows: 0 }
    const longest = Math.ceil(order.length / 2) - (reversed ? 1 : 0)
    for (let length = 1; length <= longest; length++) {
      const bin = order[reversed ? order.length - length : length - 1] ?? 0
      left.gradient += pairs[2 * (first + bin)] ?? 0
      left.curvature += pairs[2 * (first + bin) + 1] ?? 0
      left.rows += rowsOf(bin)
      if (left.rows < minRows || left.curvature < MIN_CURVATURE) continue
      const rightCurvature = curvature - left.curvature
      if (rows - left.rows < minRows || rightCurvature < MIN_CURVATURE) break
      const rightGradient = gradient - left.gradient
      const gain =
        scoreOf(left.gradient, left.curvature, l2) + scoreOf(rightGradient, rightCurvature, l2) - own
      if (gain <= most) continue
      most = gain
      found = { length, reversed, left: { ...left } }
    }
  }
  if (!found) return null
  const set = found.reversed ? order.slice(order.length - found.length) : order.slice(0, found.length)
  return { feature, gain: most, bins: set, gapLeft: set.includes(0), left: found.left }
}

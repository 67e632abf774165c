import type { PrecisionRecallCurve, RocCurve } from './schema.ts'
import { rounded, thinned } from './thin.ts'

/** Scores (probabilities) of the rows of a class, and of all other rows, each in any order. */
export interface Separated {
  positives: Float64Array
  negatives: Float64Array
  /** How much each of them counts, above 0. Default: all count alike. */
  weights?: { positives: Float64Array; negatives: Float64Array } | undefined
}

/** The two curves of a class or label against all others. */
export interface Curves {
  roc: RocCurve
  precisionRecall: PrecisionRecallCurve
}

/** Rows that score at least a threshold, or their weights. All arrays have one entry for each threshold. */
interface Steps {
  /** The different scores, highest first. */
  thresholds: Float64Array
  /** Rows of the class among them. */
  hits: Float64Array
  /** Other rows among them. */
  misses: Float64Array
}

/**
 * Returns the ROC and the precision-recall curve over all thresholds, from the strictest on; undefined where one side
 * has no rows. Areas are taken over all points, before the curves are thinned.
 * @param columns columns of the x-axis of which a curve keeps at most four points each (see `thinned`)
 */
export function curvesOf(scores: Separated, columns: number): Curves | undefined {
  if (scores.positives.length === 0 || scores.negatives.length === 0) return undefined
  const steps = scores.weights ? weightedSteps(scores, scores.weights) : stepsOf(scores)
  const positives = scores.weights ? (steps.hits.at(-1) ?? 0) : scores.positives.length
  const negatives = scores.weights ? (steps.misses.at(-1) ?? 0) : scores.negatives.length
  return {
    roc: rocOf(steps, positives, negatives, columns),
    precisionRecall: precisionRecallOf(steps, positives, negatives, columns),
  }
}

/**
 * Counts rows by threshold. The two sides are sorted by themselves, which needs no comparison function, slow on a
 * million rows.
 */
function stepsOf({ positives, negatives }: Separated): Steps {
  const right = positives.slice().sort().reverse()
  const wrong = negatives.slice().sort().reverse()
  const thresholds: number[] = []
  const hits: number[] = []
  const misses: number[] = []
  let hit = 0
  let miss = 0
  while (hit < right.length || miss < wrong.length) {
    const threshold = Math.max(
      right[hit] ?? Number.NEGATIVE_INFINITY,
      wrong[miss] ?? Number.NEGATIVE_INFINITY,
    )
    while (hit < right.length && right[hit] === threshold) hit += 1
    while (miss < wrong.length && wrong[miss] === threshold) miss += 1
    thresholds.push(threshold)
    hits.push(hit)
    misses.push(miss)
    // NaN equals nothing, not even itself, so the loop would not end.
    if (Number.isNaN(threshold)) break
  }
  return {
    thresholds: Float64Array.from(thresholds),
    hits: Float64Array.from(hits),
    misses: Float64Array.from(misses),
  }
}

/** Sums weights by threshold. */
function weightedSteps(
  { positives, negatives }: Separated,
  weights: NonNullable<Separated['weights']>,
): Steps {
  const count = positives.length
  const scoreOf = (row: number) => (row < count ? positives[row] : negatives[row - count]) ?? 0
  const order = Uint32Array.from({ length: count + negatives.length }, (_, row) => row)
  order.sort((a, b) => scoreOf(b) - scoreOf(a))
  const thresholds: number[] = []
  const hits: number[] = []
  const misses: number[] = []
  let hit = 0
  let miss = 0
  for (const [at, row] of order.entries()) {
    if (row < count) hit += weights.positives[row] ?? 0
    else miss += weights.negatives[row - count] ?? 0
    const next = order[at + 1]
    if (next !== undefined && scoreOf(next) === scoreOf(row)) continue
    thresholds.push(scoreOf(row))
    hits.push(hit)
    misses.push(miss)
  }
  return {
    thresholds: Float64Array.from(thresholds),
    hits: Float64Array.from(hits),
    misses: Float64Array.from(misses),
  }
}

/** From (0, 0) to (1, 1); the area is the sum of trapezoids. */
function rocOf(steps: Steps, positives: number, negatives: number, columns: number): RocCurve {
  const x = [0, ...steps.misses].map((count) => count / negatives)
  const y = [0, ...steps.hits].map((count) => count / positives)
  let area = 0
  for (let at = 1; at < x.length; at++)
    area += ((x[at] ?? 0) - (x[at - 1] ?? 0)) * (((y[at] ?? 0) + (y[at - 1] ?? 0)) / 2)
  const kept = thinned(x, y, columns)
  return {
    falsePositiveRate: kept.map((at) => rounded(x[at] ?? 0)),
    truePositiveRate: kept.map((at) => rounded(y[at] ?? 0)),
    thresholds: thresholdsAt(steps, kept),
    area,
  }
}

/** From recall 0, where the precision is set to 1; average precision is Σ (Rₙ − Rₙ₋₁)·Pₙ, as in scikit-learn. */
function precisionRecallOf(
  steps: Steps,
  positives: number,
  negatives: number,
  columns: number,
): PrecisionRecallCurve {
  const x = [0, ...steps.hits].map((count) => count / positives)
  const y = [1]
  let average = 0
  for (const [at, hits] of steps.hits.entries()) {
    const precision = hits / (hits + (steps.misses[at] ?? 0))
    average += ((x[at + 1] ?? 0) - (x[at] ?? 0)) * precision
    y.push(precision)
  }
  const kept = thinned(x, y, columns)
  return {
    recall: kept.map((at) => rounded(x[at] ?? 0)),
    precision: kept.map((at) => rounded(y[at] ?? 0)),
    thresholds: thresholdsAt(steps, kept),
    averagePrecision: average,
    prevalence: positives / (positives + negatives),
  }
}

/** Thresholds of the points that are kept; null for a curve's first point, which is above all of them. */
function thresholdsAt({ thresholds }: Steps, kept: readonly number[]): (number | null)[] {
  return kept.map((at) => (at === 0 ? null : rounded(thresholds[at - 1] ?? 0)))
}

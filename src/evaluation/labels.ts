import { sigmoid } from '../numbers.ts'
import { type Curves, curvesOf } from './curves.ts'
import type { Scored } from './losses.ts'
import type { Evaluation } from './schema.ts'

/*
 * Counts of a classifier that gives each row any number of labels: every output is a label of its own, and the truth of a
 * row has 1 for each label that it has.
 */

/** Labels that get curves. */
const CURVED_LABELS = 5
/** Columns of the x-axis that each curve keeps points of (see `thinned`). */
const CURVE_COLUMNS = 64

/** Rows by label, or their weights. Arrays are in the order of the labels. */
export interface LabelCounts {
  /** Rows that have the label. */
  support: Float64Array
  /** Rows that were answered with it. */
  answered: Float64Array
  /** Rows that have it and were answered with it. */
  hits: Float64Array
  /** Rows whose labels were all answered, and no other. */
  exact: number
}

/** Probability from which each label is answered, for all rows or by the number of a row. */
export type Thresholds = readonly number[] | ((row: number) => readonly number[])

/** Counts true and answered labels, each row by its weight. */
export function countLabels(scored: Scored, thresholds: Thresholds): LabelCounts {
  const { rows, outputs, logits, truth, weights } = scored
  const support = new Float64Array(outputs)
  const answered = new Float64Array(outputs)
  const hits = new Float64Array(outputs)
  let exact = 0
  for (let row = 0; row < rows; row++) {
    let wrong = 0
    const weight = weights?.[row] ?? 1
    const own = typeof thresholds === 'function' ? thresholds(row) : thresholds
    for (let label = 0; label < outputs; label++) {
      const at = row * outputs + label
      const isTrue = truth[at] === 1
      const isAnswered = sigmoid(logits[at] ?? 0) >= (own[label] ?? 0.5)
      if (isTrue) support[label] = (support[label] ?? 0) + weight
      if (isAnswered) answered[label] = (answered[label] ?? 0) + weight
      if (isTrue && isAnswered) hits[label] = (hits[label] ?? 0) + weight
      if (isTrue !== isAnswered) wrong += 1
    }
    if (wrong === 0) exact += weight
  }
  return { support, answered, hits, exact }
}

/** Returns the harmonic mean of precision and recall, from counts; 0 where there is neither a true nor an answered row. */
export function f1Of(hits: number, support: number, answered: number): number {
  return support + answered === 0 ? 0 : (2 * hits) / (support + answered)
}

/**
 * Returns precision, recall, F1 (0 where they are undefined, as in scikit-learn) and counts by label.
 * @param auc area under the ROC curve of each label, null where it is undefined
 * @param weighted the same counts by the rows' weights, of which the shares are then taken
 */
export function perLabelOf(
  counts: Omit<LabelCounts, 'exact'>,
  labels: readonly string[],
  auc: readonly (number | null)[],
  weighted?: Omit<LabelCounts, 'exact'>,
): NonNullable<Evaluation['perClass']> {
  const entries = labels.map((name, at) => {
    const { support, answered, hits } = countsAt(weighted ?? counts, at)
    const rows = countsAt(counts, at)
    const figures = {
      precision: answered === 0 ? 0 : hits / answered,
      recall: support === 0 ? 0 : hits / support,
      f1: f1Of(hits, support, answered),
      support: rows.support,
      answered: rows.answered,
      auc: auc[at] ?? null,
      ...(weighted && { weighted: { support, answered, hits } }),
    }
    return [name, figures] as const
  })
  return Object.fromEntries(entries)
}

function countsAt({ support, answered, hits }: Omit<LabelCounts, 'exact'>, label: number) {
  return { support: support[label] ?? 0, answered: answered[label] ?? 0, hits: hits[label] ?? 0 }
}

/** Returns one label's outputs and truths, as those of a classifier of two classes. */
export function labelColumn({ rows, outputs, logits, truth, weights }: Scored, label: number): Scored {
  const pick = (values: Float64Array) =>
    Float64Array.from({ length: rows }, (_, row) => values[row * outputs + label] ?? 0)
  return { rows, outputs: 1, logits: pick(logits), truth: pick(truth), weights }
}

/** Returns the curves of the labels that most rows have, each against the rows without it. */
export function labelCurves(scored: Scored, labels: readonly string[], support: Float64Array) {
  const chosen = labels
    .map((_, at) => at)
    .filter((at) => (support[at] ?? 0) > 0)
    .sort((a, b) => (support[b] ?? 0) - (support[a] ?? 0) || a - b)
    .slice(0, CURVED_LABELS)
  const curves = chosen.flatMap((label): [string, Curves][] => {
    const { logits, truth, weights } = labelColumn(scored, label)
    // Rows of the weight 0 have no part in a curve, whose shares they would leave undefined.
    const of = (value: number) => (_: number, row: number) => truth[row] === value && weights?.[row] !== 0
    const sides = { positives: of(1), negatives: of(0) }
    const scores = logits.map(sigmoid)
    const both = curvesOf(
      {
        positives: scores.filter(sides.positives),
        negatives: scores.filter(sides.negatives),
        weights: weights && {
          positives: weights.filter(sides.positives),
          negatives: weights.filter(sides.negatives),
        },
      },
      CURVE_COLUMNS,
    )
    return both ? [[labels[label] ?? '', both]] : []
  })
  return {
    roc: Object.fromEntries(curves.map(([name, { roc }]) => [name, roc])),
    precisionRecall: Object.fromEntries(curves.map(([name, { precisionRecall }]) => [name, precisionRecall])),
  }
}

/**
 * Returns the set of labels that most rows have, as 1 or 0 for each label; the first one of equally frequent sets.
 * @param weights how much each row counts. Default: all count alike
 */
export function mostFrequentSet(
  truth: ArrayLike<number>,
  labels: number,
  weights?: Float64Array,
): Float64Array {
  const sets = new Map<string, { weight: number; first: number }>()
  const rows = truth.length / labels
  for (let row = 0; row < rows; row++) {
    const own: number[] = []
    for (let label = 0; label < labels; label++) if (truth[row * labels + label] === 1) own.push(label)
    const key = own.join()
    const weight = weights?.[row] ?? 1
    const known = sets.get(key)
    if (known) known.weight += weight
    else sets.set(key, { weight, first: row })
  }
  let best = { weight: 0, first: 0 }
  for (const set of sets.values()) if (set.weight > best.weight) best = set
  return Float64Array.from({ length: labels }, (_, label) => truth[best.first * labels + label] ?? 0)
}

/**
 * Rows with a label whose own best threshold counts as much as the best one of all labels together: of a rare label the
 * best is mostly chance.
 */
const SHRINKING_ROWS = 10

/**
 * Returns for each label a threshold of high F1 on scored rows, near the one that all labels together have where few rows
 * have the label. Weighted rows count as many as Kish's effective size (Kish 1965) of them says.
 */
export function f1Thresholds(scored: Scored): number[] {
  const { rows, outputs, weights } = scored
  const shared = bestThreshold({
    ...scored,
    weights:
      weights &&
      Float64Array.from({ length: rows * outputs }, (_, at) => weights[Math.floor(at / outputs)] ?? 0),
  })
  return Array.from({ length: outputs }, (_, label) => {
    const column = labelColumn(scored, label)
    const size = effectiveRows(column)
    return (size * bestThreshold(column) + SHRINKING_ROWS * shared) / (size + SHRINKING_ROWS)
  })
}

/** Effective number of the true rows: (Σ weight)² / Σ weight², which is their number where all weigh the same. */
function effectiveRows({ truth, weights }: Scored): number {
  let sum = 0
  let squares = 0
  for (const [row, value] of truth.entries()) {
    if (value !== 1) continue
    const weight = weights?.[row] ?? 1
    sum += weight
    squares += weight * weight
  }
  return squares > 0 ? sum ** 2 / squares : 0
}

/** Rows on one side of the truth, without those of the weight 0. */
interface Side {
  /** In ascending order. */
  logits: Float64Array
  /** In the same order. Undefined: all count alike. */
  weights: Float64Array | undefined
  /** Sum of the weights. */
  total: number
}

/** Returns the probability, between two neighbours, from which answers have the best F1; 0.5 without a true one. */
function bestThreshold(scored: Pick<Scored, 'logits' | 'truth' | 'weights'>): number {
  const right = sideOf(scored, true)
  const wrong = sideOf(scored, false)
  let hit = right.logits.length
  let miss = wrong.logits.length
  let hits = 0
  let misses = 0
  const highest = () =>
    Math.max(
      right.logits[hit - 1] ?? Number.NEGATIVE_INFINITY,
      wrong.logits[miss - 1] ?? Number.NEGATIVE_INFINITY,
    )
  let best = { f1: 0, threshold: 0.5 }
  // Below the last true row F1 only falls.
  while (hit > 0) {
    const logit = highest()
    for (; hit > 0 && right.logits[hit - 1] === logit; hit--) hits += right.weights?.[hit - 1] ?? 1
    for (; miss > 0 && wrong.logits[miss - 1] === logit; miss--) misses += wrong.weights?.[miss - 1] ?? 1
    // A number that equals nothing, not even itself, would not end the loop.
    if (Number.isNaN(logit)) break
    const f1 = f1Of(hits, right.total, hits + misses)
    if (f1 > best.f1) best = { f1, threshold: (sigmoid(logit) + sigmoid(highest())) / 2 }
  }
  return best.threshold
}

/** Sorting the two sides by themselves needs no comparison function unless rows have weights; it is slow on a million rows. */
function sideOf(
  { logits, truth, weights }: Pick<Scored, 'logits' | 'truth' | 'weights'>,
  isTrue: boolean,
): Side {
  if (!weights) {
    const own = logits.filter((_, at) => (truth[at] === 1) === isTrue).sort()
    return { logits: own, weights: undefined, total: own.length }
  }
  const order = Uint32Array.from(logits.keys()).filter(
    (at) => (truth[at] === 1) === isTrue && (weights[at] ?? 0) > 0,
  )
  order.sort((a, b) => (logits[a] ?? 0) - (logits[b] ?? 0))
  const own = Float64Array.from(order, (at) => weights[at] ?? 0)
  return {
    logits: Float64Array.from(order, (at) => logits[at] ?? 0),
    weights: own,
    total: own.reduce((sum, weight) => sum + weight, 0),
  }
}

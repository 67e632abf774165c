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

/** Rows by label. Arrays are in the order of the labels. */
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

/** Counts true and answered labels. */
export function countLabels(scored: Scored, thresholds: Thresholds): LabelCounts {
  const { rows, outputs, logits, truth } = scored
  const support = new Float64Array(outputs)
  const answered = new Float64Array(outputs)
  const hits = new Float64Array(outputs)
  let exact = 0
  for (let row = 0; row < rows; row++) {
    let wrong = 0
    const own = typeof thresholds === 'function' ? thresholds(row) : thresholds
    for (let label = 0; label < outputs; label++) {
      const at = row * outputs + label
      const isTrue = truth[at] === 1
      const isAnswered = sigmoid(logits[at] ?? 0) >= (own[label] ?? 0.5)
      if (isTrue) support[label] = (support[label] ?? 0) + 1
      if (isAnswered) answered[label] = (answered[label] ?? 0) + 1
      if (isTrue && isAnswered) hits[label] = (hits[label] ?? 0) + 1
      if (isTrue !== isAnswered) wrong += 1
    }
    if (wrong === 0) exact += 1
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
 */
export function perLabelOf(
  { support, answered, hits }: Omit<LabelCounts, 'exact'>,
  labels: readonly string[],
  auc: readonly (number | null)[],
): NonNullable<Evaluation['perClass']> {
  const entries = labels.map((name, at) => {
    const all = support[at] ?? 0
    const found = answered[at] ?? 0
    const right = hits[at] ?? 0
    const figures = {
      precision: found === 0 ? 0 : right / found,
      recall: all === 0 ? 0 : right / all,
      f1: f1Of(right, all, found),
      support: all,
      answered: found,
      auc: auc[at] ?? null,
    }
    return [name, figures] as const
  })
  return Object.fromEntries(entries)
}

/** Returns one label's outputs and truths, as those of a classifier of two classes. */
export function labelColumn({ rows, outputs, logits, truth }: Scored, label: number): Scored {
  const pick = (values: Float64Array) =>
    Float64Array.from({ length: rows }, (_, row) => values[row * outputs + label] ?? 0)
  return { rows, outputs: 1, logits: pick(logits), truth: pick(truth) }
}

/** Returns the curves of the labels that most rows have, each against the rows without it. */
export function labelCurves(scored: Scored, labels: readonly string[], support: Float64Array) {
  const chosen = labels
    .map((_, at) => at)
    .filter((at) => (support[at] ?? 0) > 0)
    .sort((a, b) => (support[b] ?? 0) - (support[a] ?? 0) || a - b)
    .slice(0, CURVED_LABELS)
  const curves = chosen.flatMap((label): [string, Curves][] => {
    const { logits, truth } = labelColumn(scored, label)
    const scores = logits.map(sigmoid)
    const of = (value: number) => scores.filter((_, row) => truth[row] === value)
    const both = curvesOf({ positives: of(1), negatives: of(0) }, CURVE_COLUMNS)
    return both ? [[labels[label] ?? '', both]] : []
  })
  return {
    roc: Object.fromEntries(curves.map(([name, { roc }]) => [name, roc])),
    precisionRecall: Object.fromEntries(curves.map(([name, { precisionRecall }]) => [name, precisionRecall])),
  }
}

/** Returns the set of labels that most rows have, as 1 or 0 for each label; the first one of equally frequent sets. */
export function mostFrequentSet(truth: ArrayLike<number>, labels: number): Float64Array {
  const sets = new Map<string, { rows: number; first: number }>()
  const rows = truth.length / labels
  for (let row = 0; row < rows; row++) {
    const own: number[] = []
    for (let label = 0; label < labels; label++) if (truth[row * labels + label] === 1) own.push(label)
    const key = own.join()
    const known = sets.get(key)
    if (known) known.rows += 1
    else sets.set(key, { rows: 1, first: row })
  }
  let best = { rows: 0, first: 0 }
  for (const set of sets.values()) if (set.rows > best.rows) best = set
  return Float64Array.from({ length: labels }, (_, label) => truth[best.first * labels + label] ?? 0)
}

/**
 * Rows with a label whose own best threshold counts as much as the best one of all labels together: of a rare label the
 * best is mostly chance.
 */
const SHRINKING_ROWS = 10

/**
 * Returns for each label a threshold of high F1 on scored rows, near the one that all labels together have where few rows
 * have the label.
 */
export function f1Thresholds(scored: Scored): number[] {
  const { outputs, logits, truth } = scored
  const shared = bestThreshold(logits, truth)
  return Array.from({ length: outputs }, (_, label) => {
    const column = labelColumn(scored, label)
    const support = column.truth.reduce((sum, value) => sum + value, 0)
    const own = bestThreshold(column.logits, column.truth)
    return (support * own + SHRINKING_ROWS * shared) / (support + SHRINKING_ROWS)
  })
}

/** Returns the probability, between two neighbours, from which answers have the best F1; 0.5 without a true one. */
function bestThreshold(logits: Float64Array, truth: Float64Array): number {
  // Sorting the two sides by themselves needs no comparison function, slow on a million rows.
  const right = logits.filter((_, at) => truth[at] === 1).sort()
  const wrong = logits.filter((_, at) => truth[at] !== 1).sort()
  let hit = right.length
  let miss = wrong.length
  const highest = () =>
    Math.max(right[hit - 1] ?? Number.NEGATIVE_INFINITY, wrong[miss - 1] ?? Number.NEGATIVE_INFINITY)
  let best = { f1: 0, threshold: 0.5 }
  // Below the last true row F1 only falls.
  while (hit > 0) {
    const logit = highest()
    while (hit > 0 && right[hit - 1] === logit) hit -= 1
    while (miss > 0 && wrong[miss - 1] === logit) miss -= 1
    // A number that equals nothing, not even itself, would not end the loop.
    if (Number.isNaN(logit)) break
    const hits = right.length - hit
    const f1 = f1Of(hits, right.length, hits + wrong.length - miss)
    if (f1 > best.f1) best = { f1, threshold: (sigmoid(logit) + sigmoid(highest())) / 2 }
  }
  return best.threshold
}

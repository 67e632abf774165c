import { sigmoid } from '../numbers.ts'
import type { Scored } from './losses.ts'

/** A metric by the name that the history gives it. */
export interface MetricChoice {
  type: 'accuracy' | 'precision' | 'recall' | 'auc' | 'topK' | 'mae' | 'mse' | 'rmse' | 'r2' | 'mape'
  k?: number | undefined
}

/** Metrics of which a larger value is better; of the others a smaller one is. */
const LARGER_IS_BETTER = new Set(['accuracy', 'precision', 'recall', 'auc', 'topK', 'r2'])

/** Whether a larger value of a history's column (`valAccuracy`, `loss`) is better. */
export function largerIsBetter(column: string): boolean {
  const name = column.startsWith('val') ? column.charAt(3).toLowerCase() + column.slice(4) : column
  return LARGER_IS_BETTER.has(name)
}

/**
 * Metrics of a binary classifier. Where none is predicted or none is there, precision and recall are 0, as in
 * Keras; the area under the ROC curve is exact (Mann and Whitney's U, ties counted half), and null with one
 * class only.
 */
export function binaryMetric(metric: MetricChoice, scored: Scored, threshold: number): number | null {
  if (metric.type === 'auc') return areaUnderRoc(scored)
  const counts = [0, 0, 0, 0]
  let absolute = 0
  let squared = 0
  for (let row = 0; row < scored.rows; row++) {
    const truth = scored.truth[row] ?? 0
    const score = sigmoid(scored.logits[row] ?? 0)
    const cell = truth * 2 + (score >= threshold ? 1 : 0)
    counts[cell] = (counts[cell] ?? 0) + 1
    absolute += Math.abs(score - truth)
    squared += (score - truth) ** 2
  }
  const [trueNegative = 0, falsePositive = 0, falseNegative = 0, truePositive = 0] = counts
  switch (metric.type) {
    case 'accuracy':
      return (trueNegative + truePositive) / scored.rows
    case 'precision':
      return ratio(truePositive, truePositive + falsePositive)
    case 'recall':
      return ratio(truePositive, truePositive + falseNegative)
    case 'mae':
      return absolute / scored.rows
    case 'mse':
      return squared / scored.rows
    default:
      return null
  }
}

/** Sorting the two classes by themselves needs no comparison function, which a million rows would feel. */
function areaUnderRoc({ rows, logits, truth }: Scored): number | null {
  const positives = logits.filter((_, row) => truth[row] === 1 && row < rows).sort()
  const negatives = logits.filter((_, row) => truth[row] !== 1 && row < rows).sort()
  if (positives.length === 0 || negatives.length === 0) return null
  let wins = 0
  let below = 0
  let upTo = 0
  for (const score of positives) {
    while (below < negatives.length && (negatives[below] ?? 0) < score) below += 1
    while (upTo < negatives.length && (negatives[upTo] ?? 0) <= score) upTo += 1
    wins += (below + upTo) / 2
  }
  return wins / (positives.length * negatives.length)
}

/** Share of rows whose true class is among the `k` likeliest (accuracy: k = 1). */
export function multiclassMetric(metric: MetricChoice, scored: Scored): number | null {
  if (metric.type !== 'accuracy' && metric.type !== 'topK') return null
  const k = metric.type === 'accuracy' ? 1 : (metric.k ?? 5)
  let hits = 0
  for (let row = 0; row < scored.rows; row++) {
    const start = row * scored.outputs
    const truth = scored.truth[row] ?? 0
    const own = scored.logits[start + truth] ?? 0
    let better = 0
    for (let each = 0; each < scored.outputs; each++) {
      const logit = scored.logits[start + each] ?? 0
      // Of equal ones the first class counts as the likelier, as in an argmax.
      if (logit > own || (logit === own && each < truth)) better += 1
    }
    if (better < k) hits += 1
  }
  return hits / scored.rows
}

/**
 * Metrics of a regression in the target's own unit. R² is 1 − residual / total sum of squares, null for a
 * constant target; `mape` is in percent and, as in Keras, divides by at least 1e-7.
 */
export function regressionMetric(
  metric: MetricChoice,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
): number | null {
  const rows = truth.length
  let absolute = 0
  let squared = 0
  let relative = 0
  let mean = 0
  for (let row = 0; row < rows; row++) {
    const value = truth[row] ?? 0
    const error = Math.abs((predicted[row] ?? 0) - value)
    absolute += error
    squared += error * error
    relative += error / Math.max(Math.abs(value), 1e-7)
    mean += value / rows
  }
  switch (metric.type) {
    case 'mae':
      return absolute / rows
    case 'mse':
      return squared / rows
    case 'rmse':
      return Math.sqrt(squared / rows)
    case 'mape':
      return (100 * relative) / rows
    case 'r2': {
      let total = 0
      for (let row = 0; row < rows; row++) total += ((truth[row] ?? 0) - mean) ** 2
      return total > 0 ? 1 - squared / total : null
    }
    default:
      return null
  }
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

import { probability, type Scored } from './losses.ts'

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
  let [absolute, squared] = [0, 0]
  for (let row = 0; row < scored.rows; row++) {
    const truth = scored.truth[row] ?? 0
    const score = probability(scored.logits[row] ?? 0)
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

function areaUnderRoc(scored: Scored): number | null {
  const order = Uint32Array.from({ length: scored.rows }, (_, row) => row)
  order.sort((a, b) => (scored.logits[a] ?? 0) - (scored.logits[b] ?? 0))
  let [positives, rankSum] = [0, 0]
  for (let start = 0; start < order.length; ) {
    let end = start
    const value = scored.logits[order[start] ?? 0]
    while (end < order.length && scored.logits[order[end] ?? 0] === value) end += 1
    // Equal scores share the mean of their ranks (1-based).
    const rank = (start + 1 + end) / 2
    for (let at = start; at < end; at++)
      if (scored.truth[order[at] ?? 0] === 1) {
        positives += 1
        rankSum += rank
      }
    start = end
  }
  const negatives = scored.rows - positives
  if (positives === 0 || negatives === 0) return null
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
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
  let [absolute, squared, relative, mean] = [0, 0, 0, 0]
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

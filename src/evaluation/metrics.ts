/** Metrics of many rows at once. Names, tasks and directions are in `recipe/metrics.ts`; here are the formulas. */

import { isRounding, sigmoid } from '../numbers.ts'
import type { Metric, MetricName } from '../recipe/index.ts'
import type { TasksOf } from '../recipe/metrics.ts'
import type { Scored } from './losses.ts'

/**
 * Formulas of a metric by task, each null where the rows do not define it.
 * - binary: of a network with one output; the positive class is answered from the probability `threshold` on.
 * - multiclass: of a network with an output for each class.
 * - regression: of values in the target's own unit, one for each row.
 */
interface Formulas {
  binary: (scored: Scored, threshold: number) => number | null
  multiclass: (scored: Scored, metric: Metric) => number | null
  regression: (predicted: ArrayLike<number>, truth: ArrayLike<number>) => number | null
}

/** For each metric exactly the formulas of the tasks that the registry gives it. */
const FORMULAS: { [Name in MetricName]: Pick<Formulas, TasksOf<Name>> } = {
  accuracy: {
    binary(scored, threshold) {
      const { truePositive, trueNegative } = countsOf(scored, threshold)
      return (trueNegative + truePositive) / scored.rows
    },
    multiclass: (scored) => likeliestShare(scored, 1),
  },
  // As in Keras, 0 where no row is answered positive.
  precision: {
    binary(scored, threshold) {
      const { truePositive, falsePositive } = countsOf(scored, threshold)
      return ratio(truePositive, truePositive + falsePositive)
    },
  },
  // As in Keras, 0 where no row is positive.
  recall: {
    binary(scored, threshold) {
      const { truePositive, falseNegative } = countsOf(scored, threshold)
      return ratio(truePositive, truePositive + falseNegative)
    },
  },
  auc: { binary: areaUnderRoc },
  topK: { multiclass: (scored, { k = 5 }) => likeliestShare(scored, k) },
  mae: {
    binary: (scored) => meanOverRows(scored.rows, (row) => Math.abs(probabilityError(scored, row))),
    regression: meanAbsoluteError,
  },
  mse: {
    binary: (scored) => meanOverRows(scored.rows, (row) => probabilityError(scored, row) ** 2),
    regression: meanSquaredError,
  },
  rmse: { regression: (predicted, truth) => Math.sqrt(meanSquaredError(predicted, truth)) },
  r2: { regression: coefficientOfDetermination },
  mape: { regression: meanAbsolutePercentageError },
}

/** Returns a metric of a binary classifier; null where it has no value on these rows, or is not one of this task. */
export function binaryMetric(metric: Metric, scored: Scored, threshold: number): number | null {
  const { binary }: Partial<Formulas> = FORMULAS[metric.type]
  return binary?.(scored, threshold) ?? null
}

/** Returns a metric of a classifier of many classes; null where it is not one of this task. */
export function multiclassMetric(metric: Metric, scored: Scored): number | null {
  const { multiclass }: Partial<Formulas> = FORMULAS[metric.type]
  return multiclass?.(scored, metric) ?? null
}

/** Returns a metric of a regression, from values in the target's own unit; null where it has no value on these rows. */
export function regressionMetric(
  metric: Metric,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
): number | null {
  const { regression }: Partial<Formulas> = FORMULAS[metric.type]
  return regression?.(predicted, truth) ?? null
}

/** Rows of a binary classifier by true and answered class. */
function countsOf(scored: Scored, threshold: number) {
  const counts = [0, 0, 0, 0]
  for (let row = 0; row < scored.rows; row++) {
    const answered = sigmoid(scored.logits[row] ?? 0) >= threshold ? 1 : 0
    const cell = (scored.truth[row] ?? 0) * 2 + answered
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  const [trueNegative = 0, falsePositive = 0, falseNegative = 0, truePositive = 0] = counts
  return { trueNegative, falsePositive, falseNegative, truePositive }
}

/** Probability of the positive class minus the truth, 0 or 1. */
function probabilityError({ logits, truth }: Scored, row: number): number {
  return sigmoid(logits[row] ?? 0) - (truth[row] ?? 0)
}

function meanOverRows(rows: number, value: (row: number) => number): number {
  let sum = 0
  for (let row = 0; row < rows; row++) sum += value(row)
  return sum / rows
}

/**
 * The exact area under the ROC curve (Mann and Whitney's U over its largest value, ties counted half); null with one
 * class only. Sorting the two classes by themselves needs no comparison function, which would be slow on a million
 * rows.
 */
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

/** Share of rows whose true class is among the `k` likeliest. */
function likeliestShare(scored: Scored, k: number): number {
  let hits = 0
  for (let row = 0; row < scored.rows; row++) {
    const start = row * scored.outputs
    const truth = scored.truth[row] ?? 0
    const own = scored.logits[start + truth] ?? 0
    let better = 0
    for (let each = 0; each < scored.outputs; each++) {
      const logit = scored.logits[start + each] ?? 0
      // Among equal ones the first class counts as the likelier, as in an argmax.
      if (logit > own || (logit === own && each < truth)) better += 1
    }
    if (better < k) hits += 1
  }
  return hits / scored.rows
}

function meanAbsoluteError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  return meanOverRows(truth.length, (row) => Math.abs((predicted[row] ?? 0) - (truth[row] ?? 0)))
}

function meanSquaredError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  return sumOfSquares(predicted, truth) / truth.length
}

function sumOfSquares(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  let sum = 0
  for (let row = 0; row < truth.length; row++) {
    const error = Math.abs((predicted[row] ?? 0) - (truth[row] ?? 0))
    sum += error * error
  }
  return sum
}

/** R² = 1 − residual / total sum of squares; null for a constant target, whose total is 0 or only rounding. */
function coefficientOfDetermination(predicted: ArrayLike<number>, truth: ArrayLike<number>): number | null {
  let mean = 0
  for (let row = 0; row < truth.length; row++) mean += (truth[row] ?? 0) / truth.length
  let total = 0
  for (let row = 0; row < truth.length; row++) total += ((truth[row] ?? 0) - mean) ** 2
  if (isRounding(Math.sqrt(total / truth.length), mean, truth.length)) return null
  return 1 - sumOfSquares(predicted, truth) / total
}

/** In percent; as in Keras, an error is divided by at least 1e-7. */
function meanAbsolutePercentageError(predicted: ArrayLike<number>, truth: ArrayLike<number>): number {
  let relative = 0
  for (let row = 0; row < truth.length; row++) {
    const value = truth[row] ?? 0
    relative += Math.abs((predicted[row] ?? 0) - value) / Math.max(Math.abs(value), 1e-7)
  }
  return (100 * relative) / truth.length
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

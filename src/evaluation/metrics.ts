/** Metrics of many rows at once. Names, tasks and directions are in `recipe/metrics.ts`; here are the formulas. */

import { isRounding, sigmoid } from '../numbers.ts'
import type { Metric, MetricName } from '../recipe/index.ts'
import type { TasksOf } from '../recipe/metrics.ts'
import { answers } from './answers.ts'
import { countLabels, f1Of, type Thresholds } from './labels.ts'
import { type Scored, totalWeight } from './losses.ts'

/**
 * Formulas of a metric by task, each null where the rows do not define it. Each row counts by its weight.
 * - binary: of a network with one output; the positive class is answered from the probability `threshold` on.
 * - multiclass: of a network with an output for each class.
 * - multiLabel: of a network with an output for each label, which is answered from its threshold on.
 * - regression: of values in the target's own unit, one for each row.
 */
interface Formulas {
  binary: (scored: Scored, threshold: number) => number | null
  multiclass: (scored: Scored, metric: Metric) => number | null
  multiLabel: (scored: Scored, thresholds: Thresholds) => number | null
  regression: (answers: Answers) => number | null
}

/** A regression's answers to rows, in the target's own unit. */
interface Answers {
  predicted: ArrayLike<number>
  truth: ArrayLike<number>
  /** For each row how much it counts. Absent: all count alike. */
  weights: ArrayLike<number> | undefined
}

/** For each metric exactly the formulas of the tasks that the registry gives it. */
const FORMULAS: { [Name in MetricName]: Pick<Formulas, TasksOf<Name>> } = {
  accuracy: {
    binary(scored, threshold) {
      const { truePositive, trueNegative } = countsOf(scored, threshold)
      return (trueNegative + truePositive) / totalWeight(scored.weights, scored.rows)
    },
    multiclass: (scored) =>
      scored.costs || scored.decisionShifts ? rightShare(scored) : likeliestShare(scored, 1),
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
  // Over the decisions of all labels together; F1 is 0 where it is undefined, as in scikit-learn.
  f1Micro: {
    multiLabel(scored, thresholds) {
      const { hits, support, answered } = countLabels(scored, thresholds)
      return f1Of(sumOf(hits), sumOf(support), sumOf(answered))
    },
  },
  f1Macro: {
    multiLabel(scored, thresholds) {
      const { hits, support, answered } = countLabels(scored, thresholds)
      return sumOf(hits.map((hit, at) => f1Of(hit, support[at] ?? 0, answered[at] ?? 0))) / scored.outputs
    },
  },
  subsetAccuracy: {
    multiLabel: (scored, thresholds) =>
      countLabels(scored, thresholds).exact / totalWeight(scored.weights, scored.rows),
  },
  hammingLoss: {
    multiLabel(scored, thresholds) {
      const { hits, support, answered } = countLabels(scored, thresholds)
      const wrong = sumOf(support) + sumOf(answered) - 2 * sumOf(hits)
      return wrong / (totalWeight(scored.weights, scored.rows) * scored.outputs)
    },
  },
  topK: { multiclass: (scored, { k = 5 }) => likeliestShare(scored, k) },
  rankMae: { multiclass: rankError },
  quadraticKappa: { multiclass: quadraticKappa },
  mae: {
    binary: (scored) => meanOverRows(scored, (row) => Math.abs(probabilityError(scored, row))),
    regression: meanAbsoluteError,
  },
  mse: {
    binary: (scored) => meanOverRows(scored, (row) => probabilityError(scored, row) ** 2),
    regression: meanSquaredError,
  },
  rmse: { regression: (answers) => Math.sqrt(meanSquaredError(answers)) },
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

/** Returns a metric of a classifier that gives each row any number of labels; null where it is not one of this task. */
export function multiLabelMetric(metric: Metric, scored: Scored, thresholds: Thresholds): number | null {
  const { multiLabel }: Partial<Formulas> = FORMULAS[metric.type]
  return multiLabel?.(scored, thresholds) ?? null
}

/**
 * Returns a metric of a regression, from values in the target's own unit; null where it has no value on these rows.
 * @param weights how much each row counts. Default: all count alike
 */
export function regressionMetric(
  metric: Metric,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number | null {
  const { regression }: Partial<Formulas> = FORMULAS[metric.type]
  return regression?.({ predicted, truth, weights }) ?? null
}

/** Weights of a binary classifier's rows by true and answered class: their numbers where all count alike. */
function countsOf(scored: Scored, threshold: number) {
  const counts = [0, 0, 0, 0]
  const answerOf = answers(scored, threshold)
  for (let row = 0; row < scored.rows; row++) {
    const cell = (scored.truth[row] ?? 0) * 2 + answerOf(row)
    counts[cell] = (counts[cell] ?? 0) + (scored.weights?.[row] ?? 1)
  }
  const [trueNegative = 0, falsePositive = 0, falseNegative = 0, truePositive = 0] = counts
  return { trueNegative, falsePositive, falseNegative, truePositive }
}

/** Probability of the positive class minus the truth, 0 or 1. */
function probabilityError({ logits, truth }: Scored, row: number): number {
  return sigmoid(logits[row] ?? 0) - (truth[row] ?? 0)
}

function meanOverRows(
  { rows, weights }: { rows: number; weights?: ArrayLike<number> | undefined },
  value: (row: number) => number,
): number {
  let sum = 0
  for (let row = 0; row < rows; row++) sum += value(row) * (weights?.[row] ?? 1)
  return sum / totalWeight(weights, rows)
}

/**
 * The exact area under the ROC curve (Mann and Whitney's U over its largest value, ties counted half); null with one
 * class only. Sorting the two classes by themselves needs no comparison function, which would be slow on a million
 * rows.
 */
function areaUnderRoc(scored: Scored): number | null {
  const { rows, logits, truth } = scored
  if (scored.weights) return weightedAreaUnderRoc(scored, scored.weights)
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

/** The same where each pair of rows counts by the product of their weights. */
function weightedAreaUnderRoc({ rows, logits, truth }: Scored, weights: Float64Array): number | null {
  const order = Uint32Array.from({ length: rows }, (_, row) => row)
  order.sort((a, b) => (logits[a] ?? 0) - (logits[b] ?? 0))
  let positives = 0
  let negatives = 0
  let wins = 0
  for (let start = 0; start < rows; ) {
    const score = logits[order[start] ?? 0]
    let positive = 0
    let negative = 0
    let end = start
    for (; end < rows && logits[order[end] ?? 0] === score; end++) {
      const row = order[end] ?? 0
      if (truth[row] === 1) positive += weights[row] ?? 0
      else negative += weights[row] ?? 0
    }
    wins += positive * (negatives + negative / 2)
    positives += positive
    negatives += negative
    // NaN equals nothing, not even itself, so the loop would not end.
    start = Math.max(end, start + 1)
  }
  return positives > 0 && negatives > 0 ? wins / (positives * negatives) : null
}

/** Mean of the classes between the answered one and the true one, in their order. */
function rankError(scored: Scored): number {
  const answerOf = answers(scored, 0.5)
  return meanOverRows(scored, (row) => Math.abs(answerOf(row) - (scored.truth[row] ?? 0)))
}

/**
 * Cohen's kappa with squared distances (Cohen 1968): 1 − the mean squared distance of answered and true ranks as a share of
 * that of independent ranks with the same frequencies; null where all ranks are one.
 */
function quadraticKappa(scored: Scored): number | null {
  const answerOf = answers(scored, 0.5)
  const mean = (value: (answer: number, truth: number) => number) =>
    meanOverRows(scored, (row) => value(answerOf(row), scored.truth[row] ?? 0))
  const distance = mean((answer, truth) => (answer - truth) ** 2)
  const expected =
    mean((answer) => answer ** 2) +
    mean((_, truth) => truth ** 2) -
    2 * mean((answer) => answer) * mean((_, truth) => truth)
  return expected > 1e-12 ? 1 - distance / expected : null
}

/** Share of rows whose true class is answered. */
function rightShare(scored: Scored): number {
  const answerOf = answers(scored, 0.5)
  return meanOverRows(scored, (row) => (answerOf(row) === scored.truth[row] ? 1 : 0))
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
    if (better < k) hits += scored.weights?.[row] ?? 1
  }
  return hits / totalWeight(scored.weights, scored.rows)
}

function meanAbsoluteError({ predicted, truth, weights }: Answers): number {
  return meanOverRows({ rows: truth.length, weights }, (row) =>
    Math.abs((predicted[row] ?? 0) - (truth[row] ?? 0)),
  )
}

function meanSquaredError(answers: Answers): number {
  return sumOfSquares(answers) / totalWeight(answers.weights, answers.truth.length)
}

function sumOfSquares({ predicted, truth, weights }: Answers): number {
  let sum = 0
  for (let row = 0; row < truth.length; row++) {
    const error = Math.abs((predicted[row] ?? 0) - (truth[row] ?? 0))
    sum += error * error * (weights?.[row] ?? 1)
  }
  return sum
}

/** R² = 1 − residual / total sum of squares; null for a constant target, whose total is 0 or only rounding. */
function coefficientOfDetermination(answers: Answers): number | null {
  const { truth, weights } = answers
  const whole = totalWeight(weights, truth.length)
  let mean = 0
  for (let row = 0; row < truth.length; row++) mean += ((truth[row] ?? 0) * (weights?.[row] ?? 1)) / whole
  let total = 0
  for (let row = 0; row < truth.length; row++)
    total += ((truth[row] ?? 0) - mean) ** 2 * (weights?.[row] ?? 1)
  if (isRounding(Math.sqrt(total / whole), mean, truth.length)) return null
  return 1 - sumOfSquares(answers) / total
}

/** In percent; as in Keras, an error is divided by at least 1e-7. */
function meanAbsolutePercentageError({ predicted, truth, weights }: Answers): number {
  let relative = 0
  for (let row = 0; row < truth.length; row++) {
    const value = truth[row] ?? 0
    const error = Math.abs((predicted[row] ?? 0) - value) / Math.max(Math.abs(value), 1e-7)
    relative += error * (weights?.[row] ?? 1)
  }
  return (100 * relative) / totalWeight(weights, truth.length)
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

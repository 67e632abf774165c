import { listQuoted, quoted } from '../errors.ts'
import { mean, meanOfShares, threeDigits, weightedQuantile } from '../numbers.ts'
import { type CompleteRecipe, type Metric, targetText } from '../recipe/index.ts'
import type { Warning } from '../warnings.ts'
import { evaluatedMetrics } from './evaluation.ts'
import { mostFrequentSet } from './labels.ts'
import { totalWeight } from './losses.ts'
import { binaryMetric, multiclassMetric, multiLabelMetric, regressionMetric } from './metrics.ts'
import type { AnswerCosts, Evaluation, MetricValues } from './schema.ts'

/** Values of metrics closer than this share count as equal: a constant answer differs from the baseline by rounding. */
const ROUNDING = 1e-6

/** Weights of the evaluated rows and of the training rows; undefined where all count alike. */
export interface BaselineWeights {
  truth: Float64Array | undefined
  training: Float64Array | undefined
}

/**
 * Returns what a model reaches that knows only how often each class occurs among the training rows: it gives every row
 * these shares, and so answers the most frequent class.
 * @param truth class number of each evaluated row
 * @param training class number of each training row
 * @param options.outputs 1 with two classes, else the number of classes
 * @param options.ranked whether the classes are in order. Default: false
 * @param options.weights how much each evaluated and each training row counts. Default: all count alike
 */
export function classifierBaseline(
  truth: ArrayLike<number>,
  training: ArrayLike<number>,
  options: { outputs: number; metrics: readonly Metric[]; weights?: BaselineWeights; ranked?: boolean },
): MetricValues {
  const { outputs } = options
  const binary = outputs === 1
  const counts = new Float64Array(binary ? 2 : outputs)
  for (let row = 0; row < training.length; row++) {
    const label = training[row] ?? 0
    counts[label] = (counts[label] ?? 0) + (options.weights?.training?.[row] ?? 1)
  }
  // A class without rows keeps a small share, since the logarithm of 0 is no number.
  const share = (label: number) => Math.max(counts[label] ?? 0, 0.5)
  const row = binary
    ? [Math.log(share(1)) - Math.log(share(0))]
    : Array.from(counts, (_, label) => Math.log(share(label)))
  const logits = new Float64Array(truth.length * outputs)
  for (let at = 0; at < truth.length; at++) logits.set(row, at * outputs)
  const scored = {
    rows: truth.length,
    outputs,
    logits,
    truth: Float64Array.from(truth),
    weights: options.weights?.truth,
  }
  const metrics = evaluatedMetrics(options.metrics, binary ? 'binary' : 'multiclass', options.ranked)
  return valuesOf(metrics, (metric) =>
    binary ? binaryMetric(metric, scored, 0.5) : multiclassMetric(metric, scored),
  )
}

/**
 * Returns what a model reaches that answers every row with the set of labels that most training rows have.
 * @param truth shape [rows, labels]: 1 for each label of an evaluated row, else 0
 * @param training the same of the training rows
 * @param options.weights how much each evaluated and each training row counts. Default: all count alike
 */
export function labelsBaseline(
  truth: ArrayLike<number>,
  training: ArrayLike<number>,
  options: { labels: number; metrics: readonly Metric[]; weights?: BaselineWeights },
): MetricValues {
  const { labels, metrics, weights } = options
  const answer = mostFrequentSet(training, labels, weights?.training).map((label) => (label === 1 ? 1 : -1))
  const rows = truth.length / labels
  const logits = new Float64Array(truth.length)
  for (let row = 0; row < rows; row++) logits.set(answer, row * labels)
  const scored = { rows, outputs: labels, logits, truth: Float64Array.from(truth), weights: weights?.truth }
  const thresholds = Array.from(answer, () => 0.5)
  return valuesOf(evaluatedMetrics(metrics, 'multiLabel'), (metric) =>
    multiLabelMetric(metric, scored, thresholds),
  )
}

/**
 * Returns what the best constant answer reaches: the median of the training rows' targets for metrics of absolute
 * errors, their mean for all others. All values are in the target's own unit.
 */
export function regressionBaseline(
  truth: ArrayLike<number>,
  training: ArrayLike<number>,
  metrics: readonly Metric[],
  weights?: BaselineWeights,
): MetricValues {
  const sorted = Float64Array.from(training).sort()
  const own = weights?.training
  const middle = own ? weightedMedian(training, own) : weightedQuantile(sorted, 0.5)
  const average = own ? weightedMean(training, own) : meanOfShares([...sorted])
  const constant = (value: number) => new Float64Array(truth.length).fill(value)
  const medians = constant(middle)
  const means = constant(average)
  return valuesOf(evaluatedMetrics(metrics, 'regression'), (metric) =>
    regressionMetric(
      metric,
      metric.type === 'mae' || metric.type === 'mape' ? medians : means,
      truth,
      weights?.truth,
    ),
  )
}

/** Returns the smallest value at which half of the weight is reached. */
function weightedMedian(values: ArrayLike<number>, weights: Float64Array): number {
  const order = Uint32Array.from(values, (_, row) => row)
  order.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0))
  const half = totalWeight(weights, values.length) / 2
  let reached = 0
  for (const row of order) {
    reached += weights[row] ?? 0
    if (reached >= half) return values[row] ?? 0
  }
  return 0
}

function weightedMean(values: ArrayLike<number>, weights: Float64Array): number {
  const total = totalWeight(weights, values.length)
  return weights.reduce((sum, weight, row) => sum + (values[row] ?? 0) * (weight / total), 0)
}

function valuesOf(metrics: readonly Metric[], value: (metric: Metric) => number | null): MetricValues {
  return Object.fromEntries(metrics.map((metric) => [metric.type, value(metric)]))
}

/**
 * Returns the warning about a model that is worth no more than a constant answer; undefined where it is worth more, or
 * where nobody can tell.
 */
export function weaknessOf(
  recipe: Pick<CompleteRecipe, 'task' | 'target' | 'classWeights' | 'threshold'>,
  evaluation: Evaluation,
): Warning | undefined {
  const target = targetText(recipe)
  if (recipe.task === 'regression') return weakRegression(target, evaluation)
  if (recipe.task === 'multiLabel') return weakLabels(target, evaluation)
  if (evaluation.costs) return weakByCosts(target, evaluation.rows, evaluation.costs)
  return oneClassOnly(target, evaluation) ?? weakClassifier({ ...recipe, target }, evaluation)
}

/** With costs the right answer for every row may be one class; what counts is whether the model saves anything. */
function weakByCosts(target: string, rows: number, { perRow, always }: AnswerCosts): Warning | undefined {
  const [cheapest] = Object.entries(always).sort(([, a], [, b]) => a - b)
  if (!cheapest || perRow < cheapest[1] * (1 - ROUNDING)) return undefined
  return {
    code: 'no-better-than-baseline',
    column: target,
    count: rows,
    message: `On the ${rows} validation rows the answers cost ${threeDigits(perRow)} a row, and answering ${JSON.stringify(cheapest[0])} always costs ${threeDigits(cheapest[1])}. The inputs may say too little about ${quoted(target)} for these costs: check both, add rows, or change the recipe.`,
  }
}

/**
 * Returns a warning about classes that rows have and the model answers for none; undefined where it answers each, or one
 * class only, which `weaknessOf` tells.
 */
export function unansweredWarning(
  recipe: Pick<CompleteRecipe, 'task' | 'target'>,
  evaluation: Evaluation,
): Warning | undefined {
  const { classes = [], confusionMatrix: matrix, perClass = {}, baseline, rows } = evaluation
  if (!matrix || recipe.task === 'multiLabel') return undefined
  const isAnswered = (at: number) => matrix.some((line) => (line[at] ?? 0) > 0)
  const never = classes.filter((name, at) => !isAnswered(at) && (perClass[name]?.support ?? 0) > 0)
  if (never.length === 0 || classes.filter((_, at) => isAnswered(at)).length < 2) return undefined
  const own = never.reduce((sum, name) => sum + (perClass[name]?.support ?? 0), 0)
  const most = baseline?.['accuracy']
  const majority =
    most == null
      ? ''
      : ` The accuracy is ${threeDigits(evaluation.metrics['accuracy'] ?? 0)}; the most frequent class alone would reach ${threeDigits(most)}.`
  return {
    code: 'class-never-answered',
    column: targetText(recipe),
    count: own,
    message: `The model never answers ${listQuoted(never)}, although ${own} of the ${rows} validation rows ${own === 1 ? 'is' : 'are'} of ${never.length === 1 ? 'this class' : 'these classes'}.${majority} Train with classWeights "balanced", give cost, or add rows of ${never.length === 1 ? 'this class' : 'these classes'}.`,
  }
}

function oneClassOnly(target: string, evaluation: Evaluation): Warning | undefined {
  const { classes = [], confusionMatrix: matrix } = evaluation
  if (!matrix || presentClasses(evaluation) < 2) return undefined
  const answered = classes.filter((_, at) => matrix.some((line) => (line[at] ?? 0) > 0))
  const [only = ''] = answered
  if (answered.length !== 1) return undefined
  const { rows } = evaluation
  const right = evaluation.perClass?.[only]?.support ?? 0
  return {
    code: 'answers-one-class',
    column: target,
    count: rows,
    message: `The model answers ${JSON.stringify(only)} for each of the ${rows} validation rows, although ${rows - right} of them ${rows - right === 1 ? 'is' : 'are'} of other classes. Train with classWeights "balanced", set another threshold, or add rows of the other classes.`,
  }
}

function weakClassifier(
  {
    target,
    task,
    classWeights,
    threshold,
  }: Pick<CompleteRecipe, 'task' | 'classWeights' | 'threshold'> & { target: string },
  evaluation: Evaluation,
): Warning | undefined {
  const present = presentClasses(evaluation)
  if (present < 2) return undefined
  // Weights and thresholds give up accuracy for the rare classes, so that their recalls are what counts.
  const weighted = classWeights !== null || (task === 'binary' && threshold !== 0.5)
  const [name, own, base] = weighted
    ? (['mean recall of the classes', meanRecall(evaluation), 1 / present] as const)
    : (['accuracy', evaluation.metrics['accuracy'], evaluation.baseline?.['accuracy']] as const)
  if (own == null || base == null || own > base * (1 + ROUNDING)) return undefined
  return {
    code: 'no-better-than-baseline',
    column: target,
    count: evaluation.rows,
    message: `On the ${evaluation.rows} validation rows the ${name} is ${threeDigits(own)}, and answering the most frequent class always reaches ${threeDigits(base)}. The inputs may say nothing about ${quoted(target)}: check them, add rows, or change the recipe.`,
  }
}

function weakLabels(target: string, { rows, metrics, baseline }: Evaluation): Warning | undefined {
  const isBetter = (name: string) => (metrics[name] ?? 0) > (baseline?.[name] ?? 1) * (1 + ROUNDING)
  if (!baseline || isBetter('f1Micro') || isBetter('subsetAccuracy')) return undefined
  return {
    code: 'no-better-than-baseline',
    column: target,
    count: rows,
    message: `On the ${rows} validation rows the micro F1 is ${threeDigits(metrics['f1Micro'] ?? 0)}, and answering the most frequent set of labels always reaches ${threeDigits(baseline['f1Micro'] ?? 0)}. The inputs may say nothing about ${quoted(target)}: check them, add rows, or change the recipe.`,
  }
}

function weakRegression(target: string, { rows, metrics, baseline }: Evaluation): Warning | undefined {
  const isWorse = (name: string) => {
    const own = metrics[name]
    const base = baseline?.[name]
    return own != null && base != null && own >= base * (1 - ROUNDING)
  }
  // Each loss favours its own metric, so a model is weak only if it is by both.
  if (!isWorse('mae') || !isWorse('rmse')) return undefined
  return {
    code: 'no-better-than-baseline',
    column: target,
    count: rows,
    message: `On the ${rows} validation rows the mean absolute error is ${threeDigits(metrics['mae'] ?? 0)}, and answering one number always reaches ${threeDigits(baseline?.['mae'] ?? 0)}. The inputs may say nothing about ${quoted(target)}: check them, add rows, or change the recipe.`,
  }
}

/** Returns the number of classes that the evaluated rows have. */
function presentClasses({ perClass = {} }: Evaluation): number {
  return Object.values(perClass).filter(({ support }) => support > 0).length
}

function meanRecall({ perClass = {} }: Evaluation): number {
  return mean(
    Object.values(perClass)
      .filter(({ support }) => support > 0)
      .map(({ recall }) => recall),
  )
}

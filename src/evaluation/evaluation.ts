/*
 * The entry point of evaluation: what the predictions of a finished network are worth. Metrics, confusion matrix,
 * curves and baselines are computed here from scores and true values; `plots/` draws them. It neither trains nor
 * predicts.
 *
 * Start here, then metrics.ts (formulas), schema.ts (the shape that is stored) and k-fold.ts (folds).
 */
import { alwaysEvaluated, type CostMatrix, type Metric, type Task } from '../recipe/index.ts'
import { answerCosts } from './answer-costs.ts'
import { classCurves, confusionOf, perClassOf, reliabilityOf } from './classes.ts'
import { countLabels, labelColumn, labelCurves, perLabelOf, type Thresholds } from './labels.ts'
import type { Scored } from './losses.ts'
import { binaryMetric, multiclassMetric, multiLabelMetric, regressionMetric } from './metrics.ts'
import { residualsOf } from './residuals.ts'
import type { Evaluation } from './schema.ts'

/** Metrics that every evaluation of ordered classes has. */
const RANK_METRICS = ['rankMae', 'quadraticKappa'] as const

/** Evaluates a classifier; with two classes and one output the second class is answered from `threshold` on. */
export function evaluateClassifier(
  scored: Scored,
  classes: readonly string[],
  options: {
    loss: number
    threshold: number
    metrics: readonly Metric[]
    costs?: CostMatrix | undefined
    /** Whether the classes are in order. Default: false. */
    ranked?: boolean
  },
): Evaluation {
  const binary = scored.outputs === 1
  const chosen = evaluatedMetrics(options.metrics, binary ? 'binary' : 'multiclass', options.ranked)
  const value = (metric: Metric) =>
    binary ? binaryMetric(metric, scored, options.threshold) : multiclassMetric(metric, scored)
  const confusion = confusionOf(scored, classes, options.threshold)
  const curves = classCurves(scored, classes)
  return {
    rows: scored.rows,
    loss: options.loss,
    metrics: Object.fromEntries(chosen.map((metric) => [metric.type, value(metric)])),
    ...(options.costs ? { costs: answerCosts(scored, classes, options.costs, options.threshold) } : {}),
    classes: [...classes],
    ...confusion.matrices,
    perClass: perClassOf(confusion.counts, classes, confusion.weighted),
    roc: Object.fromEntries(curves.map(({ name, roc }) => [name, roc])),
    precisionRecall: Object.fromEntries(curves.map(({ name, precisionRecall }) => [name, precisionRecall])),
    reliability: reliabilityOf(scored, options.threshold),
  }
}

/** Evaluates a classifier that gives each row any number of labels. */
export function evaluateLabels(
  scored: Scored,
  labels: readonly string[],
  options: { loss: number; thresholds: Thresholds; metrics: readonly Metric[] },
): Evaluation {
  const { loss, thresholds } = options
  const chosen = evaluatedMetrics(options.metrics, 'multiLabel')
  const counts = countLabels({ ...scored, weights: undefined }, thresholds)
  const weighted = scored.weights && countLabels(scored, thresholds)
  const areas = labels.map((_, label) => binaryMetric({ type: 'auc' }, labelColumn(scored, label), 0.5))
  return {
    rows: scored.rows,
    loss,
    metrics: Object.fromEntries(
      chosen.map((metric) => [metric.type, multiLabelMetric(metric, scored, thresholds)]),
    ),
    classes: [...labels],
    perClass: perLabelOf(counts, labels, areas, weighted),
    ...labelCurves(scored, labels, counts.support),
  }
}

/** Evaluates a regression from values in the target's own unit. */
export function evaluateRegression(
  predicted: Float64Array,
  truth: Float64Array,
  options: { loss: number; metrics: readonly Metric[]; weights?: Float64Array | undefined },
): Evaluation {
  const chosen = evaluatedMetrics(options.metrics, 'regression')
  return {
    rows: truth.length,
    loss: options.loss,
    metrics: Object.fromEntries(
      chosen.map((metric) => [metric.type, regressionMetric(metric, predicted, truth, options.weights)]),
    ),
    ...residualsOf(predicted, truth),
  }
}

/** Returns the chosen metrics, then those that every evaluation of the task has, and every one of ordered classes. */
export function evaluatedMetrics(chosen: readonly Metric[], task: Task, ranked = false): Metric[] {
  const always = ranked ? [...alwaysEvaluated(task), ...RANK_METRICS] : alwaysEvaluated(task)
  const more = always.filter((type) => !chosen.some((metric) => metric.type === type))
  return [...chosen, ...more.map((type) => ({ type }))]
}

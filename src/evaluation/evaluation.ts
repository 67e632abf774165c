import { probability, type Scored } from './losses.ts'
import { binaryMetric, type MetricChoice, multiclassMetric, regressionMetric } from './metrics.ts'
import type { Evaluation } from './schema.ts'

/** Evaluates a classifier; with two classes and one output the second class is answered from `threshold` on. */
export function evaluateClassifier(
  scored: Scored,
  classes: readonly string[],
  options: { loss: number; threshold: number; metrics: readonly MetricChoice[] },
): Evaluation {
  const matrix = classes.map(() => classes.map(() => 0))
  for (let row = 0; row < scored.rows; row++) {
    const line = matrix[scored.truth[row] ?? 0]
    const answered = answeredClass(scored, row, options.threshold)
    if (line) line[answered] = (line[answered] ?? 0) + 1
  }
  const binary = scored.outputs === 1
  const chosen = withAlways(
    options.metrics,
    binary ? ['accuracy', 'precision', 'recall', 'auc'] : ['accuracy'],
  )
  const value = (metric: MetricChoice) =>
    binary ? binaryMetric(metric, scored, options.threshold) : multiclassMetric(metric, scored)
  return {
    rows: scored.rows,
    loss: options.loss,
    metrics: Object.fromEntries(chosen.map((metric) => [metric.type, value(metric)])),
    classes: [...classes],
    confusionMatrix: matrix,
    perClass: perClass(matrix, classes),
  }
}

/** Evaluates a regression from values in the target's own unit. */
export function evaluateRegression(
  predicted: Float64Array,
  truth: Float64Array,
  options: { loss: number; metrics: readonly MetricChoice[] },
): Evaluation {
  const chosen = withAlways(options.metrics, ['mae', 'rmse', 'r2'])
  const residuals = predicted.map((value, row) => value - (truth[row] ?? 0)).sort()
  return {
    rows: truth.length,
    loss: options.loss,
    metrics: Object.fromEntries(
      chosen.map((metric) => [metric.type, regressionMetric(metric, predicted, truth)]),
    ),
    residualQuantiles: Object.fromEntries(
      [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1].map((share) => [String(share), quantile(residuals, share)]),
    ),
  }
}

function withAlways(
  chosen: readonly MetricChoice[],
  always: readonly MetricChoice['type'][],
): MetricChoice[] {
  const more = always.filter((type) => !chosen.some((metric) => metric.type === type))
  return [...chosen, ...more.map((type) => ({ type }))]
}

function answeredClass(scored: Scored, row: number, threshold: number): number {
  if (scored.outputs === 1) return probability(scored.logits[row] ?? 0) >= threshold ? 1 : 0
  let best = 0
  const start = row * scored.outputs
  for (let each = 1; each < scored.outputs; each++)
    if ((scored.logits[start + each] ?? 0) > (scored.logits[start + best] ?? 0)) best = each
  return best
}

function perClass(
  matrix: readonly (readonly number[])[],
  classes: readonly string[],
): NonNullable<Evaluation['perClass']> {
  const entries = classes.map((name, index) => {
    const hits = matrix[index]?.[index] ?? 0
    const support = (matrix[index] ?? []).reduce((sum, count) => sum + count, 0)
    const answered = matrix.reduce((sum, line) => sum + (line[index] ?? 0), 0)
    const precision = answered === 0 ? 0 : hits / answered
    const recall = support === 0 ? 0 : hits / support
    const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
    return [name, { precision, recall, f1, support }] as const
  })
  return Object.fromEntries(entries)
}

/** Linear interpolation between the two nearest of sorted values (the default of NumPy). */
function quantile(sorted: Float64Array, share: number): number {
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] ?? 0
  const above = sorted[Math.ceil(position)] ?? below
  return below + (above - below) * (position - Math.floor(position))
}

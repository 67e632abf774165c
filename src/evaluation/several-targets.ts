import type { Metric } from '../recipe/index.ts'
import { type BaselineWeights, regressionBaseline } from './baseline.ts'
import { evaluateRegression } from './evaluation.ts'
import { meanOfPresent } from './history.ts'
import { regressionMetric } from './metrics.ts'
import type { Evaluation, MetricValues } from './schema.ts'

/*
 * Figures of a regression with several targets. Values of all targets stand side by side: shape [rows, targets]. A figure
 * of the whole is the mean of the targets' figures, each in its own unit.
 */

/** Returns one target's values. */
export function valuesOfTarget(values: ArrayLike<number>, targets: number, target: number): Float64Array {
  return Float64Array.from(
    { length: values.length / targets },
    (_, row) => values[row * targets + target] ?? 0,
  )
}

/** Returns the mean over the targets of a metric. */
export function severalMetric(
  metric: Metric,
  predicted: ArrayLike<number>,
  truth: ArrayLike<number>,
  { targets, weights }: { targets: number; weights: Float64Array | undefined },
): number | null {
  const each = Array.from({ length: targets }, (_, at) =>
    regressionMetric(
      metric,
      valuesOfTarget(predicted, targets, at),
      valuesOfTarget(truth, targets, at),
      weights,
    ),
  )
  return meanOfPresent(each)
}

/** Evaluates a regression with several targets, from values in the targets' own units. */
export function evaluateSeveral(
  predicted: Float64Array,
  truth: Float64Array,
  names: readonly string[],
  options: { loss: number; metrics: readonly Metric[]; weights: Float64Array | undefined },
): Evaluation {
  const parts = names.map((name, at) => {
    const own = valuesOfTarget(predicted, names.length, at)
    const { rows, metrics, residuals, residualQuantiles } = evaluateRegression(
      own,
      valuesOfTarget(truth, names.length, at),
      options,
    )
    return [
      name,
      { rows, metrics, ...(residuals && { residuals }), ...(residualQuantiles && { residualQuantiles }) },
    ] as const
  })
  return {
    rows: truth.length / names.length,
    loss: options.loss,
    metrics: meanOf(parts.map(([, { metrics }]) => metrics)),
    perTarget: Object.fromEntries(parts.map(([name, { rows: _, ...figures }]) => [name, figures])),
  }
}

/** Adds to an evaluation what the best constant answers reach, for each target and as the mean over them. */
export function withBaselines(
  evaluation: Evaluation,
  truth: ArrayLike<number>,
  training: ArrayLike<number>,
  { metrics, weights }: { metrics: readonly Metric[]; weights: BaselineWeights },
): Evaluation {
  const entries = Object.entries(evaluation.perTarget ?? {})
  const targets = entries.length
  const parts = entries.map(([name, figures], at) => {
    const baseline = regressionBaseline(
      valuesOfTarget(truth, targets, at),
      valuesOfTarget(training, targets, at),
      metrics,
      weights,
    )
    return [name, { ...figures, baseline }] as const
  })
  return {
    ...evaluation,
    baseline: meanOf(parts.map(([, { baseline }]) => baseline)),
    perTarget: Object.fromEntries(parts),
  }
}

function meanOf(parts: readonly MetricValues[]): MetricValues {
  return Object.fromEntries(
    Object.keys(parts[0] ?? {}).map((name) => [name, meanOfPresent(parts.map((part) => part[name] ?? null))]),
  )
}

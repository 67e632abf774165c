import type { EpochValues } from '../evaluation/history.ts'
import type { Scored } from '../evaluation/losses.ts'
import { binaryMetric, multiclassMetric, multiLabelMetric, regressionMetric } from '../evaluation/metrics.ts'
import { severalMetric } from '../evaluation/several-targets.ts'
import type { TargetState } from '../models/target.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import { inOwnUnits } from './evaluate.ts'

/** Returns the recipe's metrics of scored rows, by name. */
export function epochMetrics(recipe: CompleteRecipe, target: TargetState, scored: Scored): EpochValues {
  if (target.task === 'regression') {
    const { predicted, truth } = inOwnUnits(target, scored)
    return byName(recipe, (metric) => regressionMetric(metric, predicted, truth, scored.weights))
  }
  if (target.task === 'severalNumbers') {
    const { predicted, truth } = inOwnUnits(target, scored)
    const options = { targets: target.targets.length, weights: scored.weights }
    return byName(recipe, (metric) => severalMetric(metric, predicted, truth, options))
  }
  if (target.task === 'multiLabel')
    return byName(recipe, (metric) => multiLabelMetric(metric, scored, target.thresholds))
  if (target.task === 'binary')
    return byName(recipe, (metric) => binaryMetric(metric, scored, target.threshold))
  const { costs } = target
  return byName(recipe, (metric) => multiclassMetric(metric, { ...scored, costs }))
}

function byName(
  recipe: CompleteRecipe,
  value: (metric: CompleteRecipe['metrics'][number]) => number | null,
): EpochValues {
  return Object.fromEntries(recipe.metrics.map((metric) => [metric.type, value(metric)]))
}

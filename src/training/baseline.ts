import {
  type BaselineWeights,
  classifierBaseline,
  labelsBaseline,
  regressionBaseline,
} from '../evaluation/baseline.ts'
import type { Evaluation, MetricValues } from '../evaluation/schema.ts'
import { withBaselines } from '../evaluation/several-targets.ts'
import { inUnits, isOrdinal, ownUnit, scoresOf, type TargetState } from '../models/target.ts'
import type { CompleteRecipe } from '../recipe/index.ts'

/**
 * Returns what a model without inputs reaches on rows, for each metric of their evaluation. Both arrays have class
 * numbers, 1 for each label of a row among zeros, or a regression's targets in their own unit.
 * @param truth targets of the evaluated rows
 * @param training targets of the rows that the baseline is learnt from
 */
function baselineOf(
  { metrics }: CompleteRecipe,
  target: Exclude<TargetState, { task: 'severalNumbers' }>,
  truth: ArrayLike<number>,
  training: ArrayLike<number>,
  weights: BaselineWeights,
): MetricValues {
  if (target.task === 'regression') return regressionBaseline(truth, training, metrics, weights)
  if (target.task === 'multiLabel')
    return labelsBaseline(truth, training, { labels: target.classes.length, metrics, weights })
  const outputs = scoresOf(target)
  return classifierBaseline(truth, training, { outputs, metrics, weights, ranked: isOrdinal(target) })
}

/** Adds to an evaluation what a model without inputs reaches; the arrays are those of `baselineOf`. */
export function withBaseline(
  evaluation: Evaluation,
  { recipe, target }: { recipe: CompleteRecipe; target: TargetState },
  { truth, training }: { truth: ArrayLike<number>; training: ArrayLike<number> },
  weights: BaselineWeights,
): Evaluation {
  const { metrics } = recipe
  if (target.task === 'severalNumbers')
    return withBaselines(evaluation, truth, training, { metrics, weights })
  return { ...evaluation, baseline: baselineOf(recipe, target, truth, training, weights) }
}

/** Returns the targets that a network is trained on as `baselineOf` takes them. */
export function ownTargets(target: TargetState, targets: ArrayLike<number>): Float64Array {
  if (target.task === 'severalNumbers') return inUnits(target, targets, ownUnit)
  const values = new Float64Array(targets)
  return target.task === 'regression' ? values.map((value) => ownUnit(target, value)) : values
}

import { evaluateClassifier, evaluateLabels, evaluateRegression } from '../evaluation/evaluation.ts'
import type { Thresholds } from '../evaluation/labels.ts'
import { meanLoss, type Scored } from '../evaluation/losses.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import { evaluateSeveral } from '../evaluation/several-targets.ts'
import {
  answerInOwnUnit,
  decisionShiftsOf,
  inUnits,
  isOrdinal,
  type TargetState,
  targetNumbers,
  taskOf,
} from '../models/target.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import { ownTargets } from './baseline.ts'
import { isProbabilistic } from './engine.ts'

/** Values of a regression in the target's own unit; a classifier has none. */
export interface OwnUnit {
  truth?: Float64Array | null
  answers?: Float64Array | undefined
}

/**
 * Evaluates a network on scored rows: loss, the recipe's metrics, and those that every evaluation of its task has.
 * @param own truth and answers of a regression in the target's own unit. Default: what comes back of the scored ones
 * @param thresholds probability from which each label is answered. Default: the target's
 */
export function evaluate(
  recipe: CompleteRecipe,
  target: TargetState,
  scored: Scored,
  { truth, answers }: OwnUnit = {},
  thresholds?: Thresholds,
): Evaluation {
  const { metrics } = recipe
  const loss = meanLoss(scored, recipe.loss, isProbabilistic({ task: taskOf(target) }))
  if (target.task === 'regression') {
    const own = truth ?? ownTargets(target, scored.truth)
    return evaluateRegression(answers ?? ownAnswers(target, scored.logits), own, {
      loss,
      metrics,
      weights: scored.weights,
    })
  }
  if (target.task === 'severalNumbers')
    return evaluateSeveral(
      answers ?? ownAnswers(target, scored.logits),
      truth ?? ownTargets(target, scored.truth),
      target.targets.map(({ name }) => name),
      { loss, metrics, weights: scored.weights },
    )
  if (target.task === 'multiLabel')
    return evaluateLabels(scored, target.classes, {
      loss,
      metrics,
      thresholds: thresholds ?? target.thresholds,
    })
  const threshold = target.task === 'binary' ? target.threshold : 0.5
  const { costs } = target
  const decisionShifts = decisionShiftsOf(target)
  return evaluateClassifier({ ...scored, costs, decisionShifts }, target.classes, {
    loss,
    metrics,
    threshold,
    costs,
    ranked: isOrdinal(target),
  })
}

/** Returns the outputs and truths of a regression in the target's own unit. */
export function inOwnUnits(
  target: Extract<TargetState, { task: 'regression' | 'severalNumbers' }>,
  scored: Scored,
) {
  return {
    predicted: ownAnswers(target, scored.logits),
    truth: ownTargets(target, scored.truth),
  }
}

/**
 * Returns answers as a network of this target would have to give them, which its loss compares with the truth. Answers of
 * another target may be beyond its limits: `ownAnswers` does not take those back.
 */
export function outputsOfAnswers(target: TargetState, answers: Float64Array): Float64Array {
  if (target.task === 'severalNumbers')
    return inUnits(target, answers, (state, answer) => targetNumbers(state)(answer))
  return target.task === 'regression' ? answers.map(targetNumbers(target)) : answers
}

/** Returns a network's outputs as answers are compared: a classifier's logits, or a regression's answers in its unit. */
export function ownAnswers(target: TargetState, logits: Float64Array): Float64Array {
  if (target.task === 'severalNumbers') return inUnits(target, logits, answerInOwnUnit)
  return target.task === 'regression' ? logits.map((output) => answerInOwnUnit(target, output)) : logits
}

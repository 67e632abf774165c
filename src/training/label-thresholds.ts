import { answeredClasses } from '../evaluation/answers.ts'
import { f1Thresholds, type Thresholds } from '../evaluation/labels.ts'
import type { Scored } from '../evaluation/losses.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import { halfOfRows, joinScored, takeRows } from '../evaluation/take-rows.ts'
import { placeOfRule, thresholdTable } from '../evaluation/threshold-table.ts'
import type { TargetState } from '../models/target.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import { evaluate } from './evaluate.ts'
import type { FoldAnswers } from './fold-answers.ts'

/*
 * Thresholds of labels that are chosen by F1 (D-154). They come from answers to rows that the network was not trained on.
 * The figures of an evaluation come from rows that chose no threshold for themselves.
 */

/** Returns a target with the thresholds that scored rows choose; the target itself where the recipe gives a number. */
export function withThresholds(recipe: CompleteRecipe, target: TargetState, scored: Scored): TargetState {
  if (target.task === 'binary' && typeof recipe.threshold === 'object') {
    const table = thresholdTable(scored)
    const threshold = table?.thresholds[placeOfRule(table, recipe.threshold)]
    return threshold === undefined ? target : { ...target, threshold }
  }
  if (target.task !== 'multiLabel' || recipe.multiLabel?.threshold !== 'f1') return target
  return { ...target, thresholds: f1Thresholds(scored) }
}

/** Returns a fitted target with the thresholds that rows of a first fit have chosen for the same classes. */
export function withThresholdsOf(target: TargetState, chosen: TargetState): TargetState {
  if (target.task === 'binary' && chosen.task === 'binary') return { ...target, threshold: chosen.threshold }
  if (target.task === 'multiLabel' && chosen.task === 'multiLabel')
    return { ...target, thresholds: chosen.thresholds }
  return target
}

/** Returns thresholds for each row which the rows of the other half choose: those at odd places, or at even ones. */
export function thresholdsByHalves(scored: Scored): Thresholds {
  const halves = ([1, 0] as const).map((half) =>
    f1Thresholds(takeRows(scored, halfOfRows(scored.rows, half))),
  )
  return (row) => halves[row % 2] ?? []
}

/**
 * Evaluates the folds of a k-fold anew, each with the thresholds that the other folds choose, and chooses the thresholds of
 * the version by all of them. @returns the folds, and the target with its thresholds
 */
export function chooseOverFolds(
  recipe: CompleteRecipe,
  target: TargetState,
  folds: readonly FoldAnswers[],
): { folds: readonly FoldAnswers[]; target: TargetState } {
  if (!choosesThresholds(recipe, target)) return { folds, target }
  const answered = folds.map(({ measured }) => measured.scored)
  const scored = folds.map(({ measured, heldOut }) => ({
    ...measured.scored,
    logits: heldOut.evaluated ?? measured.scored.logits,
  }))
  return {
    target: withThresholds(recipe, target, joinScored(answered.filter((_, at) => folds[at]?.repeat === 1))),
    folds: folds.map((fold, at) => {
      const own = scored[at]
      const others = scored.filter((_, other) => other !== at && folds[other]?.repeat === fold.repeat)
      if (!own || others.length === 0) return fold
      const chosen = withThresholds(recipe, target, joinScored(others))
      const evaluation = { ...fold.evaluation, ...decisionsOf(evaluate(recipe, chosen, own)) }
      if (chosen.task !== 'binary') return { ...fold, evaluation }
      const answered = answeredClasses(own, chosen.threshold)
      return { ...fold, evaluation, heldOut: { ...fold.heldOut, answered } }
    }),
  }
}

/** Returns the figures that depend on a threshold. */
function decisionsOf({ metrics, confusionMatrix, weightedMatrix, confusions, perClass }: Evaluation) {
  return {
    metrics,
    ...(confusionMatrix && { confusionMatrix }),
    ...(weightedMatrix && { weightedMatrix }),
    ...(confusions && { confusions }),
    ...(perClass && { perClass }),
  }
}

/** Tells whether answers to rows that were held out choose the thresholds of a target. */
function choosesThresholds(recipe: CompleteRecipe, target: TargetState): boolean {
  if (target.task === 'binary') return typeof recipe.threshold === 'object'
  return target.task === 'multiLabel' && recipe.multiLabel?.threshold === 'f1'
}

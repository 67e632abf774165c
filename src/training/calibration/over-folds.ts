import type { Evaluation } from '../../evaluation/schema.ts'
import { joinScored } from '../../evaluation/take-rows.ts'
import type { TargetState } from '../../models/target.ts'
import type { CompleteRecipe } from '../../recipe/index.ts'
import type { TrainingTable } from '../data/tables.ts'
import { evaluate } from '../evaluate.ts'
import { type FoldAnswers, scoredOf } from '../fold-answers.ts'
import { calibrate, measuredCalibrated } from './calibrate.ts'

/** Largest number of parts in which the folds calibrate each other: with more folds, several share a map. */
const MOST_PARTS = 10

/**
 * Calibrates a k-fold's answers, each fold's by a map that the other folds fit, and evaluates the folds anew.
 * @returns the folds, the target with the map that all folds fit, and what was gained
 */
export function calibrateOverFolds(
  recipe: CompleteRecipe,
  target: TargetState,
  table: TrainingTable,
  folds: readonly FoldAnswers[],
): { folds: readonly FoldAnswers[]; target: TargetState; figures: Pick<Evaluation, 'calibration'> } {
  if (recipe.calibration === 'none' || !['binary', 'multiclass'].includes(target.task))
    return { folds, target, figures: {} }
  const repeats = [...new Set(folds.map(({ repeat }) => repeat))].map((repeat) => {
    const own = folds.filter((fold) => fold.repeat === repeat)
    const parts = own.map(({ heldOut }) => scoredOf(target, table, recipe, heldOut))
    const partOf = parts.flatMap(({ rows }, at) => Array.from({ length: rows }, () => at % MOST_PARTS))
    const all = calibrate(recipe, target, joinScored(parts), partOf)
    const { target: calibrated, scored, answered, figures } = all
    let from = 0
    let place = 0
    const anew = own.map((fold, at): FoldAnswers => {
      const part = parts[at]
      if (!part || calibrated === target) return fold
      const to = from + part.logits.length
      const rows = {
        ...all,
        scored: {
          ...part,
          logits: scored.logits.slice(from, to),
          answered: scored.answered?.slice(place, place + part.rows),
        },
        answered: { ...part, logits: answered.logits.slice(from, to) },
      }
      const evaluation = evaluate(recipe, calibrated, rows.scored)
      from = to
      place += part.rows
      return {
        ...fold,
        evaluation: { ...fold.evaluation, ...evaluation },
        heldOut: {
          ...fold.heldOut,
          values: rows.answered.logits,
          evaluated: rows.scored.logits,
          answered: rows.scored.answered,
        },
        measured: measuredCalibrated(recipe, rows, part.truth),
      }
    })
    return { folds: anew, target: calibrated, figures }
  })
  const [first] = repeats
  return {
    folds: repeats.flatMap((repeat) => repeat.folds),
    target: first?.target ?? target,
    figures: first?.figures ?? {},
  }
}

import type { Scored } from '../evaluation/losses.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import type { TargetState } from '../models/target.ts'
import { type CompleteRecipe, targetNames } from '../recipe/index.ts'
import { encodeTargets, ownTruth } from './data/examples.ts'
import type { TrainingTable } from './data/tables.ts'
import { weightsOf } from './data/weights.ts'
import type { HeldOut } from './held-out.ts'
import type { MeasuredRows } from './measured-rows.ts'

/** The answers of one fold's network to the fold's rows, and their evaluation. */
export interface FoldAnswers {
  evaluation: Evaluation
  heldOut: HeldOut
  measured: MeasuredRows
  /** The fold's target, with the scale of its own training rows. */
  target: TargetState
  /** Epochs of the fold's network. */
  epochs: number
  repeat: number
}

/** Returns held-out answers beside the truth of their rows and the rows' weights. */
export function scoredOf(
  target: TargetState,
  table: TrainingTable,
  recipe: CompleteRecipe,
  { rows, outputs, values }: HeldOut,
): Scored {
  const truth = encodeTargets(target, targetNames(recipe), table, rows)
  const weights = recipe.weights === null ? {} : { weights: weightsOf(table, recipe.weights, rows) }
  return { rows: rows.length, outputs, logits: values, truth: Float64Array.from(truth), ...weights }
}

/** Returns held-out answers beside the truth: class numbers, or a regression's values in the target's own unit. */
export function trueAnswers(
  recipe: CompleteRecipe,
  target: TargetState,
  table: TrainingTable,
  { rows, outputs, values }: HeldOut,
) {
  const names = targetNames(recipe)
  const truth =
    ownTruth(target, names, table, rows) ?? Float64Array.from(encodeTargets(target, names, table, rows))
  return { outputs, values, truth }
}

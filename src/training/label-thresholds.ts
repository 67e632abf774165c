import { evaluateLabels } from '../evaluation/evaluation.ts'
import { f1Thresholds, type Thresholds } from '../evaluation/labels.ts'
import type { Scored } from '../evaluation/losses.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import { halfOfRows, takeRows } from '../evaluation/take-rows.ts'
import type { TargetState } from '../models/target.ts'
import { type CompleteRecipe, targetNames } from '../recipe/index.ts'
import { encodeTargets } from './data/examples.ts'
import type { TrainingTable } from './data/tables.ts'
import type { HeldOut } from './held-out.ts'

/*
 * Thresholds of labels that are chosen by F1 (D-154). They come from answers to rows that the network was not trained on.
 * The figures of an evaluation come from rows that chose no threshold for themselves.
 */

/** Returns a target with the thresholds that scored rows choose; the target itself where the recipe gives a number. */
export function withThresholds(recipe: CompleteRecipe, target: TargetState, scored: Scored): TargetState {
  if (target.task !== 'multiLabel' || recipe.multiLabel?.threshold !== 'f1') return target
  return { ...target, thresholds: f1Thresholds(scored) }
}

/** Returns thresholds for each row which the rows of the other half choose: those at odd places, or at even ones. */
export function thresholdsByHalves(scored: Scored): Thresholds {
  const halves = ([1, 0] as const).map((half) =>
    f1Thresholds(takeRows(scored, halfOfRows(scored.rows, half))),
  )
  return (row) => halves[row % 2] ?? []
}

/** The answers of one fold's network to the fold's rows, and their evaluation. */
export interface FoldAnswers {
  evaluation: Evaluation
  heldOut: HeldOut
  repeat: number
}

/**
 * Evaluates the folds of a k-fold anew, each with the thresholds that the other folds choose, and chooses the thresholds of
 * the version by all of them. @returns the evaluations, and the target with its thresholds
 */
export function chooseOverFolds(
  recipe: CompleteRecipe,
  target: TargetState,
  table: TrainingTable,
  folds: readonly FoldAnswers[],
): { evaluations: Evaluation[]; target: TargetState } {
  const evaluations = folds.map(({ evaluation }) => evaluation)
  if (target.task !== 'multiLabel' || recipe.multiLabel?.threshold !== 'f1') return { evaluations, target }
  const scored = folds.map(({ heldOut }) => scoredOf(target, table, recipe, heldOut))
  const { metrics } = recipe
  return {
    target: withThresholds(recipe, target, joined(scored.filter((_, at) => folds[at]?.repeat === 1))),
    evaluations: folds.map(({ evaluation, repeat }, at) => {
      const own = scored[at]
      const others = scored.filter((_, other) => other !== at && folds[other]?.repeat === repeat)
      if (!own || others.length === 0) return evaluation
      const thresholds = f1Thresholds(joined(others))
      return {
        ...evaluation,
        ...evaluateLabels(own, target.classes, { loss: evaluation.loss, metrics, thresholds }),
      }
    }),
  }
}

/** Returns held-out answers beside the truth of their rows. */
function scoredOf(
  target: TargetState,
  table: TrainingTable,
  recipe: CompleteRecipe,
  { rows, outputs, values }: HeldOut,
): Scored {
  const truth = encodeTargets(target, targetNames(recipe), table, rows)
  return { rows: rows.length, outputs, logits: values, truth: Float64Array.from(truth) }
}

function joined(parts: readonly Scored[]): Scored {
  return {
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    outputs: parts[0]?.outputs ?? 1,
    logits: concatenated(parts.map(({ logits }) => logits)),
    truth: concatenated(parts.map(({ truth }) => truth)),
  }
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

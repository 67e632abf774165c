import type { BaselineWeights } from '../evaluation/baseline.ts'
import type { Thresholds } from '../evaluation/labels.ts'
import type { Scored } from '../evaluation/losses.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import { isOrdinal, outputsOf, type TargetState } from '../models/target.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import { ownTargets, withBaseline } from './baseline.ts'
import {
  type CalibratedRows,
  calibrate,
  evaluateCalibrated,
  measuredCalibrated,
} from './calibration/calibrate.ts'
import { PARTS, randomParts } from './calibration/choose.ts'
import { withUncertainty } from './conformal/learn.ts'
import type { Prepared } from './data/examples.ts'
import { groupsOf } from './data/groups.ts'
import type { FoldChoice } from './data/rows.ts'
import { columnOf, type TrainingTable } from './data/tables.ts'
import type { Examples } from './engine.ts'
import { evaluate, outputsOfAnswers } from './evaluate.ts'
import type { HeldOut } from './held-out.ts'
import { thresholdsByHalves, withThresholds } from './label-thresholds.ts'
import { type MeasuredRows, measuredRows, withIntervals } from './measured-rows.ts'
import { byClass } from './ordinal.ts'
import type { SplitAnswers, ToldFigures } from './validated.ts'

/** What is validated: a recipe's training on a table, or one of its folds. */
interface ValidatedRun {
  recipe: CompleteRecipe
  table: TrainingTable
  fold?: FoldChoice | undefined
}

/** The validation rows of a fit: encoded, answered, and their numbers in the table. */
interface Validated {
  examples: Examples
  answers: Float64Array
  rows: Uint32Array
}

/**
 * Measures the answers of a fit to its validation rows, and learns of them what a version needs beside its network:
 * calibration, thresholds, intervals or sets. The folds of a k-fold learn these together, once all have answered.
 */
export function validate(
  { recipe, fold, table }: ValidatedRun,
  { target, training }: Pick<Prepared, 'target' | 'training'>,
  { examples: validation, answers: outputs, rows: numbers }: Validated,
): ToldFigures & { measured: MeasuredRows; answers: SplitAnswers | null } {
  const { rows, targets, weights } = validation
  const raw = {
    rows: rows.rows,
    outputs: outputsOf(target),
    logits: outputs,
    truth: Float64Array.from(targets),
    weights,
  }
  const scored = byClass(raw, isOrdinal(target))
  const truth = ownTargets(target, validation.targets)
  const known = {
    recipe,
    truth,
    training: ownTargets(target, training.targets),
    weights: { truth: validation.weights, training: training.weights },
  }
  if (fold) {
    const evaluation = evaluateAnswers(known, { target, scored, answered: scored, figures: {} })
    const measured = measuredRows(recipe, target, scored, truth)
    const heldOut = { rows: numbers, outputs: scored.outputs, values: measured.scored.logits }
    return { target, evaluation, heldOut, measured, answers: null }
  }
  const calibrated = calibrate(recipe, target, scored, randomParts(scored.rows))
  const own = withThresholds(recipe, calibrated.target, calibrated.answered)
  const cell = recipe.group === null ? null : columnOf(table, recipe.group)
  const group = cell && ((place: number) => cell(numbers[place] ?? 0))
  const measureRows = (answers: Pick<CalibratedRows, 'scored' | 'answered' | 'own'>) => {
    const byHalves =
      own.task === 'multiLabel' && own !== target ? thresholdsByHalves(answers.scored) : undefined
    const evaluation = evaluateAnswers(known, { ...calibrated, ...answers, target: own }, byHalves)
    const measured = measuredCalibrated(recipe, { ...calibrated, ...answers }, truth)
    const heldOut = {
      rows: numbers,
      outputs: scored.outputs,
      values: measured.scored.logits,
      ...(answers.scored !== answers.answered && {
        evaluated: answers.scored.logits,
        answered: answers.scored.answered,
      }),
    }
    const withFigures = withIntervals(evaluation, measured, { recipe, target: own, group })
    return { ...withUncertainty(own, withFigures, { ...heldOut, truth }), heldOut, measured }
  }
  const measured = measureRows(calibrated)
  const places = Uint32Array.from(numbers.keys())
  const groups = group && groupsOf(group, places, null, 1).groupOf
  return {
    ...measured,
    answers: {
      kind: 'split',
      heldOut: measured.heldOut,
      measured: measured.measured,
      partOf: groups?.map((each) => each % PARTS) ?? randomParts(scored.rows),
      measure: (heldOut) => measureRows(answersOf(target, scored, heldOut)),
    },
  }
}

/**
 * Returns held-out answers to scored rows as `calibrate` returns them. Those of a regression may be of candidates whose
 * target has other limits, so metrics take them in their own unit, and the loss alone as outputs of this target.
 */
function answersOf(
  target: TargetState,
  scored: Scored,
  { values, evaluated, answered: classes }: HeldOut,
): Pick<CalibratedRows, 'scored' | 'answered' | 'own'> {
  const answered = { ...scored, logits: outputsOfAnswers(target, values) }
  return {
    scored: evaluated ? { ...scored, logits: evaluated, answered: classes } : answered,
    answered,
    ...((target.task === 'regression' || target.task === 'severalNumbers') && { own: values }),
  }
}

/** What an evaluation of rows needs beside the answers to them. */
interface KnownRows {
  recipe: CompleteRecipe
  /** Targets of the rows and of the training rows as `withBaseline` takes them, and their weights. */
  truth: Float64Array
  training: Float64Array
  weights: BaselineWeights
}

/** @param thresholds probability from which each label is answered. Default: the target's */
function evaluateAnswers(
  { recipe, truth, training, weights }: KnownRows,
  answers: CalibratedRows,
  thresholds?: Thresholds,
): Evaluation {
  const { target, scored, own, figures } = answers
  const evaluation = figures.calibration
    ? evaluateCalibrated(recipe, answers)
    : evaluate(recipe, target, scored, { truth, answers: own }, thresholds)
  const weightedBy = recipe.weights === null ? {} : { weightedBy: recipe.weights }
  return withBaseline({ ...evaluation, ...weightedBy }, { recipe, target }, { truth, training }, weights)
}

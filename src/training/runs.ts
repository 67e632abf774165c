import { columnsIn, type EpochValues, type History, SMOOTHING } from '../evaluation/history.ts'
import { epochsByOthers, type FoldResult, keptEvaluation, summarizeFolds } from '../evaluation/k-fold.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import type { TargetState } from '../models/target.ts'
import { foldCount, monitorOf } from '../recipe/index.ts'
import { progressOf, type TrainingRun } from '../training-contract.ts'
import { calibrateOverFolds } from './calibration/over-folds.ts'
import { withUncertainty } from './conformal/learn.ts'
import { repeatedRowsWarning } from './data/equal-rows.ts'
import { labelledRows } from './data/rows.ts'
import { columnOf } from './data/tables.ts'
import { type FoldAnswers, trueAnswers } from './fold-answers.ts'
import { joinHeldOut } from './held-out.ts'
import { chooseOverFolds } from './label-thresholds.ts'
import { joinMeasured, withIntervals } from './measured-rows.ts'
import { type TrainingInput, type TrainingResult, train, trainOnAll } from './train.ts'
import type { ToldFigures, ValidatedAnswers } from './validated.ts'
import { overfittingWarning } from './warnings.ts'

/** Input of one training run of a job. */
export interface RunInput extends Omit<TrainingInput, 'fold'> {
  run: TrainingRun
}

/** Results of a run; `model` is null for a fold or trial, which is only evaluated. */
export interface RunResult
  extends Pick<TrainingResult, 'history' | 'evaluation' | 'heldOut' | 'rows' | 'warnings'> {
  /** Training rows of the networks that are evaluated; of folds, their mean. */
  fittedRows: number
  model: Pick<TrainingResult, 'encoder' | 'members' | 'forests' | 'engine' | 'lastFit'> | null
  /** The answers from which the figures come; null where there are none, and of a fold or trial. */
  validated: ValidatedAnswers | null
}

/** Does one training run of a job. @throws what `train` throws */
export async function execute(input: RunInput): Promise<RunResult> {
  const { run, recipe } = input
  const plain = trainingInput(input, null)
  if (run.kind === 'fold') return withoutModel(await train({ ...plain, fold: run }))
  if (run.kind === 'final') return finish(input, run)
  if (foldCount(recipe) === 0) {
    const result = await train({
      ...plain,
      recipe: run.kind === 'trial' ? { ...recipe, finalEpochs: null } : recipe,
    })
    if (run.kind === 'trial') return withoutModel(result)
    return { ...result, fittedRows: result.rows.training, model: result }
  }
  const { folds, rows, fittedRows, heldOut } = await oneAfterTheOther(input)
  const all = summarizeFolds(folds, {
    monitor: monitorOf(recipe),
    smoothing: recipe.validation?.smoothing ?? SMOOTHING,
  })
  return run.kind === 'whole'
    ? finish(input, all)
    : { ...all, rows, fittedRows, heldOut, warnings: [], model: null, validated: null }
}

function withoutModel(result: TrainingResult): RunResult {
  return { ...result, fittedRows: result.rows.training, model: null, validated: null }
}

/**
 * Makes the version after the folds: measures the folds anew, then fits it to all rows. What is told of the version is so
 * measured on the procedure that made it: epochs that other rows chose, the learning rates of a run of that length, and the
 * averaged answers of an ensemble.
 */
async function finish(input: RunInput, { history, evaluation: last }: FoldResult): Promise<RunResult> {
  const { finalEpochs } = input.recipe
  const best = history.bestEpoch ?? Math.max(1, history.epochs.length)
  const epochs = typeof finalEpochs === 'number' ? finalEpochs : best
  const kFold = input.recipe.validation?.kFold ?? 2
  // Without a choice there is none that could flatter.
  const chosen =
    typeof finalEpochs === 'number'
      ? []
      : epochsByOthers(history, { monitor: monitorOf(input.recipe), kFold })
  const foldEpochs = Array.from({ length: foldCount(input.recipe) }, (_, fold) => chosen[fold] ?? epochs)
  const kept = await oneAfterTheOther(
    { ...input, recipe: { ...input.recipe, earlyStopping: null } },
    foldEpochs,
  )
  const model = await trainOnAll(trainingInput(input, null), epochs)
  const { recipe, table } = input
  const calibrated = calibrateOverFolds(recipe, model.encoder.target, table, kept.answers)
  const { folds, target } = chooseOverFolds(recipe, calibrated.target, calibrated.folds)
  const { figures } = calibrated
  const measure = (answers: readonly FoldAnswers[]) =>
    measureFolds(input, answers, { target, epochs, last, figures, trained: model.rows.training })
  const told = measure(folds)
  return {
    evaluation: told.evaluation,
    heldOut: told.heldOut,
    rows: model.rows,
    fittedRows: kept.fittedRows,
    model: { ...model, encoder: { ...model.encoder, target: told.target } },
    validated: { kind: 'folds', folds, measure },
    warnings: [
      ...model.warnings,
      ...repeatedRowsWarning(input.recipe, input.table, labelledRows(input.recipe, input.table)),
      ...overfittingWarning(input.recipe, history, epochs),
    ],
    history: { ...history, final: model.columns },
  }
}

/**
 * Measures the answers of all folds.
 * @param of.target of the version, with its calibration and thresholds
 * @param of.epochs of the version
 * @param of.last the evaluation of the folds after all epochs of the recipe
 * @param of.figures what the version's calibration has gained
 * @param of.trained rows that the version was trained on
 */
function measureFolds(
  { recipe, table }: RunInput,
  folds: readonly FoldAnswers[],
  of: {
    target: TargetState
    epochs: number
    last: Evaluation
    figures: Pick<Evaluation, 'calibration'>
    trained: number
  },
): ToldFigures {
  const { target, epochs, last, figures, trained } = of
  const evaluations = folds.map(({ evaluation }) => evaluation)
  const foldEpochs = folds.map((fold) => fold.epochs)
  const { heldOut, measured } = firstAnswers(folds)
  const neverHeldOut = trained - heldOut.rows.length
  const cell = recipe.group === null ? null : columnOf(table, recipe.group)
  const group = cell && ((place: number) => cell(heldOut.rows[place] ?? 0))
  const evaluation = {
    ...withIntervals(keptEvaluation(evaluations, { epochs, foldEpochs, last }), measured, {
      recipe,
      target,
      group,
    }),
    ...figures,
    ...(neverHeldOut > 0 ? { neverHeldOut } : {}),
  }
  const known = withUncertainty(target, evaluation, trueAnswers(recipe, target, table, heldOut))
  return { ...known, heldOut }
}

/** @param foldEpochs epochs of each fold. Default: those of the recipe */
async function oneAfterTheOther(input: RunInput, foldEpochs: readonly number[] = []) {
  const { kFold = 2 } = input.recipe.validation ?? {}
  const folds: FoldResult[] = []
  const answers: FoldAnswers[] = []
  const count = foldCount(input.recipe)
  let rows = { training: 0, validation: 0 }
  let fitted = 0
  for (let number = 1; number <= count; number++) {
    const fold = { fold: ((number - 1) % kFold) + 1, repeat: Math.ceil(number / kFold) }
    const epochs = foldEpochs[number - 1] ?? input.recipe.epochs
    const recipe = { ...input.recipe, epochs }
    const result = await train({ ...trainingInput(input, { number, count }), recipe, fold })
    rows = result.rows
    fitted += rows.training
    const { evaluation, heldOut, measured, history } = result
    if (!evaluation || !heldOut || !measured) throw new RangeError('a fold has validation rows')
    const { target } = result.encoder
    answers.push({ evaluation, heldOut, measured, target, epochs, repeat: fold.repeat })
    folds.push({ history, evaluation })
    await input.onProgress(progressOf('evaluate', { fold: number, foldValues: lastValues(result.history) }))
  }
  const { heldOut } = firstAnswers(answers)
  return { folds, answers, rows, fittedRows: Math.round(fitted / count), heldOut }
}

/** Returns one answer to each row: every repeat has answered all of them. */
function firstAnswers(folds: readonly FoldAnswers[]) {
  const first = folds.filter(({ repeat }) => repeat === 1)
  return {
    heldOut: joinHeldOut(first.map(({ heldOut }) => heldOut)),
    measured: joinMeasured(first.map(({ measured }) => measured)),
  }
}

/** Returns the input of one training among several, whose epochs are not the job's. */
function trainingInput(input: RunInput, fold: { number: number; count: number } | null): TrainingInput {
  const { run: _run, ...plain } = input
  if (!fold) return plain
  return {
    ...plain,
    onProgress: (progress) => {
      const { etaSeconds } = progress
      // The rest of this fold, and the other folds in full.
      const done = (progress.epoch ?? 0) / (progress.epochs ?? 1)
      const whole = etaSeconds !== null && done > 0 && done < 1 ? etaSeconds / (1 - done) : null
      const eta = whole === null ? null : (etaSeconds ?? 0) + whole * (fold.count - fold.number)
      return input.onProgress({ ...progress, fold: fold.number, epochEnded: false, etaSeconds: eta })
    },
  }
}

/** Returns the last values of a history's columns. */
function lastValues(history: History): EpochValues {
  return Object.fromEntries(
    Object.entries(columnsIn(history)).map(([name, values]) => [name, values.at(-1) ?? null]),
  )
}

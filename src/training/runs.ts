import { columnsIn, type EpochValues, type History, SMOOTHING } from '../evaluation/history.ts'
import { epochsByOthers, type FoldResult, keptEvaluation, summarizeFolds } from '../evaluation/k-fold.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import type { TargetState } from '../models/target.ts'
import { type CompleteRecipe, foldCount, foldShare, monitorOf } from '../recipe/index.ts'
import { progressOf, type TrainingRun } from '../training-contract.ts'
import { type BudgetCut, cutsOf, joinCuts } from './budget.ts'
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
  extends Pick<TrainingResult, 'history' | 'evaluation' | 'heldOut' | 'rows' | 'cuts' | 'warnings'> {
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
  const { folds, rows, fittedRows, heldOut, cut } = await oneAfterTheOther(input, {
    later: run.kind === 'whole' ? fitsAfterFolds(recipe) : 0,
  })
  const all = summarizeFolds(folds, {
    monitor: monitorOf(recipe),
    smoothing: recipe.validation?.smoothing ?? SMOOTHING,
  })
  const cuts = cutsOf('foldEpochs', cut)
  if (run.kind !== 'whole')
    return { ...all, rows, fittedRows, heldOut, cuts, warnings: [], model: null, validated: null }
  const result = await finish(input, all)
  return { ...result, cuts: [...cuts, ...result.cuts] }
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
  const wanted = typeof finalEpochs === 'number' ? finalEpochs : best
  const kFold = input.recipe.validation?.kFold ?? 2
  // Without a choice there is none that could flatter.
  const chosen =
    typeof finalEpochs === 'number'
      ? []
      : epochsByOthers(history, { monitor: monitorOf(input.recipe), kFold })
  const foldEpochs = Array.from({ length: foldCount(input.recipe) }, (_, fold) => chosen[fold] ?? wanted)
  const kept = await oneAfterTheOther(
    { ...input, recipe: { ...input.recipe, earlyStopping: null } },
    { foldEpochs, later: lastFitInFolds(input.recipe) },
  )
  const model = await trainOnAll(trainingInput(input, null), wanted)
  const epochs = model.lastFit.epochs
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
    cuts: [...cutsOf('measuredEpochs', kept.cut), ...model.cuts],
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

/** Returns the time of the fits after those that choose the number of epochs, in times that one of these takes. */
function fitsAfterFolds(recipe: CompleteRecipe): number {
  const { epochs, finalEpochs } = recipe
  const share = typeof finalEpochs === 'number' ? finalEpochs / epochs : 1
  return share * (foldCount(recipe) + lastFitInFolds(recipe))
}

/** Returns the time of a fit to all rows, in times that a fold of as many epochs takes. */
function lastFitInFolds({ validation, time }: CompleteRecipe): number {
  return 1 / foldShare({ kFold: validation?.kFold ?? 2, time })
}

/**
 * Trains each fold.
 * @param options.foldEpochs epochs of each fold. Default: those of the recipe
 * @param options.later time of the fits that follow them, in times that a fold takes
 */
async function oneAfterTheOther(
  input: RunInput,
  { foldEpochs = [], later }: { foldEpochs?: readonly number[]; later: number },
) {
  const { kFold = 2 } = input.recipe.validation ?? {}
  const folds: FoldResult[] = []
  const answers: FoldAnswers[] = []
  const cuts: BudgetCut[] = []
  const count = foldCount(input.recipe)
  let rows = { training: 0, validation: 0 }
  let fitted = 0
  for (let number = 1; number <= count; number++) {
    const fold = { fold: ((number - 1) % kFold) + 1, repeat: Math.ceil(number / kFold) }
    const epochs = foldEpochs[number - 1] ?? input.recipe.epochs
    const recipe = { ...input.recipe, epochs }
    const time = input.time?.share(1 / (count - number + 1 + later))
    const result = await train({ ...trainingInput(input, { number, count }), recipe, fold, time })
    cuts.push(...result.cuts)
    rows = result.rows
    fitted += rows.training
    const { evaluation, heldOut, measured, history } = result
    if (!evaluation || !heldOut || !measured) throw new RangeError('a fold has validation rows')
    const { target } = result.encoder
    answers.push({
      evaluation,
      heldOut,
      measured,
      target,
      epochs: history.epochs.length,
      repeat: fold.repeat,
    })
    folds.push({ history, evaluation })
    await input.onProgress(progressOf('evaluate', { fold: number, foldValues: lastValues(result.history) }))
  }
  const { heldOut } = firstAnswers(answers)
  const fittedRows = Math.round(fitted / count)
  return { folds, answers, rows, fittedRows, heldOut, cut: joinCuts(cuts) }
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

/*
 * The entry point of training: a recipe and a table in; encoder, network, history and evaluation out. It is the only
 * room that knows TensorFlow. It knows neither jobs nor queues: `training-contract.ts` is what it and `jobs/` share.
 *
 * Start here, then train.ts (one run), ensemble.ts and fit.ts (its networks), engine.ts (what `typed/` and
 * `tensorflow/` do).
 */
import type { OpenTable } from '../datasets/kept-tables.ts'
import { FitserveError } from '../errors.ts'
import { unansweredWarning, weaknessOf } from '../evaluation/baseline.ts'
import type { Choice } from '../evaluation/choice.ts'
import { boundedHistory } from '../evaluation/history.ts'
import { EVALUATION_FILE, type Evaluation, type LearningCurvePoint } from '../evaluation/schema.ts'
import type { WordVectors } from '../models/encoders/word-vectors.ts'
import type { EncoderFile } from '../models/files/files.ts'
import { filesOfEncoder } from '../models/files/tables-file.ts'
import { networkSize } from '../models/network/network.ts'
import { answerableLevels } from '../models/uncertainty.ts'
import { type CompleteRecipe, MOST_HELD_OUT, trainsOnAll, vectorSetsOf } from '../recipe/index.ts'
import { HELD_OUT_FILE, progressOf, type Trainer, type TrainingProgress } from '../training-contract.ts'
import { TimeLimit } from './budget.ts'
import { type ChosenRun, executeBest } from './candidates.ts'
import { RunCheckpoints } from './checkpoints/checkpoints.ts'
import { readTables } from './data/tables.ts'
import { type HeldOut, sampledHeldOut, writeHeldOut } from './held-out.ts'
import { withFittingVectors } from './known-words.ts'
import { learningCurve } from './learning-curve.ts'
import { linearBaseline } from './linear-baseline.ts'
import { writeModel } from './model-files.ts'
import type { RunInput } from './runs.ts'
import { slicedRows } from './sliced-rows.ts'
import { membersOf } from './train.ts'
import { budgetWarning, calibrationWarning } from './warnings.ts'

/** Reads a set of word vectors by its name. @throws FitserveError `training-failed` if it is not there, or damaged */
type ReadVectorSet = (name: string) => Promise<WordVectors>

/** Options of `createTrainer`. */
interface TrainerOptions {
  checkpointSeconds?: number
  threads?: number
  vectorSet?: ReadVectorSet
}

/**
 * Makes a trainer over data sets that are kept as Parquet: it reads the recipe's columns, trains, and returns the files
 * of a version.
 * @param options.checkpointSeconds least time between two checkpoints; 0: one at the end of each epoch
 * @param options.threads networks of an ensemble that may be fitted at once
 * @param options.vectorSet reads a set of word vectors. Default: none is installed
 */
export function createTrainer(
  open: OpenTable,
  { checkpointSeconds = 10, threads = 1, vectorSet = noVectorSet }: TrainerOptions = {},
): Trainer {
  return async (input) => {
    const { recipe, dataset, run, signal } = input
    const started = performance.now()
    const time = recipe.budget ? new TimeLimit(recipe.budget.seconds * 1000) : undefined
    const onProgress = (progress: TrainingProgress) => input.onProgress(within(time, progress))
    await onProgress(progressOf('read'))
    const read = await readTables(open, recipe, dataset)
    const { validationFrom } = read
    const table = { ...read.table, vectorSets: await readVectorSets(recipe, vectorSet) }
    const readSeconds = secondsSince(started)
    signal.throwIfAborted()
    const checkpoints = await RunCheckpoints.open(input.checkpoints, checkpointSeconds * 1000)
    const fitting = withFittingVectors(recipe, table)
    const order = {
      recipe: fitting.recipe,
      table,
      validationFrom,
      run,
      onProgress,
      signal,
      checkpoints,
      threads,
    }
    const result = await executeBest({ ...order, time })
    const { history, heldOut, rows } = result
    // What a budget leaves out it also tells of.
    const isCut = result.cuts.length > 0 && time?.isOver() === true
    const evaluation =
      result.model && result.evaluation && !isCut
        ? await withLinear(order, result.evaluation)
        : result.evaluation
    const about = {
      metrics: metricsOf(evaluation),
      interval95: evaluation?.interval95 ?? null,
      baseline: evaluation?.baseline ?? null,
      linearBaseline: evaluation?.linearBaseline ?? null,
      rows,
      ...(result.choice && { choice: result.choice }),
    }
    // A recipe that was ordered with candidates is not the one that made the version.
    const isOther = result.choice !== null || fitting.recipe !== recipe
    const own = { ...(isOther && { recipe: result.recipe }), history, evaluation }
    const cut = budgetWarning(recipe, result.cuts)
    if (!result.model)
      return { ...own, files: new Map(), warnings: [...fitting.warnings, ...result.warnings, ...cut], about }
    const weakness = evaluation && weaknessOf(recipe, evaluation)
    const unanswered = evaluation && unansweredWarning(recipe, evaluation)
    const useless = evaluation ? calibrationWarning(result.recipe, evaluation) : []
    const further = [...cut, weakness ?? [], unanswered ?? [], useless].flat()
    const warnings = [...fitting.warnings, ...result.warnings, ...further]
    const { encoder, engine, lastFit } = result.model
    const evaluated = evaluation && heldOut && withSlices(order, encoder, evaluation, heldOut)
    const curve = await curveOf(order, result)
    const members = membersOf(result.model)
    const model = await writeModel(members)
    const files = new Map<string, Uint8Array | string>([
      ['model.json', model['model.json']],
      ['weights.bin', model['weights.bin']],
      ...filesOfEncoder(Buffer.from(JSON.stringify(encoder))),
      ['history.json', JSON.stringify(boundedHistory(history))],
    ])
    const told = evaluated ?? evaluation
    if (told) files.set(EVALUATION_FILE, JSON.stringify({ ...told, ...(curve && { learningCurve: curve }) }))
    if (heldOut && recipe.validation?.dataset === undefined) {
      files.set(HELD_OUT_FILE, writeHeldOut(keptHeldOut(recipe, heldOut, result.choice)))
    }
    return {
      ...own,
      files,
      warnings,
      about: {
        ...about,
        lastFit,
        inputs: encoder.inputs.map(({ name, type, state }) =>
          state.kind === 'date' ? { name, type, format: state.format } : { name, type },
        ),
        network: { ...networkSize(members), engine },
        classes: 'classes' in encoder.target ? encoder.target.classes : null,
        levels: answerableLevels(encoder.target),
        seconds: { read: readSeconds, total: secondsSince(started) },
      },
    }
  }
}

async function noVectorSet(name: string): Promise<WordVectors> {
  throw new FitserveError('training-failed', `The word vectors "${name}" are not installed.`)
}

/** Reads the sets of word vectors of a recipe and its candidates. Those of candidates may not be there: they are not tried. */
async function readVectorSets(
  recipe: CompleteRecipe,
  read: ReadVectorSet,
): Promise<Map<string, WordVectors>> {
  const names = vectorSetsOf(recipe)
  const sets = new Map<string, WordVectors>()
  for (const name of names) {
    const set = await read(name).catch((error: unknown) => {
      if (name === recipe.vectors || !(error instanceof FitserveError)) throw error
      return undefined
    })
    if (set) sets.set(name, set)
  }
  return sets
}

/** Returns progress whose estimate of the time left is no longer than the time that is left. */
function within(time: TimeLimit | undefined, progress: TrainingProgress): TrainingProgress {
  const { etaSeconds } = progress
  if (!time || etaSeconds === null) return progress
  return { ...progress, etaSeconds: Math.min(etaSeconds, Math.round(time.leftMs() / 100) / 10) }
}

/** Adds how the version does on parts of the rows that it held out. */
function withSlices(
  { recipe, table }: RunInput,
  { inputs, target }: EncoderFile,
  evaluation: Evaluation,
  { values, evaluated = values, ...heldOut }: HeldOut,
): Evaluation {
  const answers = { ...heldOut, values: evaluated }
  return {
    ...evaluation,
    slices: slicedRows({ recipe, target, inputs, table, answers, weights: recipe.weights }),
  }
}

/**
 * Returns the learning curve of the recipe that was taken, where the ordered one asks for it. All of its points are of that
 * recipe by itself: with fewer rows no candidates are compared.
 */
async function curveOf(
  order: RunInput,
  { recipe, fittedRows, ownEvaluation: evaluation }: ChosenRun,
): Promise<LearningCurvePoint[] | undefined> {
  if (!order.recipe.learningCurve || !evaluation) return undefined
  return learningCurve({ ...order, recipe }, { evaluation, fittedRows })
}

/**
 * Returns what a version keeps of its answers. One whose network has not seen the rows can answer them again, but needs all
 * of their numbers.
 */
function keptHeldOut(recipe: CompleteRecipe, heldOut: HeldOut, choice: Choice | null): HeldOut {
  if (trainsOnAll(recipe)) return sampledHeldOut(heldOut, MOST_HELD_OUT)
  const isSmall = heldOut.values.length <= MOST_HELD_OUT
  // Some of the answers that are measured may be those of other candidates.
  const { evaluated = choice?.crossFit ? heldOut.values : undefined } = heldOut
  const answers = { ...heldOut, values: new Float64Array(), evaluated }
  return isSmall ? answers : { ...answers, evaluated: undefined, answered: undefined }
}

/** Adds what a linear model reaches, where one is fitted. */
async function withLinear(order: RunInput, evaluation: Evaluation): Promise<Evaluation> {
  const metrics = await linearBaseline(order)
  return metrics ? { ...evaluation, linearBaseline: metrics } : evaluation
}

/** Returns the version's own metrics. */
function metricsOf(evaluation: Evaluation | null): Record<string, number | null> | null {
  return evaluation && { loss: evaluation.loss, ...evaluation.metrics }
}

function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000
}

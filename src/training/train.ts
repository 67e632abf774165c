import { FitserveError } from '../errors.ts'
import { columnsOf, type History, historyOf } from '../evaluation/history.ts'
import { Random } from '../evaluation/random.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import type { EncoderFile } from '../models/files/files.ts'
import type { Member, NetworkWeights } from '../models/network/network.ts'
import { isOrdinal, outputsOf, type TargetState } from '../models/target.ts'
import type { Forest } from '../models/trees/forest.ts'
import { type CompleteRecipe, costFaults, monitorOf, positiveFault, rankFault } from '../recipe/index.ts'
import { progressOf, type TrainingProgress } from '../training-contract.ts'
import type { Warning } from '../warnings.ts'
import { type BudgetCut, cutsOf, TimeLimit } from './budget.ts'
import { withCalibrationOf } from './calibration/calibrate.ts'
import type { RunCheckpoints } from './checkpoints/checkpoints.ts'
import { withUncertaintyOf } from './conformal/learn.ts'
import { cutTextsWarnings } from './cut-texts.ts'
import { knownRowsWarning, repeatedRowsWarning } from './data/equal-rows.ts'
import { type Breathe, type Prepared, prepare } from './data/examples.ts'
import { type ChosenRows, chooseRows, type FoldChoice, labelledRows } from './data/rows.ts'
import type { TrainingTable } from './data/tables.ts'
import type { LayerPlan } from './engine.ts'
import type { EngineName } from './engines.ts'
import { fitEnsemble } from './ensemble.ts'
import { epochMetrics } from './epoch-metrics.ts'
import type { FittedNetworks, RowsKey } from './fitted-networks.ts'
import type { HeldOut } from './held-out.ts'
import { withThresholdsOf } from './label-thresholds.ts'
import type { MeasuredRows } from './measured-rows.ts'
import { validate } from './validate.ts'
import type { SplitAnswers } from './validated.ts'
import { fewTermsWarnings, leakWarnings, overfittingWarning } from './warnings.ts'

/** Input of `train`. */
export interface TrainingInput {
  recipe: CompleteRecipe
  table: TrainingTable
  /** Number of the first row of the validation data set. Default: the table holds none. */
  validationFrom?: number | null
  /** The fold of a k-fold validation that is to be trained; absent where the recipe validates otherwise. */
  fold?: FoldChoice
  onProgress: (progress: TrainingProgress) => Promise<void>
  /** Aborted: training ends with the signal's reason. */
  signal: AbortSignal
  /** Keeps the state of the run for a later attempt. Default: none is kept. */
  checkpoints?: RunCheckpoints | undefined
  /** Networks of an ensemble that may be fitted at once. Default: 1. */
  threads?: number
  /** Share of the training rows that is trained on, for a learning curve. Default: all of them. */
  trainingShare?: number
  /** Epochs of the trees among the other members, by kind. Default, and where null: those that they have in the recipe. */
  treeEpochs?: readonly (number | null)[]
  /** The networks that other recipes have fitted on the table. Default: none are known. */
  fitted?: FittedNetworks
  /** Time of all fits together; each does at least one epoch. Default: no limit. */
  time?: TimeLimit | undefined
}

/** A trained model with its history and evaluation. */
export interface TrainingResult {
  encoder: EncoderFile
  /** The networks whose outputs are averaged; most often one, and none where the recipe makes trees alone. */
  members: NetworkWeights[]
  /** The trees whose answers are averaged, and averaged with those of the networks; most often none. */
  forests: Forest[]
  /** The engine that computed the steps. */
  engine: EngineName
  history: History
  /** On the validation rows, none of which chose the epoch that it is answered at; null without them. */
  evaluation: Evaluation | null
  /** The answers to the validation rows that are evaluated; null without them. */
  heldOut: HeldOut | null
  /** The same answers beside the truth, from which further figures can be measured; null without them. */
  measured: MeasuredRows | null
  /** The same answers, with what measures others to the same rows; null without them, and for a fold. */
  validated: SplitAnswers | null
  rows: { training: number; validation: number }
  /** The last fit on all rows, which made the network that is kept; null where it is the one that was evaluated. */
  lastFit: LastFit | null
  /** What was left out because the time was over. */
  cuts: BudgetCut[]
  warnings: Warning[]
}

/** Returns all parts of a model whose outputs are averaged. */
export function membersOf({ members, forests }: Pick<TrainingResult, 'members' | 'forests'>): Member[] {
  return [...members, ...forests]
}

/** A last fit of encoder and network on all rows. */
export interface LastFit {
  epochs: number
  rows: number
}

/** Milliseconds after which the process reads its messages while rows are encoded. */
const BREATH_MS = 100

/**
 * Trains a recipe on a table: fits the encoder to the training rows, fits the network, evaluates it on the
 * validation rows and, where `finalEpochs` asks for it, fits both once more to all rows.
 * @throws FitserveError `loss-not-finite`, `training-failed`; the signal's reason when aborted
 */
export async function train(input: TrainingInput): Promise<TrainingResult> {
  const { recipe, table } = input
  await input.onProgress(progressOf('encode'))
  const { trainingShare: share = 1 } = input
  const chosen = chooseRows(recipe, table, { from: input.validationFrom ?? null, fold: input.fold ?? null })
  const rows = share < 1 ? { ...chosen, training: someOf(recipe, chosen.training, share) } : chosen
  const { validation } = rows
  const { finalEpochs } = recipe
  const endsWithFirst = finalEpochs === null || !validation || input.fold !== undefined
  const time = endsWithFirst ? input.time : input.time?.share(shareOfFirst(recipe, rows))
  const { prepared, first } = await fitRows({ ...input, time }, rows)
  // Measuring is not counted, so that the last fit can do as many epochs as the network that is measured.
  const leftMs = input.time?.leftMs()
  await input.onProgress(progressOf('evaluate'))
  const validated =
    validation && prepared.validation && first.answers
      ? validate(input, prepared, {
          examples: prepared.validation,
          answers: first.answers,
          rows: validation,
        })
      : null
  const monitor = monitorOf(recipe)
  const result = {
    rows: { training: rows.training.length, validation: validation?.length ?? 0 },
    evaluation: validated?.evaluation ?? null,
    heldOut: validated?.heldOut ?? null,
    measured: validated?.measured ?? null,
    validated: validated?.answers ?? null,
  }
  const own = historyOf(first.epochs, monitor)
  const bestEpoch = own.bestEpoch ?? recipe.epochs
  const told = [
    ...leakWarnings(recipe, table, rows.training),
    ...equalRows(input, rows),
    ...cutTextsWarnings(recipe, table, rows.training),
  ]
  if (endsWithFirst) {
    const kept = recipe.earlyStopping?.restoreBest ? bestEpoch : first.epochs.length
    return {
      ...result,
      encoder: encoderFile({ ...prepared, target: validated?.target ?? prepared.target }),
      engine: first.engine,
      members: first.members,
      forests: first.forests,
      history: own,
      lastFit: null,
      cuts: cutsOf('epochs', first.cut),
      warnings: [
        ...told,
        ...fewTermsWarnings(recipe, prepared.inputs),
        ...overfittingWarning(recipe, own, kept),
      ],
    }
  }
  const everyRow = Uint32Array.from([...rows.training, ...validation]).sort()
  const wanted = finalEpochs === 'best' ? bestEpoch : finalEpochs
  const final = await fitAll(
    {
      ...afterFirstFit(input, first.epochs.length),
      treeEpochs: first.treeEpochs,
      time: leftMs === undefined ? undefined : new TimeLimit(leftMs),
    },
    everyRow,
    wanted,
  )
  const epochs = final.epochs.length
  const history = historyOf(first.epochs, monitor, final.epochs)
  const few = fewTermsWarnings(recipe, final.encoder.inputs)
  const warnings = [...told, ...few, ...overfittingWarning(recipe, own, epochs)]
  return {
    ...result,
    encoder: withChosen(final.encoder, validated?.target),
    members: final.members,
    forests: final.forests,
    engine: final.engine,
    history,
    lastFit: { epochs, rows: everyRow.length },
    cuts: [...cutsOf('epochs', first.cut), ...cutsOf('lastFitEpochs', final.cut)],
    warnings,
  }
}

/** Returns the part of the time that the first of two fits may take, so that the last one can do as many epochs as it. */
function shareOfFirst({ epochs, finalEpochs }: CompleteRecipe, { training, validation }: ChosenRows): number {
  const first = training.length * epochs
  const lastEpochs = typeof finalEpochs === 'number' ? finalEpochs : epochs
  const last = (training.length + (validation?.length ?? 0)) * lastEpochs
  return first / (first + last)
}

/** Returns some of the rows, drawn at random; those of a smaller share are among those of a larger one. */
function someOf({ seed }: CompleteRecipe, rows: Uint32Array, share: number): Uint32Array {
  const drawn = new Random(seed, 'learning-curve').shuffle(rows.slice())
  return drawn.slice(0, Math.ceil(rows.length * share)).sort()
}

/** Returns the input of a last fit, whose epochs go on from those of the first one and are none of the history's. */
function afterFirstFit(input: TrainingInput, epochs: number): TrainingInput {
  const { ensemble, otherMembers } = input.recipe
  const done = epochs * ensemble * (1 + otherMembers.length)
  return {
    ...input,
    onProgress: ({ epoch, epochs: own, ...progress }) =>
      input.onProgress({
        ...progress,
        epoch: epoch === null ? null : done + epoch,
        epochs: own === null ? null : done + own,
        epochEnded: false,
      }),
  }
}

function equalRows({ recipe, table, validationFrom }: TrainingInput, rows: ChosenRows): Warning[] {
  const { training, validation } = rows
  if (!validation) return []
  if (validationFrom != null) return knownRowsWarning(recipe, table, { training, validation })
  return repeatedRowsWarning(recipe, table, labelledRows(recipe, table))
}

/** Returns the encoder with what validation rows have taught: thresholds of labels, calibration, intervals, sets. */
function withChosen(encoder: EncoderFile, chosen: TargetState | undefined): EncoderFile {
  if (!chosen) return encoder
  const own = withThresholdsOf(encoder.target, chosen)
  return { ...encoder, target: withUncertaintyOf(withCalibrationOf(own, chosen), chosen) }
}

/** Fits encoder and network to all rows that have a target, for `epochs` epochs, or until the time is over. */
export async function trainOnAll(input: TrainingInput, epochs: number) {
  await input.onProgress(progressOf('encode'))
  const rows = labelledRows(input.recipe, input.table)
  const fit = await fitAll(input, rows, epochs)
  return {
    ...fit,
    columns: columnsOf(fit.epochs),
    lastFit: { epochs: fit.epochs.length, rows: rows.length },
    cuts: cutsOf('lastFitEpochs', fit.cut),
    rows: { training: rows.length, validation: 0 },
    warnings: [
      ...leakWarnings(input.recipe, input.table, rows),
      ...cutTextsWarnings(input.recipe, input.table, rows),
      ...fewTermsWarnings(input.recipe, fit.encoder.inputs),
    ],
  }
}

async function fitRows(input: TrainingInput, rows: ChosenRows) {
  const { recipe, table, signal } = input
  if (rows.training.length === 0) throw new FitserveError('training-failed', 'There is no row to train on.')
  const prepared = await prepare(recipe, table, rows, breather(signal))
  checkClasses(recipe, prepared.target)
  return { prepared, first: await fitPrepared(input, prepared, recipe.epochs) }
}

async function fitAll(input: TrainingInput, training: Uint32Array, epochs: number) {
  const { recipe, table, signal } = input
  const whole = await prepare(recipe, table, { training, validation: null }, breather(signal))
  const final = await fitPrepared({ ...input, recipe: { ...recipe, earlyStopping: null } }, whole, epochs)
  return { ...final, encoder: encoderFile(whole) }
}

/** The activation of the output layer. */
const OUTPUT_ACTIVATIONS: Record<TargetState['task'], LayerPlan['activation']> = {
  binary: 'sigmoid',
  multiclass: 'softmax',
  multiLabel: 'sigmoid',
  regression: 'linear',
  severalNumbers: 'linear',
}

/** Returns the layers of a recipe's network, the output layer last: one or n sigmoids, n softmax, or one or n linear. */
export function planOf(
  { layers, outputL1 = 0 }: { layers: CompleteRecipe['layers']; outputL1?: number },
  target: TargetState,
): LayerPlan[] {
  const output: LayerPlan = {
    units: outputsOf(target),
    activation: isOrdinal(target) ? 'sigmoid' : OUTPUT_ACTIVATIONS[target.task],
    l1: outputL1,
    l2: 0,
    dropout: 0,
  }
  return [...layers, output]
}

function fitPrepared(input: TrainingInput, prepared: Prepared, epochs: number) {
  const { recipe, signal, checkpoints } = input
  const networks = recipe.ensemble * (1 + recipe.otherMembers.length)
  return fitEnsemble({
    recipe,
    checkpoints,
    treeEpochs: input.treeEpochs,
    plan: planOf(recipe, prepared.target),
    otherPlans: recipe.otherMembers.map((member) => planOf(member, prepared.target)),
    training: prepared.training,
    validation: prepared.validation,
    epochs,
    classWeights: classWeights(recipe, prepared),
    target: prepared.target,
    threads: input.threads ?? 1,
    fitted: input.fitted && { networks: input.fitted, rows: rowsKey(input, prepared) },
    metricsOf: (scored) => epochMetrics(recipe, prepared.target, scored),
    onProgress: ({ epoch, values, epochEnded, etaSeconds }) =>
      input.onProgress(
        progressOf('fit', { epoch, epochs: epochs * networks, values, epochEnded, etaSeconds }),
      ),
    signal,
    time: input.time,
  })
}

/** Returns what says which rows of a table are fitted, among all fits of recipes that keep the same rows aside. */
function rowsKey({ fold, trainingShare = 1 }: TrainingInput, { training, validation }: Prepared): RowsKey {
  const { fold: number = null, repeat = null } = fold ?? {}
  return [number, repeat, trainingShare, training.rows.rows, validation?.rows.rows ?? null]
}

function breather(signal: AbortSignal): Breathe {
  let last = performance.now()
  return () => {
    const now = performance.now()
    if (now - last < BREATH_MS) return undefined
    last = now
    return new Promise((resolve, reject) => {
      setImmediate(() => (signal.aborted ? reject(signal.reason) : resolve()))
    })
  }
}

function checkClasses({ cost, rank, positive }: CompleteRecipe, target: TargetState): void {
  if (target.task === 'regression' || target.task === 'severalNumbers') return
  if (target.task === 'multiLabel') {
    if (target.classes.length > 0) return
    throw new FitserveError('training-failed', 'The rows with a target have no label.')
  }
  const [fault] = cost === null ? [] : costFaults(cost, target.task, target.classes)
  if (fault) throw new FitserveError('training-failed', `cost: ${fault.message}`)
  if (positive !== null && !target.classes.includes(positive))
    throw new FitserveError('training-failed', `positive: ${positiveFault(positive, target.classes)}`)
  const disorder = rank === null ? undefined : rankFault(rank, target.classes)
  if (disorder !== undefined) throw new FitserveError('training-failed', `rank: ${disorder}`)
  const wanted = target.task === 'binary' ? 2 : 'two or more'
  if (target.classes.length < 2 || (target.task === 'binary' && target.classes.length !== 2))
    throw new FitserveError(
      'training-failed',
      `The rows with a target have ${target.classes.length} classes; ${target.task} needs ${wanted}.`,
    )
}

/** Returns weights by class number. `balanced`: rows / (classes · rows of the class), as in scikit-learn. */
function classWeights(recipe: CompleteRecipe, prepared: Prepared): number[] | null {
  const { target, training } = prepared
  if (recipe.classWeights === null || !('classes' in target) || target.task === 'multiLabel') return null
  const given = recipe.classWeights
  if (given !== 'balanced') {
    const unknown = Object.keys(given).filter((name) => !target.classes.includes(name))
    if (unknown.length > 0)
      throw new FitserveError(
        'training-failed',
        `classWeights names no class of the target: ${unknown.slice(0, 10).join(', ')}.`,
      )
    return target.classes.map((name) => (Object.hasOwn(given, name) ? (given[name] ?? 1) : 1))
  }
  const counts = target.classes.map(() => 0)
  for (const [row, label] of training.targets.entries())
    counts[label] = (counts[label] ?? 0) + (training.weights?.[row] ?? 1)
  return counts.map((count) => training.targets.length / (counts.length * (count > 0 ? count : 1)))
}

function encoderFile({ inputs, target, ignored }: Prepared): EncoderFile {
  return { format: 1, inputs, target, ...(ignored.length > 0 && { ignored: [...ignored] }) }
}

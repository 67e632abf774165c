import type { Table } from '../datasets/table.ts'
import { FitserveError } from '../errors.ts'
import { evaluateClassifier, evaluateRegression } from '../evaluation/evaluation.ts'
import { type EpochValues, type History, historyOf } from '../evaluation/history.ts'
import { meanLoss, type Scored } from '../evaluation/losses.ts'
import { binaryMetric, multiclassMetric, regressionMetric } from '../evaluation/metrics.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import type { EncoderFile } from '../models/files.ts'
import type { NetworkWeights } from '../models/network.ts'
import { ownUnit, type TargetState } from '../models/target.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import type { LayerPlan } from './engine.ts'
import type { EngineName } from './engines.ts'
import { fitEnsemble } from './ensemble.ts'
import { type Breathe, chooseRows, type Prepared, prepare } from './examples.ts'
import { score } from './fit.ts'
import { leakWarnings, overfittingWarning } from './warnings.ts'

/** How far a training run is. */
export interface TrainingProgress {
  phase: 'encode' | 'fit' | 'evaluate'
  /** Epochs done and to be done; null outside `fit`. */
  epoch: number | null
  epochs: number | null
  /** The newest complete epoch's values, and whether they are new. */
  values: EpochValues | null
  epochEnded: boolean
  etaSeconds: number | null
}

export interface TrainingInput {
  recipe: CompleteRecipe
  table: Table
  onProgress: (progress: TrainingProgress) => Promise<void>
  /** Aborted: training ends with the signal's reason. */
  signal: AbortSignal
}

export interface TrainingResult {
  encoder: EncoderFile
  /** The networks whose outputs are averaged; most often one. */
  members: NetworkWeights[]
  /** What computed the steps. */
  engine: EngineName
  history: History
  /** On the validation rows; null without them. */
  evaluation: Evaluation | null
  rows: { training: number; validation: number }
  warnings: string[]
}

/** Milliseconds between two looks at the process's messages while rows are encoded. */
const BREATH_MS = 100

/**
 * Trains a recipe on a table: fits the encoder to the training rows, fits the network, evaluates it on the
 * validation rows and, where `finalEpochs` asks for it, fits both once more to all rows.
 * @throws FitserveError `loss-not-finite`, `training-failed`; the signal's reason when aborted
 */
export async function train(input: TrainingInput): Promise<TrainingResult> {
  const { recipe, table, signal } = input
  const breathe = breather(signal)
  await report(input, 'encode')
  const rows = chooseRows(recipe, table)
  if (rows.training.length === 0) throw new FitserveError('training-failed', 'There is no row to train on.')
  const prepared = await prepare(recipe, table, rows, breathe)
  checkClasses(prepared.target)
  const first = await fitPrepared(input, prepared, recipe.epochs)
  await report(input, 'evaluate')
  const evaluation = prepared.validation
    ? evaluate(recipe, prepared.target, score(first.members, prepared.validation))
    : null
  const monitor = recipe.earlyStopping?.monitor ?? (prepared.validation ? 'valLoss' : 'loss')
  const result = {
    rows: { training: rows.training.length, validation: rows.validation?.length ?? 0 },
    evaluation,
    warnings: [
      ...leakWarnings(recipe, table, rows.training),
      ...overfittingWarning(historyOf(first.epochs, monitor), recipe.earlyStopping?.restoreBest === true),
    ],
  }
  if (recipe.finalEpochs === null || !rows.validation)
    return {
      ...result,
      encoder: encoderFile(prepared),
      engine: first.engine,
      members: first.members,
      history: historyOf(first.epochs, monitor),
    }
  const bestEpoch = historyOf(first.epochs, monitor).bestEpoch ?? recipe.epochs
  const everyRow = Uint32Array.from([...rows.training, ...rows.validation]).sort()
  const whole = await prepare(recipe, table, { training: everyRow, validation: null }, breathe)
  const epochs = recipe.finalEpochs === 'best' ? bestEpoch : recipe.finalEpochs
  const final = await fitPrepared({ ...input, recipe: { ...recipe, earlyStopping: null } }, whole, epochs)
  const history = historyOf(first.epochs, monitor, final.epochs)
  return { ...result, encoder: encoderFile(whole), members: final.members, engine: final.engine, history }
}

/** The layers of a recipe's network, the output layer last: one sigmoid, n softmax, or one linear. */
export function planOf(recipe: CompleteRecipe, target: TargetState): LayerPlan[] {
  const output: LayerPlan = {
    units: target.task === 'multiclass' ? target.classes.length : 1,
    activation: target.task === 'binary' ? 'sigmoid' : target.task === 'multiclass' ? 'softmax' : 'linear',
    ...{ l1: 0, l2: 0, dropout: 0 },
  }
  return [...recipe.layers, output]
}

function fitPrepared(input: TrainingInput, prepared: Prepared, epochs: number) {
  const { recipe, signal } = input
  return fitEnsemble({
    recipe,
    plan: planOf(recipe, prepared.target),
    training: prepared.training,
    validation: prepared.validation,
    epochs,
    classWeights: classWeights(recipe, prepared),
    metricsOf: (scored) => metricsOf(recipe, prepared.target, scored),
    onProgress: ({ epoch, values, epochEnded, etaSeconds }) =>
      input.onProgress({
        phase: 'fit',
        epoch,
        epochs: epochs * recipe.ensemble,
        values,
        epochEnded,
        etaSeconds,
      }),
    signal,
  })
}

function report(input: TrainingInput, phase: 'encode' | 'evaluate'): Promise<void> {
  return input.onProgress({
    phase,
    epoch: null,
    epochs: null,
    values: null,
    epochEnded: false,
    etaSeconds: null,
  })
}

function breather(signal: AbortSignal): Breathe {
  let last = performance.now()
  return async () => {
    const now = performance.now()
    if (now - last < BREATH_MS) return
    last = now
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
  }
}

function checkClasses(target: TargetState): void {
  if (target.task === 'regression') return
  const wanted = target.task === 'binary' ? 2 : 'two or more'
  if (target.classes.length < 2 || (target.task === 'binary' && target.classes.length !== 2))
    throw new FitserveError(
      'training-failed',
      `The rows with a target have ${target.classes.length} classes; ${target.task} needs ${wanted}.`,
    )
}

/** Weights by class number. `balanced`: rows / (classes · rows of the class), as in scikit-learn. */
function classWeights(recipe: CompleteRecipe, prepared: Prepared): number[] | null {
  const { target, training } = prepared
  if (recipe.classWeights === null || target.task === 'regression') return null
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
  for (const label of training.targets) counts[label] = (counts[label] ?? 0) + 1
  return counts.map((count) => training.targets.length / (counts.length * Math.max(1, count)))
}

function metricsOf(recipe: CompleteRecipe, target: TargetState, scored: Scored): EpochValues {
  if (target.task === 'regression') {
    const { predicted, truth } = inOwnUnits(target, scored)
    return byName(recipe, (metric) => regressionMetric(metric, predicted, truth))
  }
  if (target.task === 'binary')
    return byName(recipe, (metric) => binaryMetric(metric, scored, target.threshold))
  return byName(recipe, (metric) => multiclassMetric(metric, scored))
}

function byName(
  recipe: CompleteRecipe,
  value: (metric: CompleteRecipe['metrics'][number]) => number | null,
): EpochValues {
  return Object.fromEntries(recipe.metrics.map((metric) => [metric.type, value(metric)]))
}

function evaluate(recipe: CompleteRecipe, target: TargetState, scored: Scored): Evaluation {
  const { metrics } = recipe
  const loss = meanLoss(scored, recipe.loss, target.task === 'binary')
  if (target.task === 'regression') {
    const { predicted, truth } = inOwnUnits(target, scored)
    return evaluateRegression(predicted, truth, { loss, metrics })
  }
  const threshold = target.task === 'binary' ? target.threshold : 0.5
  return evaluateClassifier(scored, target.classes, { loss, metrics, threshold })
}

function inOwnUnits(target: Extract<TargetState, { task: 'regression' }>, scored: Scored) {
  return {
    predicted: scored.logits.map((output) => ownUnit(target, output)),
    truth: scored.truth.map((value) => ownUnit(target, value)),
  }
}

function encoderFile({ inputs, target }: Prepared): EncoderFile {
  return { format: 1, inputs, target }
}

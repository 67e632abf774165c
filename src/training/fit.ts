import { FitserveError } from '../errors.ts'
import type { EpochValues } from '../evaluation/history.ts'
import { meanLoss, type Scored } from '../evaluation/losses.ts'
import { Random } from '../evaluation/random.ts'
import type { NetworkWeights } from '../models/network/network.ts'
import { validationName } from '../recipe/index.ts'
import type { TimeLimit } from './budget.ts'
import {
  arraysOf,
  type CrossFitState,
  endState,
  type FitCheckpoint,
  type FitState,
  withArrays,
} from './checkpoints/checkpoints.ts'
import { checkpointOf, type FitShape } from './checkpoints/fit-checkpoint.ts'
import { Clock } from './clock.ts'
import { CrossFit, type EpochAnswers } from './cross-fit.ts'
import { EarlyStop } from './early-stop.ts'
import { answerEmptyRows, type Engine, initialWeights, isProbabilistic, widthOfTargets } from './engine.ts'
import { chooseEngine, type EngineName, openEngine } from './engines.ts'
import { learningRates } from './learning-rates.ts'
import { byClass } from './ordinal.ts'

/** Input of `fitNetwork`. */
export interface FitInput extends FitShape {
  /** Weight of each class's rows, or null. */
  classWeights: readonly number[] | null
  /** Returns the recipe's metrics of scored rows, by name. */
  metricsOf: (scored: Scored) => EpochValues
  /** Called after every epoch, and about every 400 ms within a long one. */
  onProgress: (progress: FitProgress) => Promise<void>
  /** Aborted: fitting ends with the signal's reason. */
  signal: AbortSignal
  /** Awaited before every epoch, where networks share the processors in turns. Default: no wait. */
  turn?: () => Promise<void>
  /** Once it is over no further epoch begins, but for the first. Default: no limit. */
  time?: TimeLimit | undefined
}

/** How far a fit is. */
export interface FitProgress {
  /** Epochs done. */
  epoch: number
  /** Values of the newest complete epoch; null before the first one has ended. */
  values: EpochValues | null
  /** True where `values` are new since the last call. */
  epochEnded: boolean
  /** Estimate of the time left, in seconds. */
  etaSeconds: number
}

/** A fitted network. */
export interface FitResult {
  /** Those of the best epoch where the recipe restores it, else of the last one. */
  weights: NetworkWeights
  /** Values of each epoch by column name. */
  epochs: EpochValues[]
  /** Answers to the validation rows at epochs that they did not choose; null without such rows. */
  crossFit: CrossFitState | null
  /** The engine that computed the steps. */
  engine: EngineName
}

/**
 * Fits a network: shuffled mini-batches, one history entry an epoch, early stopping. The same
 * input gives the same weights, bit for bit, on one machine.
 * @throws FitserveError `loss-not-finite`; the signal's reason when aborted
 */
export async function fitNetwork(input: FitInput): Promise<FitResult> {
  const { recipe, plan, training, classWeights } = input
  const name = chooseEngine(recipe, plan, training)
  const checkpoint = checkpointOf(input)
  const kept = checkpoint?.kept ?? null
  for (const [index, values] of (kept?.epochs ?? []).entries())
    await input.onProgress({ epoch: index + 1, values, epochEnded: true, etaSeconds: 0 })
  const fresh = initialWeights(training.inputs, plan, new Random(recipe.seed, 'weights'))
  const initial = kept ? withArrays(fresh, kept.weights) : fresh
  if (kept?.next === null)
    return { engine: name, weights: initial, epochs: kept.epochs, crossFit: kept.crossFit }
  const dropout = new Random(recipe.seed, 'dropout')
  const engine = await openEngine(name, {
    recipe,
    plan,
    training,
    classWeights,
    initial,
    dropout,
  })
  try {
    const result = await runEpochs(input, { engine, dropout, checkpoint })
    await checkpoint?.end(endState(result))
    return { engine: name, ...result }
  } finally {
    engine.dispose()
  }
}

interface OpenFit {
  engine: Engine
  dropout: Random
  checkpoint: FitCheckpoint | null
}

async function runEpochs(input: FitInput, open: OpenFit): Promise<Omit<FitResult, 'engine'>> {
  const { recipe, training } = input
  const { engine, checkpoint } = open
  const shuffle = new Random(recipe.seed, 'shuffle')
  const stop = new EarlyStop(recipe.earlyStopping)
  const steps = Math.ceil(training.rows.rows / recipe.batchSize)
  const rates = learningRates(recipe, steps * input.epochs)
  const order = Uint32Array.from({ length: training.rows.rows }, (_, row) => row)
  const epochs: EpochValues[] = []
  const kept = checkpoint?.kept ?? null
  for (const values of kept?.epochs ?? []) {
    // Order of rows, patience and rate follow from the epochs alone: they are not kept but computed again.
    shuffle.shuffle(order)
    stop.epochEnded(values)
    rates.epochEnded(values)
    epochs.push(values)
  }
  rates.skip(steps * epochs.length)
  let best = kept ? resume(open, kept) : null
  const crossFit = input.validation && new CrossFit(recipe, input.metricsOf, kept?.crossFit ?? null)
  const run: EpochRun = { input, engine, rates, clock: new Clock(input.epochs, epochs.length) }
  while (epochs.length < input.epochs && !(epochs.length > 0 && input.time?.isOver())) {
    await input.turn?.()
    shuffle.shuffle(order)
    const scored = await runSteps(run, order, epochs)
    const answers = validationAnswers(input, engine)
    const values = epochValues(input, scored, answers)
    for (const loss of [values['loss'], values['valLoss']])
      if (typeof loss === 'number' && !Number.isFinite(loss)) throw notFinite(epochs.length + 1)
    epochs.push(values)
    const verdict = stop.epochEnded(values)
    if (answers) crossFit?.epochEnded({ ...answers, improved: verdict.improved })
    if (verdict.improved && recipe.earlyStopping?.restoreBest) best = copyOf(engine.weights())
    rates.epochEnded(values)
    await input.onProgress({
      epoch: epochs.length,
      values,
      epochEnded: true,
      etaSeconds: run.clock.etaSeconds(epochs.length),
    })
    if (verdict.stop) break
    if (epochs.length < input.epochs && checkpoint?.due())
      await checkpoint.save(stateOf(open, { epochs, best, crossFit }))
  }
  const weights = best ?? copyOf(engine.weights())
  if (!areFinite(weights)) throw notFinite(epochs.length)
  return { weights, epochs, crossFit: crossFit?.state() ?? null }
}

/** Brings engine and dropout to the state that an earlier process left; returns the best epoch's weights. */
function resume({ engine, dropout }: OpenFit, { next }: FitState): NetworkWeights | null {
  if (!next) return null
  engine.restoreOptimizer(next.optimizer)
  dropout.restore(next.dropout)
  return next.best && withArrays(engine.weights(), next.best)
}

function stateOf(
  { engine, dropout }: OpenFit,
  {
    epochs,
    best,
    crossFit,
  }: { epochs: readonly EpochValues[]; best: NetworkWeights | null; crossFit: CrossFit | null },
): FitState {
  return {
    epochs: [...epochs],
    weights: arraysOf(copyOf(engine.weights())),
    crossFit: crossFit?.state() ?? null,
    next: {
      best: best && arraysOf(best),
      optimizer: engine.optimizerState(),
      dropout: dropout.state(),
    },
  }
}

interface EpochRun {
  input: FitInput
  engine: Engine
  rates: ReturnType<typeof learningRates>
  clock: Clock
}

/** Passes over the rows once; returns the network's answers for each while it was learning, as Keras reports them. */
async function runSteps(
  run: EpochRun,
  order: Uint32Array,
  epochs: readonly EpochValues[],
): Promise<EpochScore> {
  const { input, engine, clock, rates } = run
  const { recipe, training } = input
  const outputs = input.plan.at(-1)?.units ?? 1
  const width = widthOfTargets(training)
  const scored: Scored = {
    rows: order.length,
    outputs,
    logits: new Float64Array(order.length * outputs),
    truth: new Float64Array(order.length * width),
    weights: training.weights && Float64Array.from(order, (row) => training.weights?.[row] ?? 1),
  }
  let lossSum = 0
  for (let start = 0; start < order.length; start += recipe.batchSize) {
    const chosen = order.subarray(start, start + recipe.batchSize)
    const { loss, logits } = engine.step(chosen, rates.next())
    if (!Number.isFinite(loss)) throw notFinite(epochs.length + 1)
    lossSum += loss * chosen.length
    scored.logits.set(logits, start * outputs)
    for (let at = 0; at < chosen.length; at++)
      for (let each = 0; each < width; each++)
        scored.truth[(start + at) * width + each] = training.targets[(chosen[at] ?? 0) * width + each] ?? 0
    if (!clock.breathe()) continue
    await new Promise((resolve) => setImmediate(resolve))
    input.signal.throwIfAborted()
    if (!clock.reportDue()) continue
    const done = epochs.length + (start + chosen.length) / order.length
    await input.onProgress({
      epoch: epochs.length,
      values: epochs.at(-1) ?? null,
      epochEnded: false,
      etaSeconds: clock.etaSeconds(done),
    })
  }
  return { scored: byClass(scored, recipe.rank !== null), loss: lossSum / order.length }
}

interface EpochScore {
  scored: Scored
  /** Mean of the steps' losses, weighted by rows, penalties included. */
  loss: number
}

/** Returns the network's answers to the validation rows; null without such rows. */
function validationAnswers(
  { validation, plan }: FitInput,
  engine: Engine,
): Pick<EpochAnswers, 'scored' | 'penalty'> | null {
  if (!validation) return null
  const logits = engine.logits(validation)
  answerEmptyRows(logits, validation)
  const scored = {
    rows: validation.rows.rows,
    outputs: plan.at(-1)?.units ?? 1,
    logits,
    truth: Float64Array.from(validation.targets),
    weights: validation.weights,
  }
  return { scored, penalty: engine.penalty() }
}

function epochValues(
  input: FitInput,
  trained: EpochScore,
  answers: ReturnType<typeof validationAnswers>,
): EpochValues {
  const { recipe } = input
  const values: EpochValues = { loss: trained.loss, ...input.metricsOf(trained.scored) }
  if (!answers) return values
  const scored = byClass(answers.scored, recipe.rank !== null)
  values['valLoss'] = meanLoss(scored, recipe.loss, isProbabilistic(recipe)) + answers.penalty
  for (const [name, value] of Object.entries(input.metricsOf(scored))) values[validationName(name)] = value
  return values
}

function copyOf({ fronts, layers }: NetworkWeights): NetworkWeights {
  return {
    fronts: fronts.map((front) => ({ ...front, embedding: front.embedding.slice() })),
    layers: layers.map((layer) => ({ ...layer, kernel: layer.kernel.slice(), bias: layer.bias.slice() })),
  }
}

function areFinite(weights: NetworkWeights): boolean {
  return arraysOf(weights).every((values) => values.every(Number.isFinite))
}

function notFinite(epoch: number): FitserveError {
  return new FitserveError(
    'loss-not-finite',
    `In epoch ${epoch} the loss was no longer a number: training diverged. Lower the learning rate, scale the number columns, or use the loss huber.`,
  )
}

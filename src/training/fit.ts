import { FitserveError } from '../errors.ts'
import type { EpochValues } from '../evaluation/history.ts'
import { meanLoss, type Scored } from '../evaluation/losses.ts'
import { Random } from '../evaluation/random.ts'
import type { NetworkWeights } from '../models/network.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import { EarlyStop } from './early-stop.ts'
import { type Engine, type Examples, initialWeights, type LayerPlan } from './engine.ts'
import { chooseEngine, type EngineName, openEngine } from './engines.ts'
import { learningRates } from './learning-rates.ts'

export interface FitInput {
  recipe: CompleteRecipe
  plan: readonly LayerPlan[]
  training: Examples
  validation: Examples | null
  epochs: number
  /** Weight of each class's rows, or null. */
  classWeights: readonly number[] | null
  /** The recipe's metrics, by name, of scored rows. */
  metricsOf: (scored: Scored) => EpochValues
  /** Called after every epoch, and now and then within a long one. */
  onProgress: (progress: FitProgress) => Promise<void>
  /** Aborted: fitting ends with the signal's reason. */
  signal: AbortSignal
}

export interface FitProgress {
  /** Epochs done. */
  epoch: number
  /** The newest complete epoch's values. */
  values: EpochValues | null
  /** Whether `values` are new since the last call. */
  epochEnded: boolean
  etaSeconds: number
}

export interface FitResult {
  weights: NetworkWeights
  epochs: EpochValues[]
  engine: EngineName
}

/** Milliseconds of steps after which the process looks at its messages, so that a cancel is heard. */
const BREATH_MS = 100
const PROGRESS_MS = 400

/**
 * Fits a network: shuffled mini-batches, one history entry an epoch, early stopping. The same
 * input gives the same weights, bit for bit, on one machine.
 * @throws FitserveError `loss-not-finite`; whatever the signal's reason is
 */
export async function fitNetwork(input: FitInput): Promise<FitResult> {
  const { recipe, plan, training, classWeights } = input
  const name = chooseEngine(recipe, plan, training)
  const engine = await openEngine(name, {
    ...{ recipe, plan, training, classWeights },
    initial: initialWeights(training.inputs, plan, new Random(recipe.seed, 'weights')),
    dropout: new Random(recipe.seed, 'dropout'),
  })
  try {
    return { engine: name, ...(await runEpochs(input, engine)) }
  } finally {
    engine.dispose()
  }
}

async function runEpochs(input: FitInput, engine: Engine): Promise<Omit<FitResult, 'engine'>> {
  const { recipe, training } = input
  const shuffle = new Random(recipe.seed, 'shuffle')
  const epochs: EpochValues[] = []
  const stop = new EarlyStop(recipe.earlyStopping)
  const rates = learningRates(recipe, Math.ceil(training.rows.rows / recipe.batchSize) * input.epochs)
  const run: EpochRun = { input, engine, rates, clock: new Clock(input.epochs) }
  const order = Uint32Array.from({ length: training.rows.rows }, (_, row) => row)
  let best: NetworkWeights | null = null
  while (epochs.length < input.epochs) {
    shuffle.shuffle(order)
    const scored = await runSteps(run, order, epochs)
    const values = epochValues(input, scored, engine)
    for (const loss of [values['loss'], values['valLoss']])
      if (typeof loss === 'number' && !Number.isFinite(loss)) throw notFinite(epochs.length + 1)
    epochs.push(values)
    const verdict = stop.look(values)
    if (verdict.improved && recipe.earlyStopping?.restoreBest) best = copyOf(engine.weights())
    rates.epochEnded(values)
    await input.onProgress({
      epoch: epochs.length,
      values,
      epochEnded: true,
      etaSeconds: run.clock.etaSeconds(epochs.length),
    })
    if (verdict.stop) break
  }
  const weights = best ?? copyOf(engine.weights())
  if (!areFinite(weights)) throw notFinite(epochs.length)
  return { weights, epochs }
}

interface EpochRun {
  input: FitInput
  engine: Engine
  rates: ReturnType<typeof learningRates>
  clock: Clock
}

/** One pass over the rows; gives what the network answered for each while it was learning, as Keras reports. */
async function runSteps(
  run: EpochRun,
  order: Uint32Array,
  epochs: readonly EpochValues[],
): Promise<EpochScore> {
  const { input, engine, clock, rates } = run
  const { recipe, training } = input
  const outputs = input.plan.at(-1)?.units ?? 1
  const scored: Scored = {
    rows: order.length,
    outputs,
    logits: new Float64Array(order.length * outputs),
    truth: new Float64Array(order.length),
  }
  let lossSum = 0
  for (let start = 0; start < order.length; start += recipe.batchSize) {
    const chosen = order.subarray(start, start + recipe.batchSize)
    const { loss, logits } = engine.step(chosen, rates.next())
    if (!Number.isFinite(loss)) throw notFinite(epochs.length + 1)
    lossSum += loss * chosen.length
    scored.logits.set(logits, start * outputs)
    for (let at = 0; at < chosen.length; at++)
      scored.truth[start + at] = training.targets[chosen[at] ?? 0] ?? 0
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
  return { scored, loss: lossSum / order.length }
}

interface EpochScore {
  scored: Scored
  /** Mean of the steps' losses, weighted by rows, penalties included. */
  loss: number
}

function epochValues(input: FitInput, trained: EpochScore, engine: Engine): EpochValues {
  const { recipe, validation } = input
  const values: EpochValues = { loss: trained.loss, ...input.metricsOf(trained.scored) }
  if (!validation) return values
  const logits = engine.logits(validation)
  const { rows } = validation.rows
  const outputs = input.plan.at(-1)?.units ?? 1
  const scored = { rows, outputs, logits, truth: Float64Array.from(validation.targets) }
  values['valLoss'] = meanLoss(scored, recipe.loss, recipe.task === 'binary') + engine.penalty()
  for (const [name, value] of Object.entries(input.metricsOf(scored)))
    values[`val${name.charAt(0).toUpperCase()}${name.slice(1)}`] = value
  return values
}

function copyOf({ fronts, layers }: NetworkWeights): NetworkWeights {
  return {
    fronts: fronts.map((front) => ({ ...front, embedding: front.embedding.slice() })),
    layers: layers.map((layer) => ({ ...layer, kernel: layer.kernel.slice(), bias: layer.bias.slice() })),
  }
}

function areFinite({ fronts, layers }: NetworkWeights): boolean {
  const arrays = [
    ...fronts.map(({ embedding }) => embedding),
    ...layers.flatMap(({ kernel, bias }) => [kernel, bias]),
  ]
  return arrays.every((values) => values.every(Number.isFinite))
}

function notFinite(epoch: number): FitserveError {
  return new FitserveError(
    'loss-not-finite',
    `In epoch ${epoch} the loss was no longer a number: training diverged. Lower the learning rate, scale the number columns, or use the loss huber.`,
  )
}

/** When to look at messages, when to report, and how long the rest will take. */
class Clock {
  readonly #epochs: number
  readonly #started = performance.now()
  #breathed = performance.now()
  #reported = performance.now()

  constructor(epochs: number) {
    this.#epochs = epochs
  }

  breathe(): boolean {
    const now = performance.now()
    if (now - this.#breathed < BREATH_MS) return false
    this.#breathed = now
    return true
  }

  reportDue(): boolean {
    const now = performance.now()
    if (now - this.#reported < PROGRESS_MS) return false
    this.#reported = now
    return true
  }

  /** @param done epochs done, with the running one's share */
  etaSeconds(done: number): number {
    this.#reported = performance.now()
    const seconds = (this.#reported - this.#started) / 1000
    return done > 0 ? Math.max(0, Math.round((seconds / done) * (this.#epochs - done) * 10) / 10) : 0
  }
}

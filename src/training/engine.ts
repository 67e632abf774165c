import type { Random } from '../evaluation/random.ts'
import type { SparseRows } from '../models/encoders/sparse-row.ts'
import type { Activation } from '../models/network/activations.ts'
import { frontWidth, type InputShape, type NetworkWeights } from '../models/network/network.ts'
import type { CompleteRecipe } from '../recipe/index.ts'

/** Encoded rows with the answers that the network is to learn. */
export interface Examples {
  rows: SparseRows
  /** Which positions of the rows are numbers, and which the ids of words. */
  inputs: InputShape
  /**
   * Class numbers, or targets in the units that the network is trained in; of several labels, shape [rows, labels]: 1 for
   * each label of a row, else 0.
   */
  targets: Float32Array
  /** How much each row counts in loss and metrics; of training rows the mean is 1. Absent: all count alike. */
  weights?: Float64Array
  /** Logits of a row without any input, which the network is then not asked for. Absent: it is. */
  emptyLogits?: Float64Array
}

/** Returns the weight of a row's loss: the product of its own weight and its class's. */
export function rowWeight(
  { targets, weights }: Examples,
  classWeights: readonly number[] | null,
  row: number,
): number {
  return (weights?.[row] ?? 1) * (classWeights?.[targets[row] ?? 0] ?? 1)
}

/** Returns how many numbers the examples have as the target of a row. */
export function widthOfTargets({ targets, rows }: Examples): number {
  return rows.rows === 0 ? 1 : targets.length / rows.rows
}

/** Returns whether outputs are probabilities by themselves, of which losses of the error are taken. */
export function isProbabilistic({ task }: Pick<CompleteRecipe, 'task'>): boolean {
  return task === 'binary' || task === 'multiLabel'
}

/** Puts the examples' own logits in the place of those that a network gave to rows without any input. */
export function answerEmptyRows(logits: Float64Array, { rows, emptyLogits }: Examples): void {
  if (!emptyLogits) return
  for (let row = 0; row < rows.rows; row++)
    if (rows.offsets[row] === rows.offsets[row + 1]) logits.set(emptyLogits, row * emptyLogits.length)
}

/** Share of filled inputs from which a step's rows are laid out as a full matrix. */
const FILLED_SHARE = 0.2

/** Returns whether rows are laid out as a full matrix; mostly empty ones, such as bags of words, are summed instead. */
export function mostlyFilled(rows: SparseRows): boolean {
  return rows.indices.length > FILLED_SHARE * rows.rows * rows.width
}

/** A layer as it is trained. The output layer has no dropout and no l2. */
export interface LayerPlan {
  units: number
  activation: Activation
  l1: number
  l2: number
  dropout: number
}

/** Recipe, weights and rows that an engine starts with. */
export interface EngineInput {
  recipe: Pick<CompleteRecipe, 'task' | 'loss' | 'rank' | 'optimizer' | 'batchSize'>
  plan: readonly LayerPlan[]
  /** Weights to begin with; they are copied. */
  initial: NetworkWeights
  training: Examples
  /** Weight of each class's rows, or null. */
  classWeights: readonly number[] | null
  /** Drawn from once for each output of a layer with dropout: by row, then by unit. */
  dropout: Random
}

/** Results of one step's forward pass, before it changed the weights. */
export interface StepResult {
  /** Mean loss of the step's rows, weighted by class, with the layers' penalties. */
  loss: number
  /** Shape [rows, outputs]; the next step may write to the same array. */
  logits: ArrayLike<number>
}

/** An optimizer's memory: for each variable (embeddings first, then each layer's kernel and bias) its slots by name. */
export interface OptimizerState {
  /** Steps done. */
  step: number
  slots: readonly Readonly<Record<string, Float32Array>>[]
  /**
   * For each input of the first layer the step up to which its memory is up to date, where idle inputs catch up later:
   * catching up at another time would round differently. Null where all inputs are updated in every step.
   */
  reached: Uint32Array | null
}

/**
 * The weights of a network in training and the step that changes them. The loop over epochs is in fit.ts; an
 * engine knows nothing of it. Equal inputs give equal weights, bit for bit, on one machine.
 */
export interface Engine {
  /** Does one step on rows of the training examples, given by number. */
  step(chosen: Uint32Array, learningRate: number): StepResult
  /** Returns the logits of the current weights for examples, without dropout. Shape [rows, outputs]. */
  logits(examples: Examples): Float64Array
  /** Returns the current weights; the next step may change the arrays in place. */
  weights(): NetworkWeights
  /** Returns the sum of the layers' l1 and l2 penalties at the current weights. */
  penalty(): number
  /** Sets the weights; the arrays stay the caller's. */
  restore(weights: NetworkWeights): void
  /** Returns a copy of the optimizer's memory. */
  optimizerState(): OptimizerState
  restoreOptimizer(state: OptimizerState): void
  dispose(): void
}

/** Bound of the uniform distribution that Keras's Embedding draws its first numbers from. */
const EMBEDDING_LIMIT = 0.05

/**
 * Draws the weights that training begins with, as Keras's defaults do: kernels by Glorot and Bengio 2010 (uniform up to
 * √(6 / (inputs + units))), embeddings uniform up to 0.05, biases 0. A network of an output layer alone begins at 0
 * instead: nothing has to tell its units apart, and an input that few rows have would keep most of what was drawn.
 */
export function initialWeights(
  inputs: InputShape,
  plan: readonly LayerPlan[],
  random: Random,
): NetworkWeights {
  const fronts = inputs.sequences.map((shape) => {
    const embedding = new Float32Array(shape.words * shape.dimensions)
    for (let at = 0; at < embedding.length; at++) embedding[at] = (random.next() * 2 - 1) * EMBEDDING_LIMIT
    return { ...shape, embedding }
  })
  let width = fronts.reduce((sum, front) => sum + frontWidth(front), inputs.numbers)
  const linear = plan.length === 1 && fronts.length === 0
  const layers = plan.map(({ units, activation }) => {
    const limit = Math.sqrt(6 / (width + units))
    const kernel = new Float32Array(width * units)
    for (let at = 0; at < kernel.length && !linear; at++) kernel[at] = (random.next() * 2 - 1) * limit
    const layer = { inputs: width, units, activation, kernel, bias: new Float32Array(units) }
    width = units
    return layer
  })
  return { fronts, layers }
}

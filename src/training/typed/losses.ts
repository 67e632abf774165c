import { sigmoid, softplus } from '../../numbers.ts'
import type { Loss, LossName } from '../../recipe/index.ts'

/** The arrays of a step that a loss reads, and the gradient that it writes. */
export interface LossArrays {
  /** Outputs of a row: 1, or the number of classes or labels. */
  outputs: number
  /** Shape [rows, outputs]. */
  logits: Float32Array
  /** Shape [rows]: class numbers, or the numbers that the network is to give; with several labels [rows, outputs]. */
  targets: Float32Array
  /** Shape [rows]: weight of each row's loss; null for equal ones. */
  weights: Float64Array | null
  /** Set to the loss's derivative by each logit, shape [rows, outputs]. */
  gradient: Float32Array
}

/**
 * Returns a function that computes the loss of a step's rows, weighted by row and divided by their number, as Keras
 * does, and sets the gradient.
 * @param options.probabilistic whether the output is sigmoid(logit), of which losses of the error are taken
 * @param options.ordinal whether the outputs are those of ordered classes (models/ordinal.ts), whose loss is crossentropy
 */
export function createLoss(
  loss: Loss,
  arrays: LossArrays,
  { probabilistic, ordinal }: { probabilistic: boolean; ordinal: boolean },
): (rows: number) => number {
  const { outputs, weights, gradient } = arrays
  const rowLoss = ordinal ? ordinalRows(arrays) : ROW_LOSSES[loss.type](arrays, loss, probabilistic)
  return (rows) => {
    let sum = 0
    for (let row = 0; row < rows; row++) {
      const value = rowLoss(row)
      const weight = weights ? (weights[row] ?? 1) : 1
      sum += value * weight
      const share = weight / rows
      for (let at = row * outputs; at < (row + 1) * outputs; at++) gradient[at] = (gradient[at] ?? 0) * share
    }
    return sum / rows
  }
}

/** Makes the function that gives the loss of one row, by its number, and sets the row's gradient. */
type RowLoss = (arrays: LossArrays, loss: Loss, probabilistic: boolean) => (row: number) => number

const ROW_LOSSES: Record<LossName, RowLoss> = {
  binaryCrossentropy: overOutputs(({ logits, targets, gradient }) => {
    return (at) => {
      const logit = logits[at] ?? 0
      const target = targets[at] ?? 0
      gradient[at] = sigmoid(logit) - target
      // −ln of the true class's probability, without overflow.
      return Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)))
    }
  }),
  categoricalCrossentropy: softmaxRows,
  sparseCategoricalCrossentropy: softmaxRows,
  meanSquaredError: ofError(() => ({ value: (error) => error * error, slope: (error) => 2 * error })),
  meanAbsoluteError: ofError(() => ({ value: Math.abs, slope: Math.sign })),
  // Huber 1964: quadratic up to delta, linear beyond.
  huber: ofError(({ delta = 1 }) => ({
    value(error) {
      const absolute = Math.abs(error)
      return absolute <= delta ? 0.5 * error * error : delta * (absolute - 0.5 * delta)
    },
    slope: (error) => Math.min(delta, Math.max(-delta, error)),
  })),
}

/** A loss of the error (output minus target), and its derivative. */
interface Distance {
  value: (error: number) => number
  slope: (error: number) => number
}

function ofError(distanceOf: (loss: Loss) => Distance): RowLoss {
  return overOutputs(({ logits, targets, gradient }, loss, probabilistic) => {
    const { value, slope } = distanceOf(loss)
    return (at) => {
      const logit = logits[at] ?? 0
      const output = probabilistic ? sigmoid(logit) : logit
      const error = output - (targets[at] ?? 0)
      gradient[at] = slope(error) * (probabilistic ? output * (1 - output) : 1)
      return value(error)
    }
  })
}

/**
 * Makes a loss of rows out of one of outputs: their mean, as in Keras.
 * @param lossOf gives the loss of an output by its place
 */
function overOutputs(lossOf: RowLoss): RowLoss {
  return (arrays, loss, probabilistic) => {
    const { outputs, gradient } = arrays
    const outputLoss = lossOf(arrays, loss, probabilistic)
    if (outputs === 1) return outputLoss
    return (row) => {
      let sum = 0
      for (let at = row * outputs; at < (row + 1) * outputs; at++) {
        sum += outputLoss(at)
        gradient[at] = (gradient[at] ?? 0) / outputs
      }
      return sum / outputs
    }
  }
}

/** −ln of the true class's probability: binary crossentropies of the classes up to it, of which it is above all others. */
function ordinalRows({ outputs, logits, targets, gradient }: LossArrays): (row: number) => number {
  return (row) => {
    const truth = targets[row] ?? 0
    let loss = 0
    for (let label = 0; label < outputs; label++) {
      const at = row * outputs + label
      const logit = logits[at] ?? 0
      const above = truth > label ? 1 : 0
      const isReached = truth >= label
      gradient[at] = isReached ? sigmoid(logit) - above : 0
      if (isReached) loss += softplus(logit) - logit * above
    }
    return loss
  }
}

function softmaxRows({ outputs, logits, targets, gradient }: LossArrays): (row: number) => number {
  return (row) => softmaxLoss(logits, row * outputs, outputs, targets[row] ?? 0, gradient)
}

/** Returns −ln of the true class's softmax, and sets its gradient: softmax minus one-hot. */
function softmaxLoss(
  logits: Float32Array,
  start: number,
  outputs: number,
  truth: number,
  gradient: Float32Array,
): number {
  let max = Number.NEGATIVE_INFINITY
  for (let at = start; at < start + outputs; at++) max = Math.max(max, logits[at] ?? 0)
  let sum = 0
  for (let at = start; at < start + outputs; at++) {
    const exp = Math.exp((logits[at] ?? 0) - max)
    gradient[at] = exp
    sum += exp
  }
  for (let at = start; at < start + outputs; at++)
    gradient[at] = (gradient[at] ?? 0) / sum - (at === start + truth ? 1 : 0)
  return Math.log(sum) + max - (logits[start + truth] ?? 0)
}

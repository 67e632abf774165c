import { sigmoid } from '../../numbers.ts'
import type { Loss } from '../../recipe/index.ts'

/** Where a loss finds the rows of a step, and leaves its gradient. */
export interface LossArrays {
  outputs: number
  /** Shape [rows, outputs]. */
  logits: Float32Array
  /** Class numbers, or numbers to be met. */
  targets: Float32Array
  /** Set to the loss's derivative by each logit, shape [rows, outputs]. */
  gradient: Float32Array
}

/**
 * A function that gives the loss of a step's rows, weighted by row and divided by their number, as Keras does,
 * and sets the gradient.
 * @param classWeights weight of each class's rows, or null
 * @param probabilistic whether the output is sigmoid(logit), of which `meanSquaredError` is taken
 */
export function createLoss(
  loss: Loss,
  arrays: LossArrays,
  classWeights: readonly number[] | null,
  probabilistic: boolean,
): (rows: number) => number {
  const { outputs, targets, gradient } = arrays
  const rowLoss = createRowLoss(loss, arrays, probabilistic)
  return (rows) => {
    let sum = 0
    for (let row = 0; row < rows; row++) {
      const value = rowLoss(row)
      const weight = classWeights ? (classWeights[targets[row] ?? 0] ?? 1) : 1
      sum += value * weight
      const share = weight / rows
      for (let at = row * outputs; at < (row + 1) * outputs; at++) gradient[at] = (gradient[at] ?? 0) * share
    }
    return sum / rows
  }
}

/** The loss of one row, which sets the row's gradient. */
function createRowLoss(
  loss: Loss,
  { outputs, logits, targets, gradient }: LossArrays,
  probabilistic: boolean,
): (row: number) => number {
  switch (loss.type) {
    case 'binaryCrossentropy':
      return (row) => {
        const logit = logits[row] ?? 0
        const target = targets[row] ?? 0
        gradient[row] = sigmoid(logit) - target
        // −ln of the true class's probability, without overflow.
        return Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)))
      }
    case 'categoricalCrossentropy':
    case 'sparseCategoricalCrossentropy':
      return (row) => softmaxLoss(logits, row * outputs, outputs, targets[row] ?? 0, gradient)
    default: {
      const distance = distanceOf(loss)
      return (row) => {
        const logit = logits[row] ?? 0
        const output = probabilistic ? sigmoid(logit) : logit
        const error = output - (targets[row] ?? 0)
        gradient[row] = distance.slope(error) * (probabilistic ? output * (1 - output) : 1)
        return distance.value(error)
      }
    }
  }
}

/** Minus the logarithm of the softmax of the true class; its gradient is softmax minus one-hot. */
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

/** A loss of the error (output minus target), and its derivative. */
function distanceOf(loss: Loss): { value: (error: number) => number; slope: (error: number) => number } {
  if (loss.type === 'meanSquaredError')
    return { value: (error) => error * error, slope: (error) => 2 * error }
  if (loss.type === 'meanAbsoluteError') return { value: Math.abs, slope: Math.sign }
  // Huber 1964: quadratic up to delta, linear beyond.
  const delta = loss.delta ?? 1
  return {
    value: (error) => {
      const absolute = Math.abs(error)
      return absolute <= delta ? 0.5 * error * error : delta * (absolute - 0.5 * delta)
    },
    slope: (error) => Math.min(delta, Math.max(-delta, error)),
  }
}

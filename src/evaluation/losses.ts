/** Losses of many rows at once, from a network's logits. */

import { logSumExp, sigmoid } from '../numbers.ts'
import type { CostMatrix, Loss, LossName } from '../recipe/index.ts'

/** A network's outputs for some rows, beside the answers that it should have given. */
export interface Scored {
  rows: number
  /** Outputs of a row: 1, or the number of classes or labels. */
  outputs: number
  /** Shape [rows, outputs]: the output layer's sums before sigmoid or softmax. */
  logits: Float64Array
  /**
   * For each row the class number, or the target in the units that the network is trained in. With several labels, shape
   * [rows, outputs]: 1 for each label of the row, else 0.
   */
  truth: Float64Array
  /** For each row how much it counts, 0 or more. Absent: all count alike. */
  weights?: Float64Array | undefined
  /** Of several classes: what answers cost, so that the cheapest is answered. Absent: the likeliest is. */
  costs?: CostMatrix | undefined
  /** Of several classes: taken from the logits before the likeliest is looked for. Absent: nothing is. */
  decisionShifts?: readonly number[] | undefined
  /** Number of the class that is answered for each row, where logits alone do not say. Absent: they do. */
  answered?: Uint32Array | undefined
}

/** Returns the sum of the rows' weights: their number where all count alike. */
export function totalWeight(weights: ArrayLike<number> | undefined, rows: number): number {
  if (!weights) return rows
  let sum = 0
  for (let row = 0; row < rows; row++) sum += weights[row] ?? 0
  return sum
}

/**
 * Returns the mean loss of the rows, by their weights.
 * @param probabilistic whether the output is sigmoid(logit), of which losses of the error are taken
 */
export function meanLoss(scored: Scored, loss: Loss, probabilistic: boolean): number {
  const rowLoss = ROW_LOSSES[loss.type](scored, loss, probabilistic)
  let sum = 0
  for (let row = 0; row < scored.rows; row++) {
    const weight = scored.weights?.[row] ?? 1
    // A weight of 0 leaves the row out, also where its loss is infinite.
    if (weight > 0) sum += rowLoss(row) * weight
  }
  return sum / totalWeight(scored.weights, scored.rows)
}

/** Returns the loss of each row. @param probabilistic as of `meanLoss` */
export function rowLosses(scored: Scored, loss: Loss, probabilistic: boolean): Float64Array {
  const rowLoss = ROW_LOSSES[loss.type](scored, loss, probabilistic)
  return Float64Array.from({ length: scored.rows }, (_, row) => rowLoss(row))
}

/** Makes the function that gives the loss of one row, by its number. */
type RowLoss = (scored: Scored, loss: Loss, probabilistic: boolean) => (row: number) => number

const ROW_LOSSES: Record<LossName, RowLoss> = {
  binaryCrossentropy: overOutputs(({ logits, truth }) => (at) => {
    const logit = logits[at] ?? 0
    // softplus(z) − z·y, but with z·y taken away before the logarithm: results are promised to the bit.
    return Math.max(logit, 0) - logit * (truth[at] ?? 0) + Math.log1p(Math.exp(-Math.abs(logit)))
  }),
  categoricalCrossentropy: softmaxLoss,
  sparseCategoricalCrossentropy: softmaxLoss,
  meanSquaredError: ofError(() => (error) => error * error),
  meanAbsoluteError: ofError(() => (error) => error),
  // Huber 1964: quadratic up to delta, linear beyond.
  huber: ofError(({ delta = 1 }) => (error) => {
    return error <= delta ? 0.5 * error * error : delta * (error - 0.5 * delta)
  }),
}

/** −ln of the true class's softmax. */
function softmaxLoss({ logits, truth, outputs }: Scored): (row: number) => number {
  return (row) => {
    const start = row * outputs
    return logSumExp(logits, start, start + outputs) - (logits[start + (truth[row] ?? 0)] ?? 0)
  }
}

/** A loss of |output − truth|. */
function ofError(distanceOf: (loss: Loss) => (error: number) => number): RowLoss {
  return overOutputs(({ logits, truth }, loss, probabilistic) => {
    const distance = distanceOf(loss)
    return (at) => {
      const logit = logits[at] ?? 0
      return distance(Math.abs((probabilistic ? sigmoid(logit) : logit) - (truth[at] ?? 0)))
    }
  })
}

/**
 * Makes a loss of rows out of one of outputs: their mean, as in Keras.
 * @param lossOf gives the loss of an output by its place
 */
function overOutputs(lossOf: RowLoss): RowLoss {
  return (scored, loss, probabilistic) => {
    const { outputs } = scored
    const outputLoss = lossOf(scored, loss, probabilistic)
    if (outputs === 1) return outputLoss
    return (row) => {
      let sum = 0
      for (let at = row * outputs; at < (row + 1) * outputs; at++) sum += outputLoss(at)
      return sum / outputs
    }
  }
}

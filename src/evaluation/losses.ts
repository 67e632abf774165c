/** Losses and classifiers' metrics over many rows, from a network's logits. */

import { logSumExp, sigmoid } from '../numbers.ts'

export type LossKind =
  | 'binaryCrossentropy'
  | 'categoricalCrossentropy'
  | 'sparseCategoricalCrossentropy'
  | 'meanSquaredError'
  | 'meanAbsoluteError'
  | 'huber'

/** What a network gave for rows, and what it should have given. */
export interface Scored {
  rows: number
  /** Outputs of a row: 1, or the number of classes. */
  outputs: number
  /** Shape [rows, outputs]: the output layer's sums before sigmoid or softmax. */
  logits: Float64Array
  /** For each row the class number, or the target in the units that the network is trained in. */
  truth: Float64Array
}

/**
 * Mean loss of the rows.
 * @param probabilistic whether the output is a probability (sigmoid), of which `meanSquaredError` is taken
 */
export function meanLoss(
  scored: Scored,
  loss: { type: LossKind; delta?: number | undefined },
  probabilistic: boolean,
): number {
  let sum = 0
  for (let row = 0; row < scored.rows; row++) {
    const truth = scored.truth[row] ?? 0
    const logit = scored.logits[row * scored.outputs] ?? 0
    // softplus(z) − z·y, but with z·y taken away before the logarithm: results are promised to the bit.
    if (loss.type === 'binaryCrossentropy')
      sum += Math.max(logit, 0) - logit * truth + Math.log1p(Math.exp(-Math.abs(logit)))
    else if (loss.type === 'categoricalCrossentropy' || loss.type === 'sparseCategoricalCrossentropy')
      sum +=
        logSumExp(scored.logits, row * scored.outputs, (row + 1) * scored.outputs) -
        (scored.logits[row * scored.outputs + truth] ?? 0)
    else sum += distance(probabilistic ? sigmoid(logit) : logit, truth, loss)
  }
  return sum / scored.rows
}

function distance(
  output: number,
  truth: number,
  loss: { type: LossKind; delta?: number | undefined },
): number {
  const error = Math.abs(output - truth)
  if (loss.type === 'meanAbsoluteError') return error
  if (loss.type === 'meanSquaredError') return error * error
  // Huber 1964: quadratic up to delta, linear beyond.
  const delta = loss.delta ?? 1
  return error <= delta ? 0.5 * error * error : delta * (error - 0.5 * delta)
}

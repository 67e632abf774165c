import type { Layer, Loss, LossName } from '../../recipe/index.ts'
import { type Tensor, tf, type Variable } from './tf.ts'

/**
 * Returns the loss of a batch from its logits, weighted by row and divided by the number of rows, as Keras does.
 * @param logits shape [rows, outputs]
 * @param targets shape [rows]: class numbers, or the numbers that the network is to give; with several labels
 *   [rows · outputs]
 * @param weights shape [rows], or null for equal ones
 * @param options.probabilistic whether the output is sigmoid(logit), of which losses of the error are taken
 * @param options.ordinal whether the outputs are those of ordered classes (models/ordinal.ts), whose loss is crossentropy
 */
export function batchLoss(
  loss: Loss,
  logits: Tensor,
  targets: Tensor,
  weights: Tensor | null,
  { probabilistic, ordinal }: { probabilistic: boolean; ordinal: boolean },
): Tensor {
  const rows = ordinal
    ? ordinalLosses(logits, targets)
    : ROW_LOSSES[loss.type](logits, targets, loss, probabilistic)
  return (weights ? rows.mul(weights) : rows).mean()
}

/** Makes the loss of each row, shape [rows]. */
type RowLosses = (logits: Tensor, targets: Tensor, loss: Loss, probabilistic: boolean) => Tensor

const ROW_LOSSES: Record<LossName, RowLosses> = {
  // max(z, 0) − z·y + ln(1 + e^−|z|), which neither overflows nor loses small probabilities.
  binaryCrossentropy: overOutputs((logits, targets) => {
    const flat = logits.reshape([-1])
    return flat.relu().sub(flat.mul(targets)).add(flat.abs().neg().exp().log1p())
  }),
  categoricalCrossentropy: softmaxLosses,
  sparseCategoricalCrossentropy: softmaxLosses,
  meanSquaredError: ofError((error) => error.square()),
  meanAbsoluteError: ofError((error) => error.abs()),
  // Huber 1964: quadratic up to delta, linear beyond.
  huber: ofError((error, { delta = 1 }) => {
    const absolute = error.abs()
    const quadratic = tf.minimum(absolute, delta)
    return quadratic.square().mul(0.5).add(absolute.sub(quadratic).mul(delta))
  }),
}

/** −ln of the true class's probability: binary crossentropies of the classes up to it, of which it is above all others. */
function ordinalLosses(logits: Tensor, targets: Tensor): Tensor {
  const labels = tf.range(0, logits.shape[1] ?? 1).reshape([1, -1])
  const truth = targets.reshape([-1, 1])
  const above = truth.greater(labels).toFloat()
  const isReached = truth.greaterEqual(labels).toFloat()
  const losses = logits.relu().sub(logits.mul(above)).add(logits.abs().neg().exp().log1p())
  return losses.mul(isReached).sum(1)
}

function softmaxLosses(logits: Tensor, targets: Tensor): Tensor {
  const oneHot = tf.oneHot(targets.toInt(), logits.shape[1] ?? 1)
  return tf.neg(tf.sum(tf.mul(oneHot, tf.logSoftmax(logits)), 1))
}

/** A loss of the error (output minus target). */
function ofError(distance: (error: Tensor, loss: Loss) => Tensor): RowLosses {
  return overOutputs((logits, targets, loss, probabilistic) => {
    const flat = logits.reshape([-1])
    return distance((probabilistic ? flat.sigmoid() : flat).sub(targets), loss)
  })
}

/** Makes a loss of rows out of one of outputs, shape [rows · outputs]: their mean, as in Keras. */
function overOutputs(lossOf: RowLosses): RowLosses {
  return (logits, targets, loss, probabilistic) => {
    const losses = lossOf(logits, targets, loss, probabilistic)
    const [, outputs = 1] = logits.shape
    return outputs === 1 ? losses : losses.reshape([-1, outputs]).mean(1)
  }
}

/** Returns the sum of the layers' l1·Σ|w| and l2·Σw² over their kernels; null where no layer has a penalty. */
export function penalty(
  layers: readonly Pick<Layer, 'l1' | 'l2'>[],
  kernels: readonly Variable[],
): Tensor | null {
  let total: Tensor | null = null
  for (const [index, { l1, l2 }] of layers.entries()) {
    const kernel = kernels[index]
    if (!kernel) continue
    for (const term of [
      // The derivative of `abs` at 0 is -1 in tfjs; as in Keras a weight of 0 is to stay there.
      l1 > 0 ? kernel.mul(kernel.sign()).sum().mul(l1) : null,
      l2 > 0 ? kernel.square().sum().mul(l2) : null,
    ])
      if (term) total = total ? tf.add(total, term) : term
  }
  return total
}

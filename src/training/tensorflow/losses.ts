import type { Layer, Loss } from '../../recipe/index.ts'
import { type Tensor, tf, type Variable } from './tf.ts'

/**
 * Loss of a batch from its logits, weighted by row and divided by the number of rows, as Keras does.
 * @param logits shape [rows, outputs]
 * @param targets shape [rows]: class numbers, or numbers to be met
 * @param weights shape [rows], or null for equal ones
 * @param probabilistic whether the output is sigmoid(logit), of which `meanSquaredError` is taken
 */
export function batchLoss(
  loss: Loss,
  logits: Tensor,
  targets: Tensor,
  weights: Tensor | null,
  probabilistic: boolean,
): Tensor {
  const rows = rowLosses(loss, logits, targets, probabilistic)
  return (weights ? rows.mul(weights) : rows).mean()
}

function rowLosses(loss: Loss, logits: Tensor, targets: Tensor, probabilistic: boolean): Tensor {
  if (loss.type === 'categoricalCrossentropy' || loss.type === 'sparseCategoricalCrossentropy') {
    const oneHot = tf.oneHot(targets.toInt(), logits.shape[1] ?? 1)
    return tf.neg(tf.sum(tf.mul(oneHot, tf.logSoftmax(logits)), 1))
  }
  const flat = logits.reshape([-1])
  // max(z, 0) − z·y + ln(1 + e^−|z|), which neither overflows nor loses small probabilities.
  if (loss.type === 'binaryCrossentropy')
    return flat.relu().sub(flat.mul(targets)).add(flat.abs().neg().exp().log1p())
  const error = (probabilistic ? flat.sigmoid() : flat).sub(targets)
  if (loss.type === 'meanSquaredError') return error.square()
  if (loss.type === 'meanAbsoluteError') return error.abs()
  const delta = loss.delta ?? 1
  const absolute = error.abs()
  const quadratic = tf.minimum(absolute, delta)
  return quadratic.square().mul(0.5).add(absolute.sub(quadratic).mul(delta))
}

/** Sum of the layers' l1·Σ|w| and l2·Σw² over their kernels; null where no layer has a penalty. */
export function penalty(
  layers: readonly Pick<Layer, 'l1' | 'l2'>[],
  kernels: readonly Variable[],
): Tensor | null {
  let total: Tensor | null = null
  for (const [index, { l1, l2 }] of layers.entries()) {
    const kernel = kernels[index]
    if (!kernel) continue
    for (const term of [
      l1 > 0 ? kernel.abs().sum().mul(l1) : null,
      l2 > 0 ? kernel.square().sum().mul(l2) : null,
    ])
      if (term) total = total ? tf.add(total, term) : term
  }
  return total
}

import type { Random } from '../../evaluation/random.ts'
import type { Activation } from '../../models/activations.ts'
import type { SparseRows } from '../../models/encoders/sparse-row.ts'
import type { DenseLayer } from '../../models/network.ts'
import type { LayerPlan } from '../engine.ts'
import { type Tensor, tf, type Variable } from './tf.ts'

/** The trained variables of a stack of dense layers. */
export interface Stack {
  readonly plan: readonly LayerPlan[]
  readonly kernels: readonly Variable[]
  readonly biases: readonly Variable[]
}

/** New variables with these weights. */
export function createStack(plan: readonly LayerPlan[], layers: readonly DenseLayer[]): Stack {
  const variable = (values: Float32Array, shape: number[]) =>
    tf.tidy(() => tf.variable(tf.tensor(values.slice(), shape)))
  return {
    plan,
    kernels: layers.map(({ kernel, inputs, units }) => variable(kernel, [inputs, units])),
    biases: layers.map(({ bias, units }) => variable(bias, [units])),
  }
}

export function disposeStack(stack: Stack): void {
  for (const variable of [...stack.kernels, ...stack.biases]) variable.dispose()
}

/** The stack's weights as the typed-array network takes them. */
export function denseLayers(stack: Stack): DenseLayer[] {
  return stack.plan.map(({ units, activation }, index) => {
    const [kernel, bias] = [stack.kernels[index], stack.biases[index]]
    if (!kernel || !bias) throw new RangeError('a layer without weights')
    return {
      inputs: kernel.shape[0] ?? 0,
      units,
      activation,
      kernel: kernel.dataSync<'float32'>(),
      bias: bias.dataSync<'float32'>(),
    }
  })
}

/** Sets the stack's variables to kept weights. */
export function restoreStack(stack: Stack, layers: readonly DenseLayer[]): void {
  tf.tidy(() => {
    for (const [index, layer] of layers.entries()) {
      stack.kernels[index]?.assign(tf.tensor2d(layer.kernel, [layer.inputs, layer.units]))
      stack.biases[index]?.assign(tf.tensor1d(layer.bias))
    }
  })
}

/** Rows of one step, chosen from encoded ones. */
export interface Batch {
  rows: SparseRows
  chosen: Uint32Array
}

/**
 * Logits of a batch with dropout, for gradients. Shape [rows, outputs].
 * @param dense whether the batch is laid out as a full matrix; mostly empty rows are summed instead
 */
export function trainingLogits(stack: Stack, batch: Batch, dense: boolean, dropout: Random): Tensor {
  const firstKernel = stack.kernels[0]
  if (!firstKernel) throw new RangeError('a stack without layers')
  let values: Tensor = dense ? tf.matMul(denseMatrix(batch), firstKernel) : sparseMatMul(batch, firstKernel)
  for (const [index, layer] of stack.plan.entries()) {
    const [kernel, bias] = [stack.kernels[index], stack.biases[index]]
    if (!kernel || !bias) break
    if (index > 0) values = tf.matMul(values, kernel)
    values = values.add(bias)
    if (index === stack.plan.length - 1) break
    values = activated(layer.activation, values)
    if (layer.dropout > 0) values = dropped(values, layer.dropout, dropout)
  }
  return values
}

/** Inverted dropout (Srivastava et al. 2014): kept outputs are scaled so that their expected sum stays. */
function dropped(values: Tensor, rate: number, random: Random): Tensor {
  const scale = 1 / (1 - rate)
  const mask = Float32Array.from({ length: values.size }, () => (random.next() < rate ? 0 : scale))
  return values.mul(tf.tensor(mask, values.shape))
}

function activated(activation: Activation, values: Tensor): Tensor {
  switch (activation) {
    case 'linear':
      return values
    case 'swish':
      return values.mul(values.sigmoid())
    case 'softsign':
      return values.div(values.abs().add(1))
    case 'softmax':
      return values.softmax()
    default:
      return values[activation]()
  }
}

function denseMatrix({ rows, chosen }: Batch): Tensor {
  const matrix = new Float32Array(chosen.length * rows.width)
  for (let row = 0; row < chosen.length; row++) {
    const from = chosen[row] ?? 0
    for (let at = rows.offsets[from] ?? 0; at < (rows.offsets[from + 1] ?? 0); at++)
      matrix[row * rows.width + (rows.indices[at] ?? 0)] = rows.values[at] ?? 0
  }
  return tf.tensor2d(matrix, [chosen.length, rows.width])
}

/**
 * Mostly empty rows times a kernel, with its gradient: sums of the kernel's rows in typed arrays, which for
 * bags of words takes a fraction of the memory and time of a product with the full matrix.
 */
function sparseMatMul(batch: Batch, kernel: Variable): Tensor {
  const [width = 0, units = 0] = kernel.shape
  const operation = tf.customGrad((input) => ({
    value: tf.tensor2d(sumRows(batch, (input as Tensor).dataSync<'float32'>(), units), [
      batch.chosen.length,
      units,
    ]),
    gradFunc: (gradient: Tensor) => [
      tf.tensor2d(spread(batch, gradient.dataSync<'float32'>(), width, units), [width, units]),
    ],
  }))
  return operation(kernel)
}

function sumRows({ rows, chosen }: Batch, kernel: Float32Array, units: number): Float32Array {
  const sums = new Float32Array(chosen.length * units)
  for (let row = 0; row < chosen.length; row++) {
    const from = chosen[row] ?? 0
    for (let at = rows.offsets[from] ?? 0; at < (rows.offsets[from + 1] ?? 0); at++) {
      const value = rows.values[at] ?? 0
      const weight = (rows.indices[at] ?? 0) * units
      for (let unit = 0; unit < units; unit++)
        sums[row * units + unit] = (sums[row * units + unit] ?? 0) + value * (kernel[weight + unit] ?? 0)
    }
  }
  return sums
}

function spread({ rows, chosen }: Batch, gradient: Float32Array, width: number, units: number): Float32Array {
  const kernel = new Float32Array(width * units)
  for (let row = 0; row < chosen.length; row++) {
    const from = chosen[row] ?? 0
    for (let at = rows.offsets[from] ?? 0; at < (rows.offsets[from + 1] ?? 0); at++) {
      const value = rows.values[at] ?? 0
      const weight = (rows.indices[at] ?? 0) * units
      for (let unit = 0; unit < units; unit++)
        kernel[weight + unit] = (kernel[weight + unit] ?? 0) + value * (gradient[row * units + unit] ?? 0)
    }
  }
  return kernel
}

import type { Random } from '../../evaluation/random.ts'
import type { SparseRows } from '../../models/encoders/sparse-row.ts'
import type { Activation } from '../../models/network/activations.ts'
import { frontWidth, type NetworkWeights, type SequenceShape } from '../../models/network/network.ts'
import type { LayerPlan } from '../engine.ts'
import { pool, poolGradient, wordIds } from '../pooling.ts'
import { type Tensor, tf, type Variable } from './tf.ts'

/** The trained variables of a network: embeddings of word sequences, then dense layers. */
export interface Stack {
  readonly plan: readonly LayerPlan[]
  readonly sequences: readonly SequenceShape[]
  readonly embeddings: readonly Variable[]
  readonly kernels: readonly Variable[]
  readonly biases: readonly Variable[]
}

/** Makes new variables with these weights. */
export function createStack(plan: readonly LayerPlan[], { fronts, layers }: NetworkWeights): Stack {
  const variable = (values: Float32Array, shape: number[]) =>
    tf.tidy(() => tf.variable(tf.tensor(values.slice(), shape)))
  return {
    plan,
    sequences: fronts.map(({ embedding: _, ...shape }) => shape),
    embeddings: fronts.map(({ embedding, words, dimensions }) => variable(embedding, [words, dimensions])),
    kernels: layers.map(({ kernel, inputs, units }) => variable(kernel, [inputs, units])),
    biases: layers.map(({ bias, units }) => variable(bias, [units])),
  }
}

/** Frees the stack's variables. */
export function disposeStack(stack: Stack): void {
  for (const variable of [...stack.embeddings, ...stack.kernels, ...stack.biases]) variable.dispose()
}

/** Returns the stack's weights in typed arrays. */
export function weightsOf(stack: Stack): NetworkWeights {
  const fronts = stack.sequences.map((shape, index) => {
    const embedding = stack.embeddings[index]
    if (!embedding) throw new RangeError('a sequence without an embedding')
    return { ...shape, embedding: embedding.dataSync<'float32'>() }
  })
  const layers = stack.plan.map(({ units, activation }, index) => {
    const kernel = stack.kernels[index]
    const bias = stack.biases[index]
    if (!kernel || !bias) throw new RangeError('a layer without weights')
    return {
      inputs: kernel.shape[0] ?? 0,
      units,
      activation,
      kernel: kernel.dataSync<'float32'>(),
      bias: bias.dataSync<'float32'>(),
    }
  })
  return { fronts, layers }
}

/** Sets the stack's variables to kept weights. */
export function restoreStack(stack: Stack, { fronts, layers }: NetworkWeights): void {
  tf.tidy(() => {
    for (const [index, { embedding, words, dimensions }] of fronts.entries())
      stack.embeddings[index]?.assign(tf.tensor2d(embedding, [words, dimensions]))
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
 * Logits of a batch, for gradients. Shape [rows, outputs].
 * @param dropout where dropout draws from; null for none
 * @param dense whether the batch is laid out as a full matrix; mostly empty rows are summed instead
 */
export function trainingLogits(stack: Stack, batch: Batch, dense: boolean, dropout: Random | null): Tensor {
  let values = firstSums(stack, batch, dense)
  for (const [index, layer] of stack.plan.entries()) {
    const kernel = stack.kernels[index]
    const bias = stack.biases[index]
    if (!kernel || !bias) break
    if (index > 0) values = tf.matMul(values, kernel)
    values = values.add(bias)
    if (index === stack.plan.length - 1) break
    values = ACTIVATIONS[layer.activation](values)
    if (layer.dropout > 0 && dropout) values = dropped(values, layer.dropout, dropout)
  }
  return values
}

/** The first layer's product: the numbers' rows of its kernel, then those of each pooled sequence. */
function firstSums(stack: Stack, batch: Batch, dense: boolean): Tensor {
  const kernel = stack.kernels[0]
  if (!kernel) throw new RangeError('a stack without layers')
  const product = (numbers: Tensor) =>
    dense ? tf.matMul(denseMatrix(batch, numbers.shape[0] ?? 0), numbers) : sparseMatMul(batch, numbers)
  if (stack.sequences.length === 0) return product(kernel)
  const [inputs = 0, units = 0] = kernel.shape
  let row = inputs - stack.sequences.reduce((sum, shape) => sum + frontWidth(shape), 0)
  const sums = row > 0 ? [product(kernel.slice([0, 0], [row, units]))] : []
  for (const [index, shape] of stack.sequences.entries()) {
    const embedding = stack.embeddings[index]
    if (!embedding) throw new RangeError('a sequence without an embedding')
    const width = frontWidth(shape)
    sums.push(tf.matMul(pooledWords(batch, shape, embedding), kernel.slice([row, 0], [width, units])))
    row += width
  }
  return tf.addN(sums)
}

/** Looks up and pools a sequence's words, with the gradient of the embedding. */
function pooledWords(batch: Batch, shape: SequenceShape, embedding: Variable): Tensor {
  const ids = wordIds(batch.rows, batch.chosen, shape)
  const operation = tf.customGrad((input) => {
    const vectors = (input as Tensor).dataSync<'float32'>()
    return {
      value: tf.tensor2d(pool(shape, ids, vectors), [batch.chosen.length, frontWidth(shape)]),
      gradFunc: (gradient: Tensor) => [
        tf.tensor2d(poolGradient(shape, ids, vectors, gradient.dataSync<'float32'>()), [
          shape.words,
          shape.dimensions,
        ]),
      ],
    }
  })
  return operation(embedding)
}

/** Inverted dropout (Srivastava et al. 2014): kept outputs are scaled so that their expected sum stays. */
function dropped(values: Tensor, rate: number, random: Random): Tensor {
  const scale = 1 / (1 - rate)
  const mask = Float32Array.from({ length: values.size }, () => (random.next() < rate ? 0 : scale))
  return values.mul(tf.tensor(mask, values.shape))
}

/** Formulas as in Keras (https://keras.io/api/layers/activations). */
const ACTIVATIONS: Record<Activation, (sums: Tensor) => Tensor> = {
  relu: (sums) => sums.relu(),
  relu6: (sums) => sums.relu6(),
  tanh: (sums) => sums.tanh(),
  sigmoid: (sums) => sums.sigmoid(),
  linear: (sums) => sums,
  elu: (sums) => sums.elu(),
  selu: (sums) => sums.selu(),
  softplus: (sums) => sums.softplus(),
  softsign: (sums) => sums.div(sums.abs().add(1)),
  swish: (sums) => sums.mul(sums.sigmoid()),
  softmax: (sums) => sums.softmax(),
}

function denseMatrix({ rows, chosen }: Batch, width: number): Tensor {
  const matrix = new Float32Array(chosen.length * width)
  for (let row = 0; row < chosen.length; row++) {
    const from = chosen[row] ?? 0
    for (let at = rows.offsets[from] ?? 0; at < (rows.offsets[from + 1] ?? 0); at++) {
      const place = rows.indices[at] ?? 0
      if (place < width) matrix[row * width + place] = rows.values[at] ?? 0
    }
  }
  return tf.tensor2d(matrix, [chosen.length, width])
}

/**
 * Mostly empty rows times a kernel, with its gradient: sums of the kernel's rows in typed arrays, which for
 * bags of words takes a fraction of the memory and time of a product with the full matrix.
 */
function sparseMatMul(batch: Batch, kernel: Tensor): Tensor {
  const [width = 0, units = 0] = kernel.shape
  const operation = tf.customGrad((input) => ({
    value: tf.tensor2d(sumRows(batch, (input as Tensor).dataSync<'float32'>(), width, units), [
      batch.chosen.length,
      units,
    ]),
    gradFunc: (gradient: Tensor) => [
      tf.tensor2d(spread(batch, gradient.dataSync<'float32'>(), width, units), [width, units]),
    ],
  }))
  return operation(kernel)
}

function sumRows({ rows, chosen }: Batch, kernel: Float32Array, width: number, units: number): Float32Array {
  const sums = new Float32Array(chosen.length * units)
  for (let row = 0; row < chosen.length; row++) {
    const from = chosen[row] ?? 0
    for (let at = rows.offsets[from] ?? 0; at < (rows.offsets[from + 1] ?? 0); at++) {
      // Ids of words come after the numbers.
      if ((rows.indices[at] ?? 0) >= width) break
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
      // Ids of words come after the numbers.
      if ((rows.indices[at] ?? 0) >= width) break
      const value = rows.values[at] ?? 0
      const weight = (rows.indices[at] ?? 0) * units
      for (let unit = 0; unit < units; unit++)
        kernel[weight + unit] = (kernel[weight + unit] ?? 0) + value * (gradient[row * units + unit] ?? 0)
    }
  }
  return kernel
}

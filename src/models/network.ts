import { type Activation, activate } from './activations.ts'

/** A dense layer: `kernel` has shape [inputs, units], row after row; `bias` has shape [units]. */
export interface DenseLayer {
  readonly inputs: number
  readonly units: number
  readonly activation: Activation
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

/** Positions and values of a row's inputs that are not 0, in parallel arrays. */
export interface SparseInput {
  readonly indices: Uint32Array
  readonly values: Float32Array
}

/** A stack of dense layers in typed arrays: the forward pass of `/predict` and of validation. */
export interface Network {
  readonly inputs: number
  readonly outputs: number
  readonly memoryBytes: number
  /**
   * The output layer's sums before its activation (logits), for the inputs from `start` to `end` of `input`.
   * The array is used again by the next call.
   */
  logits(input: SparseInput, start: number, end: number): Float64Array
  /** The same after the output layer's activation. */
  outputsOf(input: SparseInput, start: number, end: number): Float64Array
}

/**
 * Builds the forward pass of a stack. Sums are kept in 64 bits, so answers differ from TensorFlow's 32-bit ones
 * by rounding only.
 */
export function createNetwork(layers: readonly DenseLayer[]): Network {
  const first = layers[0]
  const last = layers.at(-1)
  if (!first || !last) throw new RangeError('a network needs a layer')
  const sums = layers.map((layer) => new Float64Array(layer.units))
  const lastSums = sums[sums.length - 1] ?? new Float64Array(0)
  const logits = (input: SparseInput, start: number, end: number): Float64Array => {
    let previous = addSparse(first, input, start, end, sums[0] ?? lastSums)
    for (let index = 1; index < layers.length; index++) {
      const layer = layers[index]
      const before = layers[index - 1]
      const into = sums[index]
      if (!layer || !before || !into) break
      activate(before.activation, previous)
      previous = addDense(layer, previous, into)
    }
    return previous
  }
  return {
    inputs: first.inputs,
    outputs: last.units,
    memoryBytes: layers.reduce((bytes, layer) => bytes + layer.kernel.byteLength + layer.bias.byteLength, 0),
    logits,
    outputsOf(input, start, end) {
      const outputs = logits(input, start, end)
      activate(last.activation, outputs)
      return outputs
    },
  }
}

/** The first layer of a mostly empty row: a sum of the kernel's rows for the inputs that are there. */
function addSparse(
  layer: DenseLayer,
  input: SparseInput,
  start: number,
  end: number,
  into: Float64Array,
): Float64Array {
  const { kernel, units } = layer
  into.set(layer.bias)
  for (let at = start; at < end; at++) {
    const value = input.values[at] ?? 0
    let weight = (input.indices[at] ?? 0) * units
    for (let unit = 0; unit < units; unit++) {
      into[unit] = (into[unit] ?? 0) + value * (kernel[weight] ?? 0)
      weight += 1
    }
  }
  return into
}

function addDense(layer: DenseLayer, input: Float64Array, into: Float64Array): Float64Array {
  const { kernel, units } = layer
  into.set(layer.bias)
  let weight = 0
  for (let at = 0; at < layer.inputs; at++) {
    const value = input[at] ?? 0
    if (value === 0) {
      weight += units
      continue
    }
    for (let unit = 0; unit < units; unit++) {
      into[unit] = (into[unit] ?? 0) + value * (kernel[weight] ?? 0)
      weight += 1
    }
  }
  return into
}

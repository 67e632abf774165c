import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'
import type { DenseLayer, SparseInput } from './weights.ts'

/** Sets `into` to the sums of the first layer over a sparse row's inputs from `start` to `end`. */
export type SparseSums = (input: SparseInput, start: number, end: number, into: Float64Array) => void

/** Sets `into` to the sums of a later layer over the answers of the layer before it. */
export type DenseSums = (input: Float64Array, into: Float64Array) => void

/** The sums of a network's layers for one row, before the activations. */
export interface LayerSums {
  readonly first: SparseSums
  /** The layers behind the first one, in their order. */
  readonly others: readonly DenseSums[]
}

/** Largest size of a layer's weights, in bytes, that are copied into a kernel's memory; larger ones are not held twice. */
const MOST_WEIGHT_BYTES = 4 * 2 ** 20
/** Largest number of inputs of a row in a kernel's memory; longer rows are computed in JavaScript. */
const MOST_INPUTS = 8192

const Kernels = z.object({
  sumRows: KernelFunction,
  sumDense: KernelFunction,
})

/**
 * Returns the sums of a network's layers.
 * @param kernels true if weights may be held a second time, in a memory of the kernels (kernels/forward.ts) that compute the
 * same sums in a third of the time. Default: false
 */
export function layerSums(layers: readonly DenseLayer[], kernels = false): LayerSums {
  const [first, ...others] = layers
  if (!first) throw new RangeError('a network needs a layer')
  const plain: LayerSums = {
    first: (input, start, end, into) => addSparse(first, input, start, end, into),
    others: others.map((layer) => (input, into) => {
      into.set(layer.bias)
      addDense(layer, 0, input, into)
    }),
  }
  if (!kernels || !layers.some(usesKernel)) return plain
  // Opened with the first row, since many networks are only asked for their shape.
  let opened: LayerSums | undefined
  const sums = () => {
    opened ??= orNullWithoutAddressSpace(() => openSums(layers, plain)) ?? plain
    return opened
  }
  return {
    first: (input, start, end, into) => sums().first(input, start, end, into),
    others: others.map((_, at) => (input, into) => sums().others[at]?.(input, into)),
  }
}

/** Returns the bytes of the weights that a network's kernels hold a second time. */
export function kernelBytes(layers: readonly DenseLayer[]): number {
  return layers.reduce((bytes, layer) => bytes + (usesKernel(layer) ? layer.kernel.byteLength : 0), 0)
}

function usesKernel({ kernel, units }: DenseLayer): boolean {
  return units % 4 === 0 && kernel.byteLength <= MOST_WEIGHT_BYTES
}

/** Opens one memory for all layers of a network. Layers that use no kernel keep their plain sums. */
function openSums(layers: readonly DenseLayer[], plain: LayerSums): LayerSums {
  const layout = new MemoryLayout()
  const room = Math.max(MOST_INPUTS, ...layers.slice(1).map(({ inputs }) => inputs))
  const indicesAt = layout.place(room * 4)
  const valuesAt = layout.place(room * 8)
  const inputsAt = layout.place(room * 8)
  const sumsAt = layout.place(Math.max(...layers.map(({ units }) => units)) * 8)
  const held = layers.map((layer) => {
    if (!usesKernel(layer)) return undefined
    return {
      layer,
      kernelAt: layout.place(layer.kernel.byteLength),
      biasAt: layout.place(layer.bias.byteLength),
    }
  })
  const { exports, buffer } = openKernels(layout.bytes)
  const { sumRows, sumDense } = Kernels.parse(exports)
  const indices = new Uint32Array(buffer, indicesAt, room)
  const values = new Float32Array(buffer, valuesAt, room)
  const inputs = new Float64Array(buffer, inputsAt, room)

  const opened = held.map((each) => {
    if (!each) return undefined
    const { layer, kernelAt, biasAt } = each
    new Float32Array(buffer, kernelAt).set(layer.kernel)
    new Float32Array(buffer, biasAt).set(layer.bias)
    return { units: layer.units, kernelAt, biasAt, sums: new Float64Array(buffer, sumsAt, layer.units) }
  })
  const openFirst = (): SparseSums => {
    const layer = opened[0]
    if (!layer) return plain.first
    const { units, kernelAt, biasAt, sums } = layer
    return (input, start, end, into) => {
      const count = end - start
      if (count > MOST_INPUTS) return plain.first(input, start, end, into)
      for (let at = 0; at < count; at++) {
        indices[at] = input.indices[start + at] as number
        values[at] = input.values[start + at] as number
      }
      sumRows(indicesAt, valuesAt, count, kernelAt, biasAt, units, sumsAt)
      into.set(sums)
    }
  }
  const openOther = (slow: DenseSums, at: number): DenseSums => {
    const layer = opened[at + 1]
    if (!layer) return slow
    const { units, kernelAt, biasAt, sums } = layer
    return (input, into) => {
      inputs.set(input)
      sumDense(inputsAt, input.length, indicesAt, valuesAt, kernelAt, biasAt, units, sumsAt)
      into.set(sums)
    }
  }
  return { first: openFirst(), others: plain.others.map(openOther) }
}

function addSparse(
  layer: DenseLayer,
  input: SparseInput,
  start: number,
  end: number,
  into: Float64Array,
): void {
  const { kernel, units } = layer
  const { indices, values } = input
  into.set(layer.bias)
  // The sums of four units stay in registers during the pass over the entries: twice as fast as entry by entry.
  let unit = 0
  for (; unit + 3 < units; unit += 4) {
    let sum0 = into[unit] ?? 0
    let sum1 = into[unit + 1] ?? 0
    let sum2 = into[unit + 2] ?? 0
    let sum3 = into[unit + 3] ?? 0
    for (let at = start; at < end; at++) {
      const weight = (indices[at] ?? 0) * units + unit
      const value = values[at] ?? 0
      sum0 += value * (kernel[weight] ?? 0)
      sum1 += value * (kernel[weight + 1] ?? 0)
      sum2 += value * (kernel[weight + 2] ?? 0)
      sum3 += value * (kernel[weight + 3] ?? 0)
    }
    into[unit] = sum0
    into[unit + 1] = sum1
    into[unit + 2] = sum2
    into[unit + 3] = sum3
  }
  for (; unit < units; unit++) {
    let sum = into[unit] ?? 0
    for (let at = start; at < end; at++)
      sum += (values[at] ?? 0) * (kernel[(indices[at] ?? 0) * units + unit] ?? 0)
    into[unit] = sum
  }
}

/** Adds to `into` the product of `input` and a layer's kernel from its row `firstRow` on. */
export function addDense(
  { kernel, units }: DenseLayer,
  firstRow: number,
  input: Float64Array,
  into: Float64Array,
): void {
  const first = firstRow * units
  let unit = 0
  for (; unit + 3 < units; unit += 4) {
    let sum0 = into[unit] ?? 0
    let sum1 = into[unit + 1] ?? 0
    let sum2 = into[unit + 2] ?? 0
    let sum3 = into[unit + 3] ?? 0
    for (let at = 0, weight = first + unit; at < input.length; at++, weight += units) {
      const value = input[at] ?? 0
      // Many inputs are 0 after relu.
      if (value === 0) continue
      sum0 += value * (kernel[weight] ?? 0)
      sum1 += value * (kernel[weight + 1] ?? 0)
      sum2 += value * (kernel[weight + 2] ?? 0)
      sum3 += value * (kernel[weight + 3] ?? 0)
    }
    into[unit] = sum0
    into[unit + 1] = sum1
    into[unit + 2] = sum2
    into[unit + 3] = sum3
  }
  for (; unit < units; unit++) {
    let sum = into[unit] ?? 0
    for (let at = 0, weight = first + unit; at < input.length; at++, weight += units) {
      const value = input[at] ?? 0
      if (value !== 0) sum += value * (kernel[weight] ?? 0)
    }
    into[unit] = sum
  }
}

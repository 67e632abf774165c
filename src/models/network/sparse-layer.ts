import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'
import type { DenseLayer, SparseInput } from './weights.ts'

/** The first layer for a sparse row: sets `into` to its sums over the inputs from `start` to `end`. */
export type SparseLayer = (input: SparseInput, start: number, end: number, into: Float64Array) => void

/** Largest size of weights, in bytes, that are copied into a kernel's memory; larger ones are not held twice. */
const MOST_WEIGHT_BYTES = 4 * 2 ** 20
/** Largest number of inputs of a row in a kernel's memory; longer rows are computed in JavaScript. */
const MOST_INPUTS = 8192

const Kernels = z.object({
  sumRows: KernelFunction,
})

/**
 * Returns the first layer for sparse rows.
 * @param kernels true if the weights may be held a second time, in the memory of a kernel (kernels/forward.ts) that
 * computes the same sums in a third of the time
 */
export function sparseLayer(layer: DenseLayer, kernels: boolean): SparseLayer {
  const inSteps: SparseLayer = (input, start, end, into) => addSparse(layer, input, start, end, into)
  if (!kernels || kernelBytes(layer) === 0) return inSteps
  // Opened with the first row, since many networks are only asked for their shape.
  let quick: SparseLayer | null | undefined
  return (input, start, end, into) => {
    if (quick === undefined) quick = orNullWithoutAddressSpace(() => openLayer(layer))
    if (quick === null || end - start > MOST_INPUTS) inSteps(input, start, end, into)
    else quick(input, start, end, into)
  }
}

/** Returns the bytes of a layer's weights in a kernel's memory; 0 if the layer uses no kernel. */
export function kernelBytes({ kernel, units }: DenseLayer): number {
  return units % 4 === 0 && kernel.byteLength <= MOST_WEIGHT_BYTES ? kernel.byteLength : 0
}

function openLayer({ kernel, bias, units }: DenseLayer): SparseLayer {
  const layout = new MemoryLayout()
  const indicesAt = layout.place(MOST_INPUTS * 4)
  const valuesAt = layout.place(MOST_INPUTS * 4)
  const sumsAt = layout.place(units * 8)
  const biasAt = layout.place(bias.byteLength)
  const kernelAt = layout.place(kernel.byteLength)
  const { exports, buffer } = openKernels(layout.bytes)
  new Float32Array(buffer, biasAt).set(bias)
  new Float32Array(buffer, kernelAt).set(kernel)
  const indices = new Uint32Array(buffer, indicesAt, MOST_INPUTS)
  const values = new Float32Array(buffer, valuesAt, MOST_INPUTS)
  const sums = new Float64Array(buffer, sumsAt, units)
  const { sumRows } = Kernels.parse(exports)
  return (input, start, end, into) => {
    const count = end - start
    for (let at = 0; at < count; at++) {
      indices[at] = input.indices[start + at] as number
      values[at] = input.values[start + at] as number
    }
    sumRows(indicesAt, valuesAt, count, kernelAt, biasAt, units, sumsAt)
    into.set(sums)
  }
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

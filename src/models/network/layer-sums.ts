import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'
import { FEWEST_ONES, runFinder, type SplitRow } from './curve-runs.ts'
import type { Curve, DenseLayer, SparseInput } from './weights.ts'

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

/** The sums of the first rows of a curve are kept after each so many rows. */
const STRIDE = FEWEST_ONES
/** Numbers of a run in a kernel's memory; kernels/forward.ts has their meaning. */
const RUN_NUMBERS = 3

const Kernels = z.object({
  addRuns: KernelFunction,
  sumRows: KernelFunction,
  sumDense: KernelFunction,
})

/**
 * Returns the sums of a network's layers. In the first layer the ones of each curve are added up before they are added to the
 * others, with and without kernels, so that both give the same bits.
 * @param curves the curves among the numbers of a row. Default: none
 * @param kernels true if weights may be held a second time, in a memory of the kernels (kernels/forward.ts) that compute the
 * same sums in a third of the time. Default: false
 */
export function layerSums(
  layers: readonly DenseLayer[],
  { curves = [], kernels = false }: { curves?: readonly Curve[] | undefined; kernels?: boolean } = {},
): LayerSums {
  const [first, ...others] = layers
  if (!first) throw new RangeError('a network needs a layer')
  const inOrder: SparseSums = (input, start, end, into) => addSparse(first, input, start, end, into)
  const split = runFinder(curves, MOST_INPUTS)
  const byRuns: SparseSums = (input, start, end, into) => {
    const row = split(input, start, end)
    if (!row) return inOrder(input, start, end, into)
    addSparse(first, row, 0, row.count, into)
    addRuns(first, row, curves, into)
  }
  const plain: LayerSums = {
    first: curves.length === 0 ? inOrder : byRuns,
    others: others.map((layer) => (input, into) => {
      into.set(layer.bias)
      addDense(layer, 0, input, into)
    }),
  }
  if (!kernels || !layers.some(usesKernel)) return plain
  // Opened with the first row, since many networks are only asked for their shape.
  let opened: LayerSums | undefined
  const sums = () => {
    opened ??= orNullWithoutAddressSpace(() => openSums(layers, curves, plain)) ?? plain
    return opened
  }
  return {
    first: (input, start, end, into) => sums().first(input, start, end, into),
    others: others.map((_, at) => (input, into) => sums().others[at]?.(input, into)),
  }
}

/** Returns the bytes of the weights that a network's kernels hold a second time, and of the sums of curves. */
export function kernelBytes(layers: readonly DenseLayer[], curves: readonly Curve[] = []): number {
  const [first] = layers
  const curveBytes = first && usesKernel(first) ? keptSums(curves) * first.units * 8 : 0
  return layers.reduce(
    (bytes, layer) => bytes + (usesKernel(layer) ? layer.kernel.byteLength : 0),
    curveBytes,
  )
}

/** Returns the number of sums of first rows that are kept, of all curves together. */
function keptSums(curves: readonly Curve[]): number {
  return curves.reduce((sums, { length }) => sums + Math.floor(length / STRIDE), 0)
}

function usesKernel({ kernel, units }: DenseLayer): boolean {
  return units % 4 === 0 && kernel.byteLength <= MOST_WEIGHT_BYTES
}

/** Opens one memory for all layers of a network. Layers that use no kernel keep their plain sums. */
function openSums(layers: readonly DenseLayer[], curves: readonly Curve[], plain: LayerSums): LayerSums {
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
  const runsAt = layout.place(curves.length * RUN_NUMBERS * 4)
  const curvesAt = layout.place(keptSums(curves) * (layers[0]?.units ?? 0) * 8)
  const { exports, buffer } = openKernels(layout.bytes)
  const { addRuns, sumRows, sumDense } = Kernels.parse(exports)
  const indices = new Uint32Array(buffer, indicesAt, room)
  const values = new Float32Array(buffer, valuesAt, room)
  const inputs = new Float64Array(buffer, inputsAt, room)

  const opened = held.map((each) => {
    if (!each) return undefined
    const { layer, kernelAt, biasAt } = each
    new Float32Array(buffer, kernelAt).set(layer.kernel)
    new Float32Array(buffer, biasAt).set(layer.bias)
    const { units, kernel } = layer
    return { units, weights: kernel.length, kernelAt, biasAt, sums: new Float64Array(buffer, sumsAt, units) }
  })
  const openFirst = (): SparseSums => {
    const layer = opened[0]
    if (!layer) return plain.first
    const { units, kernelAt, biasAt, sums } = layer
    const sumOthers = (input: SparseInput, start: number, count: number) => {
      for (let at = 0; at < count; at++) {
        indices[at] = input.indices[start + at] as number
        values[at] = input.values[start + at] as number
      }
      sumRows(indicesAt, valuesAt, count, kernelAt, biasAt, units, sumsAt)
    }
    if (curves.length === 0)
      return (input, start, end, into) => {
        if (end - start > MOST_INPUTS) return plain.first(input, start, end, into)
        sumOthers(input, start, end - start)
        into.set(sums)
      }
    const kernel = new Float32Array(buffer, kernelAt, layer.weights)
    const kept = new Float64Array(buffer, curvesAt, keptSums(curves) * units)
    const keptFrom = fillCurveSums(curves, kernel, units, kept)
    const runs = new Uint32Array(buffer, runsAt, curves.length * RUN_NUMBERS)
    const split = runFinder(curves, MOST_INPUTS)
    return (input, start, end, into) => {
      const row = split(input, start, end)
      if (!row) return plain.first(input, start, end, into)
      sumOthers(row, 0, row.count)
      for (let run = 0; run < row.runs; run++) {
        const curve = row.curves[run] as number
        const length = row.lengths[run] as number
        const known = Math.floor(length / STRIDE)
        const firstRow = (curves[curve] as Curve).base + known * STRIDE
        runs[run * RUN_NUMBERS] = curvesAt + ((keptFrom[curve] as number) + known - 1) * units * 8
        runs[run * RUN_NUMBERS + 1] = kernelAt + firstRow * units * 4
        runs[run * RUN_NUMBERS + 2] = length - known * STRIDE
      }
      addRuns(runsAt, row.runs, units, sumsAt)
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

/**
 * Sets `into` to sums of the first rows of each curve, after each `STRIDE` rows, added one after the other. Returns for each curve how
 * many sums stand before its own.
 */
function fillCurveSums(
  curves: readonly Curve[],
  kernel: Float32Array,
  units: number,
  into: Float64Array,
): number[] {
  let kept = 0
  const sum = new Float64Array(units)
  return curves.map(({ base, length }) => {
    const before = kept
    sum.fill(0)
    for (let row = 0; row < length; row++) {
      addRow(kernel, base + row, sum)
      if ((row + 1) % STRIDE === 0) {
        into.set(sum, kept * units)
        kept += 1
      }
    }
    return before
  })
}

/** Adds a row of a kernel, which has as many columns as `into` has numbers. */
function addRow(kernel: Float32Array, row: number, into: Float64Array): void {
  const from = row * into.length
  for (let unit = 0; unit < into.length; unit++) into[unit] = (into[unit] ?? 0) + (kernel[from + unit] ?? 0)
}

/** Adds the runs of ones of a row: each run's own sum first, and then this. */
function addRuns(
  { kernel, units }: DenseLayer,
  row: SplitRow,
  curves: readonly Curve[],
  into: Float64Array,
): void {
  const sum = new Float64Array(units)
  for (let run = 0; run < row.runs; run++) {
    const { base } = curves[row.curves[run] as number] as Curve
    sum.fill(0)
    for (let at = 0; at < (row.lengths[run] as number); at++) addRow(kernel, base + at, sum)
    for (let unit = 0; unit < units; unit++) into[unit] = (into[unit] ?? 0) + (sum[unit] ?? 0)
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

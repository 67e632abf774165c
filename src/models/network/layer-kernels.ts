import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'
import { FEWEST_ONES, type RunsOf, type SplitRow } from './curve-runs.ts'
import { addRow } from './kernel-rows.ts'
import type { DenseSums, LayerSums, SparseSums } from './plain-sums.ts'
import type { Curve, DenseLayer, SparseInput } from './weights.ts'

/** Largest size of a layer's weights, in bytes, that are copied into a kernel's memory; larger ones are not held twice. */
const MOST_WEIGHT_BYTES = 4 * 2 ** 20
/** The sums of the first rows of a curve are kept after each so many rows. */
const STRIDE = FEWEST_ONES
/** Numbers of a run in a kernel's memory; kernels/forward.ts has their meaning. */
const RUN_NUMBERS = 3

const Kernels = z.object({
  addRuns: KernelFunction,
  sumRows: KernelFunction,
  sumDense: KernelFunction,
})

/** What the kernels of a network need beside its layers. */
interface Others {
  readonly curves: readonly Curve[]
  /** Takes runs of ones out of a row. Absent: there are no curves. */
  readonly runsOf: RunsOf | undefined
  /** The sums in JavaScript, of layers that use no kernel and of rows with too many inputs. */
  readonly plain: LayerSums
  /** Largest number of inputs of a row. */
  readonly mostInputs: number
}

/** A layer whose weights are in the kernels' memory. */
interface HeldLayer {
  readonly layer: DenseLayer
  readonly kernelAt: number
  readonly biasAt: number
}

/** Returns whether a layer's sums are computed by a kernel. */
export function usesKernel({ kernel, units }: DenseLayer): boolean {
  return units % 4 === 0 && kernel.byteLength <= MOST_WEIGHT_BYTES
}

/** Returns the bytes of the weights that a network's kernels hold a second time, and of the sums of curves. */
export function kernelBytes(layers: readonly DenseLayer[], curves: readonly Curve[] = []): number {
  return layers.reduce(
    (bytes, layer) => bytes + (usesKernel(layer) ? layer.kernel.byteLength : 0),
    keptBytes(layers[0], curves),
  )
}

/** Returns the bytes of the sums of curves, which are kept of a first layer that uses a kernel. */
function keptBytes(first: DenseLayer | undefined, curves: readonly Curve[]): number {
  if (!first || !usesKernel(first)) return 0
  const sums = curves.reduce((all, { length }) => all + Math.floor(length / STRIDE), 0)
  return sums * first.units * 8
}

/**
 * Opens one memory for all layers of a network. Layers that use no kernel keep their plain sums. Returns null if the process has no
 * address space for it.
 */
export function openLayerKernels(
  layers: readonly DenseLayer[],
  { curves, runsOf, plain, mostInputs }: Others,
): LayerSums | null {
  const layout = new MemoryLayout()
  const room = Math.max(mostInputs, ...layers.slice(1).map(({ inputs }) => inputs))
  const indicesAt = layout.place(room * 4)
  const valuesAt = layout.place(room * 8)
  const inputsAt = layout.place(room * 8)
  const sumsAt = layout.place(Math.max(...layers.map(({ units }) => units)) * 8)
  const held = layers.map((layer): HeldLayer | undefined => {
    if (!usesKernel(layer)) return undefined
    return {
      layer,
      kernelAt: layout.place(layer.kernel.byteLength),
      biasAt: layout.place(layer.bias.byteLength),
    }
  })
  const runsAt = layout.place(curves.length * RUN_NUMBERS * 4)
  const keptAt = layout.place(keptBytes(layers[0], curves))
  const opened = orNullWithoutAddressSpace(() => openKernels(layout.bytes))
  if (!opened) return null
  const { buffer } = opened
  const { addRuns, sumRows, sumDense } = Kernels.parse(opened.exports)
  for (const each of held) {
    if (!each) continue
    new Float32Array(buffer, each.kernelAt).set(each.layer.kernel)
    new Float32Array(buffer, each.biasAt).set(each.layer.bias)
  }

  const sumsOfFirst = ({ layer, kernelAt, biasAt }: HeldLayer): SparseSums => {
    const { kernel, units } = layer
    const indices = new Uint32Array(buffer, indicesAt, room)
    const values = new Float32Array(buffer, valuesAt, room)
    const sums = new Float64Array(buffer, sumsAt, units)
    const kept = new Float64Array(buffer, keptAt, keptBytes(layer, curves) / 8)
    const keptFrom = fillCurveSums(curves, kernel, units, kept)
    const runs = new Uint32Array(buffer, runsAt, curves.length * RUN_NUMBERS)
    const sumInputs = (input: SparseInput, start: number, count: number) => {
      for (let at = 0; at < count; at++) {
        indices[at] = input.indices[start + at] as number
        values[at] = input.values[start + at] as number
      }
      sumRows(indicesAt, valuesAt, count, kernelAt, biasAt, units, sumsAt)
    }
    const sumRuns = (row: SplitRow) => {
      for (let run = 0; run < row.runs; run++) {
        const curve = row.curves[run] as number
        const length = row.lengths[run] as number
        const known = Math.floor(length / STRIDE)
        const firstRow = (curves[curve] as Curve).base + known * STRIDE
        runs[run * RUN_NUMBERS] = keptAt + ((keptFrom[curve] as number) + known - 1) * units * 8
        runs[run * RUN_NUMBERS + 1] = kernelAt + firstRow * units * 4
        runs[run * RUN_NUMBERS + 2] = length - known * STRIDE
      }
      addRuns(runsAt, row.runs, units, sumsAt)
    }
    return (input, start, end, into) => {
      if (end - start > mostInputs) return plain.first(input, start, end, into)
      const row = runsOf?.(input, start, end)
      if (row) {
        sumInputs(row, 0, row.count)
        sumRuns(row)
      } else sumInputs(input, start, end - start)
      into.set(sums)
    }
  }
  const sumsOfOther = ({ layer, kernelAt, biasAt }: HeldLayer): DenseSums => {
    const { units } = layer
    const inputs = new Float64Array(buffer, inputsAt, room)
    const sums = new Float64Array(buffer, sumsAt, units)
    return (input, into) => {
      inputs.set(input)
      sumDense(inputsAt, input.length, indicesAt, valuesAt, kernelAt, biasAt, units, sumsAt)
      into.set(sums)
    }
  }
  const [first, ...others] = held
  return {
    first: first ? sumsOfFirst(first) : plain.first,
    others: plain.others.map((slow, at) => {
      const own = others[at]
      return own ? sumsOfOther(own) : slow
    }),
  }
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
      addRow(sum, kernel, base + row, 1)
      if ((row + 1) % STRIDE === 0) {
        into.set(sum, kept * units)
        kept += 1
      }
    }
    return before
  })
}

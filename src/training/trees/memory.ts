import { z } from 'zod'
import { FitserveError } from '../../errors.ts'
import type { SparseRows } from '../../models/encoders/sparse-row.ts'
import { type BinnedFeature, binMatrix } from '../../models/trees/forest.ts'
import {
  HOW_TO_GET_ROOM,
  KernelFunction,
  MAX_BYTES,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'

/** The exports of kernels/trees.ts, which documents them. */
const Kernels = z.object({
  treeHistogram: KernelFunction,
  treeCounts: KernelFunction,
  treeSubtract: KernelFunction,
  treeSubtractCounts: KernelFunction,
  treeDivide: KernelFunction,
})

/** Bytes of a bin in a histogram: the sums of its rows' gradients and second derivatives. */
const PAIR_BYTES = 16
const COUNT_BYTES = 4
/** Columns that are summed in one pass over the rows: their histograms stay in the cache of a core. */
const COLUMNS_AT_ONCE = 64

/** The arrays of a fit in the memory of the kernels, and what the kernels do with them. */
export interface TreeMemory {
  readonly rows: number
  /** Place of each feature's first bin in a histogram; behind the last, the number of all bins. */
  readonly firstBin: Uint32Array
  /** Bins of the training rows, row-major. */
  readonly bins: Uint8Array
  /** For each training row its gradient, then its second derivative. */
  readonly gradients: Float64Array
  /** Row numbers; each leaf of a growing tree has a part. */
  readonly order: Uint32Array
  /** Returns a histogram: pairs of sums by bin. */
  histogram(slot: number): Float64Array
  /** Returns the rows by bin. Empty where the second derivatives are all 1, so that their sums count the rows. */
  counts(slot: number): Uint32Array
  /** Sets a histogram to the sums over `order` from `start` to `end`, for some features. */
  sum(slot: number, features: readonly number[], start: number, end: number): void
  /** Takes a part's histogram away from the whole one's. */
  subtract(whole: number, part: number): void
  /**
   * Divides `order` from `start` to `end` by a feature: rows whose bin goes left come first. @returns where the others begin
   * @param isLeft for each bin 1 or 0
   */
  divide(feature: number, isLeft: Uint8Array, start: number, end: number): number
}

/**
 * Lays out the memory of a fit.
 * @param slots number of histograms
 * @param counted whether rows are counted beside the sums
 * @throws FitserveError `training-failed` above 4 GiB, `out-of-memory`
 */
export function openTreeMemory(
  rows: SparseRows,
  features: readonly BinnedFeature[],
  { slots, counted }: { slots: number; counted: boolean },
): TreeMemory {
  const count = rows.rows
  const stride = features.length
  const firstBin = new Uint32Array(stride + 1)
  for (const [at, { bins }] of features.entries()) firstBin[at + 1] = (firstBin[at] ?? 0) + bins
  const total = firstBin[stride] ?? 0
  const layout = new MemoryLayout()
  const binsAt = layout.place(count * stride)
  const gradientsAt = layout.place(count * PAIR_BYTES)
  const orderAt = layout.place(count * 4)
  const scratchAt = layout.place(count * 4)
  const columnsAt = layout.place(stride * 8)
  const isLeftAt = layout.place(256)
  const slotAt = Array.from({ length: slots }, () => layout.place(total * PAIR_BYTES))
  const countsAt = Array.from({ length: counted ? slots : 0 }, () => layout.place(total * COUNT_BYTES))
  const { kernels, buffer } = opened(layout)
  const bins = new Uint8Array(buffer, binsAt, count * stride)
  binMatrix(rows, stride, bins)
  const columns = new Uint32Array(buffer, columnsAt, stride * 2)
  const goesLeft = new Uint8Array(buffer, isLeftAt, 256)
  const histograms = slotAt.map((at) => new Float64Array(buffer, at, total * 2))
  const rowCounts = countsAt.map((at) => new Uint32Array(buffer, at, total))
  const histogram = (slot: number) => histograms[slot] ?? new Float64Array()
  const counts = (slot: number) => rowCounts[slot] ?? new Uint32Array()
  return {
    rows: count,
    firstBin,
    bins,
    gradients: new Float64Array(buffer, gradientsAt, count * 2),
    order: new Uint32Array(buffer, orderAt, count),
    histogram,
    counts,
    sum(slot, chosen, start, end) {
      for (const [at, feature] of chosen.entries()) {
        columns[at * 2] = feature
        columns[at * 2 + 1] = (firstBin[feature] ?? 0) * PAIR_BYTES
      }
      histogram(slot).fill(0)
      if (counted) counts(slot).fill(0)
      const from = orderAt + start * 4
      for (let column = 0; column < chosen.length; column += COLUMNS_AT_ONCE) {
        const list = columnsAt + column * 8
        const width = Math.min(COLUMNS_AT_ONCE, chosen.length - column)
        kernels.treeHistogram(binsAt, stride, from, end - start, gradientsAt, list, width, slotAt[slot] ?? 0)
        if (counted) kernels.treeCounts(binsAt, stride, from, end - start, list, width, countsAt[slot] ?? 0)
      }
    },
    subtract(whole, part) {
      kernels.treeSubtract(slotAt[whole] ?? 0, slotAt[part] ?? 0, total)
      if (counted) kernels.treeSubtractCounts(countsAt[whole] ?? 0, countsAt[part] ?? 0, total)
    },
    divide(feature, isLeft, start, end) {
      goesLeft.set(isLeft)
      const from = orderAt + start * 4
      return start + kernels.treeDivide(binsAt + feature, stride, from, end - start, isLeftAt, scratchAt)
    },
  }
}

function opened(layout: MemoryLayout) {
  const mb = Math.ceil(layout.bytes / 2 ** 20).toLocaleString('en')
  if (layout.bytes > MAX_BYTES)
    throw new FitserveError(
      'training-failed',
      `The trees' rows and sums take ${mb} MB, and at most 4,096 MB can be used. Use fewer leaves in recipe.network, smaller recipe.bins, fewer inputs or fewer rows.`,
    )
  const memory = orNullWithoutAddressSpace(() => openKernels(layout.bytes))
  if (!memory)
    throw new FitserveError(
      'out-of-memory',
      `The trees' rows and sums take ${mb} MB in WebAssembly, for which the job's process has no memory or no address space. Fewer leaves and smaller recipe.bins need less. ${HOW_TO_GET_ROOM}`,
    )
  return { kernels: Kernels.parse(memory.exports), buffer: memory.buffer }
}

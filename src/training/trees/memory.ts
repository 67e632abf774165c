import { FitserveError } from '../../errors.ts'
import type { SparseRows } from '../../models/encoders/sparse-row.ts'
import { type BinnedFeature, binMatrix, LEAF } from '../../models/trees/forest.ts'
import {
  HOW_TO_GET_ROOM,
  MAX_BYTES,
  MemoryLayout,
  orNullWithoutAddressSpace,
  type SharedMemory,
  sharedMemory,
} from '../../runtime/kernel-memory.ts'
import { treeKernels } from './kernels.ts'
import { CONTROL_WORDS, type SumTask, sumTask, sumTogether } from './sum-tasks.ts'

/** Bytes of a bin in a histogram: the sums of its rows' gradients and second derivatives. */
const PAIR_BYTES = 16
const COUNT_BYTES = 4
/** Columns of a group, which the kernel sums together. */
const GROUP = 4
/** 32-bit numbers of a group's entry: see `treeHistogram`. */
const GROUP_WORDS = 3
/** Groups that are summed in one pass over the rows, at most: their histograms stay in the cache of a core. */
const GROUPS_AT_ONCE = 16
/** Cells that are summed by one thread alone, at most: others would not be awake in time. */
const ALONE = 50_000
/** 32-bit numbers of a node: see `treeWalk`. */
const NODE_WORDS = 4
/** Bytes that say for each bin whether it goes left. */
const SIDES = 256
/** Share of the rows from which a leaf's rows are near each other. */
const NEAR = 0.4

/** A node of a tree: a column and the number of the left child, or a leaf with an answer. */
export interface TreeNode {
  readonly feature: number
  readonly left: number
  readonly answer: number
}

/** The arrays of a fit in the memory of the kernels, and what the kernels do with them. */
export interface TreeMemory {
  readonly rows: number
  /** Place of each feature's first bin in a histogram. */
  readonly firstBin: Uint32Array
  /** For each training row its gradient, then its second derivative. */
  readonly gradients: Float64Array
  /** The sums of the trees so far, shape [rows, outputs]. */
  readonly sums: Float64Array
  /** The same of the validation rows. */
  readonly heldSums: Float64Array
  /** Row numbers; each leaf of a growing tree has a part. */
  readonly order: Uint32Array
  /** What other threads need to help with `sum`; `control` is an address in the memory. */
  readonly shared: { readonly memory: SharedMemory; readonly control: number }
  /** Returns a histogram: pairs of sums by bin. */
  histogram(slot: number): Float64Array
  /** Returns the rows by bin. Empty where the second derivatives are all 1, so that their sums count the rows. */
  counts(slot: number): Uint32Array
  /** Sets a histogram to the sums over `order` from `start` to `end`, at least for some features. */
  sum(slot: number, features: readonly number[], start: number, end: number): void
  /** Returns the sums of gradients and second derivatives of the first rows of `order`. */
  total(rows: number): { gradient: number; curvature: number }
  /** Takes a part's histogram away from the whole one's. */
  subtract(whole: number, part: number): void
  /** Says of a node of the newest tree which bins go left. @param isLeft for each of 256 bins 1 or 0 */
  setSides(node: number, isLeft: Uint8Array): void
  /**
   * Divides `order` from `start` to `end` by a node's feature: rows whose bin goes left come first. Returns where the others
   * begin.
   */
  divide(node: number, feature: number, start: number, end: number): number
  /** Adds a leaf's answer to the sums of the rows in `order` from `start` to `end`. */
  answer(output: number, value: number, start: number, end: number): void
  /** Adds the newest tree's answers to the sums of the rows in `order` from `start` on, and of the validation rows. */
  walk(output: number, nodes: readonly TreeNode[], start: number): void
}

/** Sizes of a fit's memory. */
interface TreeSizes {
  /** Number of leaves of a tree, at most. */
  readonly leaves: number
  readonly outputs: number
  /** Whether rows are counted beside the sums. */
  readonly counted: boolean
  /** Threads that sum, with the calling one. */
  readonly threads: number
}

/**
 * Lays out the memory of a fit.
 * @param held the validation rows
 * @throws FitserveError `training-failed` above 4 GiB, `out-of-memory`
 */
export function openTreeMemory(
  { training, held }: { training: SparseRows; held: SparseRows | null },
  features: readonly BinnedFeature[],
  { leaves, outputs, counted, threads }: TreeSizes,
): TreeMemory {
  const count = training.rows
  const heldCount = held?.rows ?? 0
  const groups = Math.ceil(features.length / GROUP)
  const stride = groups * GROUP
  const { firstBin, groupBins, total } = placesOf(features, groups)
  const slots = leaves + 1
  const nodes = 2 * leaves - 1
  const layout = new MemoryLayout()
  const controlAt = layout.place(CONTROL_WORDS * 4)
  const totalAt = layout.place(PAIR_BYTES)
  const groupsAt = layout.place(groups * GROUP_WORDS * 4)
  const nodesAt = layout.place(nodes * NODE_WORDS * 4)
  const sidesAt = layout.place(nodes * SIDES)
  const binsAt = layout.place(count * stride)
  const columnsAt = layout.place(count * features.length)
  const heldAt = layout.place(heldCount * stride)
  const gradientsAt = layout.place(count * PAIR_BYTES)
  const sumsAt = layout.place(count * outputs * 8)
  const heldSumsAt = layout.place(heldCount * outputs * 8)
  const orderAt = layout.place(count * 4)
  const scratchAt = layout.place(count * 4)
  const slotAt = Array.from({ length: slots }, () => layout.place(total * PAIR_BYTES))
  const countsAt = Array.from({ length: counted ? slots : 0 }, () => layout.place(total * COUNT_BYTES))
  const memory = opened(layout)
  const kernels = treeKernels(memory)
  const { buffer } = memory

  const bins = binMatrix(training, stride, new Uint8Array(buffer, binsAt, count * stride))
  if (held) binMatrix(held, stride, new Uint8Array(buffer, heldAt, heldCount * stride))
  copyColumns(bins, stride, new Uint8Array(buffer, columnsAt, count * features.length), count)
  const entries = new Uint32Array(buffer, groupsAt, groups * GROUP_WORDS)
  const control = new Int32Array(buffer, controlAt, CONTROL_WORDS)
  const sides = new Uint8Array(buffer, sidesAt, nodes * SIDES)
  const nodeWords = new Uint32Array(buffer, nodesAt, nodes * NODE_WORDS)
  const nodeAnswers = new Float64Array(buffer, nodesAt, (nodes * NODE_WORDS) / 2)
  const sumOf = new Float64Array(buffer, totalAt, 2)
  const histograms = slotAt.map((at) => new Float64Array(buffer, at, total * 2))
  const rowCounts = countsAt.map((at) => new Uint32Array(buffer, at, total))
  const histogram = (slot: number) => histograms[slot] ?? new Float64Array()
  const counts = (slot: number) => rowCounts[slot] ?? new Uint32Array()

  /** Writes the entries of the groups with one of these features; returns how many there are. */
  const chooseGroups = (chosen: readonly number[]) => {
    let width = 0
    let last = -1
    for (const feature of chosen) {
      const group = Math.floor(feature / GROUP)
      if (group === last) continue
      last = group
      entries[width * GROUP_WORDS] = group * GROUP
      entries[width * GROUP_WORDS + 1] = (firstBin[group * GROUP] ?? 0) * PAIR_BYTES
      entries[width * GROUP_WORDS + 2] = (groupBins[group] ?? 0) * PAIR_BYTES
      width += 1
    }
    return width
  }
  return {
    rows: count,
    firstBin,
    gradients: new Float64Array(buffer, gradientsAt, count * 2),
    sums: new Float64Array(buffer, sumsAt, count * outputs),
    heldSums: new Float64Array(buffer, heldSumsAt, heldCount * outputs),
    order: new Uint32Array(buffer, orderAt, count),
    shared: { memory, control: controlAt },
    histogram,
    counts,
    sum(slot, chosen, start, end) {
      histogram(slot).fill(0)
      if (counted) counts(slot).fill(0)
      const width = chooseGroups(chosen)
      const cells = (end - start) * width * GROUP
      const shared = {
        bins: binsAt,
        stride,
        rows: orderAt + start * 4,
        count: end - start,
        gradients: gradientsAt,
        histogram: slotAt[slot] ?? 0,
        counts: countsAt[slot] ?? 0,
        apart: end - start < NEAR * count,
      }
      if (threads === 1 || cells <= ALONE)
        for (const task of tasksOf(width, 1, groupsAt)) sumTask(kernels, shared, task)
      else sumTogether(control, kernels, shared, tasksOf(width, threads, groupsAt))
    },
    total(rows) {
      kernels.treeTotal(orderAt, rows, gradientsAt, totalAt)
      return { gradient: sumOf[0] ?? 0, curvature: sumOf[1] ?? 0 }
    },
    subtract(whole, part) {
      kernels.treeSubtract(slotAt[whole] ?? 0, slotAt[part] ?? 0, total)
      if (counted) kernels.treeSubtractCounts(countsAt[whole] ?? 0, countsAt[part] ?? 0, total)
    },
    setSides(node, isLeft) {
      sides.set(isLeft, node * SIDES)
    },
    divide(node, feature, start, end) {
      const from = orderAt + start * 4
      const own = sidesAt + node * SIDES
      return start + kernels.treeDivide(columnsAt + feature * count, from, end - start, own, scratchAt)
    },
    answer(output, value, start, end) {
      kernels.treeAnswer(orderAt + start * 4, end - start, value, sumsAt + output * 8, outputs * 8)
    },
    walk(output, tree, start) {
      for (const [node, { feature, left, answer }] of tree.entries()) {
        nodeWords[node * NODE_WORDS] = feature === LEAF ? 0xffffffff : feature
        nodeWords[node * NODE_WORDS + 1] = left
        nodeAnswers[(node * NODE_WORDS) / 2 + 1] = answer
      }
      const walkOver = (from: number, list: number, length: number, into: number) =>
        kernels.treeWalk(from, stride, list, length, nodesAt, sidesAt, into + output * 8, outputs * 8)
      walkOver(binsAt, orderAt + start * 4, count - start, sumsAt)
      walkOver(heldAt, 0, heldCount, heldSumsAt)
    },
  }
}

/** Returns where each feature's bins begin in a histogram: in a group all have room for as many. */
function placesOf(features: readonly BinnedFeature[], groups: number) {
  const groupBins = Uint32Array.from({ length: groups }, (_, group) =>
    Math.max(...features.slice(group * GROUP, (group + 1) * GROUP).map(({ bins }) => bins)),
  )
  const firstBin = new Uint32Array(groups * GROUP)
  let total = 0
  for (const [group, bins] of groupBins.entries())
    for (let column = 0; column < GROUP; column++) {
      firstBin[group * GROUP + column] = total
      total += bins
    }
  return { firstBin, groupBins, total }
}

/** Divides groups among threads, and into passes over the rows. @param groupsAt address of the first one's entry */
function tasksOf(groups: number, threads: number, groupsAt: number): SumTask[] {
  const tasks = Math.max(Math.min(threads, groups), Math.ceil(groups / GROUPS_AT_ONCE))
  return Array.from({ length: tasks }, (_, task) => {
    const from = Math.floor((task * groups) / tasks)
    const width = Math.floor(((task + 1) * groups) / tasks) - from
    return { groups: groupsAt + from * GROUP_WORDS * 4, width }
  })
}

/** Copies a row-major matrix column by column. */
function copyColumns(bins: Uint8Array, stride: number, into: Uint8Array, rows: number): void {
  const columns = rows === 0 ? 0 : into.length / rows
  // Some rows at once, whose lines of the cache are read for all columns.
  for (let from = 0; from < rows; from += 64)
    for (let column = 0; column < columns; column++)
      for (let row = from; row < Math.min(rows, from + 64); row++)
        into[column * rows + row] = bins[row * stride + column] ?? 0
}

function opened(layout: MemoryLayout): SharedMemory {
  const mb = Math.ceil(layout.bytes / 2 ** 20).toLocaleString('en')
  if (layout.bytes > MAX_BYTES)
    throw new FitserveError(
      'training-failed',
      `The trees' rows and sums take ${mb} MB, and at most 4,096 MB can be used. Use fewer leaves in recipe.network, smaller recipe.bins, fewer inputs or fewer rows.`,
    )
  const memory = orNullWithoutAddressSpace(() => sharedMemory(layout.bytes))
  if (!memory)
    throw new FitserveError(
      'out-of-memory',
      `The trees' rows and sums take ${mb} MB in WebAssembly, for which the job's process has no memory or no address space. Fewer leaves and smaller recipe.bins need less. ${HOW_TO_GET_ROOM}`,
    )
  return memory
}

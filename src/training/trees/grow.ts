import type { BinnedFeature } from '../../models/trees/forest.ts'
import type { Trees } from '../../recipe/index.ts'
import type { ForestBuilder } from './forest-builder.ts'
import type { TreeMemory } from './memory.ts'
import { bestSplit, type Split, type Sums } from './splits.ts'

/** A leaf of a growing tree: its node, and its rows in the order of the memory. */
export interface Leaf {
  readonly node: number
  readonly start: number
  readonly end: number
  readonly sums: Sums
}

interface OpenLeaf extends Leaf {
  readonly depth: number
  /** Number of its histogram. */
  readonly slot: number
  readonly split: Split
}

/**
 * Grows one tree, the leaf of the largest gain first, and adds its nodes to `into`.
 * @param rows number of rows to grow on: the first ones of `memory.order`
 * @param chosen features that it may use
 * @returns its leaves, in the order of their nodes
 */
export function growTree(
  memory: TreeMemory,
  features: readonly BinnedFeature[],
  options: Pick<Trees, 'leaves' | 'depth' | 'minRows' | 'l2'>,
  { rows, chosen }: { rows: number; chosen: readonly number[] },
  into: ForestBuilder,
): Leaf[] {
  const { leaves: most, depth: deepest, minRows, l2 } = options
  const free = Array.from({ length: most + 1 }, (_, slot) => slot).reverse()
  const open: OpenLeaf[] = []
  const done: Leaf[] = []
  /** Looks for the leaf's split; a leaf without one is done. */
  const consider = (leaf: Leaf & { depth: number }, slot: number) => {
    const histogram = {
      firstBin: memory.firstBin,
      pairs: memory.histogram(slot),
      counts: memory.counts(slot),
    }
    const split = mayDivide(leaf) ? bestSplit(histogram, features, chosen, leaf.sums, { minRows, l2 }) : null
    if (split) open.push({ ...leaf, slot, split })
    else {
      done.push(leaf)
      free.push(slot)
    }
  }
  const mayDivide = ({ sums, depth }: { sums: Sums; depth: number }) =>
    sums.rows >= 2 * minRows && depth < (deepest ?? Number.POSITIVE_INFINITY)

  into.beginTree()
  const first = free.pop() ?? 0
  memory.sum(first, chosen, 0, rows)
  const whole = { ...memory.total(rows), rows }
  const root = into.addLeaf(rows)
  consider({ node: root, start: 0, end: rows, sums: whole, depth: 0 }, first)
  while (open.length > 0 && open.length + done.length < most) {
    const leaf = takeBest(open)
    const { split, slot, depth, sums } = leaf
    memory.setSides(leaf.node - root, leftBins(split, features))
    const middle = memory.divide(leaf.node - root, split.feature, leaf.start, leaf.end)
    const right: Sums = {
      gradient: sums.gradient - split.left.gradient,
      curvature: sums.curvature - split.left.curvature,
      rows: leaf.end - middle,
    }
    const node = into.divide(leaf.node, split, [middle - leaf.start, leaf.end - middle])
    const parts = [
      {
        node,
        start: leaf.start,
        end: middle,
        sums: { ...split.left, rows: middle - leaf.start },
        depth: depth + 1,
      },
      { node: node + 1, start: middle, end: leaf.end, sums: right, depth: depth + 1 },
    ] as const
    const isLast = open.length + done.length + 2 >= most
    if (isLast || !parts.some(mayDivide)) {
      done.push(...parts)
      free.push(slot)
      continue
    }
    const [small, large] = parts[0].sums.rows <= right.rows ? parts : [parts[1], parts[0]]
    const other = free.pop() ?? 0
    memory.sum(other, chosen, small.start, small.end)
    // What the small part has not is the large one's: half of the additions, or fewer.
    memory.subtract(slot, other)
    consider(small, other)
    consider(large, slot)
  }
  return [...done, ...open].sort((a, b) => a.node - b.node)
}

/** Takes the leaf of the largest gain out; of equal ones the oldest. */
function takeBest(open: OpenLeaf[]): OpenLeaf {
  let best = 0
  for (let at = 1; at < open.length; at++)
    if ((open[at]?.split.gain ?? 0) > (open[best]?.split.gain ?? 0)) best = at
  const [leaf] = open.splice(best, 1)
  if (!leaf) throw new RangeError('no leaf')
  return leaf
}

/** Returns for each bin 1 if it goes left, else 0. */
function leftBins({ bins, gapLeft, feature }: Split, features: readonly BinnedFeature[]): Uint8Array {
  const isLeft = new Uint8Array(256)
  if (typeof bins === 'number') isLeft.fill(1, 1, bins + 1)
  else for (const bin of bins) isLeft[bin] = 1
  if (!features[feature]?.categorical) isLeft[0] = gapLeft ? 1 : 0
  return isLeft
}

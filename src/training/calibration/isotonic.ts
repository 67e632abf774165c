import { type CalibrationCurve, MOST_POINTS } from '../../models/calibration.ts'
import type { BinaryRows } from './weighted-rows.ts'

/** Neighbouring rows in order of their logits, which get one common value. */
interface Block {
  rows: number
  /** Sum of the rows' weights, of those times their logits, and of those of the class alone. */
  weight: number
  logits: number
  positives: number
}

/**
 * Returns the increasing step function with the least squared error (pool adjacent violators, Barlow et al. 1972): for each
 * row, in the rows' order, the share of the class in its block. Rows with equal logits share a block; rows of weight 0 get 0.
 */
export function isotonicShares(rows: BinaryRows): Float64Array {
  const { order, blocks } = pooledRows(rows)
  const shares = new Float64Array(rows.truth.length)
  let at = 0
  for (const { weight, positives, rows: size } of blocks)
    for (const end = at + size; at < end; at++) shares[order[at] ?? 0] = positives / weight
  return shares
}

/**
 * Returns the same as a curve that keeps rows in order which the step function would make equal: it goes straight from one
 * block's mean logit to the next one's. A block counts half a row of either class more, so that no probability becomes 0 or
 * 1. Null without rows.
 */
export function isotonicCurve(rows: BinaryRows): CalibrationCurve | null {
  const { order, blocks } = pooledRows(rows)
  if (blocks.length === 0) return null
  const half = (0.5 * blocks.reduce((sum, { weight }) => sum + weight, 0)) / order.length
  const oddsOf = ({ weight, positives }: Block) => Math.log((positives + half) / (weight - positives + half))
  // Half a row more may put small blocks out of order again.
  const inOrder = (parts: readonly Block[]) => pooled(parts, (left, right) => oddsOf(left) >= oddsOf(right))
  const all = inOrder(blocks)
  const kept = all.length > MOST_POINTS ? inOrder(fewer(all, oddsOf)) : all
  return { at: kept.map(({ logits, weight }) => logits / weight), of: kept.map(oddsOf) }
}

function pooledRows({ logits, truth, weights }: BinaryRows): { order: Uint32Array; blocks: Block[] } {
  const order = Uint32Array.from({ length: truth.length }, (_, row) => row)
    .filter((row) => (weights?.[row] ?? 1) > 0)
    .sort((a, b) => (logits[a] ?? 0) - (logits[b] ?? 0))
  const ties: Block[] = []
  let last: number | undefined
  for (const row of order) {
    const weight = weights?.[row] ?? 1
    const logit = logits[row] ?? 0
    const own = { rows: 1, weight, logits: logit * weight, positives: truth[row] === 1 ? weight : 0 }
    const tie = ties.at(-1)
    if (tie && logit === last) ties[ties.length - 1] = joined(tie, own)
    else ties.push(own)
    last = logit
  }
  const violates = (left: Block, right: Block) =>
    left.positives * right.weight >= right.positives * left.weight
  return { order, blocks: pooled(ties, violates) }
}

/** Joins neighbours until none violates the order. */
function pooled(parts: readonly Block[], violates: (left: Block, right: Block) => boolean): Block[] {
  const blocks: Block[] = []
  for (const part of parts) {
    let own = part
    for (let left = blocks.at(-1); left && violates(left, own); left = blocks.at(-1)) {
      blocks.pop()
      own = joined(left, own)
    }
    blocks.push(own)
  }
  return blocks
}

/** Joins neighbours whose values are close to each other, so that at most `MOST_POINTS` are left. */
function fewer(blocks: readonly Block[], oddsOf: (block: Block) => number): Block[] {
  const values = blocks.map(oddsOf)
  const step = ((values.at(-1) ?? 0) - (values[0] ?? 0)) / (MOST_POINTS - 1)
  const groups: Block[] = []
  let from = Number.NEGATIVE_INFINITY
  for (const [at, block] of blocks.entries()) {
    const group = groups.at(-1)
    const value = values[at] ?? 0
    if (group && value < from + step) groups[groups.length - 1] = joined(group, block)
    else {
      groups.push(block)
      from = value
    }
  }
  return groups
}

function joined(left: Block, right: Block): Block {
  return {
    rows: left.rows + right.rows,
    weight: left.weight + right.weight,
    logits: left.logits + right.logits,
    positives: left.positives + right.positives,
  }
}

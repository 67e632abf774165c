import { nodesOfEpoch, type Trees } from './network.ts'

/** What the time and memory of trees follow from. */
interface TreesShape {
  rows: number
  features: number
  outputs: number
  /** Of all fits together. */
  epochs: number
}

/*
 * Figures were measured on the machine of estimate.ts.
 */
/** Time to add a row to the sums of one column. */
const SUM_NS = 0.8
/** Time to divide a row, to derive its loss and to add an answer. */
const ROW_NS = 8
/** Time to look at one bin of a leaf. */
const BIN_NS = 5
/** Bins of a column. */
const BINS = 256
/** Bytes of a row beside its columns: gradients, sums and row numbers. */
const ROW_BYTES = 40
/** Bytes of a row's column: its bin, by rows and by columns, and the number that it was encoded as before. */
const CELL_BYTES = 11
const NODE_BYTES = 28
const BIN_BYTES = 20

/** Returns the number of times that a row is added to the sums of a tree: half of the rows at each level of a deep tree. */
function passes({ leaves }: Trees): number {
  return 1 + Math.log2(leaves) / 2
}

/** Returns the seconds of growing trees. */
export function treeSeconds(trees: Trees, { rows, features, outputs, epochs }: TreesShape): number {
  const used = Math.max(1, features * trees.featureShare)
  const grown = rows * trees.rowShare
  const ns =
    grown * passes(trees) * used * SUM_NS +
    rows * (1 + Math.log2(trees.leaves)) * ROW_NS +
    Math.min(2 * trees.leaves, (2 * grown) / trees.minRows) * used * BINS * BIN_NS
  return (epochs * outputs * ns) / 1e9
}

/** Returns the megabytes that growing trees takes. */
export function treeMegabytes(trees: Trees, { rows, features, outputs, epochs }: TreesShape): number {
  const sums = features * BINS * BIN_BYTES * (trees.leaves + 1)
  const nodes = epochs * nodesOfEpoch(trees, outputs) * NODE_BYTES
  return (rows * (features * CELL_BYTES + ROW_BYTES * outputs) + sums + nodes) / 1e6
}

import type { SparseRow } from '../encoders/sparse-row.ts'
import { treeContributions } from '../trees/contributions.ts'
import { type Forest, sumTrees } from '../trees/forest.ts'
import type { RowDifference } from './difference.ts'
import type { MemberExplainer } from './member.ts'

/**
 * Explains trees, exactly: along its path through each tree, a row leaves the mean answer of all training rows for that of
 * ever fewer of them, and each step belongs to the feature that it looks at. There is no empty row.
 */
export function treesExplainer(forest: Forest): MemberExplainer {
  const { first = 0 } = forest
  const bins = new Uint8Array(forest.features)
  const sums = new Float64Array(forest.outputs)
  const read = ({ indices, values }: RowDifference) => {
    bins.fill(0)
    for (let at = 0; at < indices.length; at++) {
      const feature = (indices[at] ?? 0) - first
      if (feature >= 0) bins[feature] = values[at] ?? 0
    }
  }
  return {
    base: treeContributions(forest, bins).base,
    logits(row) {
      read(row)
      sumTrees(forest, bins, 0, sums)
      return sums
    },
    *contributions(row, weights) {
      read(row)
      const { values } = treeContributions(forest, bins)
      return Float64Array.from(row.indices, (position) => {
        const feature = position - first
        if (feature < 0) return 0
        return weights.reduce(
          (sum, weight, output) => sum + weight * (values[output * forest.features + feature] ?? 0),
          0,
        )
      })
    },
  }
}

/** Returns all bins of an encoded row: to trees a gap tells as much as a value. */
export function binsOfRow({ indices, values, length }: SparseRow): RowDifference {
  return { indices: indices.slice(0, length), values: Float64Array.from(values.subarray(0, length)) }
}

import { type Forest, goesLeft, LEAF } from './forest.ts'

/** The contributions of features to the sums of trees for one row. */
export interface TreeContributions {
  /** What is answered before any split, by output: the mean over the training rows. */
  readonly base: Float64Array
  /** Shape [outputs, features]. With `base` they add up to the sums of the outputs, before the activation. */
  readonly values: Float64Array
}

/**
 * Returns how a row comes to its answer, exactly: each split on its path adds the difference between the mean answer
 * below it and that of the node itself to the feature that it looks at (Saabas 2014; LightGBM's and scikit-learn's
 * trees are read alike).
 * @param bins a bin for each feature
 */
export function treeContributions(forest: Forest, bins: Uint8Array): TreeContributions {
  const { features, outputs, feature, left, value, roots } = forest
  const base = forest.base.slice()
  const values = new Float64Array(outputs * features)
  for (const [tree, root] of roots.entries()) {
    const output = tree % outputs
    base[output] = (base[output] ?? 0) + (value[root] ?? 0)
    let node = root
    for (let column = feature[node] ?? LEAF; column !== LEAF; column = feature[node] ?? LEAF) {
      const next = (left[node] ?? 0) + (goesLeft(forest, node, bins[column] ?? 0) ? 0 : 1)
      const place = output * features + column
      values[place] = (values[place] ?? 0) + (value[next] ?? 0) - (value[node] ?? 0)
      node = next
    }
  }
  return { base, values }
}

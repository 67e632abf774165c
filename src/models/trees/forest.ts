/** One number of a row as trees see it: the number of a bin. */
export interface BinnedFeature {
  /** Number of bins, with that of gaps. */
  readonly bins: number
  /** True if the bins have no order, so that a split divides them into two sets. */
  readonly categorical: boolean
}

/** Marks a leaf in `Forest.feature`. */
export const LEAF = -1
/** Words of 32 bits in a set of bins. */
export const SET_WORDS = 8

/**
 * Gradient-boosted trees in flat arrays. The nodes of all trees stand one behind the other, each tree from its root on, and
 * a node before its children. A row has a bin for each feature (see `encoders/bins.ts`).
 */
export interface Forest {
  /** Number of features of a row. */
  readonly features: number
  /** Position of the first feature in an encoded row, behind the inputs of networks. Absent: there are none, and it is 0. */
  readonly first?: number | undefined
  /** Outputs of a row: 1, or the number of classes, labels or targets. */
  readonly outputs: number
  /** What turns sums into answers. */
  readonly activation: 'linear' | 'sigmoid' | 'softmax'
  /** Where the sum of each output begins. */
  readonly base: Float64Array
  /** First node of each tree. Tree t adds to output t mod `outputs`. */
  readonly roots: Uint32Array
  /** For each node the feature to look at, or `LEAF`. */
  readonly feature: Int32Array
  /** For each node the child on the left; the one on the right follows it. 0 for a leaf. */
  readonly left: Uint32Array
  /**
   * For each node the largest bin that goes left, or `IN_SET` plus the number of its set in `sets`. A gap, bin 0, goes
   * left unless `GAP_RIGHT` is added.
   */
  readonly split: Uint32Array
  /** Sets of bins that go left, 256 bits each. */
  readonly sets: Uint32Array
  /** For each node the mean of its leaves' values by training rows; for a leaf what it adds to the sum. */
  readonly value: Float64Array
  /** For each node its training rows. */
  readonly rows: Uint32Array
}

/** Added to `Forest.split` where bins are looked up in a set. */
export const IN_SET = 0x40000000
/** Added to `Forest.split` where a gap goes right. */
export const GAP_RIGHT = 0x80000000

/** Names of a forest's arrays, in the order of the file. Those of 64 bits come first, so that all are aligned. */
export const FOREST_ARRAYS = {
  base: Float64Array,
  value: Float64Array,
  roots: Uint32Array,
  feature: Int32Array,
  left: Uint32Array,
  split: Uint32Array,
  sets: Uint32Array,
  rows: Uint32Array,
} as const

/** The keys of `FOREST_ARRAYS`. */
export const FOREST_NAMES = Object.keys(FOREST_ARRAYS) as (keyof typeof FOREST_ARRAYS)[]

/** Returns whether a bin goes left at a node that is no leaf. */
export function goesLeft({ split, sets }: Forest, node: number, bin: number): boolean {
  const rule = split[node] ?? 0
  if (rule & IN_SET) {
    const set = rule & ~(IN_SET | GAP_RIGHT)
    return (((sets[set * SET_WORDS + (bin >> 5)] ?? 0) >>> (bin & 31)) & 1) === 1
  }
  return bin === 0 ? rule < GAP_RIGHT : bin <= (rule & 0xff)
}

/** Returns the leaf that a row falls into. @param bins a bin for each feature, from `at` on */
export function leafOf(forest: Forest, root: number, bins: Uint8Array, at: number): number {
  const { feature, left } = forest
  let node = root
  for (let column = feature[node] ?? LEAF; column !== LEAF; column = feature[node] ?? LEAF)
    node = (left[node] ?? 0) + (goesLeft(forest, node, bins[at + column] ?? 0) ? 0 : 1)
  return node
}

/** Sets `into` to the sums of a row's outputs, before the activation. */
export function sumTrees(forest: Forest, bins: Uint8Array, at: number, into: Float64Array): void {
  const { base, roots, outputs, value } = forest
  into.set(base)
  let output = 0
  for (let tree = 0; tree < roots.length; tree++) {
    const leaf = leafOf(forest, roots[tree] ?? 0, bins, at)
    into[output] = (into[output] ?? 0) + (value[leaf] ?? 0)
    output = output + 1 === outputs ? 0 : output + 1
  }
}

/** Returns the first trees, nodes and sets of a forest, in its own arrays. */
export function forestPart(
  forest: Forest,
  { trees, nodes, sets }: { trees: number; nodes: number; sets: number },
): Forest {
  return {
    ...forest,
    roots: forest.roots.subarray(0, trees),
    feature: forest.feature.subarray(0, nodes),
    left: forest.left.subarray(0, nodes),
    split: forest.split.subarray(0, nodes),
    sets: forest.sets.subarray(0, sets * SET_WORDS),
    value: forest.value.subarray(0, nodes),
    rows: forest.rows.subarray(0, nodes),
  }
}

/** Returns the first trees of a forest, in its own arrays. @param epochs number of trees of each output */
export function firstTrees(forest: Forest, epochs: number): Forest {
  const trees = epochs * forest.outputs
  const nodes = forest.roots[trees]
  if (nodes === undefined) return forest
  // Sets are numbered as leaves were divided, which is another order than that of the nodes.
  let sets = 0
  for (let node = 0; node < nodes; node++) {
    const rule = forest.split[node] ?? 0
    if (rule & IN_SET) sets = Math.max(sets, (rule & ~(IN_SET | GAP_RIGHT)) + 1)
  }
  return forestPart(forest, { trees, nodes, sets })
}

/** Returns a forest in arrays of its own. */
export function copyOfForest(forest: Forest): Forest {
  const { base, roots, feature, left, split, sets, value, rows } = forest
  return {
    ...forest,
    base: base.slice(),
    roots: roots.slice(),
    feature: feature.slice(),
    left: left.slice(),
    split: split.slice(),
    sets: sets.slice(),
    value: value.slice(),
    rows: rows.slice(),
  }
}

/** Returns why a forest could not answer; undefined if it can. Files of others may hold anything. */
export function forestFault(forest: Forest): string | undefined {
  const { features, outputs, base, roots, feature, left, split, sets, value, rows } = forest
  const nodes = feature.length
  if (base.length !== outputs || roots.length % outputs !== 0) return 'trees of other outputs'
  if ([left, split, value, rows].some(({ length }) => length !== nodes)) return 'arrays of different lengths'
  if (sets.length % SET_WORDS !== 0) return 'half a set'
  if (roots.some((root, tree) => root >= nodes || (tree > 0 && root <= (roots[tree - 1] ?? 0))))
    return 'a tree without a root of its own'
  if (![...base].every(Number.isFinite) || !value.every(Number.isFinite)) return 'a value that is no number'
  let tree = 0
  for (let node = 0; node < nodes; node++) {
    if (node === roots[tree]) tree += 1
    const column = feature[node] ?? LEAF
    if (column === LEAF) continue
    if (column < 0 || column >= features) return 'a feature that is not there'
    // Children come later, so that no path goes in a circle, and stand in their own tree, so that all paths of a row
    // together are no longer than the file.
    const child = left[node] ?? 0
    if (child <= node || child + 1 >= (roots[tree] ?? nodes)) return 'a child that is not there'
    const rule = split[node] ?? 0
    if (rule & IN_SET && ((rule & ~(IN_SET | GAP_RIGHT)) + 1) * SET_WORDS > sets.length)
      return 'a set that is not there'
  }
  return undefined
}

/** Returns the rows' bins as a row-major matrix of bytes. */
export function binMatrix(
  rows: { rows: number; offsets: Uint32Array; indices: Uint32Array; values: Float32Array },
  features: number,
  into = new Uint8Array(rows.rows * features),
): Uint8Array {
  const { offsets, indices, values } = rows
  for (let row = 0; row < rows.rows; row++) {
    const from = row * features
    const end = offsets[row + 1] ?? 0
    for (let at = offsets[row] ?? 0; at < end; at++) into[from + (indices[at] ?? 0)] = values[at] ?? 0
  }
  return into
}

/** Returns the bytes of a forest's arrays. */
export function forestBytes(forest: Forest): number {
  let bytes = 0
  for (const name of FOREST_NAMES) bytes += forest[name].byteLength
  return bytes
}

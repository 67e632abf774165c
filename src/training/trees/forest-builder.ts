import { enlarged } from '../../models/encoders/growing.ts'
import { type Forest, forestPart, GAP_RIGHT, IN_SET, LEAF, SET_WORDS } from '../../models/trees/forest.ts'
import type { Split } from './splits.ts'

/** Nodes for which there is room at first. */
const FIRST_ROOM = 4_096

/** The trees of a fit so far, in arrays that grow; see `Forest`. */
export class ForestBuilder {
  #forest: Forest
  #trees = 0
  #nodes = 0
  #sets = 0

  constructor(shape: Pick<Forest, 'features' | 'outputs' | 'activation' | 'base'>) {
    this.#forest = {
      ...shape,
      roots: new Uint32Array(64),
      feature: new Int32Array(FIRST_ROOM),
      left: new Uint32Array(FIRST_ROOM),
      split: new Uint32Array(FIRST_ROOM),
      sets: new Uint32Array(SET_WORDS),
      value: new Float64Array(FIRST_ROOM),
      rows: new Uint32Array(FIRST_ROOM),
    }
  }

  /** Number of trees so far. */
  get trees(): number {
    return this.#trees
  }

  /** Returns the trees so far; their arrays may be changed, and are only good until the next node is added. */
  view(): Forest {
    return forestPart(this.#forest, { trees: this.#trees, nodes: this.#nodes, sets: this.#sets })
  }

  /** Goes on from trees of an earlier process. */
  restore(forest: Forest): void {
    this.#forest = forest
    this.#trees = forest.roots.length
    this.#nodes = forest.feature.length
    this.#sets = forest.sets.length / SET_WORDS
  }

  /** Begins a tree, whose root is the next node. */
  beginTree(): void {
    if (this.#trees === this.#forest.roots.length)
      this.#forest = { ...this.#forest, roots: doubled(this.#forest.roots, Uint32Array) }
    this.#forest.roots[this.#trees] = this.#nodes
    this.#trees += 1
  }

  /** Adds a node that is a leaf so far; returns its number. */
  addLeaf(rows: number): number {
    if (this.#nodes === this.#forest.feature.length) this.#growNodes()
    const node = this.#nodes
    this.#forest.feature[node] = LEAF
    this.#forest.rows[node] = rows
    this.#nodes += 1
    return node
  }

  /**
   * Makes a leaf the parent of two new ones; returns the left one, behind which the right one stands.
   * @param rows those of the left leaf and of the right one
   */
  divide(node: number, { feature, bins, gapLeft }: Split, rows: readonly [number, number]): number {
    const child = this.addLeaf(rows[0])
    this.addLeaf(rows[1])
    this.#forest.feature[node] = feature
    this.#forest.left[node] = child
    if (typeof bins === 'number') this.#forest.split[node] = bins + (gapLeft ? 0 : GAP_RIGHT)
    else this.#forest.split[node] = IN_SET + this.#addSet(bins)
    return child
  }

  #addSet(bins: readonly number[]): number {
    const from = this.#sets * SET_WORDS
    if (from === this.#forest.sets.length)
      this.#forest = { ...this.#forest, sets: doubled(this.#forest.sets, Uint32Array) }
    const { sets } = this.#forest
    for (const bin of bins) {
      const word = from + (bin >> 5)
      sets[word] = (sets[word] ?? 0) | (1 << (bin & 31))
    }
    this.#sets += 1
    return this.#sets - 1
  }

  #growNodes(): void {
    const { feature, left, split, value, rows } = this.#forest
    this.#forest = {
      ...this.#forest,
      feature: doubled(feature, Int32Array),
      left: doubled(left, Uint32Array),
      split: doubled(split, Uint32Array),
      value: doubled(value, Float64Array),
      rows: doubled(rows, Uint32Array),
    }
  }
}

function doubled<T extends Uint32Array | Int32Array | Float64Array>(
  values: T,
  make: new (length: number) => T,
): T {
  return enlarged(values, Math.max(SET_WORDS, values.length * 2), make)
}

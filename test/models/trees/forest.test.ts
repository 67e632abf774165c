import { describe, expect, it } from 'vitest'
import { treeContributions } from '../../../src/models/trees/contributions.ts'
import {
  binMatrix,
  copyOfForest,
  FOREST_NAMES,
  type Forest,
  firstTrees,
  forestBytes,
  forestFault,
  GAP_RIGHT,
  IN_SET,
  LEAF,
  sumTrees,
} from '../../../src/models/trees/forest.ts'
import { ForestFile, readForests, writeForests } from '../../../src/models/trees/forest-file.ts'

/**
 * Two outputs with a tree each. The first divides feature 0 at bin 2; the second feature 1 by the set {1, 40}, and what is
 * not in it by feature 0 at bin 1, where gaps go right.
 */
const forest: Forest = {
  features: 2,
  outputs: 2,
  activation: 'softmax',
  base: Float64Array.of(0.5, -0.5),
  roots: Uint32Array.of(0, 3),
  feature: Int32Array.of(0, LEAF, LEAF, 1, LEAF, 0, LEAF, LEAF),
  left: Uint32Array.of(1, 0, 0, 4, 0, 6, 0, 0),
  split: Uint32Array.of(2, 0, 0, IN_SET, 0, GAP_RIGHT + 1, 0, 0),
  sets: Uint32Array.of(1 << 1, 1 << 8, 0, 0, 0, 0, 0, 0),
  value: Float64Array.of(1, -1, 3, 15, 10, 20, 21, 22),
  rows: Uint32Array.of(9, 4, 5, 9, 3, 6, 2, 4),
}
/** A single leaf that answers 7, whose arrays take 36 bytes. */
const leaf: Forest = {
  features: 1,
  outputs: 1,
  activation: 'linear',
  base: Float64Array.of(0),
  roots: Uint32Array.of(0),
  feature: Int32Array.of(LEAF),
  left: Uint32Array.of(0),
  split: Uint32Array.of(0),
  sets: Uint32Array.of(),
  value: Float64Array.of(7),
  rows: Uint32Array.of(1),
}
/** The trees twice: those of a second epoch have nodes and a set of their own. */
const twice: Forest = {
  ...forest,
  roots: Uint32Array.of(0, 3, 8, 11),
  feature: Int32Array.of(...forest.feature, ...forest.feature),
  left: Uint32Array.of(...forest.left, ...forest.left.map((node) => (node === 0 ? 0 : node + 8))),
  split: Uint32Array.of(
    ...forest.split,
    ...forest.split.map((rule) => (rule === IN_SET ? IN_SET + 1 : rule)),
  ),
  sets: Uint32Array.of(...forest.sets, ...forest.sets),
  value: Float64Array.of(...forest.value, ...forest.value),
  rows: Uint32Array.of(...forest.rows, ...forest.rows),
}
const ROWS: [bins: number[], sums: number[]][] = [
  [
    [2, 1],
    [-0.5, 9.5],
  ],
  [
    [3, 40],
    [3.5, 9.5],
  ],
  [
    [1, 2],
    [-0.5, 20.5],
  ],
  [
    [5, 9],
    [3.5, 21.5],
  ],
  [
    [0, 0],
    [-0.5, 21.5],
  ],
  [
    [0, 8],
    [-0.5, 21.5],
  ],
]

describe('trees', () => {
  it.each(ROWS)('add up the leaves of the bins %j', (bins, sums) => {
    const into = new Float64Array(2)
    // The bins stand in the middle of others.
    sumTrees(forest, Uint8Array.of(99, ...bins, 99), 1, into)
    expect([...into]).toEqual(sums)
    sumTrees(twice, Uint8Array.from(bins), 0, into)
    expect([...into]).toEqual(sums.map((sum, output) => 2 * sum - (forest.base[output] ?? 0)))
  })

  it.each(ROWS)('explain how the bins %j come to their sums', (bins, sums) => {
    const { base, values } = treeContributions(forest, Uint8Array.from(bins))
    expect([...base]).toEqual([1.5, 14.5])
    expect(
      [0, 1].map((output) => (base[output] ?? 0) + (values[2 * output] ?? 0) + (values[2 * output + 1] ?? 0)),
    ).toEqual(sums)
  })

  it('add each difference to the feature that was looked at', () => {
    expect([...treeContributions(forest, Uint8Array.of(0, 0)).values]).toEqual([-2, 0, 2, 5])
    expect([...treeContributions(forest, Uint8Array.of(3, 1)).values]).toEqual([2, 0, 0, -5])
    expect([...treeContributions(twice, Uint8Array.of(0, 0)).values]).toEqual([-4, 0, 4, 10])
    expect([...forest.base]).toEqual([0.5, -0.5])
  })

  it('are cut after some epochs, with the nodes and sets of these', () => {
    expect(firstTrees(twice, 1)).toEqual(forest)
    expect(firstTrees(twice, 2)).toBe(twice)
    expect(firstTrees(twice, 0)).toMatchObject({ roots: new Uint32Array(), feature: new Int32Array() })
  })

  it('are cut with all of their sets, though the right part of a tree was divided before the left one', () => {
    // A root and its two children ask for sets 0, 2 and 1: the best leaf is divided first.
    const first: Forest = {
      ...leaf,
      roots: Uint32Array.of(0),
      feature: Int32Array.of(0, 0, 0, LEAF, LEAF, LEAF, LEAF),
      left: Uint32Array.of(1, 5, 3, 0, 0, 0, 0),
      split: Uint32Array.of(IN_SET, IN_SET + 2, IN_SET + 1, 0, 0, 0, 0),
      sets: Uint32Array.from({ length: 24 }, (_, word) => (word % 8 === 0 ? 2 : 0)),
      value: Float64Array.of(1, 1, 1, 1, 1, 1, 1),
      rows: Uint32Array.of(4, 2, 2, 1, 1, 1, 1),
    }
    const both: Forest = {
      ...first,
      roots: Uint32Array.of(0, 7),
      feature: Int32Array.of(...first.feature, LEAF),
      left: Uint32Array.of(...first.left, 0),
      split: Uint32Array.of(...first.split, 0),
      value: Float64Array.of(...first.value, 1),
      rows: Uint32Array.of(...first.rows, 4),
    }
    expect(firstTrees(both, 1)).toEqual(first)
  })

  it('are copied into arrays of their own', () => {
    const copy = copyOfForest(forest)
    expect(copy).toEqual(forest)
    for (const name of FOREST_NAMES) expect(copy[name].buffer, name).not.toBe(forest[name].buffer)
  })

  it('take the bytes of their arrays', () => {
    expect(forestBytes(leaf)).toBe(36)
    expect(forestBytes(forest)).toBe(2 * 8 + 8 * 8 + 2 * 4 + 5 * 8 * 4)
  })

  it('take rows as a matrix of bins', () => {
    const rows = {
      rows: 3,
      offsets: Uint32Array.of(0, 2, 2, 3),
      indices: Uint32Array.of(0, 1, 1),
      values: Float32Array.of(3, 4, 255),
    }
    expect([...binMatrix(rows, 2)]).toEqual([3, 4, 0, 0, 0, 255])
    const into = new Uint8Array(8).fill(9)
    expect(binMatrix(rows, 2, into)).toBe(into)
    expect([...into]).toEqual([3, 4, 9, 9, 9, 255, 9, 9])
  })
})

describe('trees that could not answer', () => {
  const changed = (name: 'feature' | 'left' | 'split' | 'roots', node: number, value: number): Forest => {
    const values = forest[name].slice()
    values[node] = value
    return { ...forest, [name]: values }
  }
  it.each<[fault: string | undefined, forest: Forest]>([
    [undefined, forest],
    [undefined, twice],
    [undefined, leaf],
    ['trees of other outputs', { ...forest, base: Float64Array.of(1) }],
    ['trees of other outputs', { ...forest, roots: Uint32Array.of(0) }],
    ['arrays of different lengths', { ...forest, left: forest.left.subarray(1) }],
    ['arrays of different lengths', { ...forest, split: forest.split.subarray(1) }],
    ['arrays of different lengths', { ...forest, value: forest.value.subarray(1) }],
    ['arrays of different lengths', { ...forest, rows: forest.rows.subarray(1) }],
    ['half a set', { ...forest, sets: forest.sets.subarray(1) }],
    ['a tree without a root of its own', changed('roots', 1, 0)],
    ['a tree without a root of its own', changed('roots', 1, 8)],
    ['a value that is no number', { ...forest, base: Float64Array.of(0, Number.NaN) }],
    ['a value that is no number', { ...leaf, value: Float64Array.of(Number.POSITIVE_INFINITY) }],
    ['a feature that is not there', changed('feature', 0, 2)],
    ['a feature that is not there', changed('feature', 0, -2)],
    [undefined, changed('feature', 0, 1)],
    ['a child that is not there', changed('left', 0, 0)],
    // The right child would be the root of the next tree, or behind all nodes.
    ['a child that is not there', changed('left', 0, 2)],
    ['a child that is not there', changed('left', 5, 7)],
    ['a child that is not there', changed('left', 5, 5)],
    ['a set that is not there', changed('split', 3, IN_SET + 1)],
    ['a set that is not there', { ...forest, sets: new Uint32Array() }],
  ])('are told: %s', (fault, each) => {
    expect(forestFault(each)).toBe(fault)
  })
})

describe('the files of trees', () => {
  const written = (...forests: Forest[]) => {
    const files = writeForests(forests)
    return {
      shape: ForestFile.parse(JSON.parse(files['model.json'].toString())),
      bytes: files['weights.bin'],
    }
  }
  const other: Forest = { ...leaf, value: Float64Array.of(8) }

  it('are read as they were written, wherever their bytes lie', () => {
    const { shape, bytes } = written(leaf, other)
    // 36 bytes and 4 to fill up, twice.
    expect(bytes).toHaveLength(80)
    expect(readForests(shape, bytes)).toEqual([leaf, other])
    for (const offset of [1, 4, 8]) {
      const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).subarray(offset)
      expect(readForests(shape, shifted)).toEqual([leaf, other])
    }
    const large = written(forest, twice)
    expect(readForests(large.shape, large.bytes)).toEqual([forest, twice])
    expect(large.bytes).toHaveLength(forestBytes(forest) + forestBytes(twice))
  })

  it('have the arrays in their order, in little endian', () => {
    const { shape, bytes } = written({ ...leaf, base: Float64Array.of(2), rows: Uint32Array.of(5) })
    expect(shape).toEqual({
      format: 'trees',
      version: 1,
      members: [
        {
          features: 1,
          outputs: 1,
          activation: 'linear',
          arrays: { base: 1, value: 1, roots: 1, feature: 1, left: 1, split: 1, sets: 0, rows: 1 },
        },
      ],
    })
    expect([bytes.readDoubleLE(0), bytes.readDoubleLE(8)]).toEqual([2, 7])
    expect([16, 20, 24, 28, 32].map((at) => bytes.readInt32LE(at))).toEqual([0, LEAF, 0, 0, 5])
  })

  it('are refused where they do not fit together', () => {
    const { shape, bytes } = written(leaf, other)
    const refused = (file: ForestFile, weights: Uint8Array) => expect(() => readForests(file, weights))
    refused(shape, Buffer.concat([bytes, Buffer.alloc(8)])).toThrow(new RangeError('another number of bytes'))
    refused(shape, bytes.subarray(0, 72)).toThrow(new RangeError('an array that is cut off'))
    refused(
      written({ ...leaf, value: Float64Array.of(Number.NaN) }).shape,
      written({ ...leaf, value: Float64Array.of(Number.NaN) }).bytes,
    ).toThrow(new RangeError('a value that is no number'))
    for (const differing of [
      { ...leaf, features: 2 },
      { ...leaf, activation: 'sigmoid' as const },
      { ...leaf, outputs: 2, base: Float64Array.of(0, 0), roots: new Uint32Array() },
    ]) {
      const both = written(leaf, differing)
      refused(both.shape, both.bytes).toThrow(new RangeError('members that differ'))
    }
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createNetwork } from '../../../src/models/network/network.ts'
import { type Forest, GAP_RIGHT, IN_SET, LEAF, SET_WORDS } from '../../../src/models/trees/forest.ts'

const FEATURES = 5

interface Split {
  feature: number
  /** The largest bin that goes left, or the bins that do. */
  left: number | Uint32Array
  gapRight: boolean
  children: [Tree, Tree]
}
type Tree = number | Split

const leaf = fc.double({ noNaN: true, min: -1e6, max: 1e6 })
const bins = fc.uint8Array({ minLength: FEATURES, maxLength: FEATURES })
const { tree } = fc.letrec<{ tree: Tree; split: Split }>((tie) => ({
  tree: fc.oneof({ maxDepth: 8 }, leaf, tie('split')),
  split: fc.record({
    feature: fc.nat(FEATURES - 1),
    left: fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.uint32Array({ minLength: SET_WORDS, maxLength: SET_WORDS }),
    ),
    gapRight: fc.boolean(),
    children: fc.tuple(tie('tree'), tie('tree')),
  }),
}))

/** Writes trees into flat arrays, each node before its children, which stand side by side. */
function forestOf(trees: readonly Tree[], outputs: number): Forest {
  const nodes: { feature: number; left: number; split: number; value: number }[] = []
  const sets: number[] = []
  const write = (node: number, each: Tree) => {
    if (typeof each === 'number') {
      nodes[node] = { feature: LEAF, left: 0, split: 0, value: each }
      return
    }
    const child = nodes.length
    let split = typeof each.left === 'number' ? each.left : IN_SET + sets.length / SET_WORDS
    if (typeof each.left !== 'number') sets.push(...each.left)
    if (each.gapRight) split += GAP_RIGHT
    nodes[node] = { feature: each.feature, left: child, split, value: 0 }
    const empty = { feature: LEAF, left: 0, split: 0, value: 0 }
    nodes.push(empty, empty)
    each.children.forEach((part, at) => {
      write(child + at, part)
    })
  }
  const roots = trees.map((each) => {
    const root = nodes.length
    nodes.push({ feature: LEAF, left: 0, split: 0, value: 0 })
    write(root, each)
    return root
  })
  return {
    features: FEATURES,
    outputs,
    activation: 'linear',
    base: Float64Array.from({ length: outputs }, (_, at) => at + 0.1),
    roots: Uint32Array.from(roots),
    feature: Int32Array.from(nodes, (node) => node.feature),
    left: Uint32Array.from(nodes, (node) => node.left),
    split: Uint32Array.from(nodes, (node) => node.split),
    sets: Uint32Array.from(sets),
    value: Float64Array.from(nodes, (node) => node.value),
    rows: new Uint32Array(nodes.length),
  }
}

it('gives the sums of the kernel that JavaScript gives, bit for bit', () => {
  fc.assert(
    fc.property(
      fc.array(tree, { minLength: 1, maxLength: 11 }),
      fc.integer({ min: 1, max: 3 }),
      fc.array(bins, { minLength: 1, maxLength: 6 }),
      (trees, outputs, rows) => {
        const forest = forestOf(trees, outputs)
        const quick = createNetwork([forest], { kernels: true })
        const slow = createNetwork([forest])
        expect(quick.memoryBytes - slow.memoryBytes).toBe(
          forest.feature.length * 20 + forest.roots.byteLength + forest.sets.byteLength,
        )
        for (const row of rows) {
          const input = { indices: Uint32Array.from(row, (_, at) => at), values: Float32Array.from(row) }
          expect([...quick.logits(input, 0, FEATURES)]).toEqual([...slow.logits(input, 0, FEATURES)])
        }
      },
    ),
    { numRuns: 300 },
  )
})

it('holds no second copy of trees that take more than 16 MiB', () => {
  const nodes = Math.floor((16 * 2 ** 20) / 24)
  const leaves = (count: number): Forest => ({
    ...forestOf([1], 1),
    roots: Uint32Array.from({ length: count }, (_, at) => at),
    feature: new Int32Array(count).fill(LEAF),
    left: new Uint32Array(count),
    split: new Uint32Array(count),
    value: new Float64Array(count).fill(1),
    rows: new Uint32Array(count),
  })
  for (const [count, bytes] of [
    [nodes, nodes * 24],
    [nodes + 1, 0],
  ] as const) {
    const forest = leaves(count)
    const quick = createNetwork([forest], { kernels: true })
    expect(quick.memoryBytes - createNetwork([forest]).memoryBytes).toBe(bytes)
    const input = { indices: new Uint32Array(), values: new Float32Array() }
    expect(quick.logits(input, 0, 0)[0]).toBeCloseTo(count + 0.1, 5)
  }
})

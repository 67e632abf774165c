import { expect, it } from 'vitest'
import type { Loss } from '../../../src/recipe/index.ts'
import type { Examples } from '../../../src/training/engine.ts'
import { objectiveOf } from '../../../src/training/trees/objective.ts'

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

function objective(
  loss: Loss,
  targets: number[],
  options: { outputs?: number; rows?: number; weights?: number[]; classWeights?: number[] } = {},
) {
  const { outputs = 1, rows = targets.length, weights, classWeights = null } = options
  const training: Examples = {
    rows: {
      rows,
      width: 1,
      offsets: new Uint32Array(rows + 1),
      indices: new Uint32Array(),
      values: new Float32Array(),
    },
    inputs: { numbers: 1, sequences: [] },
    targets: Float32Array.from(targets),
    ...(weights && { weights: Float64Array.from(weights) }),
  } as Examples
  const made = objectiveOf({ training, loss, outputs, classWeights })
  const derived = (sums: number[], output = 0) => {
    const into = new Float64Array(2 * rows)
    made.epochBegins(Float64Array.from(sums))
    made.derive(Float64Array.from(sums), output, into)
    return Array.from({ length: rows }, (_, row) => [into[2 * row], into[2 * row + 1]])
  }
  return { ...made, made, derived }
}

it('of squared errors begins at the mean', () => {
  const plain = objective({ type: 'meanSquaredError' }, [1, 2, 6])
  expect([...plain.base, plain.counts, plain.leafAnswer]).toEqual([3, true, undefined])
  expect(plain.derived([2, 2, 2])).toEqual([
    [1, 1],
    [0, 1],
    [-4, 1],
  ])
  const weighted = objective({ type: 'meanSquaredError' }, [1, 2, 6], { weights: [1, 1, 2] })
  expect([...weighted.base, weighted.counts]).toEqual([15 / 4, false])
  expect(weighted.derived([2, 2, 2])[2]).toEqual([-8, 2])
})

it('of several numbers has each of its own', () => {
  const { base, derived } = objective({ type: 'meanSquaredError' }, [1, 10, 3, 30], { outputs: 2, rows: 2 })
  expect([...base]).toEqual([2, 20])
  expect(derived([0, 11, 0, 33], 1)).toEqual([
    [1, 1],
    [3, 1],
  ])
})

it('of absolute errors begins at the median, and its leaves answer the median of what is left', () => {
  const plain = objective({ type: 'meanAbsoluteError' }, [1, 9, 2, 4])
  expect([...plain.base]).toEqual([3])
  expect(plain.derived([2, 2, 2, 2]).map(([gradient]) => gradient)).toEqual([1, -1, 0, -1])
  expect(plain.made.leafAnswer?.(Float64Array.of(1, 1, 1, 1), 0, Uint32Array.of(1, 2, 3))).toBe(3)
  const weights = [1, 1, 2, 4]
  const weighted = objective({ type: 'meanAbsoluteError' }, [1, 9, 2, 4], { weights })
  expect([...weighted.base]).toEqual([4])
  expect(weighted.made.leafAnswer?.(new Float64Array(4), 0, Uint32Array.of(0, 1, 2))).toBe(2)
  expect(weighted.made.leafAnswer?.(new Float64Array(4), 0, Uint32Array.of(0, 1)), 'half way').toBe(5)
  expect(weighted.derived([2, 2, 2, 2])).toEqual([
    [1, 1],
    [-1, 1],
    [0, 2],
    [-4, 4],
  ])
})

it('of Huber is bounded by delta', () => {
  const { base, derived } = objective({ type: 'huber', delta: 2 }, [0, 10, 1])
  expect([...base]).toEqual([1])
  expect(derived([1.5, 1, 4]).map(([gradient]) => gradient)).toEqual([1.5, -2, 2])
  expect(
    objective({ type: 'huber' }, [0, 10, 1])
      .derived([1.5, 1, 4])
      .map(([gradient]) => gradient),
  ).toEqual([1, -1, 1])
})

it('of two classes begins at the logarithm of the odds', () => {
  const { base, counts, derived } = objective({ type: 'binaryCrossentropy' }, [1, 0, 0, 0])
  expect(base[0]).toBeCloseTo(Math.log(1 / 3), 10)
  expect(counts).toBe(false)
  const share = sigmoid(0.5)
  expect(derived([0.5, 0.5, 0.5, 50])[0]).toEqual([
    expect.closeTo(share - 1, 12),
    expect.closeTo(share * (1 - share), 12),
  ])
  expect(derived([0.5, 0.5, 0.5, 50])[3]?.[1], 'never 0').toBeGreaterThanOrEqual(1e-16)
  const weighted = objective({ type: 'binaryCrossentropy' }, [1, 0, 0, 0], { classWeights: [1, 3] })
  expect(weighted.base[0]).toBeCloseTo(0, 10)
  expect(weighted.derived([0, 0, 0, 0])).toEqual([
    [-1.5, 0.75],
    [0.5, 0.25],
    [0.5, 0.25],
    [0.5, 0.25],
  ])
  expect(objective({ type: 'binaryCrossentropy' }, [1, 1]).base[0], 'a share of 1 is bounded').toBeCloseTo(
    Math.log((1 - 1e-7) / 1e-7),
    6,
  )
})

it('of several classes is on the shares at the begin of the epoch', () => {
  const { base, made, derived } = objective({ type: 'categoricalCrossentropy' }, [2, 0, 2, 2], { outputs: 3 })
  expect(base[0]).toBeCloseTo(Math.log(1 / 4), 10)
  expect(base[1]).toBeCloseTo(Math.log(1e-7), 10)
  expect(base[2]).toBeCloseTo(Math.log(3 / 4), 10)
  const sums = [1, 2, 3, 0, 0, 0, 1_000, 0, 0, -1_000, 0, 0]
  const total = Math.exp(1) + Math.exp(2) + Math.exp(3)
  const third = Math.exp(3) / total
  const gradients = derived(sums, 2)
  expect(gradients[0]).toEqual([expect.closeTo(third - 1, 10), expect.closeTo(third * (1 - third), 10)])
  expect(gradients[1]).toEqual([expect.closeTo(1 / 3, 10), expect.closeTo(2 / 9, 10)])
  expect(gradients[2]?.[0]).toBe(-1)
  expect(gradients[3]?.[0]).toBeCloseTo(-0.5, 10)
  const into = new Float64Array(8)
  made.derive(new Float64Array(12), 2, into)
  expect(into[0], 'sums of later trees of the epoch do not count').toBeCloseTo(third - 1, 10)
  const weighted = objective({ type: 'sparseCategoricalCrossentropy' }, [1, 0], {
    outputs: 2,
    weights: [3, 1],
  })
  expect(weighted.base[1]).toBeCloseTo(Math.log(3 / 4), 10)
  expect(weighted.derived([0, 0, 0, 0], 1)).toEqual([
    [-1.5, 0.75],
    [0.5, 0.25],
  ])
})

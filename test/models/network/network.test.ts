import { describe, expect, it } from 'vitest'
import { CORNERS, SLOPES, STRAIGHT } from '../../../src/models/network/activation-slopes.ts'
import { activationOf, HIDDEN_ACTIVATIONS } from '../../../src/models/network/activations.ts'
import { forestMember } from '../../../src/models/network/forest-member.ts'
import { linearUnitOf } from '../../../src/models/network/linear-unit.ts'
import {
  createNetwork,
  type DenseLayer,
  frontWidth,
  inputsOfMember,
  lastActivation,
  type NetworkWeights,
  networksOf,
  outputsOfMember,
  type Pooling,
} from '../../../src/models/network/network.ts'
import { type Forest, LEAF } from '../../../src/models/trees/forest.ts'

const dense = (inputs: number, kernel: number[], bias: number[], activation: DenseLayer['activation']) => ({
  inputs,
  units: bias.length,
  activation,
  kernel: Float32Array.from(kernel),
  bias: Float32Array.from(bias),
})
const row = (...entries: [index: number, value: number][]) => ({
  indices: Uint32Array.from(entries, ([index]) => index),
  values: Float32Array.from(entries, ([, value]) => value),
})
const close = (...values: number[]) => values.map((value) => expect.closeTo(value, 9))
/** Divides feature 1 at bin 1: up to it 10, above it 20. */
const forest: Forest = {
  features: 2,
  first: 3,
  outputs: 1,
  activation: 'sigmoid',
  base: Float64Array.of(0.5),
  roots: Uint32Array.of(0),
  feature: Int32Array.of(1, LEAF, LEAF),
  left: Uint32Array.of(1, 0, 0),
  split: Uint32Array.of(1, 0, 0),
  sets: new Uint32Array(),
  value: Float64Array.of(0, -2, 2),
  rows: Uint32Array.of(2, 1, 1),
}

describe('a network', () => {
  // relu(a − b, 2 b + 1, −1) and then two sums of it, by hand.
  const hidden = dense(2, [1, 0, 0, -1, 2, 0], [0, 1, -1], 'relu')
  const two: NetworkWeights = {
    fronts: [],
    layers: [hidden, dense(3, [1, 10, 2, 20, 3, 30], [0.5, -0.5], 'sigmoid')],
  }

  it('adds up products layer by layer', () => {
    const network = createNetwork([two])
    expect(network).toMatchObject({ inputs: { numbers: 2, sequences: [] }, outputs: 2 })
    expect([...network.logits(row([0, 3], [1, 1]), 0, 2)]).toEqual([2 + 6 + 0.5, 20 + 60 - 0.5])
    expect([...network.logits(row([1, 1]), 0, 1)]).toEqual([6.5, 59.5])
    expect([...network.logits(row(), 0, 0)]).toEqual([2.5, 19.5])
    // Only the entries of the row count.
    expect([...network.logits(row([0, 9], [1, 1], [0, 9]), 1, 2)]).toEqual([6.5, 59.5])
    const outputs = network.outputsOf(row(), 0, 0)
    expect([...outputs]).toEqual(close(1 / (1 + Math.exp(-2.5)), 1 / (1 + Math.exp(-19.5))))
  })

  it('gives the same with more than three units, which are added up four at a time', () => {
    // Unit u of the first layer is u + 1 times the number, and each of the second the sum of all times its place.
    for (const units of [1, 3, 4, 5, 8, 9]) {
      const first = dense(
        1,
        Array.from({ length: units }, (_, unit) => unit + 1),
        new Array(units).fill(1),
        'linear',
      )
      const kernel = Array.from({ length: units * units }, (_, at) => at % units)
      const second = dense(units, kernel, new Array(units).fill(0.25), 'linear')
      const network = createNetwork([{ fronts: [], layers: [first, second] }])
      const sum = 2 * ((units * (units + 1)) / 2) + units
      const expected = Array.from({ length: units }, (_, unit) => unit * sum + 0.25)
      expect([...network.logits(row([0, 2]), 0, 1)]).toEqual(expected)
    }
  })

  it.each<[Pooling, number[]]>([
    // The ids 2, 1 and 0 have the vectors (5, −6), (3, 4) and (1, 2).
    ['average', [9 / 3, 0]],
    ['max', [5, 4]],
    ['flatten', [5, -6, 3, 4, 1, 2]],
  ])('pools words by %s, padding among them', (pooling, pooled) => {
    const shape = { base: 1, length: 3, words: 3, dimensions: 2, pooling }
    const front = { ...shape, embedding: Float32Array.of(1, 2, 3, 4, 5, -6) }
    const width = frontWidth(front)
    expect(width).toBe(pooled.length)
    // One unit for each input: the sums are the inputs.
    const inputs = width + 1
    const kernel = Array.from({ length: inputs * inputs }, (_, at) => (at % (inputs + 1) === 0 ? 1 : 0))
    const layer = dense(inputs, kernel, new Array(inputs).fill(0), 'linear')
    const network = createNetwork([{ fronts: [front], layers: [layer] }])
    expect(network.inputs).toEqual({ numbers: 1, sequences: [shape] })
    expect([...network.logits(row([0, 7], [1, 2], [2, 1]), 0, 3)]).toEqual(close(7, ...pooled))
    expect([...network.logits(row([1, 2], [2, 1]), 0, 2)]).toEqual(close(0, ...pooled))
    const padded = pooling === 'flatten' ? [1, 2, 1, 2, 1, 2] : [1, 2]
    expect([...network.logits(row([0, 7]), 0, 1)]).toEqual(close(7, ...padded))
  })

  it('keeps the words of several sequences apart', () => {
    const front = (base: number, vector: number) => ({
      base,
      length: 2,
      words: 2,
      dimensions: 1,
      pooling: 'max' as const,
      embedding: Float32Array.of(0, vector),
    })
    const layer = dense(2, [1, 0, 0, 1], [0, 0], 'linear')
    const network = createNetwork([{ fronts: [front(0, 3), front(2, 5)], layers: [layer] }])
    expect([...network.logits(row([1, 1]), 0, 1)]).toEqual([3, 0])
    expect([...network.logits(row([2, 1]), 0, 1)]).toEqual([0, 5])
    expect([...network.logits(row([0, 1], [3, 1]), 0, 2)]).toEqual([3, 5])
  })

  it('takes the bytes of its weights, and those of a kernel', () => {
    const embedding = new Float32Array(10)
    const front = { base: 0, length: 2, words: 5, dimensions: 2, pooling: 'max' as const, embedding }
    const four = dense(2, new Array(8).fill(0), [0, 0, 0, 0], 'relu')
    const last = dense(4, [1, 1, 1, 1], [0], 'linear')
    const member = { fronts: [front], layers: [four, last] }
    const bytes = 4 * (10 + 8 + 4 + 4 + 1)
    expect(createNetwork([member]).memoryBytes).toBe(bytes)
    expect(createNetwork([member], { kernels: true }).memoryBytes).toBe(bytes + 32)
    expect(createNetwork([member, member]).memoryBytes).toBe(2 * bytes)
    // Weights beyond 4 MiB are not held twice.
    const large = (inputs: number) =>
      createNetwork(
        [{ fronts: [], layers: [dense(inputs, new Array(inputs * 4).fill(0), [0, 0, 0, 0], 'relu')] }],
        {
          kernels: true,
        },
      ).memoryBytes
    expect(large(2 ** 18)).toBe(2 * 2 ** 22 + 16)
    expect(large(2 ** 18 + 1)).toBe(2 ** 22 + 16 + 16)
  })

  it('needs a member and a layer', () => {
    expect(() => createNetwork([])).toThrow(new RangeError('a network needs a member'))
    expect(() => createNetwork([{ fronts: [], layers: [] }])).toThrow(
      new RangeError('a network needs a layer'),
    )
  })
})

describe('several members', () => {
  const member = (bias: number[], activation: DenseLayer['activation']): NetworkWeights => ({
    fronts: [],
    layers: [dense(1, new Array(bias.length).fill(0), bias, activation)],
  })

  it('answer with the mean of their outputs, and logits that stand for it', () => {
    // sigmoid(ln 3) = ¾ and sigmoid(−ln 3) = ¼, sigmoid(ln 9) = 0.9.
    const odds = createNetwork([member([Math.log(3)], 'sigmoid'), member([Math.log(9)], 'sigmoid')])
    expect([...odds.outputsOf(row(), 0, 0)]).toEqual([expect.closeTo(0.825, 6)])
    expect(odds.logits(row(), 0, 0)[0]).toBeCloseTo(Math.log(0.825 / 0.175), 6)
    const logs = (...values: number[]) => values.map(Math.log)
    const classes = createNetwork([member(logs(2, 1, 1), 'softmax'), member(logs(1, 8, 1), 'softmax')])
    expect([...classes.outputsOf(row(), 0, 0)]).toEqual(
      [0.3, 0.525, 0.175].map((value) => expect.closeTo(value, 6)),
    )
    expect([...classes.logits(row(), 0, 0)]).toEqual(
      [0.3, 0.525, 0.175].map((value) => expect.closeTo(Math.log(value), 6)),
    )
    const numbers = createNetwork([member([1, 5], 'linear'), member([2, -8], 'linear')])
    expect([...numbers.logits(row(), 0, 0)]).toEqual([1.5, -1.5])
    expect(numbers.outputs).toBe(2)
  })

  it('may be trees, which read the bins behind the inputs of networks', () => {
    const trees = forestMember(forest)
    expect(trees).toMatchObject({ inputs: { numbers: 5, sequences: [] }, outputs: 1 })
    expect([...trees.logits(row([3, 9], [4, 1]), 0, 2)]).toEqual([-1.5])
    expect([...trees.logits(row([4, 2]), 0, 1)]).toEqual([2.5])
    // Numbers before the first bin are a network's, and a row does not see the one before.
    expect([...trees.logits(row([1, 7]), 0, 1)]).toEqual([-1.5])
    expect([...trees.logits(row([4, 2], [3, 0]), 1, 2)]).toEqual([-1.5])
    expect(trees.outputsOf(row([4, 2]), 0, 1)[0]).toBeCloseTo(1 / (1 + Math.exp(-2.5)), 9)
    const both = createNetwork([{ fronts: [], layers: [dense(5, [0, 0, 0, 0, 0], [1], 'linear')] }, forest])
    expect([...both.logits(row([4, 2]), 0, 1)]).toEqual([1.75])
    expect(both.memoryBytes).toBe(24 + trees.memoryBytes)
  })

  it('are told apart, with their inputs and outputs', () => {
    const network = member([1, 2], 'softmax')
    expect(networksOf([forest, network, forest])).toEqual([network])
    expect([forest, network, undefined].map(lastActivation)).toEqual(['sigmoid', 'softmax', 'linear'])
    expect([forest, network, undefined].map(outputsOfMember)).toEqual([1, 2, 1])
    expect([forest, network, { ...forest, first: undefined }].map(inputsOfMember)).toEqual([5, 1, 2])
    const empty: NetworkWeights = { fronts: [], layers: [] }
    expect([lastActivation(empty), outputsOfMember(empty), inputsOfMember(empty)]).toEqual(['linear', 1, 0])
  })
})

describe('a model of one unit', () => {
  const unit = dense(2, [3, 4], [5], 'sigmoid')
  const plain = { fronts: [], layers: [unit] }

  it('is its weights', () => {
    expect(linearUnitOf([plain])).toEqual({ weights: unit.kernel, bias: 5, activation: 'sigmoid' })
  })

  it('is nothing else', () => {
    const front = { base: 0, length: 1, words: 1, dimensions: 2, pooling: 'max' as const }
    for (const members of [
      [],
      [plain, plain],
      [forest],
      [{ fronts: [{ ...front, embedding: new Float32Array(2) }], layers: [unit] }],
      [{ fronts: [], layers: [] }],
      [{ fronts: [], layers: [unit, dense(1, [1], [0], 'linear')] }],
      [{ fronts: [], layers: [dense(1, [1, 1], [0, 0], 'linear')] }],
    ])
      expect(linearUnitOf(members)).toBeUndefined()
  })
})

describe('activations', () => {
  // By the formulas of Keras in the functions of Python’s `math`.
  it.each([
    ['linear', [-2, -0.5, 0, 0.5, 7]],
    ['relu', [0, 0, 0, 0.5, 7]],
    ['relu6', [0, 0, 0, 0.5, 6]],
    ['tanh', [-0.9640276, -0.4621172, 0, 0.4621172, 0.9999983]],
    ['sigmoid', [0.1192029, 0.3775407, 0.5, 0.6224593, 0.9990889]],
    ['elu', [-0.8646647, -0.3934693, 0, 0.5, 7]],
    ['selu', [-1.5201665, -0.6917582, 0, 0.5253505, 7.3549069]],
    ['softplus', [0.126928, 0.474077, Math.LN2, 0.974077, 7.0009115]],
    ['softsign', [-0.6666667, -0.3333333, 0, 0.3333333, 0.875]],
    ['swish', [-0.2384058, -0.1887703, 0, 0.3112297, 6.9936226]],
  ] as const)('have the values of %s', (name, values) => {
    const apply = activationOf(name)
    expect([-2, -0.5, 0, 0.5, 7].map(apply)).toEqual(values.map((value) => expect.closeTo(value, 6)))
  })

  it.each(HIDDEN_ACTIVATIONS)('have the slope of %s', (name) => {
    const apply = activationOf(name)
    const slope = SLOPES[name]
    for (const x of [-3, -0.5, -0.01, 0.01, 0.5, 2, 5.99, 6.01, 9])
      expect(slope(x)).toBeCloseTo((apply(x + 1e-5) - apply(x - 1e-5)) / 2e-5, 6)
  })

  it.each(HIDDEN_ACTIVATIONS)('have a corner of %s where its slope or its curvature jumps', (name) => {
    const slope = SLOPES[name]
    const bend = (x: number) => (slope(x + 1e-4) - slope(x)) / 1e-4
    const jumps = [-6, -1, 0, 1, 6].filter(
      (x) =>
        Math.abs(slope(x + 1e-3) - slope(x - 1e-3)) > 0.1 || Math.abs(bend(x + 1e-3) - bend(x - 1e-3)) > 0.5,
    )
    const isStraight = [-2, -0.5, 0.5, 2, 7].every((x) => bend(x) === 0)
    // The second derivative of softsign jumps at 0 too, but quadrature halves its way there.
    if (name !== 'softsign') expect(CORNERS[name] ?? []).toEqual(jumps)
    expect(STRAIGHT.has(name)).toBe(isStraight)
  })
})

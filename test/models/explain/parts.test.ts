import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/evaluation/random.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import { denseExplainer } from '../../../src/models/explain/dense.ts'
import { differenceOf, type RowDifference } from '../../../src/models/explain/difference.ts'
import { firstLayerOf } from '../../../src/models/explain/first-layer.ts'
import { type Head, headOf, meanGradient } from '../../../src/models/explain/heads.ts'
import { dot, pathIntegral } from '../../../src/models/explain/path-integral.ts'
import { binsOfRow, treesExplainer } from '../../../src/models/explain/trees.ts'
import type { DenseLayer, SequenceFront } from '../../../src/models/network/network.ts'
import { type Forest, LEAF } from '../../../src/models/trees/forest.ts'
import { atOnce } from '../../../src/runtime/steps.ts'

const close = (...values: number[]) => values.map((value) => expect.closeTo(value, 9))
const dense = (
  inputs: number,
  kernel: number[],
  bias: number[],
  activation: DenseLayer['activation'] = 'linear',
) => ({
  inputs,
  units: bias.length,
  activation,
  kernel: Float32Array.from(kernel),
  bias: Float32Array.from(bias),
})
const change = (...entries: [index: number, value: number][]): RowDifference => ({
  indices: Uint32Array.from(entries, ([index]) => index),
  values: Float64Array.from(entries, ([, value]) => value),
})

/** Counts the steps until a result is there. */
function counted<T>(steps: Generator<unknown, T>): { result: T; steps: number } {
  for (let count = 0; ; count++) {
    const { done, value } = steps.next()
    if (done) return { result: value as T, steps: count }
  }
}

describe('the mean gradient on a path', () => {
  /** The path through functions of one variable each, from 0 to 1. */
  const path = (value: (x: number) => number, slope: (x: number) => number) => ({
    direction: Float64Array.of(1),
    value,
    gradient: (x: number) => Float64Array.of(slope(x)),
  })

  it('is exact by one point for parabolas, and by five for polynomials of the tenth degree', () => {
    const parabola = counted(
      pathIntegral(
        path(
          (x) => x ** 2,
          (x) => 2 * x,
        ),
      ),
    )
    expect([...parabola.result]).toEqual(close(1))
    const tenth = counted(
      pathIntegral(
        path(
          (x) => x ** 10,
          (x) => 10 * x ** 9,
        ),
      ),
    )
    expect([...tenth.result]).toEqual(close(1))
    // One piece each.
    expect([parabola.steps, tenth.steps]).toEqual([1, 1])
  })

  it('is halved until the slopes add up to the difference of the values', () => {
    const exp = counted(
      pathIntegral(
        path(
          (x) => Math.exp(9 * x),
          (x) => 9 * Math.exp(9 * x),
        ),
      ),
    )
    expect(exp.result[0]).toBeCloseTo(Math.expm1(9), 6)
    expect(exp.steps).toBeGreaterThan(1)
    // A corner at ⅓ that is named leaves two straight pieces.
    const relu = path(
      (x) => Math.max(0, x - 1 / 3),
      (x) => (x > 1 / 3 ? 1 : 0),
    )
    const named = counted(pathIntegral(relu, [0, 1 / 3, 1]))
    expect([named.result[0], named.steps]).toEqual([expect.closeTo(2 / 3, 12), 2])
    expect(counted(pathIntegral(relu)).result[0]).toBeCloseTo(2 / 3, 10)
  })

  it('divides a product by what each of two variables adds', () => {
    // f = x² y on the way to (1, 1): ∂f/∂x = 2 t², ∂f/∂y = t².
    const product = {
      direction: Float64Array.of(1, 1),
      value: (t: number) => t ** 3,
      gradient: (t: number) => Float64Array.of(2 * t ** 2, t ** 2),
    }
    expect([...atOnce(pathIntegral(product))]).toEqual(close(2 / 3, 1 / 3))
  })

  it('ends where the slopes never add up to the values', () => {
    const jump = path(
      (x) => (x < 0.3 ? 0 : 1),
      () => 0,
    )
    const { result, steps } = counted(pathIntegral(jump))
    expect(result[0]).toBe(0)
    expect(steps).toBeLessThan(200)
    const wild = path(
      (x) => x,
      () => 0,
    )
    // Each of 4,096 pieces is halved at most, and then all that are left are taken.
    expect(counted(pathIntegral(wild)).steps).toBeLessThanOrEqual(2 * 4096 + 1)
  })

  it('has sums of products', () => {
    expect(dot(Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6))).toBe(32)
  })
})

describe('a stack of dense layers', () => {
  const explained = (layers: DenseLayer[], row: RowDifference, weights: number[], empty = new Map()) => {
    const explainer = denseExplainer({ fronts: [], layers }, empty)
    const { result, steps } = counted(explainer.contributions(row, Float64Array.from(weights)))
    return { base: [...explainer.base], logits: [...explainer.logits(row)], told: [...result], steps }
  }

  it('is explained by products where it has one layer, whose outputs are weighed', () => {
    const layer = dense(2, [1, 2, 3, 4], [10, 20])
    expect(explained([layer], change([0, 5], [1, -1]), [1, 0.5], new Map([[1, 2]]))).toEqual({
      base: [16, 28],
      // 16 + 5 − 3 and 28 + 10 − 4.
      logits: [18, 34],
      told: [5 + 5, -3 - 2],
      steps: 0,
    })
  })

  it('is explained by the mean slopes of its units where it has one hidden layer', () => {
    // On the way to (1, 1): relu(4 a − 1) has its corner at ¼, relu(3 b − 1) at ⅓, and their sum is divided.
    const layers = [dense(2, [4, 0, 0, 3], [-1, -1], 'relu'), dense(2, [1, 1], [0])]
    const { told, base, logits, steps } = explained(layers, change([0, 1], [1, 1]), [1])
    expect([base, logits, told]).toEqual([[0], close(3 + 2), close(3, 2)])
    expect(steps).toBe(0)
    // relu6(16 a − 4): corners at ¼ and at ⅝.
    const both = explained([dense(1, [16], [-4], 'relu6'), dense(1, [1], [0])], change([0, 1]), [1])
    expect([both.told, both.steps]).toEqual([close(6), 0])
    const down = explained([dense(1, [-3], [2], 'relu'), dense(1, [1], [0])], change([0, 1]), [1])
    expect([down.base, down.told, down.steps]).toEqual([[2], close(-2), 0])
  })

  it('is passed over once, from corner to corner of the first of two hidden layers', () => {
    // h = relu(2 a − 1), y = relu(h − ½): corners at ½ and at ¾.
    const layers = [dense(1, [2], [-1], 'relu'), dense(1, [1], [-0.5], 'relu'), dense(1, [6], [1])]
    const { told, base, logits, steps } = explained(layers, change([0, 1]), [2])
    expect([base, logits, told]).toEqual([[1], close(4), close(6)])
    expect(steps).toBe(1)
  })

  it.each([
    ['relu', 'relu'],
    ['relu6', 'relu'],
    ['relu', 'relu6'],
    ['linear', 'elu'],
    ['relu', 'selu'],
    ['relu6', 'tanh'],
    ['relu', 'swish'],
    ['selu', 'relu'],
    ['softplus', 'sigmoid'],
  ] as const)('with layers of %s and %s has the integral that steps of the path add up to', (one, two) => {
    const random = new Random(7, `${one} ${two}`)
    const numbers = (count: number) => Array.from({ length: count }, () => 2 * random.next() - 1)
    const inputs = 5
    const row = change(...numbers(inputs).map((value, at): [number, number] => [at, 3 * value]))
    const hidden = dense(inputs, numbers(inputs * 12), numbers(12), one)
    const layers = [hidden, dense(12, numbers(12 * 9), numbers(9), two), dense(9, numbers(18), numbers(2))]
    const { told } = explained(layers, row, [1, -0.5])
    // The middle of 1,000 pieces each, by differences.
    const explainer = denseExplainer({ fronts: [], layers }, new Map())
    const at = (place: number, own: number, entry: number) => {
      const values = [...row.values].map((value, each) => place * value + (each === entry ? own : 0))
      const moved = change(...values.map((value, each): [number, number] => [each, value]))
      const [a = 0, b = 0] = explainer.logits(moved)
      return a - 0.5 * b
    }
    const PIECES = 1_000
    for (const [entry, value] of row.values.entries()) {
      let sum = 0
      for (let piece = 0; piece < PIECES; piece++) {
        const place = (piece + 0.5) / PIECES
        sum += (at(place, 1e-5, entry) - at(place, -1e-5, entry)) / 2e-5
      }
      expect(Math.abs((told[entry] ?? 0) - (value * sum) / PIECES)).toBeLessThan(0.02)
    }
    const none = at(0, 0, -1)
    expect(told.reduce((sum, each) => sum + each, none)).toBeCloseTo(at(1, 0, -1), 9)
    if (one === 'relu' || one === 'relu6' || one === 'linear') {
      // The same by the integral, to which a layer that changes nothing leaves it.
      const same = dense(
        9,
        numbers(81).map((_, each) => (each % 10 === 0 ? 1 : 0)),
        new Array(9).fill(0),
      )
      const [first = hidden, second = hidden, last = hidden] = layers
      expect(explained([first, second, same, last], row, [1, -0.5]).told).toEqual(close(...told))
    }
  })

  it('is left to the integral where it is deeper, which is cut at the corners of all layers', () => {
    const same = dense(1, [1], [0])
    const layers = [dense(1, [2], [-1], 'relu'), dense(1, [1], [-0.5], 'relu'), same, dense(1, [6], [1])]
    const { told, steps } = explained(layers, change([0, 1]), [2])
    expect(told).toEqual(close(6))
    // Steps to look for places in the first layer's one piece, the second's two and the third's three, and three pieces.
    expect(steps).toBe(1 + 2 + 3 + 3)
    const six = explained([dense(1, [16], [-4], 'relu6'), same, same, same], change([0, 1]), [1])
    expect([six.told, six.steps]).toEqual([close(6), 1 + 3 + 3 + 3])
  })

  it('has no further corners behind units that are not straight between theirs', () => {
    const layers = [dense(1, [1], [-0.5], 'elu'), dense(1, [1], [0], 'relu'), dense(1, [1], [0])]
    // elu is cut at its corner and what follows is left to the integral, which finds the corner of relu at the same place.
    const { told, base, logits, steps } = explained(layers, change([0, 1]), [1])
    expect([base, logits, told]).toEqual([close(0), close(0.5), close(0.5)])
    expect(steps).toBe(1 + 2)
  })

  it('looks at 2,048 corners at most', () => {
    const units = 2100
    const first = dense(
      1,
      new Array(units).fill(1),
      Array.from({ length: units }, (_, unit) => -(unit + 0.5) / units),
      'relu',
    )
    const second = dense(units, new Array(units).fill(1), [0])
    const same = dense(1, [1], [0])
    const { told, logits, steps } = explained([first, second, same, same], change([0, 1]), [1])
    expect(told[0]).toBeCloseTo(logits[0] ?? 0, 6)
    expect(steps).toBeLessThan(1 + 2101 + 1)
  })

  it('needs a layer', () => {
    expect(() => denseExplainer({ fronts: [], layers: [] }, new Map())).toThrow(
      new RangeError('a network needs a layer'),
    )
  })
})

describe('the first layer', () => {
  const front = (pooling: SequenceFront['pooling'], base = 1): SequenceFront => ({
    base,
    length: 3,
    words: 3,
    dimensions: 2,
    pooling,
    // Padding, and two words: the first moves up and down, the second down and up.
    embedding: Float32Array.of(1, 1, 4, -1, 0, 3),
  })
  /** A unit for each input, so that sums are inputs. */
  const layerOf = (inputs: number) =>
    dense(
      inputs,
      Array.from({ length: inputs * inputs }, (_, at) => (at % (inputs + 1) === 0 ? 1 : 0)),
      new Array(inputs).fill(0),
    )

  it('begins with numbers as they are filled in, and with padding', () => {
    expect([...firstLayerOf(layerOf(3), [front('max')]).sums(new Map([[0, 7]]))]).toEqual([7, 1, 1])
    expect([...firstLayerOf(layerOf(7), [front('flatten')]).sums(new Map())]).toEqual([0, 1, 1, 1, 1, 1, 1])
  })

  it('changes by the words that are pooled', () => {
    const row = change([0, 5], [1, 1], [3, 2])
    const sums = (pooling: SequenceFront['pooling'], inputs: number) => [
      ...firstLayerOf(layerOf(inputs), [front(pooling)]).change(row),
    ]
    expect(sums('flatten', 7)).toEqual([5, 3, -2, 0, 0, -1, 2])
    expect(sums('average', 3)).toEqual(close(5, 2 / 3, 0))
    // A place is left for padding, which is larger than a word that moves down.
    expect(sums('max', 3)).toEqual([5, 3, 2])
  })

  it('gives the largest of all words where no padding is left', () => {
    const { change: changeOf, contributions } = firstLayerOf(layerOf(2), [front('max', 0)])
    const full = change([0, 2], [1, 2], [2, 2])
    expect([...changeOf(full)]).toEqual([-1, 2])
    // The first of equal words has it all.
    expect([...contributions(full, Float64Array.of(1, 10))]).toEqual([19, 0, 0])
    expect([...changeOf(change([0, 2], [1, 2]))]).toEqual([0, 2])
  })

  it('divides a weighted sum of its changes among the entries', () => {
    const { contributions } = firstLayerOf(layerOf(3), [front('max')])
    const told = contributions(change([0, 5], [1, 1], [3, 2]), Float64Array.of(2, 10, 100))
    expect([...told]).toEqual([10, 30, 200])
    const flat = firstLayerOf(layerOf(7), [front('flatten')])
    const weights = Float64Array.of(0, 1, 2, 3, 4, 5, 6)
    expect([...flat.contributions(change([1, 1], [3, 2]), weights)]).toEqual([3 - 4, -5 + 12])
  })

  it('keeps two sequences apart', () => {
    const fronts = [front('max', 0), { ...front('max', 3), embedding: Float32Array.of(0, 0, 1, 1, 8, 9) }]
    const { sums, change: changeOf } = firstLayerOf(layerOf(4), fronts)
    expect([...sums(new Map())]).toEqual([1, 1, 0, 0])
    expect([...changeOf(change([3, 2]))]).toEqual([0, 0, 8, 9])
    expect([...changeOf(change([2, 1], [5, 1]))]).toEqual([3, 0, 1, 1])
    // A position behind all sequences is none of theirs.
    expect([...changeOf(change([6, 1]))]).toEqual([0, 0, 0, 0])
  })
})

describe('the difference of a row from the empty one', () => {
  const rowOf = (...entries: [index: number, value: number][]) => {
    const row = new SparseRow()
    for (const [index, value] of entries) row.add(index, value)
    return row
  }

  it('has what is larger, smaller, new and gone, and nothing that is equal', () => {
    const empty = new Map([
      [0, 3],
      [1, 5],
      [2, 7],
    ])
    const { indices, values } = differenceOf(rowOf([0, 4], [1, 5], [9, 2]), empty)
    expect([[...indices], [...values]]).toEqual([
      [0, 9, 2],
      [1, 2, -7],
    ])
    expect(differenceOf(rowOf(), new Map())).toEqual({
      indices: new Uint32Array(),
      values: new Float64Array(),
    })
  })

  it('is of trees all bins of the row', () => {
    const row = rowOf([0, 4], [3, 2])
    expect(binsOfRow(row)).toEqual({ indices: Uint32Array.of(0, 3), values: Float64Array.of(4, 2) })
  })
})

describe('trees behind the inputs of networks', () => {
  /** Divides feature 1 at bin 1; the second output has a leaf alone. */
  const forest: Forest = {
    features: 2,
    first: 3,
    outputs: 2,
    activation: 'linear',
    base: Float64Array.of(0.5, 1),
    roots: Uint32Array.of(0, 3),
    feature: Int32Array.of(1, LEAF, LEAF, LEAF),
    left: Uint32Array.of(1, 0, 0, 0),
    split: Uint32Array.of(1, 0, 0, 0),
    sets: new Uint32Array(),
    value: Float64Array.of(4, 1, 9, 3),
    rows: Uint32Array.of(8, 5, 3, 8),
  }

  it('are explained by the bins of their own features', () => {
    const explainer = treesExplainer(forest)
    expect([...explainer.base]).toEqual([4.5, 4])
    const row = change([1, 7], [3, 1], [4, 2])
    expect([...explainer.logits(row)]).toEqual([9.5, 4])
    expect([...atOnce(explainer.contributions(row, Float64Array.of(2, 1)))]).toEqual([0, 0, 10])
    // A row has its own bins only.
    const other = change([4, 1])
    expect([...explainer.logits(other)]).toEqual([1.5, 4])
    expect([...atOnce(explainer.contributions(other, Float64Array.of(1, 1)))]).toEqual([-3])
    expect([...explainer.logits(change([3, 1]))]).toEqual([1.5, 4])
    const { first: _, ...alone } = forest
    expect([...treesExplainer(alone).logits(change([1, 2]))]).toEqual([9.5, 4])
  })
})

describe('the explained number', () => {
  const LOGITS = [Float64Array.of(0.3, -1.2, 2), Float64Array.of(-0.7, 0.4, 0.1)]
  const options = { members: 2, outputs: 3, ordinal: false }

  function numericGradient(head: Head, logits: readonly Float64Array[]): number[] {
    return logits.flatMap((member, index) =>
      [...member].map((_, at) => {
        const moved = (by: number) =>
          logits.map((each, other) =>
            each.map((value, place) => (other === index && place === at ? value + by : value)),
          )
        return (head.value(moved(1e-5)) - head.value(moved(-1e-5))) / 2e-5
      }),
    )
  }

  it.each([
    ['linear', false],
    ['softmax', false],
    ['sigmoid', false],
    ['sigmoid', true],
  ] as const)('of %s (ordered: %s) has the derivatives that differences show', (activation, ordinal) => {
    for (const members of [1, 2])
      for (let output = 0; output < (ordinal ? 4 : 3); output++) {
        const logits = LOGITS.slice(0, members)
        const head = headOf({ ...options, activation, ordinal, members }, output)
        const gradient = new Float64Array(3 * members).fill(99)
        head.gradient(logits, gradient)
        expect([...gradient]).toEqual(numericGradient(head, logits).map((value) => expect.closeTo(value, 7)))
      }
  })

  it('is the logit, that of the mean probability, or the logarithm of an ordered class’s', () => {
    const numberOf = (activation: 'linear' | 'softmax' | 'sigmoid', members: number, output: number) =>
      headOf({ ...options, activation, members }, output).value(LOGITS.slice(0, members))
    for (const activation of ['linear', 'softmax', 'sigmoid'] as const)
      expect(numberOf(activation, 1, 2)).toBe(2)
    expect(numberOf('linear', 2, 0)).toBeCloseTo(-0.2, 12)
    const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))
    const mean = (sigmoid(2) + sigmoid(0.1)) / 2
    expect(numberOf('sigmoid', 2, 2)).toBeCloseTo(Math.log(mean / (1 - mean)), 10)
    const share = (logits: Float64Array, at: number) =>
      Math.exp(logits[at] ?? 0) / [...logits].reduce((sum, z) => sum + Math.exp(z), 0)
    const [first, second] = LOGITS as [Float64Array, Float64Array]
    expect(numberOf('softmax', 2, 1)).toBeCloseTo(Math.log((share(first, 1) + share(second, 1)) / 2), 10)
    const ordinal = (output: number) =>
      headOf({ ...options, activation: 'sigmoid', ordinal: true, members: 1 }, output).value([first])
    const above = [...first].map(sigmoid) as [number, number, number]
    expect([0, 1, 2, 3].map(ordinal)).toEqual(
      close(
        Math.log(1 - above[0]),
        Math.log(above[0] * (1 - above[1])),
        Math.log(above[0] * above[1] * (1 - above[2])),
        Math.log(above[0] * above[1] * above[2]),
      ),
    )
  })

  it('has a mean gradient whose products with the differences add up to its own difference', () => {
    const to = [Float64Array.of(2, 1, -1), Float64Array.of(0.5, -3, 0.2)]
    for (const activation of ['linear', 'softmax', 'sigmoid'] as const) {
      const head = headOf({ ...options, activation }, 1)
      const gradient = meanGradient(head, LOGITS, to)
      const difference = Float64Array.from(
        to.flatMap((member, index) => [...member].map((value, at) => value - (LOGITS[index]?.[at] ?? 0))),
      )
      expect(dot(gradient, difference)).toBeCloseTo(head.value(to) - head.value(LOGITS), 9)
    }
    const alone = headOf({ ...options, activation: 'linear', members: 1 }, 2)
    expect([...meanGradient(alone, LOGITS.slice(0, 1), to.slice(0, 1))]).toEqual(close(0, 0, 1))
  })
})

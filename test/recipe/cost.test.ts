import { describe, expect, it } from 'vitest'
import {
  type ColumnDescription,
  completeRecipe,
  estimateCost,
  RecipeInput,
  type TableDescription,
} from '../../src/recipe/index.ts'

const x: ColumnDescription = { name: 'x', type: 'number', missing: 0, distinct: 50, min: 0, max: 60 }
const y: ColumnDescription = { ...x, name: 'y', distinct: 900 }
const near: ColumnDescription = {
  name: 'near',
  type: 'category',
  missing: 0,
  classes: { a: 300, b: 300, c: 400 },
}
const view: ColumnDescription = {
  name: 'view',
  type: 'boolean',
  missing: 0,
  classes: { false: 1, true: 999 },
}
const note: ColumnDescription = { name: 'note', type: 'text', missing: 0, meanLength: 60 }
const label: ColumnDescription = { name: 'label', type: 'category', missing: 0, classes: { a: 400, b: 600 } }
const table = (columns: ColumnDescription[], rows = 1_000): TableDescription => ({ rows, columns })
const wide = (count: number): ColumnDescription => ({
  ...near,
  name: 'label',
  classes: Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, 20])),
})
const completed = (input: object, over: TableDescription) => completeRecipe(RecipeInput.parse(input), over)
const costOf = (input: object, over: TableDescription) => {
  const { recipe, problems } = completed(input, over)
  expect(problems).toEqual([])
  return estimateCost(recipe!, over)
}
const faultsOf = (input: object, over: TableDescription) =>
  completed(input, over).problems.map(({ path, message }) => `${path}: ${message}`)

describe('the size of a network', () => {
  const layers = [{ units: 5 }, { units: 3 }]
  const sizes = (input: object, columns: ColumnDescription[]) => {
    const { inputs, parameters } = costOf({ layers, ...input }, table(columns))
    return [inputs, parameters]
  }

  it.each<[string, object, ColumnDescription[], number]>([
    ['a number', {}, [x], 1],
    ['a number with gaps', {}, [{ ...x, missing: 1 }], 2],
    ['bins and the number', { scaling: 'piecewiseLinear', bins: 8 }, [x], 9],
    ['bins of a column', { columns: { x: { scaling: 'piecewiseLinear', bins: 4 } } }, [x], 5],
    [
      'another scaling of a column',
      { scaling: 'piecewiseLinear', columns: { x: { scaling: 'none' } } },
      [x],
      1,
    ],
    ['the values of a category', {}, [near], 3],
    ['the values of a category with gaps', {}, [{ ...near, missing: 1 }], 4],
    ['a boolean', {}, [view], 2],
    ['a boolean with gaps', {}, [{ ...view, missing: 1 }], 3],
    ['the words of a text', { encoder: { type: 'count', numWords: 70 } }, [note], 70],
    [
      'the words of two texts',
      { encoder: { type: 'count', numWords: 70 } },
      [note, { ...note, name: 'more' }],
      140,
    ],
    ['all together', { encoder: { type: 'count', numWords: 70 } }, [note, near, view, x], 76],
  ])('has inputs for %s', (_, input, columns, inputs) => {
    expect(sizes(input, [...columns, y])).toEqual([inputs, 5 * (inputs + 1) + 3 * 6 + 4])
  })

  it('has an output for each of several classes, and one for two or for a number', () => {
    expect(sizes({}, [x, label])).toEqual([1, 10 + 18 + 4])
    expect(sizes({}, [x, wide(7)])).toEqual([1, 10 + 18 + 7 * 4])
  })

  it('has a vector for each word of a sequence, and for padding and unknown words', () => {
    const sequence = { type: 'sequence', numWords: 98, maxLength: 20, embedding: 6 }
    expect(sizes({ encoder: sequence }, [note, label])).toEqual([6, 600 + 5 * 7 + 18 + 4])
    expect(sizes({ encoder: { ...sequence, pooling: 'flatten' } }, [note, label])).toEqual([
      120,
      600 + 5 * 121 + 18 + 4,
    ])
    const more = { ...note, name: 'more' }
    expect(sizes({ encoder: sequence }, [note, more, label])).toEqual([12, 1_200 + 5 * 13 + 18 + 4])
  })

  it('has an output for each label of cells that name several', () => {
    const cells = { ...near, name: 'label', classes: { 'a|b': 300, a: 300, 'b|a': 200, b: 200 } }
    expect(sizes({ multiLabel: { separator: '|' } }, [x, cells])).toEqual([1, 10 + 18 + 2 * 4])
  })

  it('counts every network of an ensemble', () => {
    expect(sizes({ ensemble: 4 }, [x, label])).toEqual([1, 4 * 32])
  })
})

/*
 * The figures below are those of src/recipe/estimate.ts: 0.6 s to start, 1 s for TensorFlow, 300 ns a cell, 0.13 ns a
 * multiplication, 0.005 ms a step, 0.6 ns a weight, 200 MB, 24 bytes a parameter, 9 bytes an input that is not 0.
 */
describe('the estimate of a training', () => {
  const plain = { layers: [{ units: 4 }], batchSize: 100, epochs: 10, validation: null, optimizer: 'adam' }
  const numbers = table([x, { ...x, name: 'z' }, y])
  // Two inputs: 12 weights in the first layer, 5 in the second. Ten steps an epoch.
  const step = 0.005e-3 + (100 * (5 + 2 * 4) * 0.13 + 12 * 0.6 + 5 * 0.6) / 1e9

  it('is that of a hand calculation', () => {
    const cost = costOf(plain, numbers)
    expect(cost).toMatchObject({ inputs: 2, parameters: 17, startSeconds: 0.6 })
    expect(cost.seconds).toBeCloseTo(0.6 + (1_000 * 2 * 300) / 1e9 + 100 * step, 9)
    expect(cost.memoryMb).toBeCloseTo(200 + (17 * 24 + 1_000 * 2 * 9) / 1e6, 9)
  })

  const trainings = (input: object) =>
    (costOf({ ...plain, ...input }, numbers).seconds - 0.6 - 0.0006) / (10 * step)
  it.each<[string, object, number]>([
    ['ten epochs', {}, 10],
    ['a fifth of the rows aside, with a forward pass', { validation: { split: 0.2 } }, 8 * 1.2],
    ['rows aside', { validation: { rows: 250 } }, 8 * 1.2],
    ['a last fit', { validation: { rows: 250 }, finalEpochs: 5 }, 12 * 1.2],
    ['a last fit as long as the first', { validation: { rows: 250 }, finalEpochs: 'best' }, 16 * 1.2],
    ['the last fit after folds', { validation: { kFold: 4 }, finalEpochs: 5 }, 5 * 1.2],
    ['at most the epochs after folds', { validation: { kFold: 4 }, finalEpochs: 50 }, 10 * 1.2],
    ['an ensemble', { ensemble: 3 }, 30],
  ])('takes the steps of %s', (_, input, epochs) => {
    // `step` is a tenth of an epoch.
    expect(trainings(input)).toBeCloseTo(epochs, 6)
  })

  it('counts a batch of no more rows than there are', () => {
    const all = costOf({ ...plain, batchSize: 5_000 }, numbers)
    const whole = 0.005e-3 + (1_000 * 13 * 0.13 + 12 * 0.6 + 5 * 0.6) / 1e9
    expect(all.seconds).toBeCloseTo(0.6 + 0.0006 + 10 * whole, 9)
  })

  it('has TensorFlow start and step more slowly, and multiply faster', () => {
    const cost = costOf({ ...plain, engine: 'tensorflow' }, numbers)
    const slow = 1.5e-3 + (100 * 13 * 0.07 + 12 * 0.6 + 5 * 0.6) / 1e9
    expect(cost.startSeconds).toBe(1.6)
    expect(cost.seconds).toBeCloseTo(1.6 + 0.0006 + 100 * slow, 9)
    expect(cost.memoryMb).toBeCloseTo(550 + (17 * 24 + 1_000 * 2 * 9) / 1e6, 9)
  })

  it('takes TensorFlow for 20 million multiplications a step, and for an embedding', () => {
    const start = (units: number, input: object = {}) =>
      costOf({ ...plain, layers: [{ units }], batchSize: 1_000, ...input }, numbers).startSeconds
    // A thousand rows, and three weights and a bias for each unit.
    expect(start(6_666)).toBe(0.6)
    expect(start(6_667)).toBe(1.6)
    expect(start(6_667, { engine: 'typed' })).toBe(0.6)
    expect(costOf({ encoder: 'sequence' }, table([note, label])).startSeconds).toBe(1.6)
    expect(costOf({ encoder: 'count' }, table([note, label])).startSeconds).toBe(0.6)
  })

  it('updates only the weights of nonzero inputs where the optimizer allows it', () => {
    // One of ten inputs is not 0.
    const sparse = table([{ ...wide(10), name: 'kind' }, y])
    const seconds = (input: object) => costOf({ ...plain, batchSize: 1, ...input }, sparse).seconds
    const lazy = 0.6 + (1_000 * 300) / 1e9 + 1e4 * (0.005e-3 + (5 * 0.13 + 4 * 0.3 + 5 * 0.6) / 1e9)
    const all = 10 * 4.4 * 0.6
    const one = 4.4 * 3
    expect((seconds({}) - lazy) * 1e5).toBeCloseTo(all, 6)
    expect((seconds({ optimizer: 'adamW' }) - lazy) * 1e5).toBeCloseTo(all, 6)
    expect((seconds({ optimizer: 'rmsprop' }) - lazy) * 1e5).toBeCloseTo(one, 6)
    expect((seconds({ optimizer: 'sgd' }) - lazy) * 1e5).toBeCloseTo(one, 6)
    expect((seconds({ optimizer: { type: 'sgd', momentum: 0.9 } }) - lazy) * 1e5).toBeCloseTo(all, 6)
    expect((seconds({ optimizer: 'sgd', layers: [{ units: 4, l1: 0.1 }] }) - lazy) * 1e5).toBeCloseTo(all, 6)
    expect((seconds({ optimizer: 'sgd', layers: [{ units: 4, l2: 0.1 }] }) - lazy) * 1e5).toBeCloseTo(all, 6)
  })

  it('does not multiply the bins of curves, except in TensorFlow', () => {
    const curves = { ...plain, scaling: 'piecewiseLinear', bins: 9 }
    // Ten inputs a number, of which seven are curved; on average 5.5 are not 0.
    const weights = 21 * 4 * 0.6 + 5 * 0.6
    const typed = 0.005e-3 + (100 * (5 + (20 - 14) * 4) * 0.13 + weights) / 1e9
    const cost = costOf(curves, numbers)
    expect(cost.seconds).toBeCloseTo(0.6 + 0.0006 + 100 * typed, 9)
    expect(cost.memoryMb).toBeCloseTo(200 + (89 * 24 + 1_000 * 11 * 9) / 1e6, 9)
    const flow = 1.5e-3 + (100 * (5 + 20 * 4) * 0.07 + weights) / 1e9
    expect(costOf({ ...curves, engine: 'tensorflow' }, numbers).seconds).toBeCloseTo(
      1.6 + 0.0006 + 100 * flow,
      9,
    )
  })

  it('counts the inputs that are not 0 of sparse rows, ten times as dear in TensorFlow', () => {
    // Two of twenty inputs are not 0.
    const kinds = table([{ ...wide(10), name: 'one' }, { ...wide(10), name: 'two' }, y])
    const seconds = (input: object) => costOf({ ...plain, batchSize: 1, ...input }, kinds).seconds
    const read = 0.6 + (2_000 * 300) / 1e9
    const weights = 84 * 0.6 + 5 * 0.6
    expect(seconds({})).toBeCloseTo(read + 1e4 * (0.005e-3 + (5 * 0.13 + 8 * 0.3 + weights) / 1e9), 9)
    expect(seconds({ engine: 'tensorflow' })).toBeCloseTo(
      1 + read + 1e4 * (1.5e-3 + (5 * 0.07 + 8 * 3 + weights) / 1e9),
      9,
    )
  })

  it('updates the vectors of all words of a sequence', () => {
    const sequence = { type: 'sequence', numWords: 98, maxLength: 20, embedding: 6 }
    const cost = costOf({ ...plain, encoder: sequence }, table([note, label]))
    // Six inputs of 4 units, and 100 vectors of 6 numbers; 30 ns and half a byte for each character.
    const step = 1.5e-3 + (100 * (5 + 6 * 4) * 0.07 + 28 * 0.6 + 5 * 0.6 + 600 * 0.6) / 1e9
    expect(cost.seconds).toBeCloseTo(1.6 + (60_000 * 30 + 1_000 * 300) / 1e9 + 100 * step, 9)
    expect(cost.memoryMb).toBeCloseTo(550 + (30_000 + 633 * 24 + 1_000 * 6 * 9) / 1e6, 9)
  })

  it('counts the directions beside coordinates, whose bins are half filled as well', () => {
    const place = table([{ ...x, name: 'latitude' }, { ...x, name: 'longitude' }, y])
    const coordinates = { longitude: 'longitude', latitude: 'latitude' }
    const curves = { ...plain, scaling: 'piecewiseLinear', bins: 9, coordinates }
    const cost = costOf(curves, place)
    // Two numbers and five directions of ten inputs. Each number has 5.5 that are not 0, each direction 5; 49 are curved.
    expect(cost.inputs).toBe(70)
    const typed = 0.005e-3 + (100 * (5 + (70 - 49) * 4) * 0.13 + 71 * 4 * 0.6 + 5 * 0.6) / 1e9
    expect(cost.seconds).toBeCloseTo(0.6 + 0.0006 + 100 * typed, 9)
    expect(cost.memoryMb).toBeCloseTo(200 + (289 * 24 + 1_000 * 36 * 9) / 1e6, 9)
  })

  it('is that of a hand calculation for trees', () => {
    const when: ColumnDescription = { name: 'when', type: 'datetime', missing: 0, distinct: 900 }
    const trees = {
      network: { type: 'trees', leaves: 16, minRows: 20, featureShare: 0.5, rowShare: 0.8 },
      epochs: 10,
      validation: { split: 0.2 },
      finalEpochs: null,
      ensemble: 1,
      coordinates: null,
    }
    const cost = costOf(trees, table([x, { ...x, name: 'z' }, when, y]))
    // Two numbers, and a date as one and half of nine parts: 7.5 columns, of which 3.75 are used. 640 of 800 rows are.
    const sums = 640 * (1 + 4 / 2) * 3.75 * 0.8
    const rows = 800 * (1 + 4) * 8
    // Of at most 32 nodes, since 640 rows are enough for twice 32.
    const bins = 32 * 3.75 * 256 * 5
    expect(cost).toMatchObject({ inputs: 8, parameters: 160, startSeconds: 0.6 })
    expect(cost.seconds).toBeCloseTo(0.6 + (3_000 * 300) / 1e9 + (10 * (sums + rows + bins)) / 1e9, 9)
    const memory = 1_000 * (7.5 * 11 + 40) + 7.5 * 256 * 20 * 17 + 10 * 31 * 28
    expect(cost.memoryMb).toBeCloseTo(200 + memory / 1e6, 9)

    // With 100 of 500 rows to a leaf there are twice 5 nodes at most; three classes have three trees in an epoch.
    const three: ColumnDescription = { ...near, name: 'label' }
    const network = { ...trees.network, minRows: 100, featureShare: 1, rowShare: 0.5 }
    const many = costOf({ ...trees, network, ensemble: 2, validation: null }, table([x, three]))
    const one = 500 * 3 * 0.8 + 1_000 * 5 * 8 + 10 * 256 * 5
    expect(many.parameters).toBe(2 * 10 * 3 * 16)
    expect(many.seconds).toBeCloseTo(0.6 + (1_000 * 300) / 1e9 + (20 * 3 * one) / 1e9, 9)
    expect(many.memoryMb).toBeCloseTo(
      200 + (1_000 * (11 + 40 * 3) + 256 * 20 * 17 + 20 * 3 * 31 * 28) / 1e6,
      9,
    )
    // Beside networks, trees have rows and nodes of their own; further networks see the same rows as the first ones.
    const networks = {
      layers: [{ units: 4 }],
      optimizer: 'adam',
      batchSize: 32,
      epochs: 10,
      validation: null,
    }
    const columns = table([x, { ...x, name: 'z' }, y])
    const alone = costOf(networks, columns)
    const grown = costOf({ network: trees.network, epochs: 10, validation: null }, columns)
    const other = { network: trees.network, epochs: 10 }
    const mean = costOf({ ...networks, otherMembers: [{ layers: [] }, other] }, columns)
    expect(alone.memoryMb).toBeCloseTo(200 + (17 * 24 + 1_000 * 2 * 9) / 1e6, 9)
    expect(mean.memoryMb).toBeCloseTo(alone.memoryMb + (3 * 24) / 1e6 + grown.memoryMb - 200, 9)

    // A single column is used whatever the share.
    const share = costOf(
      { ...trees, network: { ...network, featureShare: 0.1 }, validation: null },
      table([x, y]),
    )
    expect(share.seconds).toBeCloseTo(0.6 + 0.0003 + (10 * one) / 1e9, 9)
  })

  it('reads the characters of texts by the longest run', () => {
    const texts = table([note, label])
    const bag = (options: object) => ({
      ...plain,
      epochs: 1,
      encoder: { type: 'count', numWords: 1, ...options },
    })
    const reading = (options: object) => {
      const { seconds, memoryMb } = costOf(bag(options), texts)
      // Without the start, the cells and the steps of a network with one input, at most one of which is not 0.
      const steps = 10 * (0.005e-3 + (100 * (5 + 4) * 0.13 + 8 * 0.6 + 5 * 0.6) / 1e9)
      return [
        Math.round((seconds - 0.6 - 0.0003 - steps) * 1e9) / 60_000,
        (memoryMb - 200 - (13 * 24 + 1_000 * 9) / 1e6) * 1e6,
      ]
    }
    // 44 · √(60,000 / 6) different words, times the square of the run; 200 bytes each.
    expect(reading({})[0]).toBeCloseTo(30, 3)
    expect(reading({})[1]).toBeCloseTo(30_000, 3)
    expect(reading({ ngrams: [1, 2] })[0]).toBeCloseTo(90, 3)
    expect(reading({ ngrams: [1, 2] })[1]).toBeCloseTo(30_000 + 4_400 * 4 * 200, 3)
    expect(reading({ ngrams: [1, 3] })[1]).toBeCloseTo(30_000 + 4_400 * 9 * 200, 3)
    for (const analyzer of ['char', 'charAcross']) {
      expect(reading({ analyzer, ngrams: [1, 4] })[0]).toBeCloseTo(450, 3)
      expect(reading({ analyzer, ngrams: [1, 4] })[1]).toBeCloseTo(180_000, 3)
      expect(reading({ analyzer, ngrams: [1, 5] })[0]).toBeCloseTo(1_100, 3)
      expect(reading({ analyzer, ngrams: [1, 6] })[0]).toBeCloseTo(1_700, 3)
    }
  })

  it('reads the texts once more for a last fit after a split', () => {
    const reading = (input: object) => {
      const encoder = { type: 'count', numWords: 1 }
      const seconds = (meanLength: number) =>
        costOf({ ...plain, encoder, ...input }, table([{ ...note, meanLength }, label])).seconds
      return (seconds(120) - seconds(60)) * 1e9
    }
    const once = 1_000 * 60 * 30
    expect(reading({ validation: null })).toBeCloseTo(once, 1)
    expect(reading({ validation: { split: 0.2 }, finalEpochs: null })).toBeCloseTo(once, 1)
    expect(reading({ validation: { split: 0.2 }, finalEpochs: 'best' })).toBeCloseTo(2 * once, 1)
    expect(reading({ validation: { rows: 100 }, finalEpochs: 7 })).toBeCloseTo(2 * once, 1)
  })

  it('counts the words of a text that are different ones', () => {
    const texts = table([note, label])
    const memory = (options: object) => {
      const encoder = { type: 'count', numWords: 10_000, ...options }
      const { memoryMb, parameters } = costOf({ ...plain, encoder }, texts)
      return (memoryMb - 200 - (parameters * 24) / 1e6) * 1e6
    }
    // 60 % of ten words; each takes 9 bytes in 1,000 rows.
    expect(memory({})).toBeCloseTo(30_000 + 6 * 9_000, 3)
    expect(memory({ ngrams: [2, 2] })).toBeCloseTo(30_000 + 4_400 * 4 * 200 + 6 * 9_000, 3)
    expect(memory({ ngrams: [1, 2] })).toBeCloseTo(30_000 + 4_400 * 4 * 200 + 12 * 9_000, 3)
    expect(memory({ analyzer: 'char', ngrams: [1, 1] })).toBeCloseTo(180_000 + 36 * 9_000, 3)
  })

  it('updates no more weights than a vocabulary is likely to have words', () => {
    const texts = table([note, label])
    const seconds = (numWords: number, minCount = 1) =>
      costOf({ ...plain, batchSize: 1, encoder: { type: 'count', numWords, minCount } }, texts).seconds
    const perWord = 4 * 0.6 * 1e4
    // 4,400 different words, of which half occur twice.
    expect((seconds(4_000) - seconds(3_000)) * 1e9).toBeCloseTo(1_000 * perWord, -3)
    expect((seconds(9_000) - seconds(5_000)) * 1e9).toBeCloseTo(0, -5)
    expect((seconds(9_000, 1) - seconds(9_000, 2)) * 1e9).toBeCloseTo(2_200 * perWord, -5)
  })
})

describe('a network that is too large is refused', () => {
  it('at the layer that exceeds 200 million parameters', () => {
    const two = (units: number) => ({ layers: [{ units: 19_999 }, { units }], batchSize: 1 })
    const faults = (units: number) => faultsOf(two(units), table([x, label]))
    // 39,998 parameters, and 20,000 for each unit of the second layer.
    expect(faults(9_997)).toEqual([])
    // The output layer has 9,999 parameters more.
    expect(faults(9_998)).toEqual([
      '/recipe/layers: The network would have 200,009,997 parameters up to this layer, more than the limit of 200,000,000. Use fewer units.',
    ])
    expect(faults(10_000)[0]).toMatch(/^\/recipe\/layers\/1\/units: The network would have 200,039,998 /)
  })

  it('at the outputs', () => {
    const faults = faultsOf({ layers: [{ units: 199_990 }], batchSize: 1 }, table([x, wide(1_000)], 20_000))
    expect(faults).toEqual([
      expect.stringMatching(/^\/recipe\/layers: The network would have 200,\d+,\d+ param/),
    ])
  })

  it('at an encoder with words', () => {
    const bag = (units: number) => ({ encoder: { type: 'count', numWords: 1_000_000 }, layers: [{ units }] })
    expect(faultsOf(bag(199), table([note, label]))).toEqual([])
    expect(faultsOf(bag(200), table([note, label]))).toEqual([
      '/recipe/layers/0/units: The network would have 200,000,200 parameters up to this layer, more than the limit of 200,000,000. Use fewer units or fewer words.',
    ])
    const sequence = (numWords: number) => ({
      encoder: { type: 'sequence', numWords, embedding: 1_000 },
      layers: [],
      batchSize: 1,
    })
    // The output layer has 1,001 parameters more.
    expect(faultsOf(sequence(199_998), table([note, label]))[0]).toMatch(/^\/recipe\/layers: .*200,001,001/)
    expect(faultsOf(sequence(199_999), table([note, label]))[0]).toMatch(
      /^\/recipe\/encoder\/embedding: .*200,001,000/,
    )
    expect(faultsOf(sequence(199_996), table([note, label]))).toEqual([])
  })

  it('at a layer of more than a million units', () => {
    const faults = (units: number) => faultsOf({ layers: [{ units }], batchSize: 1 }, table([x, label]))
    expect(faults(1_000_000)).toEqual([])
    expect(faults(1_000_001)).toEqual(['/recipe/layers/0/units: A layer can have at most 1,000,000 units.'])
  })

  it('at an ensemble, with the number of networks that fit', () => {
    const faults = (ensemble: number) =>
      faultsOf({ layers: [{ units: 999_999 }], batchSize: 1, ensemble }, table([x, label]))
    // 3 × 999,999 + 1 parameters
    expect(faults(64)).toEqual([])
    const large = (ensemble: number) =>
      faultsOf({ layers: [{ units: 4_999 }, { units: 1_999 }], batchSize: 1, ensemble }, table([x, label]))
    // 9,998 + 5,000 · 1,999 + 2,000 = 10,006,998
    expect(large(19)).toEqual([])
    expect(large(20)).toEqual([
      '/recipe/ensemble: 20 networks would have 200,139,960 parameters, more than the limit of 200,000,000. Use at most 19 networks, or smaller ones.',
    ])
  })

  it('at a batch of more than a billion numbers', () => {
    const at = (batchSize: number, units: number) =>
      faultsOf({ layers: [{ units }], batchSize }, table([x, label]))
    expect(at(1_000, 1_000_000)).toEqual([])
    expect(at(1_001, 1_000_000)).toEqual([
      '/recipe/batchSize: One batch would hold 1,001 × 1,000,000 numbers, more than the limit of 1,000,000,000. Use a smaller batch or smaller layers.',
    ])
    // The rows of a bag are sparse; those of a sequence are not.
    const bag = { encoder: { type: 'count', numWords: 2_000_000 }, layers: [], batchSize: 1_000 }
    expect(faultsOf(bag, table([note, label]))).toEqual([])
    const sequence = (maxLength: number) =>
      faultsOf(
        { encoder: { type: 'sequence', maxLength }, layers: [], batchSize: 20_000 },
        table([note, label]),
      )
    expect(sequence(50_000)).toEqual([])
    expect(sequence(50_001)).toEqual([expect.stringMatching(/^\/recipe\/batchSize: .* 20,000 × 50,001 /)])
  })
})

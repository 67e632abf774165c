import { describe, expect, it } from 'vitest'
import {
  CompleteRecipe,
  completeRecipe,
  estimateCost,
  JobBody,
  problemsOf,
  RecipeInput,
  validationFaults,
} from '../../src/recipe/index.ts'
import type { ColumnDescription, TableDescription } from '../../src/recipe/table.ts'

const reviews: TableDescription = {
  rows: 25_000,
  columns: [
    { name: 'text', type: 'text', missing: 0, meanLength: 1310 },
    { name: 'label', type: 'category', missing: 0, classes: { neg: 12_500, pos: 12_500 } },
  ],
}
const houses: TableDescription = {
  rows: 3_000,
  columns: [
    { name: 'rooms', type: 'number', missing: 3, min: 1, max: 9, mean: 5, distinct: 400, integer: false },
    { name: 'near', type: 'category', missing: 0, classes: { BAY: 1_000, INLAND: 2_000 } },
    { name: 'view', type: 'boolean', missing: 0, classes: { false: 10, true: 2_990 } },
    { name: 'price', type: 'number', missing: 10, min: 1, max: 50, mean: 20, distinct: 900, integer: false },
  ],
}
const reviewsWithStars: TableDescription = {
  rows: 25_000,
  columns: [
    { name: 'text', type: 'text', missing: 0, meanLength: 1310 },
    { name: 'stars', type: 'number', missing: 0, min: 1, max: 5, distinct: 5 },
  ],
}
const topics: TableDescription = {
  rows: 6_000,
  columns: [
    { name: 'text', type: 'text', missing: 0, meanLength: 500 },
    {
      name: 'label',
      type: 'category',
      missing: 0,
      classes: Object.fromEntries(Array.from({ length: 52 }, (_, i) => [`t${i}`, 100])),
    },
  ],
}

const complete = (input: unknown, table: TableDescription) => completeRecipe(RecipeInput.parse(input), table)
const faults = (input: unknown, table: TableDescription) => {
  const parsed = RecipeInput.safeParse(input)
  if (!parsed.success) return problemsOf(parsed.error, RecipeInput, input, '/recipe')
  return completeRecipe(parsed.data, table).problems
}

const visits: TableDescription = {
  rows: 5_000,
  columns: [
    {
      name: 'at',
      type: 'datetime',
      format: '%Y-%m-%d',
      missing: 0,
      distinct: 5_000,
      earliest: '2021-01-01T00:00:00Z',
      latest: '2024-12-31T00:00:00Z',
    },
    { name: 'born', type: 'date', format: '%d.%m.%Y', missing: 0, distinct: 800 },
    { name: 'count', type: 'number', missing: 0, min: 1, max: 50, distinct: 50 },
  ],
}

describe('the name of a network', () => {
  const networkOf = (network?: unknown) =>
    completeRecipe(RecipeInput.parse(network === undefined ? {} : { network }), houses).recipe

  it('may be auto, which leaves it to the service, or dense', () => {
    expect(networkOf('auto')).toEqual(networkOf())
    expect(networkOf('dense')).toEqual(networkOf('layers'))
    expect(networkOf('dense')?.network.type).toBe('layers')
    expect(networkOf('trees')?.network.type).toBe('trees')
    expect(RecipeInput.safeParse({ network: 'forest' }).success).toBe(false)
  })
})

describe('columns of dates', () => {
  it('are inputs by default, of a known number of weights', () => {
    const { recipe, problems, warnings } = complete({}, visits)
    expect(problems).toEqual([])
    expect(recipe).toMatchObject({ inputs: ['at', 'born'], scaling: 'piecewiseLinear', bins: 64 })
    expect(warnings.map(({ code }) => code)).toEqual(['target-by-position'])
    // Each: 64 bins, the days themselves, the year, and two inputs for each of four cycles.
    expect(recipe && estimateCost(recipe, visits).inputs).toBe(2 * 74)
  })

  it('take the options of numbers, but no value for gaps', () => {
    expect(complete({ columns: { at: { scaling: 'standard', missing: 'mean' } } }, visits).problems).toEqual(
      [],
    )
    expect(complete({ missing: { value: 0 } }, visits).problems).toEqual([])
    expect(faults({ columns: { at: { missing: { value: 0 } } } }, visits)).toMatchObject([
      { path: '/recipe/columns/at/missing' },
    ])
  })

  it('are no target, and the message has a remedy that works', () => {
    expect(faults({ target: 'born' }, visits)).toEqual([
      {
        path: '/recipe/target',
        message:
          '"born" is a date, which no task can predict. Choose another target, or add a column with a number to predict, such as the days until it. To predict it as one of 800 classes, upload the data with types=born:category.',
      },
    ])
    expect(faults({ target: 'at', task: 'regression' }, visits)[0]?.message).not.toContain('category')
  })

  it('are alike in two data sets, with a time of day and without', () => {
    const { recipe } = complete({}, visits)
    const columns = visits.columns.map((column) =>
      column.name === 'born' ? { ...column, type: 'datetime' as const } : column,
    )
    expect(recipe && validationFaults(recipe, null, { ...visits, columns })).toEqual([])
  })
})

describe('defaults', () => {
  it("are the book's values where a recipe names encoder, layers or optimizer", () => {
    const book = {
      task: 'binary',
      target: 'label',
      inputs: ['text'],
      loss: { type: 'binaryCrossentropy' },
      encoder: { type: 'multiHot', numWords: 10_000, ngrams: [1, 1], naiveBayes: false },
      layers: [
        { units: 16, activation: 'relu' },
        { units: 16, activation: 'relu' },
      ],
      optimizer: { type: 'rmsprop', learningRate: 0.001 },
      learningRateSchedule: null,
      ensemble: 1,
      scaling: 'standard',
      batchSize: 512,
      epochs: 20,
      validation: { split: 0.2 },
      seed: 1,
      threshold: 0.5,
      earlyStopping: { monitor: 'valLoss', patience: null, restoreBest: true },
    }
    const layers = [{ units: 16 }, { units: 16 }]
    for (const named of [
      { encoder: 'multiHot' },
      { layers },
      { optimizer: 'rmsprop' },
      // All trials of each of these recipes are compared with one another.
      { search: { type: 'grid', over: { 'layers.0.units': [16, 64] } } },
    ])
      expect(complete(named, reviews).recipe).toMatchObject(book)
    expect(complete({ layers: [{ units: 64 }] }, houses).recipe).toMatchObject({
      scaling: 'standard',
      ensemble: 1,
      epochs: 100,
      loss: { type: 'meanSquaredError' },
    })
  })

  it('treat a target of repeated sentences as classes', () => {
    const columns = [
      { name: 'question', type: 'text' as const, missing: 0, meanLength: 80 },
      {
        name: 'answer',
        type: 'text' as const,
        missing: 0,
        meanLength: 30,
        classes: { 'We will call you back': 40, 'Your parcel is on its way': 50 },
      },
    ]
    expect(complete({}, { rows: 90, columns }).recipe).toMatchObject({ task: 'binary', target: 'answer' })
  })

  it('make the last column the target and count the rows without a value in it', () => {
    const { recipe, warnings } = complete({}, houses)
    expect(recipe).toMatchObject({
      task: 'regression',
      target: 'price',
      inputs: ['rooms', 'near', 'view'],
      encoder: null,
      targetTransform: 'standardize',
      metrics: [{ type: 'mae' }],
    })
    expect(warnings).toContainEqual({
      code: 'rows-without-target',
      column: 'price',
      count: 10,
      message: '10 rows have no value in "price" and are left out.',
    })
  })

  it('count one row without a value in words, and name the type of a text so that it can be copied', () => {
    const columns = houses.columns.map((column) =>
      column.name === 'price' ? { ...column, missing: 1 } : column,
    )
    const messages = complete({}, { ...houses, columns }).warnings.map(({ message }) => message)
    expect(messages).toContain('One row has no value in "price" and is left out.')
    const text = { name: 'a & b', type: 'text' as const, missing: 0, meanLength: 9 }
    const { problems } = complete({ target: 'a & b' }, { rows: 90, columns: [...columns, text] })
    expect(problems[0]?.message).toContain('types=a%20%26%20b:category')
  })

  it('read 0 and 1 as two classes, other numbers as a regression', () => {
    const table = (max: number, distinct: number): TableDescription => ({
      rows: 100,
      columns: [
        { name: 'a', type: 'number', missing: 0, distinct: 50, min: 0, max: 1 },
        { name: 'y', type: 'number', missing: 0, distinct, min: 0, max, integer: true },
      ],
    })
    expect(complete({}, table(1, 2)).recipe?.task).toBe('binary')
    expect(complete({}, table(2, 3)).recipe?.task).toBe('regression')
    expect(complete({ task: 'multiclass' }, table(2, 3)).recipe?.task).toBe('multiclass')
  })

  it("fill an optimizer's options with Keras's values", () => {
    expect(complete({ optimizer: { type: 'Adam', learningRate: 0.01 } }, houses).recipe?.optimizer).toEqual({
      type: 'adam',
      learningRate: 0.01,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-7,
    })
  })

  it('are a complete recipe that is accepted again and completes to itself', () => {
    for (const table of [reviews, houses, topics]) {
      const { recipe } = complete({}, table)
      expect(CompleteRecipe.parse(recipe)).toEqual(recipe)
      expect(complete(recipe, table).recipe).toEqual(recipe)
    }
  })
})

describe('the defaults for a recipe that says nothing about the network', () => {
  const texts = (rows: number, text: object, classes = 2): TableDescription => ({
    rows,
    columns: [
      { name: 'text', type: 'text', missing: 0, meanLength: 1310, ...text },
      {
        name: 'label',
        type: 'category',
        missing: 0,
        classes: Object.fromEntries(Array.from({ length: classes }, (_, i) => [`t${i}`, rows / classes])),
      },
    ],
  })
  const numbers = (rows: number, columns: number): TableDescription => ({
    rows,
    columns: Array.from({ length: columns + 1 }, (_, i) => ({
      name: i === columns ? 'y' : `x${i}`,
      type: 'number' as const,
      missing: 0,
      min: 0,
      max: 9,
      mean: 4,
      distinct: 3_000,
    })),
  })
  const linear = { layers: [], ensemble: 1, optimizer: { type: 'adam', learningRate: 0.003 } }
  const bag = { type: 'multiHot', naiveBayes: true, minCount: 2 }
  const hidden = (units: number) => [{ units, activation: 'relu', dropout: 0.5 }]

  it.each<[string, TableDescription, object]>([
    ['two classes of texts', texts(25_000, {}), { ...linear, encoder: { ...bag, ngrams: [1, 3] } }],
    [
      'two classes of many long texts',
      texts(200_000, {}),
      { ...linear, encoder: { ...bag, ngrams: [1, 2], numWords: 500_000 } },
    ],
    [
      'few short texts, whose terms that occur twice are few',
      texts(876, { meanLength: 100 }),
      { ...linear, encoder: { ...bag, numWords: 22_000 }, epochs: 12, validation: { kFold: 4 } },
    ],
    [
      'two classes of Korean texts',
      texts(150_000, { meanLength: 35, compactScript: 0.97 }),
      {
        ...linear,
        encoder: { ...bag, type: 'tfIdf', analyzer: 'charAcross', ngrams: [1, 6], numWords: 2_000_000 },
        optimizer: { type: 'adam', learningRate: 0.01 },
        batchSize: 256,
      },
    ],
    [
      'two classes of long Korean texts',
      texts(150_000, { meanLength: 350, compactScript: 0.97 }),
      { ...linear, encoder: { ...bag, analyzer: 'charAcross', ngrams: [1, 5], numWords: 500_000 } },
    ],
    [
      'texts with a few Chinese characters',
      texts(25_000, { compactScript: 0.1 }),
      { encoder: { analyzer: 'word' } },
    ],
    [
      'many classes of texts',
      texts(6_500, { meanLength: 700 }, 52),
      { encoder: { type: 'tfIdf', naiveBayes: true, numWords: 20_000 }, layers: hidden(128) },
    ],
    ['more classes than units', texts(60_000, {}, 300), { layers: hidden(512) }],
    [
      'stars of texts',
      reviewsWithStars,
      { encoder: { naiveBayes: false, ngrams: [1, 2] }, loss: { type: 'meanAbsoluteError' } },
    ],
    [
      'prices by texts, which are of many different values',
      { ...texts(25_000, {}), columns: [texts(25_000, {}).columns[0]!, numbers(9, 0).columns[0]!] },
      { task: 'regression', layers: hidden(128), optimizer: { learningRate: 0.003 }, epochs: 6 },
    ],
    [
      'texts beside numbers',
      { ...houses, columns: [...houses.columns.slice(0, 1), ...texts(3_000, {}).columns] },
      {
        encoder: { type: 'tfIdf', naiveBayes: true },
        scaling: 'piecewiseLinear',
        epochs: 12,
        layers: [{ units: 128, dropout: 0.2 }],
      },
    ],
    [
      'a few hundred rows of numbers',
      numbers(400, 13),
      {
        scaling: 'standard',
        layers: [{ units: 128 }, { units: 128 }],
        ensemble: 4,
        validation: { kFold: 4 },
      },
    ],
    [
      'thousands of rows of numbers',
      numbers(16_000, 8),
      {
        scaling: 'piecewiseLinear',
        bins: 64,
        layers: [{ units: 256 }, { units: 256 }],
        ensemble: 3,
        loss: { type: 'meanAbsoluteError' },
        learningRateSchedule: { type: 'cosine' },
      },
    ],
    ['a hundred columns of numbers', numbers(16_000, 100), { scaling: 'piecewiseLinear', bins: 20 }],
    ['a thousand columns of numbers', numbers(16_000, 1000), { scaling: 'standard' }],
    ['more rows of numbers', numbers(40_000, 8), { ensemble: 1, epochs: 40, batchSize: 512 }],
    ['very many rows of numbers', numbers(90_000, 8), { ensemble: 1, epochs: 10, batchSize: 512 }],
    ['few rows of very many numbers', numbers(900, 1000), { ensemble: 1, layers: [{ units: 128 }, {}] }],
  ])('%s', (_, table, expected) => {
    expect(complete({}, table).recipe).toMatchObject(expected)
  })

  it.each([
    [40, 200],
    [100, 96],
    [200, 48],
    [876, 12],
    [2_000, 6],
  ])('give %i texts enough steps', (rows, epochs) => {
    expect(complete({}, texts(rows, { meanLength: 60 })).recipe?.epochs).toBe(epochs)
  })

  it('ignore a column without values, which an upload types as text', () => {
    const table = numbers(400, 3)
    const empty = { name: 'none', type: 'text' as const, missing: 400, meanLength: 0 }
    const beside = complete({}, { ...table, columns: [empty, ...table.columns] }).recipe
    const without = complete({}, table).recipe
    for (const field of ['layers', 'scaling', 'epochs', 'batchSize', 'ensemble', 'optimizer'] as const)
      expect(beside?.[field]).toEqual(without?.[field])
  })

  it('limit the cost for many classes, many values of a category, and very few rows', () => {
    const values = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`v${i}`, 3]))
    const wide = { name: 'label', type: 'category' as const, missing: 0, classes: values }
    const [x, y] = numbers(3_000, 1).columns
    expect(complete({}, { rows: 3_000, columns: [x!, wide] }).recipe).toMatchObject({ ensemble: 1 })
    const table = { rows: 3_000, columns: [{ ...wide, name: 'code' }, y!] }
    expect(complete({}, table).recipe).toMatchObject({ ensemble: 1, task: 'regression' })
    expect(complete({}, numbers(60, 1)).recipe).toMatchObject({ ensemble: 2 })
    expect(complete({}, texts(3_000, {}, 1_000)).recipe).toMatchObject({ batchSize: 128, epochs: 8 })
  })

  it('validate two and three rows by as many folds, and refuse a single row', () => {
    for (const rows of [2, 3])
      expect(complete({}, numbers(rows, 1)).recipe?.validation).toMatchObject({ kFold: rows })
    expect(complete({}, numbers(1, 1)).problems).toMatchObject([
      { path: '/recipe/validation', message: expect.stringContaining('too few to train and validate on') },
    ])
  })

  it('train classifiers of tables for fewer epochs', () => {
    const table = (rows: number) => {
      const columns = [...numbers(rows, 3).columns, { name: 'label', type: 'boolean' as const, missing: 0 }]
      return {
        rows,
        columns: [...columns.slice(0, -1), { ...columns[4]!, classes: { false: 10, true: rows - 10 } }],
      }
    }
    expect(complete({}, table(5_000)).recipe).toMatchObject({ task: 'binary', epochs: 15, ensemble: 3 })
    expect(complete({}, table(500)).recipe).toMatchObject({ task: 'binary', epochs: 50, ensemble: 4 })
  })

  it('apply beside the parts that a recipe names', () => {
    const { recipe } = complete({ epochs: 3, ensemble: 1, learningRateSchedule: null, loss: 'mse' }, houses)
    expect(recipe).toMatchObject({ epochs: 3, ensemble: 1, learningRateSchedule: null, bins: 64 })
    expect(recipe?.loss.type).toBe('meanSquaredError')
  })

  it('cause no warning by themselves', () => {
    for (const classes of [3, 100, 129, 1000])
      expect(complete({}, texts(100_000, {}, classes)).warnings).toEqual([])
  })
})

describe('spellings', () => {
  it('accept the names of Keras and tfjs and return those of tfjs', () => {
    for (const loss of ['binary_crossentropy', 'binaryCrossentropy', 'BinaryCrossentropy'])
      expect(complete({ loss }, reviews).recipe?.loss).toEqual({ type: 'binaryCrossentropy' })
    expect(
      complete({ loss: 'mse', metrics: ['mean_absolute_error', 'r2_score'] }, houses).recipe,
    ).toMatchObject({
      loss: { type: 'meanSquaredError' },
      metrics: [{ type: 'mae' }, { type: 'r2' }],
    })
    expect(complete({ encoder: 'multi_hot' }, reviews).recipe?.encoder?.type).toBe('multiHot')
    expect(complete({ encoder: { type: 'tf_idf' } }, reviews).recipe?.encoder?.type).toBe('tfIdf')
    expect(
      complete({ earlyStopping: { monitor: 'val_loss', patience: 2 } }, reviews).recipe?.earlyStopping,
    ).toEqual({
      monitor: 'valLoss',
      patience: 2,
      restoreBest: true,
    })
  })
})

describe('wrong recipes', () => {
  const cases: [string, unknown, TableDescription, string, RegExp][] = [
    ['an unknown key', { epoch: 3 }, reviews, '/recipe/epoch', /Did you mean "epochs"/],
    [
      'an unknown key in a layer',
      { layers: [{ units: 3, unit: 3 }] },
      reviews,
      '/recipe/layers/0/unit',
      /Did you mean "units"/,
    ],
    ['no epochs', { epochs: 0 }, reviews, '/recipe/epochs', /1/],
    [
      'an unknown optimizer',
      { optimizer: 'adan' },
      reviews,
      '/recipe/optimizer',
      /Did you mean "adam"\? Use/,
    ],
    [
      "another optimizer's option",
      { optimizer: { type: 'adam', rho: 0.9 } },
      reviews,
      '/recipe/optimizer/rho',
      /Unknown key/,
    ],
    ['an unknown loss', { loss: { type: 'hinge' } }, reviews, '/recipe/loss/type', /Use one of/],
    [
      'an empty path of a search',
      { search: { type: 'grid', over: { '': [1] } } },
      reviews,
      '/recipe/search/over/',
      /path of an option, such as/,
    ],
    [
      'a number below its range',
      { epochs: 0 },
      reviews,
      '/recipe/epochs',
      /^Expected a number of at least 1, got 0$/,
    ],
    [
      'a number at the end of an open range',
      { threshold: 1 },
      reviews,
      '/recipe/threshold',
      /^Expected a number below 1, got 1$/,
    ],
    ['a broken number', { epochs: 1.5 }, reviews, '/recipe/epochs', /^Expected a whole number$/],
    ['a number as text', { seed: '1' }, reviews, '/recipe/seed', /^Expected a number, got a string$/],
    ['an empty list', { inputs: [] }, reviews, '/recipe/inputs', /^Expected at least one item$/],
    ['a value out of a few', { engine: 'gpu' }, reviews, '/recipe/engine', /^Expected one of "auto", "/],
    [
      'options of a column without a name',
      { columns: { '': {} } },
      reviews,
      '/recipe/columns/',
      /column's name/,
    ],
    ['a loss of another task', { loss: 'mse' }, topics, '/recipe/loss', /does not fit the task multiclass/],
    [
      'a metric of another task',
      { metrics: ['mae', 'accuracy'] },
      houses,
      '/recipe/metrics/1',
      /does not fit/,
    ],
    ['a column that is not there', { target: 'lable' }, reviews, '/recipe/target', /Did you mean "label"/],
    ['an input that is not there', { inputs: ['txt'] }, reviews, '/recipe/inputs/0', /Did you mean "text"/],
    [
      'the target as input',
      { inputs: ['text', 'label'] },
      reviews,
      '/recipe/inputs/1',
      /target cannot be an input/,
    ],
    [
      'options for no column',
      { columns: { room: { scaling: 'none' } } },
      houses,
      '/recipe/columns/room',
      /Did you mean "rooms"/,
    ],
    [
      'a text as number',
      { columns: { text: { scaling: 'standard' } } },
      reviews,
      '/recipe/columns/text/scaling',
      /is a text/,
    ],
    [
      'an encoder without text',
      { encoder: { type: 'multiHot' } },
      houses,
      '/recipe/encoder',
      /No input column is a text/,
    ],
    ['a text as target', { target: 'text', inputs: ['label'] }, reviews, '/recipe/target', /is a text/],
    ['regression on classes', { task: 'regression' }, reviews, '/recipe/task', /needs a number/],
    ['binary with 52 classes', { task: 'binary' }, topics, '/recipe/task', /52 classes/],
    ['all rows aside', { validation: { rows: 25_000 } }, reviews, '/recipe/validation/rows', /25,000 rows/],
    [
      'two ways to validate',
      { validation: { rows: 10, split: 0.1 } },
      reviews,
      '/recipe/validation',
      /exactly one/,
    ],
    [
      'a monitor that is not there',
      { earlyStopping: { monitor: 'valMae' } },
      reviews,
      '/recipe/earlyStopping/monitor',
      /valAccuracy/,
    ],
    [
      'a ten-million-unit layer over few inputs',
      { inputs: ['rooms'], layers: [{ units: 10_000_000 }] },
      houses,
      '/recipe/layers/0/units',
      /at most 1,000,000 units/,
    ],
    [
      'a ten-million-unit layer',
      { layers: [{ units: 10_000_000 }] },
      reviews,
      '/recipe/layers/0/units',
      /parameters/,
    ],
    ['gaps that are refused', { missing: 'refuse' }, houses, '/recipe/missing', /3 gaps/],
    [
      'class weights of a regression',
      { classWeights: 'balanced' },
      houses,
      '/recipe/classWeights',
      /no classes/,
    ],
    [
      'more folds than rows',
      { validation: { kFold: 10_000_000 } },
      houses,
      '/recipe/validation/kFold',
      /at most \d+ folds/,
    ],
    [
      'folds and repeats beyond all use',
      { validation: { kFold: 50, repeats: 100 } },
      houses,
      '/recipe/validation/kFold',
      /more than 1,000 trainings/,
    ],
    [
      'n-grams of four words',
      { encoder: { type: 'tfIdf', ngrams: [1, 4] } },
      reviews,
      '/recipe/encoder/ngrams/1',
      /at most 3 words/,
    ],
    [
      'classes of words for a regression',
      { task: 'regression', target: 'stars', encoder: { type: 'multiHot', naiveBayes: true } },
      reviewsWithStars,
      '/recipe/encoder/naiveBayes',
      /no classes/,
    ],
    [
      'an option of a bag for a sequence',
      { encoder: { type: 'sequence', ngrams: [1, 2] } },
      reviews,
      '/recipe/encoder/ngrams',
      /Unknown key.*is an option of another type/,
    ],
    [
      'an unknown encoder',
      { encoder: 'multihots' },
      reviews,
      '/recipe/encoder',
      /Did you mean "multiHot"\? Use one of multiHot, count, tfIdf, sequence\./,
    ],
    [
      'an encoder without type',
      { encoder: { numWords: 10 } },
      reviews,
      '/recipe/encoder/type',
      /Use one of multiHot, count, tfIdf, sequence\./,
    ],
    [
      'a layer without units',
      { layers: [{}] },
      reviews,
      '/recipe/layers/0/units',
      /^This field is required\.$/,
    ],
    [
      'the weight of a class that is not there',
      { classWeights: { positive: 2 } },
      reviews,
      '/recipe/classWeights/positive',
      /Unknown class "positive"\. The target has: "neg", "pos"/,
    ],
    [
      'the form of labels of two classes',
      { labels: 'oneHot' },
      reviews,
      '/recipe/labels',
      /multiclass only, not to binary/,
    ],
    ['a threshold of many classes', { threshold: 0.3 }, topics, '/recipe/threshold', /binary only/],
    [
      'vectors of words beyond any memory',
      { encoder: { type: 'sequence', numWords: 2_000_000, embedding: 4_096 } },
      reviews,
      '/recipe/encoder/embedding',
      /fewer words/,
    ],
    [
      'bins without their scaling',
      { scaling: 'standard', columns: { rooms: { bins: 8 } } },
      houses,
      '/recipe/columns/rooms/bins',
      /piecewiseLinear only/,
    ],
    [
      'a batch of long sequences',
      {
        encoder: { type: 'sequence', maxLength: 100_000, embedding: 4, pooling: 'flatten' },
        batchSize: 10_000,
      },
      reviews,
      '/recipe/batchSize',
      /One batch would hold/,
    ],
    [
      'the engine typed for what it cannot train',
      { engine: 'typed', encoder: 'sequence' },
      reviews,
      '/recipe/engine',
      /stacks of dense layers only.*Use "auto" or "tensorflow"/,
    ],
    [
      'an ensemble of too many parameters',
      { ensemble: 64, layers: [{ units: 1000 }] },
      reviews,
      '/recipe/ensemble',
      /at most 19/,
    ],
    [
      'typed arrays for a sequence',
      { encoder: { type: 'sequence' }, engine: 'typed' },
      reviews,
      '/recipe/engine',
      /dense layers only/,
    ],
  ]
  it.each(cases)('are refused: %s', (_, input, table, path, message) => {
    const found = faults(input, table)
    expect(found.map((problem) => problem.path)).toContain(path)
    expect(found.find((problem) => problem.path === path)?.message).toMatch(message)
  })

  it('are refused with every problem at once', () => {
    expect(
      faults({ epochs: 0, batchSize: -1, layers: [{}] }, reviews).map((problem) => problem.path),
    ).toEqual(['/recipe/layers/0/units', '/recipe/epochs', '/recipe/batchSize'])
  })

  it('are refused with their other problems beside a misnamed column or a target that does not suit the task', () => {
    const paths = (input: unknown, table: TableDescription) => faults(input, table).map(({ path }) => path)
    const much = { validation: { kFold: 10_000_000 }, layers: [{ units: 10_000_000 }] }
    expect(paths({ ...much, inputs: ['rooms', 'neer'], encoder: 'tfIdf', loss: 'bce' }, houses)).toEqual([
      '/recipe/inputs/1',
      '/recipe/loss',
      '/recipe/layers/0/units',
      '/recipe/validation/kFold',
    ])
    expect(paths({ ...much, target: 'text', loss: 'mse', metrics: ['r2'] }, reviews)).toEqual([
      '/recipe/target',
      '/recipe/layers/0/units',
      '/recipe/validation/kFold',
    ])
  })

  it('are refused for a target with one class or without values', () => {
    const table = (column: object): TableDescription => ({
      rows: 9,
      columns: [
        { name: 'x', type: 'number', missing: 0, distinct: 5 },
        { name: 'y', type: 'category', missing: 0, ...column } as never,
      ],
    })
    expect(faults({}, table({ classes: { only: 9 } }))[0]).toMatchObject({
      path: '/recipe/target',
      message: /one class only/,
    } as never)
    expect(faults({}, table({ missing: 9, classes: {} }))[0]?.message).toMatch(/missing/)
  })

  it('are refused for prototype keys, without harm', () => {
    const body = JSON.parse(
      '{"model":"m","dataset":"d","recipe":{"columns":{"__proto__":{"scaling":"none"}}},"__proto__":{"x":1}}',
    )
    const parsed = JobBody.safeParse(body)
    const found = parsed.success
      ? completeRecipe(parsed.data.recipe, houses).problems
      : problemsOf(parsed.error, JobBody, body)
    expect(found.length).toBeGreaterThan(0)
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })
})

describe('inputs', () => {
  const columns: ColumnDescription[] = [
    { name: 'id', type: 'text', missing: 0, meanLength: 36, leftOutAs: 'identifier' },
    { name: 'x', type: 'number', missing: 0, distinct: 50 },
    { name: 'label', type: 'category', missing: 0, classes: { a: 45, b: 45 } },
  ]
  it('are not columns that identify rows, unless named, or nothing else is left', () => {
    const inputs = (input: object, chosen = columns) =>
      complete(input, { rows: 90, columns: chosen }).recipe?.inputs
    expect(inputs({})).toEqual(['x'])
    expect(inputs({ inputs: ['id', 'x'] })).toEqual(['id', 'x'])
    expect(
      inputs(
        {},
        columns.filter(({ name }) => name !== 'x'),
      ),
    ).toEqual(['id'])
  })

  it('are not columns without any value, unless named, or nothing else is left', () => {
    const empty: ColumnDescription = { name: 'empty', type: 'text', missing: 90, meanLength: 0 }
    const inputs = (input: object, chosen: ColumnDescription[]) =>
      complete(input, { rows: 90, columns: chosen }).recipe?.inputs
    const [, number, label] = columns as [ColumnDescription, ColumnDescription, ColumnDescription]
    expect(inputs({}, [empty, number, label])).toEqual(['x'])
    expect(inputs({}, [{ ...empty, missing: 89 }, number, label])).toEqual(['empty', 'x'])
    expect(inputs({ inputs: ['empty', 'x'] }, [empty, number, label])).toEqual(['empty', 'x'])
    expect(inputs({}, [empty, label])).toEqual(['empty'])
  })

  it('and a target with too many classes is refused once, with the limit', () => {
    const table = (label: object) => ({
      rows: 6_000,
      columns: [columns[1], { name: 'label', missing: 0, ...label }] as ColumnDescription[],
    })
    const message = (label: object) => complete({}, table(label)).problems.map((each) => each.message)
    const limit = /1,200 different .* at most 1,000 classes/
    const classes = Object.fromEntries(Array.from({ length: 1_200 }, (_, index) => [`sku${index}`, 5]))
    expect(message({ type: 'text', meanLength: 6, distinct: 1_200 })).toEqual([expect.stringMatching(limit)])
    expect(message({ type: 'category', classes })).toEqual([expect.stringMatching(limit)])
  })
})

describe('warnings', () => {
  it('name an information bottleneck', () => {
    expect(complete({ layers: [{ units: 64 }, { units: 4 }] }, topics).warnings[0]?.message).toMatch(
      /layer 2 has 4 units for 52 classes/,
    )
  })
  it('name a constant column and a small class', () => {
    const { warnings } = complete(
      {},
      {
        rows: 100,
        columns: [
          { name: 'same', type: 'number', missing: 0, distinct: 1, min: 3, max: 3 },
          { name: 'x', type: 'number', missing: 0, distinct: 50, min: 0, max: 3 },
          { name: 'label', type: 'category', missing: 0, classes: { a: 97, b: 3 } },
        ],
      },
    )
    expect(warnings).toEqual([
      {
        code: 'rare-class',
        column: 'label',
        count: 3,
        message: expect.stringContaining('class "b" has only 3 rows'),
      },
      {
        code: 'constant-column',
        column: 'same',
        message: expect.stringContaining('"same" has the same value'),
      },
    ])
  })
  it('name a few small classes and count the rest', () => {
    const classes = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`c${at}`, (at % 2) + 1]))
    const columns = [
      { name: 'x', type: 'number' as const, missing: 0, distinct: 50 },
      { name: 'label', type: 'category' as const, missing: 0, classes },
    ]
    const { warnings } = complete({ layers: [] }, { rows: 450, columns })
    expect(warnings).toHaveLength(11)
    expect(warnings.map(({ message }) => message).join()).toMatch(
      /"c0" has only 1 row: .*"c1" has only 2 rows: .*290 more classes/,
    )
  })
  it('name a constant target', () => {
    const columns = [
      { name: 'x', type: 'number' as const, missing: 0, distinct: 50 },
      { name: 'y', type: 'number' as const, missing: 0, distinct: 1, min: 7, max: 7 },
    ]
    const { warnings } = complete({ target: 'y' }, { rows: 90, columns })
    expect(warnings.map(({ code }) => code)).toEqual(['constant-target'])
  })

  const codes = (input: object, columns: object[], rows = 90) =>
    complete(input, { rows, columns: columns as ColumnDescription[] }).warnings.map(({ code }) => code)
  const x = { name: 'x', type: 'number', missing: 0, distinct: 50, min: 0, max: 60 }
  const stars = { name: 'label', type: 'number', missing: 0, distinct: 2, min: 1, max: 2, integer: true }

  it('tell of few whole numbers that are learnt as numbers, and their remedy works', () => {
    expect(codes({}, [x, stars])).toEqual(['numeric-target'])
    expect(codes({ task: 'binary' }, [x, stars])).toEqual([])
    const five = { ...stars, distinct: 5, max: 5 }
    expect(codes({}, [x, five])).toEqual(['numeric-target'])
    expect(codes({ task: 'multiclass' }, [x, five])).toEqual([])
    expect(codes({}, [x, { ...stars, distinct: 11, max: 11 }])).toEqual([])
    expect(codes({}, [x, { ...stars, min: 0, max: 1 }])).toEqual([])
  })

  it('tell that the last column is the target, unless it is named or called label', () => {
    const y = { ...x, name: 'y' }
    expect(codes({}, [x, y])).toEqual(['target-by-position'])
    expect(codes({ target: 'y' }, [x, y])).toEqual([])
    expect(codes({}, [{ ...y, name: 'label' }, x])).toEqual([])
  })

  it('tell of weights that bend probabilities, and of classes that may be one', () => {
    const label = {
      name: 'label',
      type: 'category',
      missing: 0,
      classes: { a: 30, 'a ': 30, é: 15, 'e\u0301': 15 },
    }
    expect(codes({ classWeights: 'balanced', calibration: 'none' }, [x, label])).toEqual([
      'similar-classes',
      'weighted-probabilities',
    ])
    expect(codes({ classWeights: 'balanced' }, [x, label])).toEqual(['similar-classes'])
    const parts = { ...label, classes: { a: 30, 'a|b': 30, b: 30 } }
    expect(codes({}, [x, parts])).toEqual(['combined-classes'])
    expect(codes({}, [x, { ...label, classes: { a: 40, 'x, y': 50 } }])).toEqual([])
  })
})

describe('estimates', () => {
  it('give long character n-grams several times the time of words', () => {
    const seconds = (encoder: object) => {
      const { recipe } = complete({ encoder, layers: [], epochs: 1, ensemble: 1 }, reviews)
      if (!recipe) throw new Error('no recipe')
      return estimateCost(recipe, reviews).seconds
    }
    const words = seconds({ type: 'tfIdf' })
    const [three, five, six] = [3, 5, 6].map((longest) =>
      seconds({ type: 'tfIdf', analyzer: 'charAcross', ngrams: [1, longest] }),
    )
    // 25,000 reviews of 1,310 characters, measured: 0.07 µs a character for words, 0.4 and more for five characters.
    expect(words).toBeLessThan(8)
    expect(three).toBeGreaterThan(words * 1.5)
    expect(five).toBeGreaterThan((three ?? 0) + 10)
    expect(six).toBeGreaterThan((five ?? 0) + 5)
  })
})

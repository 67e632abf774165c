import { describe, expect, it } from 'vitest'
import {
  type ColumnDescription,
  completeRecipe,
  fieldOf,
  problemsSureToStand,
  RecipeInput,
  type TableDescription,
  validationFaults,
} from '../../src/recipe/index.ts'

const x: ColumnDescription = { name: 'x', type: 'number', missing: 0, distinct: 50, min: 0, max: 60 }
const y: ColumnDescription = { name: 'y', type: 'number', missing: 0, distinct: 90, min: 2, max: 80 }
const near: ColumnDescription = { name: 'near', type: 'category', missing: 0, classes: { a: 40, b: 50 } }
const view: ColumnDescription = {
  name: 'view',
  type: 'boolean',
  missing: 0,
  classes: { false: 40, true: 50 },
}
const note: ColumnDescription = { name: 'note', type: 'text', missing: 0, meanLength: 60 }
const classes = (...names: string[]): ColumnDescription => ({
  name: 'kind',
  type: 'category',
  missing: 0,
  classes: Object.fromEntries(names.map((name) => [name, 30])),
})
const table = (columns: ColumnDescription[], rows = 2_000): TableDescription => ({ rows, columns })
const numbers = table([x, near, view, y])
const two = table([x, note, classes('no', 'yes')])
const three = table([x, classes('a', 'b', 'c')])
const complete = (input: unknown, over: TableDescription, validation?: TableDescription) =>
  completeRecipe(RecipeInput.parse(input), over, { validation })
const pathsOf = (input: unknown, over: TableDescription, validation?: TableDescription) =>
  complete(input, over, validation).problems.map(({ path }) => path)
const faultOf = (input: unknown, over: TableDescription, validation?: TableDescription) => {
  const { problems } = complete(input, over, validation)
  expect(problems).toHaveLength(1)
  return [problems[0]?.path, problems[0]?.message]
}

describe('a recipe is refused at the field that does not fit', () => {
  it('an option of one loss, or of one metric', () => {
    expect(pathsOf({ loss: { type: 'huber', delta: 2 } }, numbers)).toEqual([])
    expect(faultOf({ loss: { type: 'mse', delta: 2 } }, numbers)).toEqual([
      '/recipe/loss/delta',
      'delta is an option of the loss huber only. Remove it.',
    ])
    expect(pathsOf({ metrics: [{ type: 'topK', k: 2 }] }, three)).toEqual([])
    expect(faultOf({ metrics: ['mae', { type: 'r2', k: 2 }] }, numbers)).toEqual([
      '/recipe/metrics/1/k',
      'k is an option of the metric topK only. Remove it.',
    ])
    expect(faultOf({ metrics: ['mae', 'r2', 'mean_absolute_error'] }, numbers)).toEqual([
      '/recipe/metrics/2',
      'The metric mae is listed twice. Remove one.',
    ])
  })

  it('a target that no row has', () => {
    const none = table([x, { ...y, missing: 30 }], 30)
    expect(faultOf({ validation: null }, none)).toEqual([
      '/recipe/target',
      'Every value of "y" is missing, so there is nothing to learn. Choose another target.',
    ])
    expect(pathsOf({ validation: null }, table([x, { ...y, missing: 29 }], 30))).toEqual([])
  })

  it('a form of labels that the loss does not take', () => {
    const sparse = 'sparseCategoricalCrossentropy'
    expect(faultOf({ labels: 'integer', loss: 'categoricalCrossentropy' }, three)).toEqual([
      '/recipe/labels',
      `Integer labels need the loss ${sparse}. Use that loss, or leave out labels.`,
    ])
    expect(faultOf({ labels: 'oneHot', loss: sparse }, three)).toEqual([
      '/recipe/labels',
      'One-hot labels need the loss categoricalCrossentropy. Use that loss, or leave out labels.',
    ])
    expect(pathsOf({ labels: 'integer', loss: sparse }, three)).toEqual([])
    expect(pathsOf({ labels: 'oneHot', loss: 'categoricalCrossentropy' }, three)).toEqual([])
  })

  it('an option of another task', () => {
    expect(faultOf({ targetTransform: 'log' }, two)[0]).toBe('/recipe/targetTransform')
    expect(pathsOf({ targetTransform: 'none', threshold: 0.3 }, two)).toEqual([])
    expect(pathsOf({ threshold: 0.5 }, numbers)).toEqual([])
    expect(faultOf({ threshold: 0.4 }, numbers)[0]).toBe('/recipe/threshold')
  })

  it('the weight of a class that the target lacks', () => {
    const zeroOne = { ...y, distinct: 2, min: 0, max: 1, integer: true }
    expect(pathsOf({ classWeights: { 0: 1, 1: 3 } }, table([x, zeroOne]))).toEqual([])
    expect(faultOf({ classWeights: { 0: 1, 2: 3 } }, table([x, zeroOne]))).toEqual([
      '/recipe/classWeights/2',
      'Unknown class "2". Did you mean "0"? The target has: "0", "1".',
    ])
    // The description of a column of numbers does not name its classes.
    const five = { ...y, distinct: 5, min: 1, max: 5 }
    expect(pathsOf({ task: 'multiclass', classWeights: { 3: 2 } }, table([x, five]))).toEqual([])
    const { min: _min, max: _max, ...unknown } = zeroOne
    expect(pathsOf({ task: 'binary', classWeights: { 3: 2 } }, table([x, unknown]))).toEqual([])
    expect(pathsOf({ classWeights: 'balanced' }, two)).toEqual([])
  })

  it('an option of a column of another type', () => {
    const of = (column: string, options: object) => pathsOf({ columns: { [column]: options } }, numbers)
    expect(of('near', { unseen: 'other' })).toEqual([])
    expect(of('x', { unseen: 'other' })).toEqual(['/recipe/columns/x/unseen'])
    expect(of('view', { unseen: 'other' })).toEqual(['/recipe/columns/view/unseen'])
    expect(of('x', { missing: { value: 0 } })).toEqual([])
    expect(of('near', { missing: { value: 0 } })).toEqual(['/recipe/columns/near/missing'])
    expect(of('x', { scaling: 'piecewiseLinear', bins: 4 })).toEqual([])
    expect(of('x', { scaling: 'standard', bins: 4 })).toEqual(['/recipe/columns/x/bins'])
    expect(of('near', { scaling: 'standard' })).toEqual(['/recipe/columns/near/scaling'])
    expect(of('x', { scaling: 'standard' })).toEqual([])
  })

  it('gaps that a column or the recipe refuses', () => {
    const gaps = table([{ ...x, missing: 2 }, near, view, y])
    expect(faultOf({ columns: { x: { missing: 'refuse' } } }, gaps)).toEqual([
      '/recipe/columns/x/missing',
      'The column "x" has 2 gaps, and the recipe refuses gaps. Fill them in the data, or set missing to "mean", "median" or a value.',
    ])
    expect(pathsOf({ missing: 'refuse', columns: { x: { missing: 'mean' } } }, gaps)).toEqual([])
    expect(pathsOf({ missing: 'refuse' }, numbers)).toEqual([])
    const one = table([{ ...x, missing: 1 }, near, view, y])
    expect(faultOf({ missing: 'refuse' }, one)).toEqual([
      '/recipe/missing',
      expect.stringContaining('has a gap, and'),
    ])
  })

  it('rows to validate on that leave none to train on', () => {
    const few = table([x, near, view, { ...y, missing: 10 }], 50)
    const rows = (validation: object | null, over = few) => pathsOf({ validation }, over)
    expect(rows({ rows: 39 })).toEqual([])
    expect(rows({ rows: 40 })).toEqual(['/recipe/validation/rows'])
    expect(rows({ kFold: 40 })).toEqual([])
    expect(rows({ kFold: 41 })).toEqual(['/recipe/validation/kFold'])
    expect(rows({ split: 0.013 })).toEqual([])
    expect(rows({ split: 0.012 })).toEqual(['/recipe/validation/split'])
    expect(rows({ split: 0.987 })).toEqual([])
    expect(rows({ split: 0.988 })).toEqual(['/recipe/validation/split'])
    expect(rows(null)).toEqual([])
  })

  it('more than 1,000 trainings', () => {
    expect(pathsOf({ validation: { kFold: 10, repeats: 100 } }, numbers)).toEqual([])
    expect(pathsOf({ validation: { kFold: 1_000 } }, numbers)).toEqual([])
    expect(faultOf({ validation: { kFold: 1_001 } }, numbers)).toEqual([
      '/recipe/validation/kFold',
      '1001 folds × 1 repeats are more than 1,000 trainings. Use fewer.',
    ])
  })

  it('a last fit where all rows are trained on anyway', () => {
    const final = (validation: object | null) =>
      complete({ finalEpochs: 3, validation }, numbers, numbers).problems
    expect(final({ split: 0.2 })).toEqual([])
    expect(final({ kFold: 4 })).toEqual([])
    expect(final(null)).toMatchObject([
      { path: '/recipe/finalEpochs', message: expect.stringMatching(/^Without validation/) },
    ])
    expect(final({ dataset: 'other' })).toMatchObject([
      { path: '/recipe/finalEpochs', message: expect.stringMatching(/^When another data set/) },
    ])
  })

  it('a logarithm of values at -1 and below', () => {
    const from = (min: number | undefined, options: object = { targetTransform: 'log' }) =>
      pathsOf(options, table([x, { ...y, min }]))
    expect(from(-0.999)).toEqual([])
    expect(from(-1)).toEqual(['/recipe/targetTransform'])
    expect(from(undefined)).toEqual([])
    expect(from(-1, { targetTransform: 'standardize' })).toEqual([])
    expect(from(-1, { targetTransform: 'none' })).toEqual([])
  })

  it('a monitor that the history lacks', () => {
    const monitor = (name: string, validation: object | null = { split: 0.2 }) =>
      pathsOf({ earlyStopping: { monitor: name }, validation, metrics: ['mae', 'r2'] }, numbers)
    const at = ['/recipe/earlyStopping/monitor']
    expect(['loss', 'valLoss', 'mae', 'valR2'].flatMap((name) => monitor(name))).toEqual([])
    expect(monitor('valMse')).toEqual(at)
    expect(monitor('mae', null)).toEqual([])
    expect(monitor('valMae', null)).toEqual(at)
    expect(
      faultOf({ earlyStopping: { monitor: 'valMae' }, validation: null, metrics: ['mae'] }, numbers)[1],
    ).toBe('Without validation rows, the history has no valMae. Use one of loss, mae.')
  })

  it('the engine `typed` with an embedding', () => {
    expect(pathsOf({ engine: 'typed', encoder: 'sequence' }, two)).toEqual(['/recipe/engine'])
    expect(pathsOf({ engine: 'typed', encoder: 'count' }, two)).toEqual([])
    expect(pathsOf({ engine: 'tensorflow', encoder: 'sequence' }, two)).toEqual([])
  })
})

describe('the columns of a recipe', () => {
  it('name the target and inputs once', () => {
    expect(faultOf({ inputs: ['x', 'near', 'x'] }, numbers)).toEqual([
      '/recipe/inputs/2',
      'This column is listed twice. Remove one.',
    ])
    expect(faultOf({ inputs: ['x', 'y'], target: 'y' }, numbers)[0]).toBe('/recipe/inputs/1')
    expect(faultOf({}, table([y]))[0]).toBe('/recipe/inputs')
    expect(complete({}, table([])).problems).toEqual([])
  })

  it('may be spelled in another Unicode form, and are answered as the table spells them', () => {
    const name = 'caf\u00e9'
    const other = 'cafe\u0301'
    const over = table([
      { ...x, name },
      { ...classes(name, 'b'), name: `${name}s` },
    ])
    const input = {
      target: `${other}s`,
      inputs: [other],
      columns: { [other]: { scaling: 'minMax' } },
      classWeights: { [other]: 2 },
    }
    expect(complete(input, over)).toMatchObject({
      problems: [],
      recipe: {
        target: `${name}s`,
        inputs: [name],
        columns: { [name]: { scaling: 'minMax' } },
        classWeights: { [name]: 2 },
      },
    })
    // Both spellings at once would be one column.
    const both = { columns: { [name]: {}, [other]: { scaling: 'none' } } }
    expect(pathsOf(both, over)).toEqual([`/recipe/columns/${other}`])
  })

  it('hold lists only as a target, which is one of several labels', () => {
    const tags: ColumnDescription = { name: 'tags', type: 'list', missing: 0, classes: { a: 40, b: 50 } }
    expect(complete({}, table([x, tags, y])).recipe?.inputs).toEqual(['x'])
    expect(faultOf({ inputs: ['x', 'tags'] }, table([x, tags, y]))[0]).toBe('/recipe/inputs/1')
    expect(complete({ target: 'tags' }, table([x, tags])).recipe?.task).toBe('multiLabel')
    expect(faultOf({ target: 'tags', task: 'multiclass' }, table([x, tags]))[0]).toBe('/recipe/task')
  })

  it.each<[string, ColumnDescription, object, RegExp | null]>([
    ['without a value', { ...y, missing: 2_000 }, {}, /Every value of "y" is missing/],
    ['with one value', { ...y, missing: 1_999 }, { validation: null }, null],
    ['of one class', classes('a'), {}, /one class only/],
    ['of three classes for two', classes('a', 'b', 'c'), { task: 'binary' }, /has 3 classes/],
    ['of two classes for many', classes('a', 'b'), { task: 'multiclass' }, null],
    ['of 1,000 numbers', { ...y, distinct: 1_000 }, { task: 'multiclass' }, null],
    [
      'of 1,001 numbers',
      { ...y, distinct: 1_001 },
      { task: 'multiclass' },
      /has 1,001 different.*; or use the task regression\./,
    ],
    ['of a text of 1,000 values', { ...note, distinct: 1_000 }, {}, /types=note:category/],
    ['of a text of 1,001 values', { ...note, distinct: 1_001 }, {}, /1,001 different texts/],
    ['of classes for a regression', view, { task: 'regression' }, /is a boolean, and a regression/],
  ])('a target %s', (_, target, input, message) => {
    const found = complete({ ...input, target: target.name, ensemble: 1 }, table([x, target])).problems
    if (message === null) expect(found).toEqual([])
    else expect(found[0]?.message).toMatch(message)
  })

  it('have a task by their values', () => {
    const taskOf = (target: ColumnDescription) => complete({}, table([x, target])).recipe?.task
    const zeroOne = { ...y, distinct: 2, min: 0, max: 1 }
    expect(taskOf(zeroOne)).toBe('binary')
    expect(taskOf({ ...zeroOne, distinct: 3 })).toBe('regression')
    expect(taskOf({ ...zeroOne, min: -1 })).toBe('regression')
    expect(taskOf({ ...zeroOne, max: 2 })).toBe('regression')
    expect(taskOf(view)).toBe('binary')
    expect(taskOf(classes('a', 'b'))).toBe('binary')
    expect(taskOf(classes('a', 'b', 'c'))).toBe('multiclass')
  })
})

describe('a complete recipe', () => {
  it('has the loss and the form of labels that fit each other', () => {
    const of = (input: object, over = three) => {
      const { recipe } = complete(input, over)
      return [recipe?.labels, recipe?.loss.type]
    }
    expect(of({})).toEqual(['oneHot', 'categoricalCrossentropy'])
    expect(of({ labels: 'integer' })).toEqual(['integer', 'sparseCategoricalCrossentropy'])
    expect(of({ labels: 'oneHot' })).toEqual(['oneHot', 'categoricalCrossentropy'])
    expect(of({ loss: 'sparse_categorical_crossentropy' })).toEqual([
      'integer',
      'sparseCategoricalCrossentropy',
    ])
    expect(of({}, two)).toEqual([null, 'binaryCrossentropy'])
    expect(of({}, numbers)[0]).toBeNull()
  })

  it('stops early only where rows validate and a model is kept', () => {
    const stops = (input: object) => complete(input, numbers, numbers).recipe?.earlyStopping
    const defaults = { monitor: 'valLoss', patience: null, restoreBest: true }
    expect(stops({ validation: { split: 0.2 } })).toEqual(defaults)
    expect(stops({ validation: { dataset: 'other' } })).toEqual(defaults)
    expect(stops({ validation: { kFold: 4 } })).toBeNull()
    expect(stops({ validation: null })).toBeNull()
    expect(stops({ earlyStopping: null })).toBeNull()
    const given = { patience: 3 }
    expect(stops({ earlyStopping: given, validation: { kFold: 4 } })).toEqual({ ...defaults, patience: 3 })
  })

  it('fits all rows after folds, for as long as the best epoch or the default says', () => {
    const final = (input: object) => complete(input, numbers).recipe?.finalEpochs
    const kFold = { validation: { kFold: 4 } }
    expect(final({ ...kFold, layers: [{ units: 4 }] })).toBe('best')
    expect(final({ ...kFold, epochs: 7 })).toBe('best')
    const texts = (rows: number) => complete({ epochs: 7 }, { ...two, rows }).recipe?.finalEpochs
    expect(texts(19)).toBe(7)
    expect(texts(20)).toBe('best')
    expect(final({ ...kFold, finalEpochs: 9 })).toBe(9)
  })

  it('fits all rows once more after a split, where the network is chosen by the data and its best epoch is kept', () => {
    const final = (input: object) =>
      complete({ validation: { split: 0.2 }, ...input }, numbers, numbers).recipe
    expect(final({})?.finalEpochs).toBe('best')
    expect(final({ validation: { rows: 50 }, epochs: 7 })?.finalEpochs).toBe('best')
    expect(final({ earlyStopping: { patience: 3 } })?.finalEpochs).toBe('best')
    expect(final({ finalEpochs: 9 })?.finalEpochs).toBe(9)
    expect(final({ finalEpochs: null })?.finalEpochs).toBeNull()
    // The recipe keeps other weights, describes its own network, or trains on all rows already.
    expect(final({ earlyStopping: null })?.finalEpochs).toBeNull()
    expect(final({ earlyStopping: { restoreBest: false } })?.finalEpochs).toBeNull()
    expect(final({ layers: [{ units: 4 }] })?.finalEpochs).toBeNull()
    expect(final({ optimizer: 'sgd' })?.finalEpochs).toBeNull()
    const over = { 'layers.0.units': [4, 8] }
    expect(final({ search: { type: 'grid', over } })?.finalEpochs).toBeNull()
    expect(final({ validation: { dataset: 'other' } })?.finalEpochs).toBeNull()
    expect(final({ validation: null })?.finalEpochs).toBeNull()
  })

  it('keeps the last fit of a complete recipe that is sent again', () => {
    for (const finalEpochs of ['best', 5, null] as const) {
      const { recipe } = complete({ validation: { split: 0.2 }, finalEpochs }, numbers)
      expect(complete(RecipeInput.parse(recipe), numbers).recipe).toEqual(recipe)
    }
  })

  it('has the defaults of folds', () => {
    const of = (validation: object) => complete({ validation }, numbers).recipe?.validation
    expect(of({ kFold: 3 })).toEqual({ kFold: 3, repeats: 1, shuffle: true, smoothing: 0.9 })
    expect(of({ kFold: 3, repeats: 2, shuffle: false })).toEqual({
      kFold: 3,
      repeats: 2,
      shuffle: false,
      smoothing: 0.9,
    })
    expect(of({ rows: 5 })).toEqual({ rows: 5 })
  })

  it('validates by folds below 1,000 rows with a target', () => {
    const of = (rows: number, missing = 0) =>
      complete({}, table([x, near, view, { ...y, missing }], rows)).recipe?.validation
    expect(of(999)).toEqual({ kFold: 4, repeats: 1, shuffle: true, smoothing: 0.9 })
    expect(of(1_000)).toEqual({ split: 0.2 })
    expect(of(1_000, 1)).toMatchObject({ kFold: 4 })
  })

  it('counts a column of texts without any value as no text, unless there is nothing else', () => {
    const empty = { ...note, missing: 2_000, meanLength: 0 }
    expect(complete({}, table([x, empty, y])).recipe?.scaling).toBe('piecewiseLinear')
    expect(complete({}, table([empty, y])).recipe?.layers).toEqual(
      complete({}, table([{ ...note, meanLength: 0 }, y])).recipe?.layers,
    )
  })
})

describe('the problems of a recipe with several faults', () => {
  it('leave out what may only follow from another', () => {
    // Without the misspelt column there may be no text.
    expect(pathsOf({ inputs: ['x', 'nota'], encoder: 'count', epochs: 3 }, two)).toEqual(['/recipe/inputs/1'])
    expect(pathsOf({ inputs: ['x'], encoder: 'count' }, two)).toEqual(['/recipe/encoder'])
    // The loss is wrong only because the task is.
    const wrong = {
      task: 'regression',
      loss: 'binaryCrossentropy',
      metrics: ['auc'],
      validation: { rows: 9e6 },
    }
    expect(pathsOf(wrong, two)).toEqual(['/recipe/task', '/recipe/validation/rows'])
    expect(pathsOf({ target: 'kind', task: 'regression' }, two)).toEqual(['/recipe/task'])
    expect(pathsOf({ target: 'note', inputs: ['x'] }, two)).toEqual(['/recipe/target'])
  })

  it('are told of fields that the client gave', () => {
    expect(['/recipe/layers/0/units', '/recipe/a~1b~0c/x', '/recipe', ''].map(fieldOf)).toEqual([
      'layers',
      'a/b~c',
      '',
      '',
    ])
    const problems = [
      { path: '/recipe/loss', message: 'a' },
      { path: '/recipe/epochs', message: 'b' },
      { message: 'c' },
    ]
    const given = { loss: 'mse', epochs: 1, task: 'binary' }
    expect(problemsSureToStand(problems, given, ['loss']).map(({ message }) => message)).toEqual(['b'])
    expect(problemsSureToStand(problems, given).map(({ message }) => message)).toEqual(['a', 'b'])
    expect(problemsSureToStand(problems, { loss: 1 }).map(({ message }) => message)).toEqual(['a'])
  })
})

describe('a data set that validates', () => {
  const dataset = { validation: { dataset: 'other' }, target: 'y' }
  const messages = (other: ColumnDescription[], input: object = dataset, over = numbers) =>
    complete(input, over, table(other)).problems.map(({ path, message }) => {
      expect(path).toBe('/recipe/validation/dataset')
      return message
    })

  it('has the columns of the recipe, of the same types', () => {
    expect(messages([y, view, near, x])).toEqual([])
    expect(messages([x, near, y])).toEqual(['The data set has no column "view".'])
    expect(messages([x, near, view])).toEqual(['The data set has no column "y".'])
    expect(messages([{ ...x, type: 'text' }, near, view, y])).toEqual([
      'The column "x" is a text in this data set, but a number in the training data. Upload it with types=x:number.',
    ])
    // A short table reads as categories what a long one reads as texts.
    expect(messages([x, { ...near, type: 'text' }, view, y])).toEqual([])
    expect(messages([x, { ...near, type: 'boolean' }, view, y])).toHaveLength(1)
  })

  it('names no remedy for a column that the option cannot name', () => {
    const name = 'a,b'
    const wrong = messages([{ ...x, name, type: 'text' }, y], dataset, table([{ ...x, name }, y]))
    expect(wrong).toEqual(['The column "a,b" is a text in this data set, but a number in the training data.'])
  })

  it('has values of the target that the training data knows', () => {
    const over = table([x, classes('a', 'b', 'caf\u00e9')])
    const input = { validation: { dataset: 'other' }, target: 'kind' }
    expect(messages([x, classes('a', 'cafe\u0301')], input, over)).toEqual([])
    expect(messages([x, classes('a', 'd', 'e')], input, over)).toEqual([
      'The target of the data set has classes that the training data lacks: "d", "e". Leave out such rows, or train on data that has them too.',
    ])
    const empty = { ...classes('a'), missing: 2_000 }
    expect(messages([x, empty], input, over)).toEqual([
      'No row of the data set has a value in the target column.',
    ])
    expect(messages([x, { ...empty, missing: 1_999 }], input, over)).toEqual([])
  })

  it('has numbers as classes that the training data knows', () => {
    const numbered = (...values: number[]): ColumnDescription => ({
      ...y,
      distinct: values.length,
      min: Math.min(...values),
      max: Math.max(...values),
      frequent: values.slice(0, 10).map((value) => ({ value: String(value), rows: 9 })),
    })
    const { frequent: _frequent, ...early } = numbered(0, 1)
    const zeroOne = table([x, numbered(0, 1)])
    for (const over of [zeroOne, table([x, early])]) {
      expect(messages([x, numbered(0, 1)], dataset, over)).toEqual([])
      expect(messages([x, numbered(1)], dataset, over)).toEqual([])
      expect(messages([x, numbered(0, 1, 2)], dataset, over)).toEqual([
        'The target of the data set has classes that the training data lacks: "2". Leave out such rows, or train on data that has them too.',
      ])
      expect(messages([x, numbered(0, 0.5, 1)], dataset, over)[0]).toContain('lacks: "0.5".')
    }
    const uncounted = { ...early, distinct: 3 }
    expect(messages([x, uncounted], dataset, zeroOne)).toEqual([
      'The target of the data set has 3 different values, and the training data has 2 classes. Leave out such rows, or train on data that has them too.',
    ])
    const grades = { ...dataset, task: 'multiclass' }
    const three = table([x, numbered(1, 2, 3)])
    expect(messages([x, numbered(1, 3)], grades, three)).toEqual([])
    expect(messages([x, numbered(1, 4)], grades, three)[0]).toContain('lacks: "4".')
    // The description of a table with more numbers lists some of them only.
    const many = Array.from({ length: 12 }, (_, at) => at)
    expect(messages([x, numbered(1, 50)], grades, table([x, numbered(...many)]))).toEqual([])
    expect(messages([x, numbered(1, 50)], dataset, table([x, y]))).toEqual([])
  })

  it('has no target below the logarithm', () => {
    const log = { ...dataset, targetTransform: 'log' }
    const from = (min: number | undefined, input: object) => messages([x, near, view, { ...y, min }], input)
    expect(from(-0.999, log)).toEqual([])
    expect(from(-1, log)[0]).toMatch(/^The smallest value of the target in this data set is -1/)
    expect(from(-1, dataset)).toEqual([])
    expect(from(undefined, log)).toEqual([])
  })

  it('is not looked at where none validates', () => {
    expect(pathsOf({ validation: { split: 0.2 } }, numbers, table([]))).toEqual([])
    expect(pathsOf(dataset, numbers)).toEqual([])
  })
})

describe('a data set that a version is evaluated on', () => {
  const recipe = complete({}, numbers).recipe!
  const kinds = complete({}, three).recipe!

  it('has the inputs and the target', () => {
    expect(validationFaults(recipe, null, numbers)).toEqual([])
    expect(validationFaults(recipe, null, table([near]))).toEqual([
      'The data set has no column "x".',
      'The data set has no column "view".',
      'The data set has no column "y".',
    ])
  })

  it('has a target that the version predicts', () => {
    const other = (target: ColumnDescription) => table([x, near, view, target])
    expect(validationFaults(recipe, null, other({ ...y, type: 'text' }))).toEqual([
      'The target of the data set is a text, and a regression needs a number.',
    ])
    expect(validationFaults(recipe, null, other({ ...y, missing: 2_000 }))).toEqual([
      'No row of the data set has a value in the target column.',
    ])
    const known = ['a', 'b', 'c']
    expect(validationFaults(kinds, known, table([x, classes('b')]))).toEqual([])
    expect(validationFaults(kinds, known, table([x, classes('b', 'd')]))).toEqual([
      'The target of the data set has classes that the training data lacks: "d". Leave out such rows, or train on data that has them too.',
    ])
    expect(validationFaults(kinds, null, table([x, classes('d')]))).toEqual([])
    expect(validationFaults(kinds, known, table([x, { ...y, name: 'kind' }]))).toEqual([
      'The target of the data set has classes that the training data lacks: "2", "80". Leave out such rows, or train on data that has them too.',
    ])
  })
})

describe('the calibration of a recipe', () => {
  const calibrationOf = (input: object, over: TableDescription) => complete(input, over).recipe?.calibration

  it('is chosen by default for classes, of a network that the service chose, with validation rows', () => {
    expect(calibrationOf({}, two)).toBe('auto')
    expect(calibrationOf({}, three)).toBe('auto')
    expect(calibrationOf({}, numbers)).toBe('none')
    const labels = table([x, classes('a|b', 'a', 'b')])
    expect(calibrationOf({ multiLabel: { separator: '|' } }, labels)).toBe('none')
    expect(calibrationOf({ validation: null }, two)).toBe('none')
    expect(calibrationOf({ layers: [{ units: 4 }] }, two)).toBe('none')
    expect(calibrationOf({ layers: [{ units: 4 }], calibration: 'platt' }, two)).toBe('platt')
  })
})

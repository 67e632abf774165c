import { describe, expect, it } from 'vitest'
import {
  alwaysEvaluated,
  comparisonDataset,
  comparisonMetric,
  comparisonMetricFault,
  foldCount,
  type InputColumn,
  inputChanges,
  inputChangeText,
  isMetricNamed,
  largerIsBetter,
  monitorOf,
  Promote,
  Task,
  trainsOnAll,
  validationName,
} from '../../src/recipe/index.ts'

describe('the rule that promotes a version', () => {
  it('compares by the metric and data set that it names', () => {
    const rule = Promote.parse({ ifBetter: { dataset: 'fresh', metric: 'top_k' } })
    expect(comparisonDataset(rule)).toBe('fresh')
    expect(comparisonMetric(rule, 'multiclass')).toBe('topK')
    expect(isMetricNamed(rule)).toBe(true)
  })

  it.each(['always', 'ifBetter', 'never', { ifBetter: {} }])(
    '%j compares on the validation rows, by the default metric of the task',
    (given) => {
      const rule = Promote.parse(given)
      expect(comparisonDataset(rule)).toBeNull()
      expect(isMetricNamed(rule)).toBe(false)
      expect(Task.options.map((task) => [task, comparisonMetric(rule, task)])).toEqual([
        ['binary', 'accuracy'],
        ['multiclass', 'accuracy'],
        ['multiLabel', 'f1Micro'],
        ['regression', 'mae'],
      ])
      expect(comparisonMetric(rule, 'regression', 2)).toBe('r2')
    },
  )

  it('names either of the two', () => {
    expect(isMetricNamed({ ifBetter: { dataset: 'fresh' } })).toBe(false)
    expect(comparisonDataset({ ifBetter: { metric: 'auc' } })).toBeNull()
  })

  it('cannot compare by a metric of another task', () => {
    expect(comparisonMetricFault('ifBetter', 'regression')).toBeUndefined()
    expect(comparisonMetricFault({ ifBetter: { metric: 'auc' } }, 'binary')).toBeUndefined()
    expect(comparisonMetricFault({ ifBetter: { metric: 'auc' } }, 'regression')).toBe(
      'The metric auc does not fit the task regression. Use mae, mse, rmse, r2, mape.',
    )
  })

  it.each([
    'better',
    {},
    { ifBetter: { dataset: '' } },
    { ifBetter: { metric: 'loss' } },
    { ifBetter: {}, always: 1 },
  ])('is not %j', (given) => {
    expect(Promote.safeParse(given).success).toBe(false)
  })
})

describe('the inputs that clients send', () => {
  const number = (name: string): InputColumn => ({ name, type: 'number' })
  const text = (name: string): InputColumn => ({ name, type: 'text' })
  const category = (name: string): InputColumn => ({ name, type: 'category' })

  it.each<[string, InputColumn[], InputColumn[], object[]]>([
    ['in another order stay the same', [number('a'), text('b')], [text('b'), number('a')], []],
    ['may be spelled in another Unicode form', [number('caf\u00e9')], [number('cafe\u0301')], []],
    [
      'that are left out or added change',
      [number('a'), number('b')],
      [number('a'), text('c')],
      [
        { name: 'b', before: 'number', after: null },
        { name: 'c', before: null, after: 'text' },
      ],
    ],
    [
      'of another type change',
      [number('a')],
      [{ name: 'a', type: 'boolean' }],
      [{ name: 'a', before: 'number', after: 'boolean' }],
    ],
    ['may be read as a text instead of a category', [category('a')], [text('a')], []],
    [
      'may be read as a category instead of a text beside others',
      [text('a'), number('b')],
      [category('a'), number('b')],
      [],
    ],
    [
      'change if the only text, which may be sent as `text`, becomes a category',
      [text('a')],
      [category('a'), number('b')],
      [
        { name: 'a', before: 'text', after: 'category' },
        { name: 'b', before: null, after: 'number' },
      ],
    ],
    [
      'change if a number becomes a text or a text a number',
      [number('a'), text('b')],
      [text('a'), number('b')],
      [
        { name: 'a', before: 'number', after: 'text' },
        { name: 'b', before: 'text', after: 'number' },
      ],
    ],
    [
      'change if a number becomes a category or a category a number',
      [number('a'), category('b')],
      [category('a'), number('b')],
      [
        { name: 'a', before: 'number', after: 'category' },
        { name: 'b', before: 'category', after: 'number' },
      ],
    ],
  ])('%s', (_, before, after, changes) => {
    expect(inputChanges(before, after)).toEqual(changes)
  })

  it('are told with what the version in production takes', () => {
    const told = (before: InputColumn['type'] | null, after: InputColumn['type'] | null) =>
      inputChangeText({ name: 'a', before, after }, 3)
    expect(told(null, 'text')).toBe('The column "a" would be a new input (text) that version 3 does not take')
    expect(told('text', null)).toBe(
      'The column "a" would no longer be an input, and version 3 takes it (text)',
    )
    expect(told('text', 'number')).toBe(
      'The column "a" would be read as a number, and version 3 takes a text',
    )
  })
})

describe('the columns of a history', () => {
  it('have the values of validation rows under names of their own', () => {
    expect(['loss', 'topK', 'mae'].map(validationName)).toEqual(['valLoss', 'valTopK', 'valMae'])
  })

  it.each([
    ['accuracy', true],
    ['valAccuracy', true],
    ['precision', true],
    ['valRecall', true],
    ['valAuc', true],
    ['valTopK', true],
    ['r2', true],
    ['valR2', true],
    ['loss', false],
    ['valLoss', false],
    ['mae', false],
    ['valMse', false],
    ['rmse', false],
    ['mape', false],
    ['valF1Micro', true],
    ['hammingLoss', false],
    ['toString', false],
    ['valToString', false],
  ])('%s is better if larger: %s', (column, wanted) => {
    expect(largerIsBetter(column)).toBe(wanted)
  })

  it('decide on the best epoch', () => {
    const earlyStopping = { monitor: 'valAuc', patience: 3, restoreBest: true }
    expect(monitorOf({ earlyStopping, validation: { split: 0.2 } })).toBe('valAuc')
    expect(monitorOf({ earlyStopping: null, validation: { split: 0.2 } })).toBe('valLoss')
    expect(monitorOf({ earlyStopping: null, validation: null })).toBe('loss')
  })

  it('are always there for the metrics of an evaluation', () => {
    expect(Task.options.map(alwaysEvaluated)).toEqual([
      ['accuracy', 'precision', 'recall', 'auc'],
      ['accuracy'],
      ['f1Micro', 'f1Macro', 'subsetAccuracy', 'hammingLoss'],
      ['mae', 'rmse', 'r2'],
    ])
  })
})

describe('the trainings of a recipe', () => {
  it('are counted by folds and repeats', () => {
    const fold = { shuffle: true, smoothing: 0.9 }
    expect(foldCount({ validation: { ...fold, kFold: 4, repeats: 3 } })).toBe(12)
    expect(foldCount({ validation: { ...fold, kFold: 4 } })).toBe(4)
    expect(foldCount({ validation: { split: 0.2 } })).toBe(0)
    expect(foldCount({ validation: null })).toBe(0)
  })

  it('end in a network for all rows after folds, with final epochs, or without validation', () => {
    const split = { split: 0.2 }
    expect(trainsOnAll({ validation: null, finalEpochs: null })).toBe(true)
    expect(trainsOnAll({ validation: { kFold: 2, repeats: 1 }, finalEpochs: null })).toBe(true)
    expect(trainsOnAll({ validation: split, finalEpochs: 'best' })).toBe(true)
    expect(trainsOnAll({ validation: split, finalEpochs: null })).toBe(false)
  })
})

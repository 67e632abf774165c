import { describe, expect, it } from 'vitest'
import { JobOutcome, TrainingRecord } from '../../../src/jobs/records/records.ts'
import { columnNames, rankTrials, reportsOf, scoreColumn, scoreOf } from '../../../src/jobs/search/score.ts'
import { setPath } from '../../../src/jobs/search/set-path.ts'
import { completeRecipe, RecipeInput } from '../../../src/recipe/index.ts'

const complete = (input: object) => {
  const { recipe } = completeRecipe(RecipeInput.parse({ layers: [{ units: 4 }], ...input }), {
    rows: 2_000,
    columns: ['x', 'y'].map((name) => ({ name, type: 'number', missing: 0, distinct: 90, min: 0, max: 9 })),
  })
  return recipe!
}

describe('what ranks the trials of a search', () => {
  const history = {
    epochs: [1, 2, 3],
    loss: [9, 8, 7],
    valLoss: [5, 3, 4],
    valMae: [7, null, 2],
    bestEpoch: 2,
    overfitsAfter: null,
    smoothed: {},
  }
  const split = complete({ validation: { split: 0.2 } })
  const last = complete({ validation: { split: 0.2 }, earlyStopping: null })
  const folds = complete({ validation: { kFold: 2 }, earlyStopping: null })

  it('is the loss of the validation rows, or the column that the search names', () => {
    const over = { epochs: [1] }
    expect(scoreColumn({ type: 'grid', over })).toBe('valLoss')
    expect(scoreColumn({ type: 'grid', over, metric: 'valMae' })).toBe('valMae')
  })

  it('is a column of the history', () => {
    const metrics = ['mae', 'r2']
    expect(columnNames(complete({ metrics }))).toEqual(['loss', 'mae', 'r2', 'valLoss', 'valMae', 'valR2'])
    expect(columnNames(complete({ metrics, validation: null }))).toEqual(['loss', 'mae', 'r2'])
  })

  it('is the value of the epoch whose weights are kept', () => {
    expect(scoreOf(split, history, 'valLoss')).toBe(3)
    expect(scoreOf(split, history, 'loss')).toBe(8)
    expect(scoreOf(split, history, 'valMae')).toBeNull()
    expect(scoreOf(folds, history, 'valLoss')).toBe(3)
    expect(scoreOf(last, history, 'valLoss')).toBe(4)
    expect(scoreOf(split, { ...history, bestEpoch: null }, 'valLoss')).toBe(4)
    expect(scoreOf(split, history, 'valR2')).toBeNull()
    const lastWeights = complete({ earlyStopping: { restoreBest: false } })
    expect(scoreOf(lastWeights, history, 'valLoss')).toBe(4)
  })

  it('is compared epoch by epoch, or fold by fold', () => {
    expect(reportsOf(split, history, 'valLoss')).toEqual([5, 3, 4])
    expect(reportsOf(split, history, 'valMae')).toEqual([7, 2])
    expect(reportsOf(split, history, 'valR2')).toEqual([])
    const parts: Record<string, number[]>[] = [
      { valLoss: [3, 1] },
      { valLoss: [4, 2] },
      { valLoss: [] },
      { valMae: [7] },
    ]
    expect(reportsOf(folds, { ...history, folds: parts }, 'valLoss')).toEqual([1, 2])
    expect(reportsOf(folds, history, 'valLoss')).toEqual([])
  })
})

describe('the ranking of trials', () => {
  const at = '2026-01-01T00:00:00Z'
  const trial = (number: number, values: number[] | null, more: object = {}) => ({
    record: TrainingRecord.parse({
      id: `00000000-0000-7000-8000-00000000000${number}`,
      model: 'm',
      dataset: 'd',
      datasetName: 'd',
      warnings: [],
      createdAt: at,
      createdBy: null,
      fingerprint: 'f',
      promote: 'always',
      recipe: complete({ earlyStopping: null, metrics: ['mae', 'r2'] }),
    }),
    outcome: JobOutcome.parse({
      state: 'completed',
      attempt: 1,
      startedAt: at,
      finishedAt: at,
      version: null,
      error: null,
      warnings: [],
      progress: null,
      history: values && {
        epochs: values.map((_, epoch) => epoch + 1),
        loss: values,
        valLoss: values,
        valR2: values,
        bestEpoch: null,
        overfitsAfter: null,
        smoothed: {},
      },
      ...more,
    }),
  })
  const search = { type: 'grid' as const, over: { epochs: [1] } }
  const ranked = (trials: { record: TrainingRecord; outcome: JobOutcome | undefined }[], metric?: string) =>
    rankTrials(trials, { ...search, metric }).map(({ record, score, behind }) => [
      Number(record.id.at(-1)),
      score,
      behind,
    ])

  it('begins with the smallest loss, or the largest of a metric of which more is better', () => {
    const trials = [trial(0, [4]), trial(1, [9, 2]), trial(2, [3]), trial(3, [2])]
    expect(ranked(trials)).toEqual([
      [1, 2, false],
      [3, 2, false],
      [2, 3, false],
      [0, 4, false],
    ])
    expect(ranked(trials, 'valR2').map(([number]) => number)).toEqual([0, 2, 1, 3])
  })

  it('ends with those that were stopped, and then with those without a score', () => {
    const { record } = trial(4, null)
    const trials = [
      trial(0, null),
      trial(1, [1], { state: 'failed' }),
      trial(2, [2], { stopped: true }),
      trial(3, [9]),
      { record, outcome: undefined },
      trial(5, [1], { stopped: true }),
    ]
    expect(ranked(trials)).toEqual([
      [3, 9, false],
      [5, 1, true],
      [2, 2, true],
      [0, null, false],
      [1, null, false],
      [4, null, false],
    ])
  })

  it('puts one that fell behind the first five at the end, although it ran to its end', () => {
    const good = [5, 5, 5, 5]
    const trials = [...[0, 1, 2, 3, 4].map((number) => trial(number, good)), trial(5, [9, 9, 9, 1])]
    expect(ranked(trials).at(-1)).toEqual([5, 1, true])
    // The failed ones are no references, so that too few are left.
    const failed = [0, 1, 2].map((number) => trial(number, good, { state: 'failed' }))
    expect(ranked([...failed, ...trials.slice(3)])[0]).toEqual([5, 1, false])
  })
})

describe('a path of a search', () => {
  const set = (recipe: unknown, path: string, value: unknown, whole: unknown = {}) =>
    setPath(recipe, whole, path.split('.'), value)

  it('sets a value in a copy', () => {
    const recipe = { epochs: 3, layers: [{ units: 4 }, { units: 5 }] }
    expect(set(recipe, 'epochs', 9)).toEqual({ value: { ...recipe, epochs: 9 } })
    expect(set(recipe, 'layers.1.units', 9)).toEqual({
      value: { epochs: 3, layers: [{ units: 4 }, { units: 9 }] },
    })
    expect(recipe).toEqual({ epochs: 3, layers: [{ units: 4 }, { units: 5 }] })
  })

  it('takes what the recipe leaves out from its complete form', () => {
    const whole = { optimizer: { type: 'adam', learningRate: 0.1 }, layers: [{ units: 4 }] }
    expect(set({}, 'optimizer.learningRate', 0.2, whole)).toEqual({
      value: { optimizer: { type: 'adam', learningRate: 0.2 } },
    })
    expect(set({}, 'layers.0.units', 9, whole)).toEqual({ value: { layers: [{ units: 9 }] } })
    // The options of another type do not fit.
    expect(set({}, 'optimizer.type', 'sgd', whole)).toEqual({ value: { optimizer: { type: 'sgd' } } })
    expect(set({ optimizer: { learningRate: 1 } }, 'optimizer.type', 'sgd', whole)).toEqual({
      value: { optimizer: { learningRate: 1, type: 'sgd' } },
    })
  })

  it.each<[string, string, string]>([
    ['an entry beyond the list', 'layers.2.units', 'There is no entry "2": the list has 2 entries'],
    ['an entry that is no number', 'layers.x.units', 'There is no entry "x": the list has 2 entries'],
    ['a negative entry', 'layers.-1.units', 'There is no entry "-1": the list has 2 entries'],
    ['an entry of five digits', 'layers.00001.units', 'There is no entry "00001"'],
    ['a member of a number', 'epochs.x', 'The recipe has no object at this path that could have a "x"'],
    ['a member of null', 'validation.split', 'could have a "split"'],
    ['an empty part', 'layers..units', 'The path has an empty or reserved part.'],
    ['a reserved part', '__proto__.x', 'The path has an empty or reserved part.'],
    ['a member of an absent object', 'search.over', 'could have a "over"'],
  ])('is refused with %s', (_, path, fault) => {
    const recipe = { epochs: 3, layers: [{ units: 4 }, { units: 5 }], validation: null }
    expect(set(recipe, path, 1, { epochs: 3, validation: null, search: null })).toEqual({
      fault: expect.stringContaining(fault),
    })
  })

  it('clips a long part in its message', () => {
    const told = set({ epochs: 3 }, `epochs.${'x'.repeat(60)}`, 1)
    expect(told).toEqual({ fault: expect.stringContaining(`"${'x'.repeat(50)}".`) })
  })

  it('finds a column whose name has another Unicode form', () => {
    const options = { columns: { 'caf\u00e9': { scaling: 'none' } } }
    const changed = { value: { columns: { 'caf\u00e9': { scaling: 'minMax' } } } }
    expect(set(options, 'columns.cafe\u0301.scaling', 'minMax')).toEqual(changed)
    expect(set({}, 'columns.cafe\u0301.scaling', 'minMax', options)).toEqual(changed)
  })

  it('changes a copy of its own in place', () => {
    const owned = new WeakSet<object>()
    const recipe = { epochs: 3 }
    const first = setPath(recipe, {}, ['epochs'], 4, owned)
    if ('fault' in first) throw new Error(first.fault)
    const second = setPath(first.value, {}, ['epochs'], 5, owned)
    expect(second).toEqual({ value: { epochs: 5 } })
    expect('value' in second && second.value).toBe(first.value)
    expect(recipe).toEqual({ epochs: 3 })
  })
})

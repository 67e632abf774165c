import { describe, expect, it } from 'vitest'
import { planSearch } from '../../../src/jobs/search/plan.ts'
import { completeRecipe, RecipeInput, type TableDescription } from '../../../src/recipe/index.ts'
import { atOnce } from '../../../src/runtime/steps.ts'

const table: TableDescription = {
  rows: 2_000,
  columns: ['x', 'z', 'y'].map((name) => ({
    name,
    type: 'number',
    missing: 0,
    distinct: 90,
    min: 0,
    max: 9,
  })),
}
const tried = (search: object, recipe: object = {}) => {
  const input = RecipeInput.parse({ layers: [{ units: 4 }], validation: { split: 0.2 }, ...recipe, search })
  const complete = (trial: RecipeInput) => completeRecipe(trial, table)
  const base = complete(input).recipe
  if (!base?.search) throw new Error('The recipe is wrong itself')
  return atOnce(planSearch(base.search, input, base, complete))
}
const plan = (search: object, recipe: object = {}) => {
  const found = tried(search, recipe)
  if (!found.trials) throw new Error(JSON.stringify(found.problems))
  return found
}
const numbers = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
const paramsOf = (search: object, recipe: object = {}) =>
  plan(search, recipe).trials.map(({ params }) => params)
const problemsOf = (search: object, recipe: object = {}) => {
  const { trials, problems } = tried(search, recipe)
  expect(trials).toBeUndefined()
  return problems.map(({ path, message }) => `${path}: ${message}`)
}

describe('the trials of a grid', () => {
  const over = { epochs: [1, 2], batchSize: [16, 32, 64] }

  it('are all combinations, of which the last path changes fastest', () => {
    expect(paramsOf({ type: 'grid', over })).toEqual([
      { epochs: 1, batchSize: 16 },
      { epochs: 1, batchSize: 32 },
      { epochs: 1, batchSize: 64 },
      { epochs: 2, batchSize: 16 },
      { epochs: 2, batchSize: 32 },
      { epochs: 2, batchSize: 64 },
    ])
  })

  it('have complete recipes of their own, without a search', () => {
    const { trials, search, warnings } = plan({ type: 'grid', over, metric: 'valMae' })
    expect(trials?.at(-1)?.recipe).toMatchObject({
      epochs: 2,
      batchSize: 64,
      layers: [{ units: 4 }],
      search: null,
    })
    expect(search).toMatchObject({ type: 'grid', trials: 6, metric: 'valMae' })
    expect(warnings).toEqual([])
  })

  it('are the first ones, with a warning, where fewer are asked for', () => {
    const cut = plan({ type: 'grid', over, trials: 4 })
    expect(cut.trials?.map(({ params }) => params)).toEqual(paramsOf({ type: 'grid', over })?.slice(0, 4))
    expect(cut).toMatchObject({
      search: { trials: 4, metric: 'valLoss' },
      warnings: [{ code: 'grid-cut', message: "Of the grid's 6 recipes the first 4 are tried." }],
    })
    expect(plan({ type: 'grid', over, trials: 6 }).warnings).toEqual([])
    expect(plan({ type: 'grid', over, trials: 7 }).search).toMatchObject({ trials: 6 })
  })

  it('are at most 500, unless fewer are asked for', () => {
    const large = (epochs: number) => ({
      type: 'grid',
      over: { epochs: numbers(epochs), batchSize: numbers(10) },
    })
    expect(paramsOf(large(50))).toHaveLength(500)
    expect(problemsOf(large(51))).toEqual([
      '/recipe/search/over: The grid has 510 recipes; at most 500 can be tried. Give fewer values, or type random.',
    ])
    expect(paramsOf({ ...large(51), trials: 500 })).toHaveLength(500)
  })
})

describe('the trials of a random search', () => {
  const over = { epochs: numbers(20), batchSize: numbers(20) }
  const draw = (search: object, seed = 1) => paramsOf({ type: 'random', over, ...search }, { seed })

  it('are ten different ones, the same for a seed', () => {
    const drawn = draw({})
    expect(new Set(drawn?.map((each) => JSON.stringify(each))).size).toBe(10)
    expect(draw({})).toEqual(drawn)
    expect(draw({}, 2)).not.toEqual(drawn)
    expect(new Set(drawn?.map(({ epochs }) => epochs)).size).toBeGreaterThan(3)
    expect(new Set(drawn?.map(({ batchSize }) => batchSize)).size).toBeGreaterThan(3)
    expect(plan({ type: 'random', over }).warnings).toEqual([])
  })

  it('are all combinations where there are no more', () => {
    const few = { epochs: [1, 2], batchSize: [16, 32] }
    expect(draw({ over: few, trials: 50 })).toHaveLength(4)
    expect(draw({ over: few, trials: 3 })).toHaveLength(3)
  })

  it('are drawn from a space that is too large to be listed', () => {
    const large = { epochs: numbers(100), batchSize: numbers(100), seed: numbers(100) }
    const drawn = draw({ over: large, trials: 30 })
    expect(new Set(drawn?.map((each) => JSON.stringify(each))).size).toBe(30)
    expect(draw({ over: large, trials: 30 })).toEqual(drawn)
    for (const each of drawn ?? [])
      expect(Object.values(each).every((value) => Number(value) >= 1 && Number(value) <= 100)).toBe(true)
    expect(Math.max(...(drawn ?? []).map(({ seed }) => Number(seed)))).toBeGreaterThan(70)
  })
})

describe('the options of a type', () => {
  it('may come before it', () => {
    const over = { 'optimizer.momentum': [0.5], 'optimizer.type': ['sgd'] }
    expect(plan({ type: 'grid', over }).trials).toMatchObject([
      {
        params: { 'optimizer.momentum': 0.5, 'optimizer.type': 'sgd' },
        recipe: { optimizer: { type: 'sgd', momentum: 0.5 } },
      },
    ])
    expect(Object.keys(paramsOf({ type: 'grid', over })?.[0] ?? {})).toEqual([
      'optimizer.momentum',
      'optimizer.type',
    ])
  })

  it('may be those of any input column', () => {
    const over = { 'columns.z.scaling': ['minMax'] }
    const recipe = { columns: { x: { scaling: 'none' } } }
    expect(plan({ type: 'grid', over }, recipe).trials?.[0]?.recipe.columns).toMatchObject({
      x: { scaling: 'none' },
      z: { scaling: 'minMax' },
    })
  })
})

describe('a search is refused', () => {
  it.each(['task', 'target', 'group', 'validation', 'search', 'finalEpochs'])('over %s', (top) => {
    expect(problemsOf({ type: 'grid', over: { [`${top}.x`]: [1] } })).toEqual([
      `/recipe/search/over/${top}.x: All recipes of a search share ${top}; it cannot be searched over.`,
    ])
  })

  it('without rows to compare on, or by a column that the history lacks', () => {
    expect(problemsOf({ type: 'grid', over: { epochs: [1] } }, { validation: null })).toEqual([
      expect.stringMatching(/^\/recipe\/validation: A search compares recipes on validation rows/),
    ])
    expect(problemsOf({ type: 'grid', over: { epochs: [1] }, metric: 'valLos' })).toEqual([
      '/recipe/search/metric: Unknown column of the history "valLos". Did you mean "valLoss"? Use one of loss, mae, valLoss, valMae.',
    ])
  })

  it('at each value that does not fit, and once at a path that does not', () => {
    expect(problemsOf({ type: 'grid', over: { epochs: [1, 0, 2, -1] } })).toEqual([
      '/recipe/search/over/epochs/1: Expected a number of at least 1, got 0',
      '/recipe/search/over/epochs/3: Expected a number of at least 1, got -1',
    ])
    expect(problemsOf({ type: 'grid', over: { 'layers.4.units': [1, 2] } })).toEqual([
      '/recipe/search/over/layers.4.units: There is no entry "4": the list has 1 entry, counted from 0.',
    ])
    expect(problemsOf({ type: 'grid', over: { layers: [[{ units: 0 }]] } })).toEqual([
      '/recipe/search/over/layers/0: Expected a number of at least 1, got 0',
    ])
    expect(problemsOf({ type: 'grid', over: { 'optimizer.beta1': [0.5] } })[0]).toMatch(
      /^\/recipe\/search\/over\/optimizer\.beta1\/0: /,
    )
  })

  it('where values do not fit together', () => {
    const over = { 'validation.x': [1], epochs: [1] }
    expect(problemsOf({ type: 'grid', over })).toHaveLength(1)
    const wide = { 'layers.0.units': [4, 1_000_000], 'layers.1.units': [4, 1_000_000] }
    const found = problemsOf({ type: 'grid', over: wide }, { layers: [{ units: 4 }, { units: 4 }] })
    expect(found).toEqual([
      expect.stringMatching(
        /^\/recipe\/search\/over: With \{"layers\.0\.units":1000000,"layers\.1\.units":1000000\} the recipe cannot be trained\. \/recipe\/layers\/1\/units: The network/,
      ),
    ])
  })

  it('beyond 5,000 fits', () => {
    const search = (count: number) => ({ type: 'grid', over: { seed: numbers(count) } })
    const folds = { validation: { kFold: 10, repeats: 5 } }
    expect(paramsOf(search(100), folds)).toHaveLength(100)
    expect(
      problemsOf({ type: 'grid', over: { seed: numbers(50), batchSize: [1, 2, 3] }, trials: 101 }, folds),
    ).toEqual([
      '/recipe/search/trials: 101 recipes of 50 folds each are 5,050 fits; a search has at most 5,000. Give fewer trials, folds or repeats.',
    ])
  })

  it('with at most 100 problems', () => {
    expect(
      problemsOf({ type: 'grid', over: { epochs: Array(100).fill(0), batchSize: Array(20).fill(0) } }),
    ).toHaveLength(100)
  })
})

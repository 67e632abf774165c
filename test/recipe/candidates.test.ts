import { describe, expect, it } from 'vitest'
import {
  candidateRecipes,
  completeRecipe,
  estimateCost,
  problemsOf,
  RecipeInput,
} from '../../src/recipe/index.ts'
import type { TableDescription } from '../../src/recipe/table.ts'

const number = (name: string, min: number, max: number) =>
  ({ name, type: 'number', missing: 0, min, max, mean: (min + max) / 2, distinct: 300 }) as const
const table = (rows: number): TableDescription => ({
  rows,
  columns: [number('rooms', 1, 9), number('age', 0, 80), number('price', -5, 5)],
})

function complete(input: unknown, rows = 500) {
  return completeRecipe(RecipeInput.parse(input), table(rows))
}
function problemsWith(input: unknown) {
  const parsed = RecipeInput.safeParse(input)
  return parsed.success ? complete(input).problems : problemsOf(parsed.error, RecipeInput, input, '/recipe')
}

describe('candidates that the data suggest', () => {
  it('are those of small tables without a network of their own', () => {
    // Simpler networks, then trees, and the mean of trees and the recipe's own networks.
    const layersOf = (rows: number) =>
      complete({}, rows).recipe?.candidates?.map(({ layers }) => layers?.length)
    expect(layersOf(99)).toEqual([1, 0, 0])
    expect(layersOf(500)).toEqual([1, 0, 0, 0, undefined])
    expect(layersOf(2_999)).toHaveLength(5)
    expect(layersOf(3_000)).toEqual([0, 0, undefined])
    for (const own of [{ layers: [] }, { optimizer: 'adam' }, { candidates: null }, { candidates: [] }])
      expect(complete(own).recipe?.candidates, JSON.stringify(own)).toBeNull()
    for (const validation of [null, { kFold: 4 }, { split: 0.2 }])
      expect(complete({ validation }).recipe?.candidates).toBeNull()
    expect(complete({ search: { type: 'grid', over: { epochs: [1, 2] } } }).recipe?.candidates).toBeNull()
  })

  it('are the logarithm of a positive and skewed target, beside simpler networks', () => {
    const transforms = (price: object, rows: number, input: object = {}) => {
      const columns = [number('rooms', 1, 9), { ...number('price', 1, 100), ...price }]
      const { recipe } = completeRecipe(RecipeInput.parse(input), { rows, columns })
      return recipe?.candidates?.map(({ targetTransform }) => targetTransform)
    }
    const plain = (count: number) => Array(count).fill(undefined)
    expect(transforms({ mean: 20 }, 9_000)).toEqual([...plain(3), 'log'])
    expect(transforms({ mean: 20 }, 9_000, { network: 'dense' })).toEqual([...plain(1), 'log'])
    expect(transforms({ mean: 20 }, 500)).toEqual([...plain(5), 'log', 'log'])
    expect(transforms({ mean: 70 }, 9_000)).toEqual(plain(3))
    expect(transforms({ mean: 20, min: -1 }, 9_000)).toEqual(plain(3))
    expect(transforms({ mean: 20, min: 15 }, 9_000)).toEqual(plain(3))
  })

  it('are runs of characters for short texts of several classes', () => {
    const encoders = (text: object, classes: object, more: object[] = []) => {
      const columns: TableDescription['columns'] = [
        { name: 'text', type: 'text', missing: 0, meanLength: 60, ...text },
        ...(more as TableDescription['columns']),
        { name: 'label', type: 'category', missing: 0, classes: { a: 900, b: 900, ...classes } },
      ]
      const { recipe } = completeRecipe(RecipeInput.parse({}), { rows: 2_700, columns })
      return recipe?.candidates?.map(({ encoder, layers }) => [encoder, layers]) ?? []
    }
    const runs = { type: 'tfIdf', analyzer: 'char', ngrams: [2, 5], naiveBayes: true }
    expect(encoders({}, { c: 900 })).toMatchObject([[runs, []]])
    expect(encoders({}, {})).toEqual([])
    expect(encoders({ meanLength: 201 }, { c: 900 })).toEqual([])
    expect(encoders({ compactScript: 0.9 }, { c: 900 })).toEqual([])
    expect(encoders({}, { c: 900 }, [number('rooms', 1, 9)])).toEqual([])
  })

  it('leave alone what the recipe says', () => {
    const { recipe } = complete({ epochs: 7, ensemble: 2, scaling: 'quantile' })
    if (!recipe) throw new Error('no recipe')
    expect(complete({ targetTransform: 'none' }).recipe?.candidates).toHaveLength(5)
    for (const each of candidateRecipes(recipe))
      expect(each).toMatchObject({ epochs: 7, ensemble: 2, scaling: 'quantile', candidates: null })
    // Trees alone have no such fields, and a mean of trees and networks has them for the networks.
    expect(candidateRecipes(recipe)).toHaveLength(5)
  })

  it('have no trees where the recipe names the family, or where trees do not suit the data', () => {
    const families = (input: object, table: object = {}) => {
      const columns = [number('rooms', 1, 9), { ...number('price', -5, 5), ...table }]
      const { recipe } = completeRecipe(RecipeInput.parse(input), { rows: 500, columns } as TableDescription)
      const candidates = recipe?.candidates ?? []
      return candidates.map(({ network, otherMembers = [] }) =>
        [network, ...otherMembers.map((each) => each.network)].some((each) => each?.type === 'trees'),
      )
    }
    expect(families({})).toEqual([false, false, false, true, true])
    expect(families({ network: 'auto' })).toEqual([false, false, false, true, true])
    for (const network of ['dense', 'layers']) expect(families({ network })).toEqual([false, false, false])
    expect(families({ network: 'trees' })).toEqual([])
    expect(families({ epochs: 9 })).toEqual([false, false, false, true])
    const three = { type: 'category', classes: { a: 200, b: 200, c: 100 } }
    expect(families({}, three)).toEqual([false, false, false, true, true])
    expect(families({ rank: ['a', 'b', 'c'] }, three)).toEqual([false, false, false])
    const classes = Object.fromEntries(Array.from({ length: 11 }, (_, at) => [`c${at}`, 45]))
    expect(families({}, { type: 'category', classes })).toEqual([false, false, false])
  })

  it('have no trees for so many columns, and classes, that each fit would take minutes', () => {
    const families = (rows: number, inputs: object[], target: object = {}) => {
      const columns = [
        ...inputs.map((input, at) => ({ ...number('x', 0, 9), ...input, name: `x${at}` })),
        { ...number('price', -5, 5), ...target },
      ]
      const table = { rows, columns } as TableDescription
      const { recipe, problems } = completeRecipe(RecipeInput.parse({}), table)
      expect(problems).toEqual([])
      return recipe?.candidates?.filter((each) => each.network ?? each.otherMembers?.[0]?.network).length ?? 0
    }
    const wide = (columns: number, more: object = {}) => Array(columns).fill(more)
    // Leaves of more columns would not fit into memory either, and the order would be refused.
    expect(families(3_000, wide(3_900))).toBe(0)
    // 63 leaves and 300 trees, or of fewer rows 8.
    expect(families(3_000, wide(529))).toBe(2)
    expect(families(3_000, wide(530))).toBe(0)
    expect(families(2_999, wide(3_900))).toBe(2)
    const date = { type: 'date', earliest: '2020-01-01', latest: '2024-01-01' }
    expect(families(500, wide(694, date))).toBe(2)
    expect(families(500, wide(695, date))).toBe(0)
    const classes = Object.fromEntries(Array.from({ length: 10 }, (_, at) => [`c${at}`, 50]))
    expect(families(500, wide(416), { type: 'category', classes })).toBe(2)
    expect(families(500, wide(417), { type: 'category', classes })).toBe(0)
  })

  it('are complete: sent again, they are the same', () => {
    const { recipe } = complete({})
    expect(complete(recipe).recipe).toEqual(recipe)
    expect(complete(JSON.parse(JSON.stringify(recipe))).recipe).toEqual(recipe)
  })

  it('cost their time', () => {
    const { recipe } = complete({})
    if (!recipe) throw new Error('no recipe')
    const alone = estimateCost({ ...recipe, candidates: null }, table(500))
    expect(estimateCost(recipe, table(500)).seconds).toBeGreaterThan(alone.seconds)
  })

  it('cost the memory of networks that are kept because a later one has them too, up to a bound', () => {
    const { recipe } = complete({ layers: [{ units: 64 }] })
    if (!recipe) throw new Error('no recipe')
    const mean = { otherMembers: [{ layers: [] }] }
    const costOf = (more: object) => estimateCost({ ...recipe, ...more }, table(900))
    const validation = { kFold: 4, repeats: 2, shuffle: true, smoothing: 0.9 }
    const { parameters, memoryMb } = costOf({ ...mean, validation, candidates: null })
    const both = { validation, candidates: [mean] }
    // Eight folds are fitted twice, and all rows at last; a parameter is a number of 4 bytes.
    expect(costOf(both).memoryMb - memoryMb).toBeCloseTo((parameters * 4 * 17) / 1e6, 9)
    const other = { ...mean, epochs: recipe.epochs + 1 }
    expect(costOf({ ...both, candidates: [other] }).memoryMb).toBe(memoryMb)
    const large = { validation: { ...validation, kFold: 500 }, layers: [{ units: 30_000 }] }
    const alone = costOf({ ...mean, ...large, candidates: null }).memoryMb
    expect(costOf({ ...both, ...large }).memoryMb).toBeCloseTo(alone + 100, 9)
  })

  it('cost the time of their folds, which are no jobs of their own', () => {
    const { recipe } = complete({ layers: [{ units: 64 }], epochs: 40, finalEpochs: 'best' })
    if (!recipe) throw new Error('no recipe')
    const validation = { kFold: 4, repeats: 1, shuffle: true, smoothing: 0.9 }
    const workOf = (more: object) => {
      const { seconds, startSeconds } = estimateCost({ ...recipe, validation, ...more }, table(900))
      return seconds - startSeconds
    }
    const last = workOf({ candidates: null })
    // Four folds on three quarters of the rows, for all epochs and for about half of them, and half of a fit to all rows.
    expect(workOf({ candidates: [] }) / last).toBeCloseTo(4 * 0.75 * 1.5 + 0.5, 6)
    // A learning curve repeats the folds on a quarter and on half of their rows, with a fit to all rows each.
    const curve = workOf({ candidates: null, learningCurve: true })
    expect(curve / last).toBeCloseTo(1 + 0.75 * 4 * 0.75 * 1.5 + 2 * 0.5, 6)
  })
})

describe('candidates of a client', () => {
  const own = { layers: [{ units: 4 }], optimizer: 'sgd' }

  it('take the place of the fields that they name, with the defaults of these', () => {
    const candidates = [
      { layers: [{ units: 8, dropout: 0.1 }], optimizer: { type: 'adamW', weightDecay: 1 } },
      { targetTransform: 'none', otherMembers: [{ layers: [] }] },
    ]
    const { recipe } = complete({ ...own, candidates })
    expect(recipe?.candidates).toMatchObject([
      {
        layers: [{ units: 8, activation: 'relu', l1: 0, l2: 0, dropout: 0.1 }],
        optimizer: { type: 'adamW', weightDecay: 1, learningRate: 0.001 },
      },
      { targetTransform: 'none', otherMembers: [{ layers: [], optimizer: { type: 'sgd' } }] },
    ])
    expect(recipe?.candidates?.map((each) => Object.keys(each).sort())).toEqual([
      ['layers', 'optimizer'],
      ['otherMembers', 'targetTransform'],
    ])
  })

  it('are checked as recipes are, each under its path', () => {
    const paths = (input: object) => problemsWith(input).map(({ path }) => path)
    expect(paths({ ...own, candidates: [{}, { layers: [{ units: 0 }] }] })).toEqual([
      '/recipe/candidates/1/layers/0/units',
    ])
    expect(paths({ ...own, candidates: [{ epoch: 3 }] })).toEqual(['/recipe/candidates/0/epoch'])
    expect(paths({ ...own, candidates: [{ layers: [{ units: 1e9 }] }] })).toEqual([
      '/recipe/candidates/0/layers/0/units',
      '/recipe/candidates/0',
    ])
    expect(paths({ ...own, candidates: [{ targetTransform: 'log' }] })).toEqual([
      '/recipe/candidates/0/targetTransform',
    ])
    expect(paths({ ...own, candidates: [{ encoder: 'tfIdf' }] })).toEqual(['/recipe/candidates/0/encoder'])
    expect(paths({ ...own, validation: null, candidates: [{ epochs: 1 }] })).toEqual(['/recipe/candidates'])
    const search = { type: 'grid', over: { epochs: [1, 2] } }
    expect(paths({ ...own, search, candidates: [{ epochs: 1 }] })).toContain('/recipe/candidates')
    expect(paths({ ...own, candidates: Array.from({ length: 17 }, () => ({ epochs: 1 })) })).toEqual([
      '/recipe/candidates',
    ])
  })
})

describe('other members', () => {
  it('count as networks of their own in the limits', () => {
    const own = { layers: [{ units: 4 }], ensemble: 64 }
    expect(complete({ ...own, otherMembers: [{ layers: [] }] }).recipe).toBeDefined()
    const wide = { ...own, otherMembers: [{ layers: [{ units: 900_000 }] }] }
    expect(complete(wide).problems).toMatchObject([{ path: '/recipe/ensemble' }])
    const tooWide = { ...own, ensemble: 1, otherMembers: [{ layers: [{ units: 2_000_000 }] }] }
    expect(complete(tooWide).problems).toMatchObject([{ path: '/recipe/otherMembers/0/layers' }])
  })

  it('may be trees, with a loss and epochs of their own', () => {
    const own = { layers: [{ units: 4 }], otherMembers: [{ network: { type: 'trees', leaves: 7 } }] }
    const { recipe } = complete(own)
    expect(recipe?.otherMembers).toMatchObject([
      { layers: [], network: { type: 'trees', leaves: 7 }, loss: { type: 'meanSquaredError' }, epochs: 300 },
    ])
    expect(complete(recipe).recipe).toEqual(recipe)
  })

  const trees = { type: 'trees', rowShare: 0.5 }
  it.each([
    [{ otherMembers: [{ network: trees, layers: [{ units: 3 }] }] }, '/recipe/otherMembers/0/layers'],
    [{ otherMembers: [{ network: trees, loss: 'binaryCrossentropy' }] }, '/recipe/otherMembers/0/loss'],
    [
      { otherMembers: [{ network: { ...trees, leaves: 999 }, epochs: 90_000 }] },
      '/recipe/otherMembers/0/epochs',
    ],
    [{ otherMembers: [{ network: trees, optimizer: 'sgd' }] }, '/recipe/otherMembers/0/optimizer'],
    [
      { otherMembers: Array(3).fill({ network: { ...trees, leaves: 1_000 }, epochs: 2_000 }) },
      '/recipe/otherMembers',
    ],
    [{ otherMembers: [{ network: 'trees' }], ensemble: 2 }, '/recipe/ensemble'],
    [{ otherMembers: [{ layers: [], epochs: 9 }] }, '/recipe/otherMembers/0/epochs'],
    [{ otherMembers: [{ loss: 'huber' }] }, '/recipe/otherMembers/0/loss'],
    [{ network: 'trees', otherMembers: [{ network: trees }] }, '/recipe/otherMembers'],
  ])('of trees are refused as %j', (input, path) => {
    expect(
      problemsWith({ ...('network' in input ? {} : { layers: [{ units: 4 }] }), ...input }).map(
        (each) => each.path,
      ),
    ).toEqual([path])
  })
})

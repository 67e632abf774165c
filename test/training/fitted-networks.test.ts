import { describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { Random } from '../../src/evaluation/random.ts'
import { type CompleteRecipe, candidateRecipes, completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { executeBest } from '../../src/training/candidates.ts'
import type { FitResult } from '../../src/training/fit.ts'
import { FittedNetworks } from '../../src/training/fitted-networks.ts'

const random = new Random(7, 'line')
const x = Float64Array.from({ length: 60 }, () => random.next())
const table: Table = {
  rows: 60,
  columns: new Map([
    ['x', { type: 'number', values: x }],
    ['y', { type: 'number', values: x.map((value) => 3 * value + 0.1 * random.next()) }],
  ]),
}

function completed(input: object): CompleteRecipe {
  const columns = ['x', 'y'].map((name) => ({ name, type: 'number' as const, missing: 0, min: 0, max: 4 }))
  const own = { layers: [{ units: 4 }], epochs: 3, ...input }
  const { recipe, problems } = completeRecipe(RecipeInput.parse(own), { rows: 60, columns })
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

const trees = { network: { type: 'trees', leaves: 4, minRows: 5, rowShare: 0.8 }, epochs: 5 }
const mean = { otherMembers: [trees] }
const linear = { otherMembers: [{ layers: [] }] }
const plan = [{ units: 1, activation: 'linear', l1: 0, l2: 0, dropout: 0 }] as const

/** A fitted network with so many weights, of 4 bytes each. */
function network(weights: number): FitResult {
  const kernel = new Float32Array(weights)
  const layer = { inputs: weights, units: 1, activation: 'linear' as const, kernel, bias: new Float32Array() }
  return { weights: { fronts: [], layers: [layer] }, epochs: [], crossFit: null, engine: 'typed' }
}

function storeOf(recipe: CompleteRecipe, mostBytes?: number) {
  const recipes = candidateRecipes(recipe)
  return { store: new FittedNetworks(recipes, mostBytes), recipes }
}

describe('fitted networks', () => {
  it('are found by the candidate that has the same ones, and by no fit that differs', () => {
    const { store, recipes } = storeOf(
      completed({ ensemble: 2, validation: { kFold: 3 }, candidates: [mean] }),
    )
    const [own, both] = recipes
    if (!own || !both) throw new Error('no recipes')
    const result = network(3)
    store.keep({ recipe: own, plan, epochs: 3 }, [1, 1], result)
    store.begin(1)
    const fit = { recipe: both, plan, epochs: 3 }
    expect(store.find(fit, [1, 1])).toBe(result)
    expect(store.find(fit, [2, 1])).toBeUndefined()
    expect(store.find({ ...fit, epochs: 2 }, [1, 1])).toBeUndefined()
    expect(store.find({ ...fit, plan: [...plan, ...plan] }, [1, 1])).toBeUndefined()
    for (const other of [{ seed: both.seed + 1 }, { batchSize: 7 }, { finalEpochs: null }])
      expect(store.find({ ...fit, recipe: { ...both, ...other } }, [1, 1])).toBeUndefined()
  })

  it('are kept for a later candidate only, and dropped after the last one', () => {
    const candidates = [{ epochs: 2 }, mean, linear]
    const { store, recipes } = storeOf(completed({ validation: { kFold: 3 }, candidates }))
    const bytes = recipes.map((recipe, at) => {
      store.begin(at)
      store.keep({ recipe, plan, epochs: recipe.epochs }, [at], network(10))
      return store.bytes
    })
    // The second one has networks of its own, and nothing comes after the last one.
    expect(bytes).toEqual([40, 40, 80, 80])
    store.begin(4)
    expect(store.bytes).toBe(0)
  })

  it('are no more than fit into the memory for them', () => {
    const { store, recipes } = storeOf(completed({ validation: { kFold: 3 }, candidates: [mean] }), 100)
    const [own] = recipes
    if (!own) throw new Error('no recipe')
    for (let fold = 1; fold <= 1_000; fold++)
      store.keep({ recipe: own, plan, epochs: 3 }, [fold], network(10))
    expect(store.bytes).toBe(80)
    store.begin(1)
    expect(
      [1, 2, 3].map((fold) => store.find({ recipe: own, plan, epochs: 3 }, [fold]) !== undefined),
    ).toEqual([true, true, false])
  })
})

describe('candidates', () => {
  /** Returns how often the first epoch of a training ended. */
  async function beginnings(recipe: CompleteRecipe): Promise<number> {
    const epochs: number[] = []
    await executeBest({
      recipe,
      table,
      validationFrom: null,
      run: { kind: 'whole' },
      onProgress: async ({ epoch }) => {
        if (epoch !== null && epoch !== epochs.at(-1)) epochs.push(epoch)
      },
      signal: new AbortController().signal,
    })
    return epochs.filter((epoch) => epoch === 1).length
  }

  it('fit a network once that several of them have', async () => {
    const own = { validation: { split: 0.5 }, earlyStopping: null, finalEpochs: null }
    // The epochs of trees follow those of the network, and have higher numbers.
    expect(await beginnings(completed({ ...own, ...mean }))).toBe(1)
    expect(await beginnings(completed({ ...own, candidates: [{ ...mean, batchSize: 7 }] }))).toBe(2)
    expect(await beginnings(completed({ ...own, candidates: [mean] }))).toBe(1)
    expect(await beginnings(completed({ ...own, ...mean, candidates: [{ otherMembers: [] }] }))).toBe(1)
  })
})

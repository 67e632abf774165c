import { describe, expect, it } from 'vitest'
import type { NamedDataset } from '../../../src/datasets/contract.ts'
import { FitserveError } from '../../../src/errors.ts'
import { checkOrder } from '../../../src/jobs/orders/order.ts'
import { retrainOrder } from '../../../src/jobs/orders/retrain.ts'
import { completeRecipe, RecipeInput } from '../../../src/recipe/index.ts'
import { checks, dataset } from '../fixture.ts'

const { recipe } = completeRecipe({ epochs: 2, validation: { split: 0.2 } }, dataset)
const entry = {
  version: 3,
  job: 'j',
  attempt: 1,
  createdAt: '2026-01-01T00:00:00Z',
  artifacts: 'a/',
  manifest: { bytes: 0, sha256: '' },
}
const encoder = { format: 1, inputs: [{ name: 'text', type: 'text', state: {} }] }

/** A model whose version in production has this manifest beside its recipe. */
const modelsWith = (manifest: object) => ({
  entry: async () => entry,
  manifest: async () => ({
    files: {},
    dataset: { id: dataset.id, name: 'reviews' },
    recipe,
    classes: ['neg', 'pos'],
    ...manifest,
  }),
  readArtifact: async (_model: string, _entry: object, file: string) =>
    file === 'encoder.json' ? Buffer.from(JSON.stringify(encoder)) : undefined,
})

/** Checks a retrain on this data set. */
async function retrain(manifest: object, found: NamedDataset, changes = {}): Promise<unknown> {
  const { order, contract } = await retrainOrder({ models: modelsWith(manifest) }, 'm', {
    ...changes,
  } as never)
  return checkOrder({ ...checks, dataset: async () => found }, order, contract)
}

const houses = {
  ...dataset,
  columns: [
    { name: 'rooms', type: 'number' as const, missing: 3, distinct: 50, min: 1, max: 60 },
    { name: 'price', type: 'number' as const, missing: 0, distinct: 90, min: 2, max: 80 },
  ],
}
/** Returns the complete recipe of a retrain with these changes. */
async function changed(before: object, changes: object) {
  const { order } = await retrainOrder({ models: modelsWith({ recipe: before }) }, 'm', {
    recipe: changes,
  } as never)
  return completeRecipe(RecipeInput.parse(order.recipe), houses)
}

describe('a retrain with another network', () => {
  const table = { target: 'price', seed: 7 }
  const layers = completeRecipe(
    RecipeInput.parse({ ...table, layers: [{ units: 4 }], missing: 'mean' }),
    houses,
  )
  const trees = completeRecipe(RecipeInput.parse({ ...table, network: 'trees' }), houses)

  it('chooses anew what the two kinds do not share', async () => {
    for (const network of ['trees', 'gbdt', { type: 'trees', leaves: 7 }]) {
      const { recipe, problems } = await changed(layers.recipe ?? {}, { network })
      expect(problems).toEqual([])
      expect(recipe).toMatchObject({ network: { type: 'trees' }, layers: [], missing: 'bin', seed: 7 })
    }
    const { recipe, problems } = await changed(trees.recipe ?? {}, { network: 'layers' })
    expect(problems).toEqual([])
    expect(recipe).toMatchObject({ network: { type: 'layers' }, missing: 'median', seed: 7 })
    expect(recipe?.layers.length).toBeGreaterThan(0)
  })

  it('keeps all else where the kind stays, and how a gap is filled or refused', async () => {
    const before = { ...trees.recipe, epochs: 33, missing: { value: 5 } }
    const same = await changed(before, { network: { leaves: 7 } })
    expect(same.recipe).toEqual({ ...before, network: { ...trees.recipe?.network, leaves: 7 } })
    const other = await changed(before, { network: 'layers' })
    expect(other.recipe?.missing).toEqual({ value: 5 })
  })

  it('reads trees from before there was a name for their bin of gaps', async () => {
    const { recipe, problems } = await changed({ ...trees.recipe, missing: 'median' }, {})
    expect(problems).toEqual([])
    expect(recipe).toEqual(trees.recipe)
  })
})

describe('a retrain', () => {
  it('is held against what production takes, also where its data set and an older manifest do not tell', async () => {
    const columns = dataset.columns.map((column) =>
      column.name === 'text' ? { name: 'text', type: 'number' as const, missing: 0, min: 0, max: 1 } : column,
    )
    for (const manifest of [{}, { inputs: [{ name: 'text', type: 'text' }] }]) {
      const fault = await retrain(manifest, { ...dataset, columns }).catch((error: unknown) => error)
      expect(fault).toMatchObject({
        code: 'invalid-job',
        problems: [
          { message: expect.stringMatching(/would be read as a number, and version 3 takes a text/) },
        ],
      })
    }
  })

  it('is refused for a class that production of two classes lacks, with its name and a remedy that works', async () => {
    const columns = dataset.columns.map((column) =>
      column.name === 'label' ? { ...column, classes: { neg: 40, pos: 40, unsure: 20 } } : column,
    )
    const fault = await retrain({}, { ...dataset, columns }).catch((error: unknown) => error)
    expect(fault).toBeInstanceOf(FitserveError)
    expect(fault).toMatchObject({
      code: 'invalid-job',
      problems: [
        {
          path: '/recipe/task',
          message: expect.stringMatching(
            /version 3 knows "neg", "pos" only: "unsure" is new.*"task":"multiclass"/,
          ),
        },
      ],
    })
    const remedy = { recipe: { task: 'multiclass' } }
    expect(await retrain({}, { ...dataset, columns }, remedy)).toMatchObject({
      recipe: { task: 'multiclass' },
    })
  })
  it('goes on fitting all rows at last where other rows of the table validate, and not where none do', async () => {
    const finalEpochs = async (changes: object) => {
      const order = await retrain({}, dataset, { recipe: changes })
      return order instanceof Object && 'recipe' in order ? order.recipe : undefined
    }
    expect(recipe?.finalEpochs).toBe('best')
    expect(await finalEpochs({ validation: { rows: 20 } })).toMatchObject({ finalEpochs: 'best' })
    expect(await finalEpochs({ validation: { split: 0.5 }, finalEpochs: null })).toMatchObject({
      finalEpochs: null,
    })
    expect(await finalEpochs({ validation: { kFold: 3 } })).toMatchObject({ finalEpochs: 'best' })
    expect(await finalEpochs({ validation: null })).toMatchObject({ finalEpochs: null })
  })
})

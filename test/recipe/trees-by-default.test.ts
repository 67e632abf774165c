import { describe, expect, it } from 'vitest'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { ColumnDescription } from '../../src/recipe/table.ts'

const number = (name: string, rows: number): ColumnDescription => ({
  name,
  type: 'number',
  missing: 0,
  distinct: rows,
  min: 0,
  max: 1,
})

function completed(input: object, rows: number, more: ColumnDescription[] = []) {
  const columns = [number('a', rows), number('b', rows), ...more, number('y', rows)]
  const { recipe, warnings, problems } = completeRecipe(RecipeInput.parse({ target: 'y', ...input }), {
    rows,
    columns,
  })
  if (!recipe) throw new Error(JSON.stringify(problems))
  return { recipe, told: warnings.find(({ code }) => code === 'trees-chosen') }
}

const classes = (count: number, rows: number): ColumnDescription => ({
  name: 'kind',
  type: 'category',
  missing: 0,
  classes: Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, rows / count])),
})

describe('tables of many rows', () => {
  it('are learnt by trees, which the warnings tell with the way to a network', () => {
    const { recipe, told } = completed({}, 800_000)
    expect(recipe.network.type).toBe('trees')
    expect(recipe.candidates).toBeNull()
    expect(told?.message).toContain('800,000 rows')
    expect(told?.message).toContain('set the recipe\'s "network" to "dense"')
    expect(completed({}, 99_999).recipe.network.type).toBe('layers')
  })

  it('are validated on 20,000 rows, and fitted once where hardly any are held out', () => {
    const many = completed({}, 800_000).recipe
    expect(many.validation).toEqual({ split: 0.025 })
    expect(many.finalEpochs).toBeNull()
    const fewer = completed({}, 100_000).recipe
    expect(fewer.validation).toEqual({ split: 0.2 })
    expect(fewer.finalEpochs).toBe('best')
    expect(completed({ validation: { split: 0.3 } }, 800_000).recipe.validation).toEqual({ split: 0.3 })
  })

  it.each([
    [{ network: 'dense' }],
    [{ network: 'layers' }],
    [{ layers: [{ units: 8 }] }],
    [{ optimizer: 'adam' }],
    [{ epochs: 5 }],
    [{ batchSize: 64 }],
    [{ scaling: 'quantile' }],
    [{ missing: 'mean' }],
    [{ columns: { a: { scaling: 'none' } } }],
    [{ ensemble: 2 }],
    [{ candidates: [{ ensemble: 2 }] }],
  ])('are learnt by a network with %j', (input) => {
    const { recipe, told } = completed(input, 200_000)
    expect(recipe.network.type).toBe('layers')
    expect(told).toBeUndefined()
  })

  it('keep losses of numbers, but classes that no tree learns are learnt by a network', () => {
    expect(completed({ loss: 'huber' }, 200_000).recipe).toMatchObject({
      network: { type: 'trees' },
      loss: { type: 'huber' },
    })
    const kinds = [classes(3, 200_001)]
    const target = { target: 'kind' }
    expect(completed(target, 200_001, kinds).recipe.network.type).toBe('trees')
    expect(
      completed({ ...target, loss: 'categoricalCrossentropy' }, 200_001, kinds).recipe.network.type,
    ).toBe('layers')
    expect(completed(target, 200_000, [classes(50, 200_000)]).recipe.network.type).toBe('layers')
  })

  it('of texts are learnt by networks', () => {
    const text: ColumnDescription = { name: 'text', type: 'text', missing: 0, meanLength: 20 }
    expect(completed({}, 200_000, [text]).recipe.network.type).toBe('layers')
  })

  it('have a complete recipe that is the same when it is sent back, and needs no warning', () => {
    const { recipe } = completed({}, 800_000)
    const { search: _, candidates: __, ...back } = recipe
    const again = completed(back, 800_000)
    expect(again.recipe).toEqual(recipe)
    expect(again.told).toBeUndefined()
  })
})

import { describe, expect, it } from 'vitest'
import { inputFitter, rowEncoder } from '../../../src/models/encoders/row-encoder.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import { type CompleteRecipe, completeRecipe, RecipeInput } from '../../../src/recipe/index.ts'

const column = (name: string, min: number, max: number) =>
  ({
    name,
    type: 'number',
    missing: 0,
    min,
    max,
    mean: (min + max) / 2,
    distinct: 50,
    integer: false,
  }) as const
const columns = [column('longitude', -4, 4), column('latitude', 59, 61), column('price', 0, 9)]

function recipeOf(input: object): CompleteRecipe {
  const given = { layers: [], scaling: 'none', outside: 'extend', target: 'price', ...input }
  const { recipe, problems } = completeRecipe(RecipeInput.parse(given), { rows: 50, columns })
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

function encoded(recipe: CompleteRecipe, cells: Readonly<Record<string, number | string | null>>): number[] {
  const fitter = inputFitter(recipe, () => 'number')
  // The mean latitude is 60, where a degree of longitude is half as long as one of latitude.
  for (const [longitude, latitude] of [
    [-4, 59],
    [4, 61],
    [0, 60],
  ] as const)
    fitter.add((name) => (name === 'longitude' ? longitude : latitude))
  const encoder = rowEncoder(fitter.finish())
  const row = new SparseRow()
  encoder.encode((name) => cells[name] ?? null, row)
  const dense = new Array<number>(encoder.width).fill(0)
  for (let at = 0; at < row.length; at++) dense[row.indices[at] ?? 0] = row.values[at] ?? 0
  return dense
}

describe('coordinates', () => {
  const recipe = recipeOf({ coordinates: { longitude: 'longitude', latitude: 'latitude' } })
  // 2 · cos 60° · cos θ + 60 · sin θ for θ of 30°, 60°, 120°, 135°, 150°.
  const along = [30.866_025_4, 52.461_524_2, 51.461_524_2, 41.719_300_1, 29.133_974_6]

  it('are further inputs along five directions, beside the two columns', () => {
    const inputs = encoded(recipe, { longitude: 2, latitude: 60 })
    expect(inputs.slice(0, 2)).toEqual([2, 60])
    expect(inputs.slice(2)).toHaveLength(5)
    for (const [index, value] of along.entries()) expect(inputs[2 + index]).toBeCloseTo(value, 4)
  })

  it('are read as the two columns are: from texts, and with gaps filled', () => {
    const same = encoded(recipe, { longitude: '2', latitude: ' 60 ' })
    expect(same).toEqual(encoded(recipe, { longitude: 2, latitude: 60 }))
    expect(encoded(recipe, { longitude: 2, latitude: null })).toEqual(same)
  })

  it('are curves where numbers are piecewise linear', () => {
    const curved = recipeOf({
      scaling: 'piecewiseLinear',
      bins: 2,
      coordinates: { longitude: 'longitude', latitude: 'latitude' },
    })
    const fitter = inputFitter(curved, () => 'number')
    for (let at = 0; at < 9; at++) fitter.add((name) => (name === 'longitude' ? at : at * at))
    const { width, inputs } = rowEncoder(fitter.finish())
    // Two bins and the number itself, of the two columns and of five directions.
    expect([width, inputs.numbers]).toEqual([21, 21])
    expect(inputs.curves).toEqual([0, 3, 6, 9, 12, 15, 18].map((base) => ({ base, length: 2 })))
  })

  it('are none without the recipe saying so', () => {
    expect(encoded(recipeOf({}), { longitude: 2, latitude: 60 })).toEqual([2, 60])
  })
})

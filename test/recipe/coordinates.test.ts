import { describe, expect, it } from 'vitest'
import { completeRecipe, estimateCost, RecipeInput } from '../../src/recipe/index.ts'
import type { ColumnDescription, TableDescription } from '../../src/recipe/table.ts'

const number = (name: string, min: number, max: number, more: object = {}): ColumnDescription => ({
  name,
  type: 'number',
  missing: 0,
  min,
  max,
  mean: (min + max) / 2,
  distinct: 500,
  integer: false,
  ...more,
})
const price = number('price', -9, 9)
const tableOf = (...columns: ColumnDescription[]): TableDescription => ({
  rows: 5_000,
  columns: [...columns, price],
})
const complete = (table: TableDescription, input: object = {}) =>
  completeRecipe(RecipeInput.parse(input), table)

describe('coordinates', () => {
  it.each([
    ['longitude', 'latitude'],
    ['Long', 'Lat'],
    ['pickup_lng', 'Pickup_lat'],
  ])('are found by name and range: %s and %s', (longitude, latitude) => {
    const { recipe, warnings } = complete(tableOf(number(longitude, -124, -114), number(latitude, 32, 42)))
    expect(recipe?.coordinates).toEqual({ longitude, latitude })
    const told = warnings.find(({ code }) => code === 'coordinates-found')
    expect(told).toMatchObject({ column: latitude, message: expect.stringContaining('null') })
  })

  it.each([
    ['out of range', number('longitude', -124, 414), number('latitude', 32, 42)],
    ['of whole numbers', number('lon', 1, 9, { integer: true }), number('lat', 1, 9, { integer: true })],
    ['of few values', number('lon', 1, 9, { distinct: 5 }), number('lat', 1, 9, { distinct: 5 })],
    ['with other beginnings', number('pickup_lon', 1, 9), number('dropoff_lat', 1, 9)],
    ['alone', number('longitude', 1, 9), number('rooms', 1, 9)],
  ])('are not taken from columns %s', (_, ...columns) => {
    const { recipe, warnings } = complete(tableOf(...columns))
    expect(recipe?.coordinates).toBeNull()
    expect(warnings.map(({ code }) => code)).not.toContain('coordinates-found')
  })

  it('are not chosen where there are two places, nor beside a network of the client, nor against the recipe', () => {
    const east = number('longitude', -124, -114)
    const north = number('latitude', 32, 42)
    const two = tableOf(
      number('a_lon', 1, 9),
      number('a_lat', 1, 9),
      number('b_lon', 1, 9),
      number('b_lat', 1, 9),
    )
    expect(complete(two).recipe?.coordinates).toBeNull()
    expect(complete(tableOf(east, north), { layers: [] }).recipe?.coordinates).toBeNull()
    expect(complete(tableOf(east, north), { coordinates: null }).recipe?.coordinates).toBeNull()
    const given = { coordinates: { longitude: 'b_lon', latitude: 'b_lat' } }
    expect(complete(two, given).recipe?.coordinates).toEqual(given.coordinates)
    expect(complete(two, given).warnings.map(({ code }) => code)).not.toContain('coordinates-found')
  })

  it('must be two inputs of numbers', () => {
    const table = tableOf(number('lon', 1, 9), {
      name: 'near',
      type: 'category',
      missing: 0,
      classes: { a: 1 },
    })
    const faults = (longitude: string, latitude: string) =>
      complete(table, { coordinates: { longitude, latitude } }).problems.map(({ path }) => path)
    expect(faults('lon', 'near')).toEqual(['/recipe/coordinates/latitude'])
    expect(faults('price', 'none')).toEqual(['/recipe/coordinates/longitude', '/recipe/coordinates/latitude'])
    expect(faults('lon', 'lon')).toEqual(['/recipe/coordinates/latitude'])
  })

  it('count as inputs in what a recipe costs', () => {
    const table = tableOf(number('longitude', -124, -114), number('latitude', 32, 42))
    const { recipe } = complete(table, { bins: 10 })
    if (!recipe) throw new Error('no recipe')
    // Seven numbers of ten bins and the number itself.
    expect(estimateCost(recipe, table).inputs).toBe(77)
    expect(estimateCost({ ...recipe, coordinates: null }, table).inputs).toBe(22)
  })
})

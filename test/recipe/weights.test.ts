import { describe, expect, it } from 'vitest'
import { type ColumnDescription, completeRecipe, RecipeInput, recipeNotes } from '../../src/recipe/index.ts'
import { weightFault } from '../../src/recipe/weights.ts'

const number = (name: string, more: object = {}): ColumnDescription => ({
  name,
  type: 'number',
  missing: 0,
  distinct: 50,
  min: 1,
  max: 9,
  ...more,
})
const label: ColumnDescription = { name: 'label', type: 'category', missing: 0, classes: { a: 40, b: 60 } }
const complete = (input: object, share: ColumnDescription) => {
  const table = { rows: 2_000, columns: [number('x'), share, label] }
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({ layers: [], weights: 'share', ...input }),
    table,
  )
  return {
    recipe,
    problems: problems.map(({ path, message }) => `${path}: ${message}`),
    notes: recipe ? recipeNotes(recipe, table).map(({ path, message }) => `${path}: ${message}`) : [],
  }
}

describe('a column that weights rows', () => {
  it.each<[string, object, string | null]>([
    ['numbers of 0 and more', { min: 0 }, null],
    ['numbers above 0', {}, null],
    ['numbers of which nothing is known', { min: undefined, max: undefined }, null],
    ['texts', { type: 'text' }, '"share" is a text, and weights are numbers of 0 or more.'],
    ['a gap', { missing: 1 }, '"share" has a gap, and each row needs a weight of 0 or more.'],
    ['gaps', { missing: 2 }, '"share" has 2 gaps, and each row needs a weight of 0 or more.'],
    ['a number below 0', { min: -0.5 }, 'The smallest value in "share" is -0.5, and a weight is 0 or more.'],
    [
      'numbers whose sums are no numbers',
      { max: 1e300 },
      'The largest value in "share" is 1e+300, and a weight is at most 1e+100.',
    ],
    ['zeros only', { min: 0, max: 0 }, 'Every value in "share" is 0, so that no row counts.'],
  ])('of %s', (_, more, fault) => {
    const { problems } = complete({}, number('share', more))
    expect(problems).toEqual(
      fault === null ? [] : [`/recipe/weights: ${fault} Name another column, or correct the data.`],
    )
  })

  it('is no input by itself, and is told in a note', () => {
    const { recipe, notes } = complete({}, number('share'))
    expect(recipe?.inputs).toEqual(['x'])
    expect(notes).toEqual([
      '/recipe/weights: Loss, metrics and baseline weight each row by "share" (1 to 9). The column is no input.',
    ])
    const both = complete(
      { inputs: ['x', 'share'], classWeights: 'balanced' },
      number('share', { min: undefined }),
    )
    expect(both.notes).toEqual([
      '/recipe/weights: Loss, metrics and baseline weight each row by "share". In the loss they are multiplied by the class weights. The column is an input as well.',
    ])
  })

  it.each([0, 0.5, 7])('may have %j in a row', (value) => {
    expect(weightFault('share', value, 3)).toBeUndefined()
  })

  it.each([
    [null, 'no value'],
    [-1, 'the value -1'],
    [Number.POSITIVE_INFINITY, 'the value Infinity'],
    [Number.NaN, 'the value NaN'],
    [1e101, 'the value 1e+101'],
    ['1', 'the value 1'],
  ])('may not have %j in a row', (value, what) => {
    expect(weightFault('share', value, 3)).toBe(
      `Row 3 has ${what} in "share", and a weight is a number from 0 to 1e+100.`,
    )
  })
})

import { describe, expect, it } from 'vitest'
import { completeRecipe, RecipeInput, targetText, validationFaults } from '../../src/recipe/index.ts'
import type { ColumnDescription } from '../../src/recipe/table.ts'

const number = { type: 'number' as const, missing: 0, distinct: 900, min: 0, max: 9 }
const columns: ColumnDescription[] = [
  { name: 'x', ...number },
  { name: 'heat', ...number, missing: 3, min: -40 },
  { name: 'cold', ...number, missing: 1 },
  { name: 'kind', type: 'category', missing: 0, classes: { a: 600, b: 400 } },
]
const table = { rows: 1_000, columns }

function complete(input: object) {
  return completeRecipe(RecipeInput.parse({ target: ['heat', 'cold'], ...input }), table)
}

describe('several targets', () => {
  it('are numbers of one regression, and no inputs', () => {
    const { recipe, warnings } = complete({})
    expect(recipe).toMatchObject({
      task: 'regression',
      target: ['heat', 'cold'],
      inputs: ['x', 'kind'],
      targetTransform: 'standardize',
      metrics: [{ type: 'mae' }],
    })
    expect(warnings.map(({ code, column, count }) => [code, column, count])).toEqual([
      ['rows-without-target', 'heat', 3],
      ['rows-without-target', 'cold', 1],
    ])
    expect(complete({ ...recipe }).recipe).toEqual(recipe)
    expect(targetText({ target: ['heat', 'cold'] })).toBe('heat, cold')
  })

  it('are one where one is named', () => {
    const one = complete({ target: ['cold'] }).recipe
    expect(one?.target).toBe('cold')
    expect(one).toEqual(complete({ target: 'cold' }).recipe)
  })

  it('have a transform of their own, or one for all', () => {
    const byName = { targetTransform: { cold: 'log' } }
    expect(complete(byName).recipe?.targetTransform).toEqual({ cold: 'log' })
    expect(complete({ targetTransform: 'none' }).recipe?.targetTransform).toBe('none')
    expect(complete({ targetTransform: 'log' }).problems).toMatchObject([
      { path: '/recipe/targetTransform', message: expect.stringContaining('target "heat" is -40') },
    ])
    expect(complete({ targetTransform: { heat: 'log' } }).problems).toMatchObject([
      { path: '/recipe/targetTransform/heat' },
    ])
  })

  const refused: Record<string, [input: object, path: string, message: RegExp]> = {
    'with a category among them': [{ target: ['heat', 'kind'] }, '/recipe/target/1', /must be a number/],
    'with labels': [{ multiLabel: true }, '/recipe/multiLabel', /task regression/],
    'of another task': [{ task: 'binary' }, '/recipe/task', /task regression/],
    'named twice': [{ target: ['heat', 'heat'] }, '/recipe/target/1', /listed twice/],
    'that no column is': [{ target: ['heat', 'colt'] }, '/recipe/target/1', /"cold"/],
    'that are inputs': [{ inputs: ['x', 'cold'] }, '/recipe/inputs/1', /target/],
    'with the transform of another': [
      { targetTransform: { heet: 'none' } },
      '/recipe/targetTransform/heet',
      /Unknown target.*"heat"/,
    ],
    'of which there is one, with transforms by name': [
      { target: 'cold', targetTransform: { cold: 'log' } },
      '/recipe/targetTransform',
      /give its transform alone/,
    ],
  }
  it.each(Object.entries(refused))('are refused %s', (_, [input, path, message]) => {
    expect(complete(input).problems).toContainEqual({ path, message: expect.stringMatching(message) })
  })

  it('have to be in the data set that validates', () => {
    const { recipe } = complete({})
    if (!recipe) throw new Error('no recipe')
    const without = { rows: 9, columns: columns.filter(({ name }) => name !== 'cold') }
    expect(validationFaults(recipe, null, table)).toEqual([])
    expect(validationFaults(recipe, null, without).join()).toContain('"cold"')
  })
})

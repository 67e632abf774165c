import { describe, expect, it } from 'vitest'
import {
  fitSeveral,
  fitTarget,
  outputsOf,
  scoresOf,
  type TargetState,
  targetNumbers,
  targetWidth,
  targetWriter,
  taskOf,
} from '../../src/models/target.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { ColumnDescription } from '../../src/recipe/table.ts'

const X: ColumnDescription = { name: 'x', type: 'number', missing: 0, distinct: 900, min: 0, max: 1 }

function recipeOf(input: object, ...targets: ColumnDescription[]) {
  const table = { rows: 1000, columns: [X, ...targets] }
  const { recipe, problems } = completeRecipe(RecipeInput.parse(input), table)
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}
const classes = (...names: string[]): ColumnDescription => ({
  name: 'y',
  type: 'category',
  missing: 0,
  classes: Object.fromEntries(names.map((name) => [name, 300])),
})
const close = (...values: number[]) => values.map((value) => expect.closeTo(value, 12))

describe('two classes', () => {
  const table = classes('a', 'b')
  const rows = ['a', 'a', 'b', 'a']

  it('have their order, a threshold, and the shares of the training rows', () => {
    expect(fitTarget(recipeOf({}, table), ['b', null, ...rows], rows)).toEqual({
      task: 'binary',
      classes: ['a', 'b'],
      threshold: 0.5,
      shares: [0.75, 0.25],
    })
    expect(fitTarget(recipeOf({ threshold: 0.3 }, table), rows, rows)).toMatchObject({ threshold: 0.3 })
    expect(fitTarget(recipeOf({ threshold: { metric: 'f1' } }, table), rows, rows)).toMatchObject({
      threshold: 0.5,
    })
  })

  it('have the positive one last', () => {
    const of = (positive: string) => fitTarget(recipeOf({ positive }, table), rows, rows)
    expect(of('a')).toMatchObject({ classes: ['b', 'a'], shares: [0.25, 0.75] })
    expect(of('b')).toMatchObject({ classes: ['a', 'b'], shares: [0.75, 0.25] })
  })

  it('have a threshold that follows from their costs', () => {
    const target = fitTarget(recipeOf({ cost: { b: { a: 4 } } }, table), rows, rows)
    expect(target).toMatchObject({
      costs: [
        [0, 1],
        [4, 0],
      ],
      threshold: 0.2,
    })
  })

  it('have shares by the weights of classes and rows', () => {
    const shares = (input: object, weights: number[] | null = null) => {
      const target = fitTarget(recipeOf(input, table), rows, rows, weights)
      return 'shares' in target ? target.shares : undefined
    }
    expect(shares({ classWeights: 'balanced' })).toEqual([0.5, 0.5])
    expect(shares({ classWeights: { b: 3 } })).toEqual([0.5, 0.5])
    expect(shares({ classWeights: { a: 2, b: 1 } })).toEqual(close(6 / 7, 1 / 7))
    expect(shares({}, [1, 0, 3, 2])).toEqual([0.5, 0.5])
    expect(shares({}, [0, 0, 0, 0])).toEqual([0.5, 0.5])
    const lacking = fitTarget(recipeOf({ classWeights: 'balanced' }, table), rows, ['a', 'a'])
    expect(lacking).toMatchObject({ shares: [1, 0] })
  })
})

describe('several classes', () => {
  const table = classes('low', 'mid', 'high')
  const rows = ['low', 'mid', 'high', 'low']

  it('are ordered by code point, or as a list has them', () => {
    expect(fitTarget(recipeOf({}, table), rows, rows)).toEqual({
      task: 'multiclass',
      classes: ['high', 'low', 'mid'],
      shares: [0.25, 0.5, 0.25],
    })
    const ranked = fitTarget(recipeOf({ rank: ['low', 'mid', 'high'] }, table), rows, rows)
    expect(ranked).toEqual({
      task: 'multiclass',
      classes: ['low', 'mid', 'high'],
      shares: [0.5, 0.25, 0.25],
      ordinal: true,
    })
    // The first of ordered classes needs no output.
    expect([outputsOf(ranked), scoresOf(ranked), targetWidth(ranked)]).toEqual([2, 3, 1])
    const numbers = classes('10', '9', '1')
    expect(fitTarget(recipeOf({ rank: true }, numbers), ['10', '9', '1'], ['9'])).toMatchObject({
      classes: ['1', '9', '10'],
      shares: [0, 1, 0],
      ordinal: true,
    })
  })

  it('have what each answer costs', () => {
    const target = fitTarget(recipeOf({ cost: { low: { high: 9 } } }, table), rows, rows)
    expect(target).toMatchObject({
      costs: [
        [0, 1, 1],
        [9, 0, 1],
        [1, 1, 0],
      ],
    })
    expect([outputsOf(target), taskOf(target)]).toEqual([3, 'multiclass'])
  })

  it('are learnt as their places, in any normal form', () => {
    const target: TargetState = { task: 'multiclass', classes: ['a', 'caf\u00e9'] }
    expect(['a', 'cafe\u0301', 'caf\u00e9', 'x', null].map(targetNumbers(target))).toEqual([0, 1, 1, -1, -1])
  })
})

describe('the labels of a row', () => {
  const table: ColumnDescription = {
    name: 'y',
    type: 'category',
    missing: 0,
    classes: { 'a|b': 300, b: 300, c: 300 },
  }
  const recipe = recipeOf({ multiLabel: { separator: '|', threshold: 0.3 } }, table)
  const target = fitTarget(recipe, ['a|b', 'b', null, 'c'], ['b', 'a|b', 'b', ''])

  it('have the shares of the rows that have them', () => {
    expect(target).toEqual({
      task: 'multiLabel',
      classes: ['a', 'b', 'c'],
      thresholds: [0.3, 0.3, 0.3],
      separator: '|',
      shares: [0.25, 0.75, 0],
    })
    const f1 = recipeOf({ multiLabel: { separator: '|', threshold: 'f1' } }, table)
    expect(fitTarget(f1, ['a'], [])).toMatchObject({ thresholds: [0.5], shares: [0] })
    expect([outputsOf(target), targetWidth(target), taskOf(target)]).toEqual([3, 3, 'multiLabel'])
  })

  it('are written as ones among zeros, from a place on', () => {
    const into = new Float32Array(8)
    const write = targetWriter(target)
    write(['c|a|unknown'], into, 1)
    write(['b'], into, 4)
    expect([...into]).toEqual([0, 1, 0, 1, 0, 1, 0, 0])
  })
})

describe('several numbers', () => {
  it('are each brought to mean 0 and deviation 1, and written side by side', () => {
    const number = (name: string): ColumnDescription => ({ ...X, name })
    const recipe = recipeOf({ target: ['y', 'z'], targetTransform: 'standardize' }, number('y'), number('z'))
    const target = fitSeveral(recipe, [
      ['y', [1, 3]],
      ['z', [10, 30]],
    ])
    const state = { task: 'regression', log: false }
    expect(target).toEqual({
      task: 'severalNumbers',
      targets: [
        { name: 'y', state: { ...state, shift: 2, scale: 1, range: { min: 1, max: 3 } } },
        { name: 'z', state: { ...state, shift: 20, scale: 10, range: { min: 10, max: 30 } } },
      ],
    })
    const into = new Float32Array(4)
    targetWriter(target)([3, 10], into, 1)
    expect([...into]).toEqual([0, 1, -1, 0])
    expect([outputsOf(target), targetWidth(target), taskOf(target)]).toEqual([2, 2, 'regression'])
  })
})

import { describe, expect, it } from 'vitest'
import {
  type ColumnDescription,
  completeRecipe,
  RecipeInput,
  recipeNotes,
  type TableDescription,
} from '../../src/recipe/index.ts'

const x: ColumnDescription = { name: 'x', type: 'number', missing: 0, distinct: 50, min: 0, max: 60 }
const category = (...names: string[]): ColumnDescription => ({
  name: 'target',
  type: 'category',
  missing: 0,
  classes: Object.fromEntries(names.map((name) => [name, 200])),
})
const number = (distinct: number): ColumnDescription => ({ ...x, name: 'target', distinct, min: 0, max: 1 })

/** The notes of a recipe, and what is told once the target has gone from the table. */
function notes(input: object, target: ColumnDescription, rows = 2_000) {
  const table: TableDescription = { rows, columns: [x, target] }
  const parsed = RecipeInput.parse({ layers: [], target: 'target', ...input })
  const { recipe, problems } = completeRecipe(parsed, table)
  if (!recipe) throw new Error(JSON.stringify(problems))
  expect(recipeNotes(recipe, { rows, columns: [x] })).toEqual([])
  return recipeNotes(recipe, table)
}

describe('the note about costs', () => {
  const two = category('neg', 'pos')

  it.each<[string, object, string]>([
    // 5 / (5 + 1) and 1 / (1 + 3), Elkan's threshold for the second class.
    [
      'costs 5 and 1',
      { neg: { pos: 5 }, pos: { neg: 1 } },
      '"neg" is predicted from a probability of 0.167 on, otherwise "pos"',
    ],
    [
      'costs 1 and 3',
      { pos: { neg: 3 } },
      '"pos" is predicted from a probability of 0.25 on, otherwise "neg"',
    ],
    [
      'costs 2 and 2',
      { neg: { pos: 2 }, pos: { neg: 2 } },
      '"pos" is predicted from a probability of 0.5 on, otherwise "neg"',
    ],
  ])('names the probability from which one of two classes is answered: %s', (_, cost, message) => {
    expect(notes({ cost }, two)).toEqual([
      { path: '/recipe/cost', message: `${message}. Probabilities do not change.` },
    ])
  })

  it('names no probability where there are more classes, and says where they are not known yet', () => {
    const message = 'The class with the least expected cost is predicted. Probabilities do not change.'
    expect(notes({ cost: { a: { b: 5 } } }, category('a', 'b', 'c'))).toEqual([
      { path: '/recipe/cost', message },
    ])
    expect(notes({ task: 'multiclass', cost: { 1: { 2: 5 } } }, number(4))).toEqual([
      { path: '/recipe/cost', message: `${message} Its classes are checked when the training begins.` },
    ])
  })

  it('takes the smallest and the largest number for two classes', () => {
    expect(notes({ task: 'binary', cost: { 0: { 1: 9 } } }, number(2))).toEqual([
      {
        path: '/recipe/cost',
        message: '"0" is predicted from a probability of 0.1 on, otherwise "1". Probabilities do not change.',
      },
    ])
  })

  it('is not there without costs', () => {
    expect(notes({}, two)).toEqual([])
  })
})

describe('the note about ranks', () => {
  const told = (order: string) => [
    {
      path: '/recipe/rank',
      message: `The classes are learnt in ${order}. The evaluation has rankMae and quadraticKappa.`,
    },
  ]

  it('lists the classes in the order that was given', () => {
    const verdicts = category('fair', 'good', 'poor')
    expect(notes({ rank: ['poor', 'fair', 'good'] }, verdicts)).toEqual(
      told('the order "poor", "fair", "good"'),
    )
  })

  it('lists classes that are numbers by their value', () => {
    expect(notes({ rank: true }, category('10', '9', '1'))).toEqual(told('the order "1", "9", "10"'))
  })

  it('says no more where the classes are not known yet', () => {
    expect(notes({ task: 'multiclass', rank: true }, number(5))).toEqual(told('the order of their numbers'))
  })

  it('is not there without ranks', () => {
    expect(notes({}, category('1', '2', '3'))).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import { CompleteRecipe, completeRecipe, estimateCost, RecipeInput } from '../../src/recipe/index.ts'
import type { TableDescription } from '../../src/recipe/table.ts'

const ROWS = 1_000
const TABLE: TableDescription = {
  rows: ROWS,
  columns: [
    { name: 'text', type: 'text', missing: 0, meanLength: 500 },
    { name: 'size', type: 'number', missing: 0, distinct: 100, min: 0, max: 100 },
    { name: 'label', type: 'category', missing: 0, classes: { no: ROWS / 2, yes: ROWS / 2 } },
  ],
}
const INSTALLED = ['glove-100', 'own-25']

const complete = (input: object, vectorSets: string[] | undefined = INSTALLED) =>
  completeRecipe(RecipeInput.parse({ inputs: ['text'], ...input }), TABLE, { vectorSets })
const problem = (input: object, vectorSets?: string[]) => complete(input, vectorSets).problems

describe('the vectors of a recipe', () => {
  it('are the name of an installed set, and stay it when the recipe is sent back', () => {
    const { recipe } = complete({ vectors: 'own-25' })
    expect(recipe?.vectors).toBe('own-25')
    expect(complete(RecipeInput.parse(recipe)).recipe).toEqual(recipe)
    expect(complete({ vectors: 'none' }).recipe?.vectors).toBe('none')
  })

  it('are none in recipes of earlier releases', () => {
    const { vectors: _, ...earlier } = complete({ vectors: 'own-25' }).recipe ?? {}
    expect(CompleteRecipe.parse(earlier).vectors).toBe('none')
  })

  it('are refused where they are not installed, with the command that installs them', () => {
    expect(problem({ vectors: 'glove-100' }, [])).toEqual([
      {
        path: '/recipe/vectors',
        message:
          'The vectors "glove-100" are not installed on this machine. Install glove-100 with: npm run setup -- --vectors.',
      },
    ])
    expect(problem({ vectors: 'glove-300' })[0]?.message).toMatch(/Installed are "glove-100", "own-25"\.$/)
    const candidates = [{ vectors: 'other-9' }]
    expect(problem({ candidates })[0]?.path).toBe('/recipe/candidates/0/vectors')
  })

  it('are a candidate for a classifier of few rows, whose scripts have words', () => {
    const text = { name: 'text', type: 'text' as const, missing: 0, meanLength: 500 }
    const candidatesOf = (rows: number, input: object, more: object = {}) => {
      const label = {
        name: 'label',
        type: 'category' as const,
        missing: 0,
        classes: { no: rows / 2, yes: rows / 2 },
      }
      const table = { rows, columns: [{ ...text, ...more }, label] }
      return completeRecipe(RecipeInput.parse(input), table, { vectorSets: INSTALLED }).recipe?.candidates
    }
    const wanted = [{ vectors: 'glove-100' }]
    expect(candidatesOf(4_998, {})).toEqual(wanted)
    expect(candidatesOf(1_000, { vectors: 'auto' })).toEqual(wanted)
    for (const [rows, input, more] of [
      [5_000, {}, {}],
      [10, {}, {}],
      [1_000, {}, { compactScript: 0.9 }],
      [1_000, { vectors: 'none' }, {}],
      [1_000, { vectors: 'own-25' }, {}],
      [1_000, { encoder: 'tfIdf' }, {}],
      [1_000, { validation: { split: 0.2 } }, {}],
    ] as const)
      expect(candidatesOf(rows, input, more)).toBeNull()
  })

  it('are a candidate beside each of several classes, none of which is there twice', () => {
    const classes = { a: 300, b: 300, c: 400 }
    const columns = [
      { name: 'text', type: 'text' as const, missing: 0, meanLength: 50 },
      { name: 'label', type: 'category' as const, missing: 0, classes },
    ]
    const fieldsOf = (input: object) =>
      completeRecipe(
        RecipeInput.parse(input),
        { rows: ROWS, columns },
        { vectorSets: INSTALLED },
      ).recipe?.candidates?.map((candidate) => Object.keys(candidate))
    const runs = ['encoder', 'layers', 'epochs']
    const sorted = (lists: string[][] | undefined) => lists?.map((list) => list.sort())
    expect(sorted(fieldsOf({}))).toEqual([runs, ['vectors'], [...runs, 'vectors']].map((list) => list.sort()))
    expect(sorted(fieldsOf({ vectors: 'none' }))).toEqual([[...runs].sort()])
  })

  it('stand beside terms of small letters only', () => {
    const vectors = 'glove-100'
    expect(problem({ vectors, inputs: ['size'] })[0]?.message).toMatch(/No input column is a text/)
    expect(problem({ vectors, encoder: 'sequence' })[0]?.message).toMatch(/the encoder "sequence" has none/)
    const encoder = { type: 'tfIdf', lowercase: false }
    expect(problem({ vectors, encoder })[0]?.message).toMatch(/"lowercase" to true/)
  })

  it.each(['GloVe-100', 'glove', 'glove-0', 'glove-1001', '../glove-100', 'glove-100-', ''])(
    'cannot be called %j',
    (vectors) => {
      expect(RecipeInput.safeParse({ vectors }).success).toBe(false)
    },
  )

  it('are among the estimated inputs, weights and memory', () => {
    const estimate = (vectors: string) => {
      const { recipe } = complete({ vectors, candidates: null, validation: null })
      if (!recipe) throw new Error('refused')
      return estimateCost(recipe, TABLE)
    }
    const [none, own, glove] = ['none', 'own-25', 'glove-100'].map(estimate)
    expect(own?.inputs).toBe((none?.inputs ?? 0) + 25)
    expect(glove?.parameters).toBe((none?.parameters ?? 0) + 100)
    expect(glove?.memoryMb).toBeGreaterThan((none?.memoryMb ?? 0) + 30)
  })
})

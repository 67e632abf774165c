import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CompleteRecipe, completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { ColumnDescription, TableDescription } from '../../src/recipe/table.ts'

const page = readFileSync(new URL('../../docs/recipes.md', import.meta.url), 'utf8')
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = '']) => text)

const columns: ColumnDescription[] = [
  { name: 'text', type: 'text', missing: 0, meanLength: 1000 },
  { name: 'rooms', type: 'number', missing: 3, distinct: 400, min: 1, max: 9 },
  { name: 'price', type: 'number', missing: 0, distinct: 900, min: 1, max: 50 },
  { name: 'label', type: 'category', missing: 0, classes: { neg: 12_500, pos: 12_500 } },
]
const rows = 25_000
const tables: TableDescription[] = [
  { rows, columns },
  { rows, columns: columns.filter(({ name }) => name !== 'label') },
  {
    rows,
    columns: [
      ...['pickup_lon', 'pickup_lat'].map((name) => ({
        name,
        type: 'number' as const,
        missing: 0,
        min: 1,
        max: 9,
      })),
      ...columns,
    ],
  },
  {
    rows,
    columns: [...columns, { name: 'genres', type: 'list', missing: 0, classes: { war: 900, drama: 9_000 } }],
  },
  {
    rows,
    columns: ['rooms', 'price'].map((name) => ({ name, type: 'number', missing: 0, min: 1, max: 50 })),
  },
]

describe('the examples of docs/recipes.md', () => {
  it('exist', () => expect(examples.length).toBeGreaterThan(6))

  it.each(examples)(
    'are accepted for a data set that suits them, and so are their complete forms: %s',
    (text) => {
      const input = RecipeInput.parse(JSON.parse(text))
      const table = tables.find((each) => completeRecipe(input, each).recipe)
      expect(table, JSON.stringify(tables.map((each) => completeRecipe(input, each).problems))).toBeDefined()
      if (!table) return
      const { recipe } = completeRecipe(input, table)
      expect(recipe).toEqual(CompleteRecipe.parse(recipe))
      expect(completeRecipe(RecipeInput.parse(recipe), table).recipe).toEqual(recipe)
    },
  )
})

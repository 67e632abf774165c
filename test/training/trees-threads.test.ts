import { describe, expect, it } from 'vitest'
import type { TableColumn } from '../../src/datasets/table.ts'
import { Random } from '../../src/evaluation/random.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { TableDescription } from '../../src/recipe/table.ts'
import { train } from '../../src/training/train.ts'

const ROWS = 30_000
const NAMES = Array.from({ length: 9 }, (_, at) => `x${at}`)

/** Numbers with gaps, on which the targets depend in steps and by a product. */
function madeTable() {
  const random = new Random(5, 'rows')
  const inputs = NAMES.map(() =>
    Float64Array.from({ length: ROWS }, () => (random.next() < 0.02 ? Number.NaN : random.next())),
  )
  const at = (column: number, row: number) => inputs[column]?.[row] || 0
  const y = Float64Array.from(
    { length: ROWS },
    (_, row) => at(0, row) * at(1, row) + (at(2, row) > 0.5 ? 1 : 0) + 0.1 * random.next(),
  )
  const numbers = [...NAMES.map((name, column) => [name, inputs[column] ?? y] as const), ['y', y] as const]
  return {
    rows: ROWS,
    columns: new Map<string, TableColumn>([
      ...numbers.map(([name, values]) => [name, { type: 'number' as const, values }] as const),
      ['c', { type: 'category', values: Array.from(y, (value) => (value > 0.75 ? 'high' : 'low')) }],
    ]),
  }
}

const TABLE = madeTable()
const DESCRIPTION: TableDescription = {
  rows: ROWS,
  columns: [
    ...[...NAMES, 'y'].map((name) => ({
      name,
      type: 'number' as const,
      missing: name === 'y' ? 0 : 600,
      distinct: ROWS,
      min: 0,
      max: 2.1,
    })),
    { name: 'c', type: 'category', missing: 0, classes: { high: ROWS / 2, low: ROWS / 2 } },
  ],
}

async function trees(threads: number, more: object) {
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({
      inputs: NAMES,
      epochs: 80,
      validation: { split: 0.2 },
      finalEpochs: null,
      ...more,
    }),
    DESCRIPTION,
  )
  if (!recipe) throw new Error(JSON.stringify(problems))
  const result = await train({
    recipe,
    table: TABLE,
    threads,
    onProgress: async () => {},
    signal: new AbortController().signal,
  })
  return { forests: result.forests, history: result.history, answers: result.heldOut?.values }
}

describe('trees of several threads', () => {
  it.each([
    ['squared errors', 3, { target: 'y', network: { type: 'trees', leaves: 64 } }],
    [
      'two classes, on a share of rows and columns',
      2,
      { target: 'c', network: { type: 'trees', leaves: 64, rowShare: 0.7, featureShare: 0.7 } },
    ],
  ])('are those of one, bit for bit: %s', async (_, threads, recipe) => {
    const one = await trees(1, recipe)
    expect(one.forests[0]?.roots.length).toBeGreaterThan(20)
    expect(await trees(threads, recipe)).toEqual(one)
  })

  it('end when the job is cancelled', async () => {
    const cancel = new AbortController()
    const { recipe } = completeRecipe(
      RecipeInput.parse({ target: 'y', inputs: NAMES, network: 'trees' }),
      DESCRIPTION,
    )
    if (!recipe) throw new Error('the recipe is at fault')
    const running = train({
      recipe,
      table: TABLE,
      threads: 2,
      onProgress: async ({ epoch }) => {
        if ((epoch ?? 0) >= 3) cancel.abort(new Error('cancelled'))
      },
      signal: cancel.signal,
    })
    await expect(running).rejects.toThrow('cancelled')
  })
})

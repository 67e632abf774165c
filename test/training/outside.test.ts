import { describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { Random } from '../../src/evaluation/random.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { ColumnDescription } from '../../src/recipe/table.ts'
import { writeLayersModel } from '../../src/training/keras-files/layers-model.ts'
import { train } from '../../src/training/train.ts'

const ROWS = 1_200
const random = new Random(4, 'houses')
/** Longitudes stand close together, so that the outer bins are narrow. */
const longitude = Float64Array.from({ length: ROWS }, () => -118 - random.next() ** 3)
const rooms = Float64Array.from({ length: ROWS }, () => 1 + Math.floor(random.next() * 9))
const near = rooms.map((count) => count % 3)
const price = rooms.map((count, row) => 1e4 * (count + 3 * ((longitude[row] ?? 0) + 119)))

const table: Table = {
  rows: ROWS,
  columns: new Map([
    ['longitude', { type: 'number', values: longitude }],
    ['rooms', { type: 'number', values: rooms }],
    [
      'near',
      { type: 'category', values: Array.from(near, (value) => ['sea', 'bay', 'land'][value] ?? null) },
    ],
    ['price', { type: 'number', values: price }],
  ]),
}
const numbers = (name: string, values: Float64Array): ColumnDescription => ({
  name,
  type: 'number',
  missing: 0,
  distinct: new Set(values).size,
  min: Math.min(...values),
  max: Math.max(...values),
})
const description = {
  rows: ROWS,
  columns: [
    numbers('longitude', longitude),
    numbers('rooms', rooms),
    { name: 'near', type: 'category' as const, missing: 0, classes: { sea: 400, bay: 400, land: 400 } },
    numbers('price', price),
  ],
}

async function learn(input: object) {
  const { recipe, problems } = completeRecipe(RecipeInput.parse({ epochs: 3, ...input }), description)
  if (!recipe) throw new Error(JSON.stringify(problems))
  const signal = new AbortController().signal
  const { encoder, members } = await train({ recipe, table, onProgress: async () => {}, signal })
  const files = await writeLayersModel(members)
  const predictor = loadPredictor({
    encoder: Buffer.from(JSON.stringify(encoder)),
    model: files['model.json'],
    weights: files['weights.bin'],
  })
  const priceOf = (row: Readonly<Record<string, string | number>>) => {
    const prediction = predictor.predict(row)
    return 'value' in prediction ? prediction.value : Number.NaN
  }
  return { predictor, recipe, priceOf }
}

describe('a number outside of what was learnt', () => {
  it('goes on for half of the range without a recipe, and is named by a note', async () => {
    const { predictor, recipe, priceOf } = await learn({})
    expect(recipe).toMatchObject({ scaling: 'piecewiseLinear', outside: 'margin' })
    const row = { longitude: 34.05, rooms: 3, near: 'sea' }
    const top = Math.max(...longitude)
    const beyond = (top - Math.min(...longitude)) / 2
    expect(priceOf(row)).toBe(priceOf({ ...row, longitude: top + beyond }))
    expect(priceOf(row)).not.toBe(priceOf({ ...row, longitude: top + beyond / 2 }))
    expect(Math.abs(priceOf(row))).toBeLessThan(1e6)
    expect(predictor.notes(row)).toEqual([
      {
        feature: 'longitude',
        min: Math.min(...longitude),
        max: top,
        code: 'outside-range',
        message: expect.stringContaining('outside of the training rows'),
      },
    ])
    expect(predictor.notes({ ...row, longitude: -118.5, near: 'moon' })).toEqual([
      { feature: 'near', code: 'unknown-category', message: 'No training row has this value.' },
    ])
  })

  it('counts as the nearer end of the range with clamp', async () => {
    const { priceOf } = await learn({ outside: 'clamp' })
    const row = { longitude: 34.05, rooms: 3, near: 'sea' }
    expect(priceOf(row)).toBe(priceOf({ ...row, longitude: Math.max(...longitude) }))
  })

  it('gives a finite price that is not negative under a logarithm, also where it goes on', async () => {
    for (const outside of ['clamp', 'margin', 'extend']) {
      const { priceOf } = await learn({ targetTransform: 'log', outside })
      for (const longitude of [-1e9, 34.05, 1e9]) {
        const value = priceOf({ longitude, rooms: 3, near: 'sea' })
        expect(value).toBeGreaterThanOrEqual(0)
        expect(value).toBeLessThan(1e9)
      }
    }
  })
})

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Table } from '../../src/datasets/table.ts'
import { dateTimeOf, isoText } from '../../src/date-time.ts'
import { Random } from '../../src/evaluation/random.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { writeLayersModel } from '../../src/training/keras-files/layers-model.ts'
import { train } from '../../src/training/train.ts'

/*
 * Sales of three years that grow, are highest in summer, and are low on Sundays.
 */
const ROWS = 400
const DAY = 86_400_000
const START = Date.parse('2021-01-01')
const random = new Random(4, 'sales')
const instants = Array.from({ length: ROWS }, () => START + Math.floor(random.next() * 1_095) * DAY)
const salesOn = (instant: number) => {
  const sunday = new Date(instant).getUTCDay() === 0 ? -5 : 0
  return (
    20 +
    (instant - START) / DAY / 100 +
    8 * Math.sin((2 * Math.PI * (instant - START)) / DAY / 365.25) +
    sunday
  )
}
const values = instants.map((instant, row) => (row % 50 === 0 ? null : isoText(dateTimeOf(instant), 'date')))
const sales = Float64Array.from(instants, salesOn)

const table: Table = {
  rows: ROWS,
  columns: new Map([
    ['on', { type: 'date', format: '%d.%m.%Y', values }],
    ['sales', { type: 'number', values: sales }],
  ]),
}
const description = {
  rows: ROWS,
  columns: [
    {
      name: 'on',
      type: 'date' as const,
      format: '%d.%m.%Y',
      missing: ROWS / 50,
      distinct: new Set(values).size,
      earliest: '2021-01-01',
      latest: '2023-12-31',
    },
    {
      name: 'sales',
      type: 'number' as const,
      missing: 0,
      distinct: ROWS,
      min: Math.min(...sales),
      max: Math.max(...sales),
    },
  ],
}

async function learn(input: object) {
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({ validation: { split: 0.2 }, ...input }),
    description,
  )
  if (!recipe) throw new Error(JSON.stringify(problems))
  const signal = new AbortController().signal
  const trained = await train({ recipe, table, onProgress: async () => {}, signal })
  const files = await writeLayersModel(trained.members)
  const predictor = loadPredictor({
    encoder: Buffer.from(JSON.stringify(trained.encoder)),
    model: files['model.json'],
    weights: files['weights.bin'],
  })
  const salesFor = (on: string | null) => {
    const prediction = predictor.predict({ on })
    return 'value' in prediction ? prediction.value : Number.NaN
  }
  return { ...trained, predictor, recipe, salesFor }
}

describe('a column of dates', () => {
  it('is learnt by default: trend, season and day of the week', async () => {
    const { recipe, evaluation, predictor, salesFor } = await learn({})
    expect(recipe.inputs).toEqual(['on'])
    // The mean alone is off by 5.6.
    expect(evaluation?.metrics['mae']).toBeLessThan(1)
    for (const day of ['2022-07-05', '2022-12-18', '2023-04-01'])
      expect(Math.abs(salesFor(day) - salesOn(Date.parse(day)))).toBeLessThan(2.5)
    expect(salesFor('05.07.2022')).toBe(salesFor('2022-07-05'))
    expect(Number.isFinite(salesFor(null))).toBe(true)
    // Beyond the last row the trend stands still, and season and day of the week go on.
    expect(Math.abs(salesFor('2031-04-04') - salesFor('2023-04-04'))).toBeLessThan(6)
    expect(predictor.notes({ on: '2031-04-04' })).toMatchObject([
      { feature: 'on', max: expect.stringMatching(/^2023-12/) },
    ])
    expect(predictor.check({ on: '2022/07/05' }, '/features').first).toEqual([
      { path: '/features/on', message: expect.stringContaining('(%d.%m.%Y)') },
    ])
  })

  it('is learnt alike by both engines', async () => {
    const losses = await Promise.all(
      (['typed', 'tensorflow'] as const).map(async (engine) => {
        const recipe = {
          engine,
          layers: [{ units: 8 }],
          optimizer: 'adam',
          epochs: 3,
          scaling: 'piecewiseLinear',
          bins: 8,
        }
        const { history } = await learn(recipe)
        return z.array(z.number()).parse(history['loss'])
      }),
    )
    for (const [epoch, loss] of losses[0]?.entries() ?? [])
      expect(loss).toBeCloseTo(losses[1]?.[epoch] ?? 0, 4)
  })
})

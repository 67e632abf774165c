import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Random } from '../../src/evaluation/random.ts'
import { CompleteRecipe } from '../../src/recipe/index.ts'
import { atOnce } from '../../src/runtime/steps.ts'
import { csvTraining } from '../helpers/csv-training.ts'

type Service = Awaited<ReturnType<typeof csvTraining>>
let service: Service

/** A table of every kind of column that trees take, with gaps. */
function table(rows: number): string {
  const random = new Random(5, 'mixed')
  const lines = Array.from({ length: rows }, (_, at) => {
    const size = random.next() * 9
    const age = Math.round(random.next() * 80)
    const kind = ['flat', 'house', 'hut'][Math.floor(random.next() * 3)] ?? ''
    const day = new Date(Date.UTC(2024, 0, 1 + Math.floor(random.next() * 300)))
    const lon = (-120 + random.next() * 5).toFixed(3)
    const lat = (35 + random.next() * 5).toFixed(3)
    const price = size * 3 + (kind === 'hut' ? 0 : 9) + (age > 40 ? 5 : 0) + day.getUTCMonth() + random.next()
    const level = price < 18 ? 'low' : price < 28 ? 'mid' : 'high'
    const cells = [at % 7 === 0 ? '' : size.toFixed(3), at % 9 === 0 ? '' : age, kind]
    return [...cells, day.toISOString().slice(0, 10), lon, lat, price > 22, level, price.toFixed(3)].join(',')
  })
  return ['size,age,kind,day,lon,lat,dear,level,price', ...lines].join('\n')
}

const inputs = ['size', 'age', 'kind', 'day', 'lon', 'lat']
const ROWS = [
  { size: 4, age: 50, kind: 'house', day: '2024-05-05', lon: -118, lat: 37 },
  { size: null, age: null, kind: 'hut', day: null, lon: null, lat: 36 },
  { size: 99, age: -3, kind: 'new', day: '2030-01-01', lon: 10, lat: 10 },
]
const trees = { type: 'trees', leaves: 6, minRows: 5, featureShare: 0.7, rowShare: 0.8 } as const
const layers = {
  layers: [{ units: 6 }],
  optimizer: { type: 'adam', learningRate: 0.01 },
  scaling: 'piecewiseLinear',
  bins: 8,
  batchSize: 16,
}
const coordinates = { longitude: 'lon', latitude: 'lat' }

beforeAll(async () => {
  service = await csvTraining('mixed')
  await service.upload('table', table(300))
})
afterAll(() => service.close())

const Answer = z.union([
  z.object({ value: z.number() }).transform(({ value }) => [value]),
  z
    .object({ probabilities: z.record(z.string(), z.number()) })
    .transform((each) => Object.values(each.probabilities)),
])
const answersOf = ({ predictor }: { predictor: { predict: (row: (typeof ROWS)[number]) => unknown } }) =>
  ROWS.map((row) => Answer.parse(predictor.predict(row)))

const recipeOf = (manifest: unknown) => z.object({ recipe: CompleteRecipe }).parse(manifest).recipe

describe.each([
  ['price', 'meanSquaredError', { targetTransform: 'log' }],
  ['dear', 'binaryCrossentropy', {}],
  ['level', 'categoricalCrossentropy', {}],
])('a mean of networks and trees, for %s', (target, loss, more) => {
  const common = {
    target,
    inputs,
    coordinates,
    validation: { dataset: 'table' },
    earlyStopping: null,
    calibration: 'none',
    ...more,
  }

  it('answers the mean of what both answer that are trained alone', async () => {
    const member = { network: trees, loss: { type: loss }, epochs: 20 }
    const mixed = await service.train('mixed', 'table', {
      ...common,
      ...layers,
      epochs: 4,
      otherMembers: [member],
    })
    const network = await service.train('network', 'table', { ...common, ...layers, epochs: 4 })
    const seed = new Random(1, 'network 2').uint32()
    const alone = { ...common, network: trees, loss: { type: loss }, epochs: 20, seed }
    const forest = await service.train('forest', 'table', alone)
    const [own, first, second] = [mixed, network, forest].map(answersOf)
    for (const [row, values] of (own ?? []).entries())
      for (const [at, value] of values.entries()) {
        const a = first?.[row]?.[at] ?? 0
        const b = second?.[row]?.[at] ?? 0
        // Of a logarithm, the mean is that of the logarithms.
        const mean = target === 'price' ? Math.expm1((Math.log1p(a) + Math.log1p(b)) / 2) : (a + b) / 2
        expect(value).toBeCloseTo(mean, 6)
      }
  })

  it('is told and evaluated as it answers, and explains itself to the last digit', async () => {
    const recipe = {
      ...common,
      ...layers,
      validation: { split: 0.3 },
      finalEpochs: null,
      epochs: 4,
      ensemble: 2,
      otherMembers: [{ network: trees, epochs: 20 }],
    }
    const { evaluation, predictor, manifest, heldOut } = await service.train('told', 'table', recipe)
    expect(evaluation.rows).toBe(90)
    expect(heldOut?.rows).toHaveLength(90)
    expect(recipeOf(manifest).otherMembers).toMatchObject([{ network: trees, epochs: 20, layers: [] }])
    for (const row of ROWS) {
      const told = atOnce(predictor.explain(row, { top: 3 }))
      const { base, explanation, explained } = told
      const sum = explanation.reduce((all, { contribution }) => all + contribution, base + explained.rest)
      expect(sum).toBeCloseTo(explained.output, 6)
      if ('value' in told) expect(explained.output).toBeCloseTo(Math.log1p(told.value), 6)
    }
  })
})

describe('a mean of networks and trees', () => {
  const recipe = {
    target: 'price',
    inputs,
    ...layers,
    epochs: 12,
    otherMembers: [{ network: trees, epochs: 60 }],
  }

  it('fits each kind to all rows for the epochs that were best for it', async () => {
    const own = { ...recipe, validation: { split: 0.3 }, earlyStopping: {}, finalEpochs: 'best' }
    const made = await service.train('final', 'table', own)
    expect(JSON.parse(String(await made.bytes('model.json')))).toMatchObject({ format: 'mixed', version: 1 })
    expect(made.manifest).toMatchObject({ lastFit: { rows: 300 } })
    const again = await service.train('final', 'table', recipeOf(made.manifest))
    expect(answersOf(again)).toEqual(answersOf(made))
  })

  it('is measured in folds, with all of its trees', async () => {
    const made = await service.train('folds', 'table', { ...recipe, validation: { kFold: 3 } })
    expect(made.evaluation.rows).toBe(300)
    expect(made.evaluation.metrics['mae']).toBeLessThan(4)
  })
})

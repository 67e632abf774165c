import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { OpenTable } from '../../src/datasets/kept-tables.ts'
import { FitserveError } from '../../src/errors.ts'
import { CompleteRecipe } from '../../src/recipe/index.ts'
import { createComparer } from '../../src/training/compare.ts'
import type { ComparedVersion } from '../../src/training-contract.ts'
import { csvTraining } from '../helpers/csv-training.ts'

let service: Awaited<ReturnType<typeof csvTraining>>
const ids: Record<string, string> = {}

/** Rows that are all different; y grows with x, and each third row counts five times. */
function csv(from: number, to: number): string {
  const lines = Array.from({ length: to - from }, (_, at) => {
    const row = from + at
    const x = ((row * 7919) % 1000) / 1000
    return `${(x + row / 1e7).toFixed(7)},${(3 * x + ((row * 37) % 11) / 5).toFixed(3)},${row % 3 === 0 ? 5 : 1}`
  })
  return ['x,y,w', ...lines].join('\n')
}

beforeAll(async () => {
  service = await csvTraining('compare')
  for (const [name, from, to] of [
    ['own', 0, 90],
    ['apart', 500, 560],
    ['third', 800, 850],
  ] as const)
    ids[name] = (await service.upload(name, csv(from, to))).dataset.id
})
afterAll(() => service.close())

const plain = { target: 'y', inputs: ['x'], layers: [], epochs: 4, ensemble: 1, metrics: ['mae'] }

/** Trains a version, and returns it as it is compared, with its own figure. */
async function trained(model: string, recipe: object): Promise<{ version: ComparedVersion; mae: number }> {
  const { manifest, evaluation, bytes } = await service.train(model, ids['own'] ?? '', {
    ...plain,
    ...recipe,
  })
  const heldOut = await bytes('held-out.json')
  return {
    version: {
      recipe: z.object({ recipe: CompleteRecipe }).parse(manifest).recipe,
      dataset: ids['own'] ?? '',
      files: {
        encoder: await bytes('encoder.json'),
        model: await bytes('model.json'),
        weights: await bytes('weights.bin'),
        heldOut: heldOut.length > 0 ? heldOut : undefined,
      },
    },
    mae: evaluation.metrics.mae ?? Number.NaN,
  }
}

function compared(
  candidate: ComparedVersion,
  production: ComparedVersion,
  { on = null, open = service.tables }: { on?: string | null; open?: OpenTable } = {},
) {
  const { signal } = new AbortController()
  const dataset = on === null ? null : (ids[on] ?? '')
  return createComparer(open)({ candidate, production, dataset, metric: 'mae', signal })
}

describe('versions that are validated by another data set', () => {
  it('are compared on it with the figures that both were evaluated with', async () => {
    const first = await trained('first', { validation: { dataset: 'apart' } })
    const last = await trained('last', { validation: { dataset: 'apart' }, epochs: 8 })
    for (const [one, other] of [
      [first, last],
      [last, first],
    ] as const) {
      const result = await compared(one.version, other.version)
      expect(result).toMatchObject({ fair: true, dataset: ids['apart'], rows: 60, note: null })
      if (!result.fair) continue
      expect(result.candidate).toBeCloseTo(one.mae, 9)
      expect(result.production).toBeCloseTo(other.mae, 9)
    }
    // All rows of the third one are new to both.
    expect(await compared(last.version, first.version, { on: 'third' })).toMatchObject({
      fair: true,
      rows: 50,
    })
  })

  it('are not compared on rows that both were trained on', async () => {
    const { version } = await trained('first', { validation: { dataset: 'apart' } })
    expect(await compared(version, version, { on: 'own' })).toEqual({
      fair: false,
      reason: 'None of 90 rows is new to both versions. Name a data set to compare on.',
    })
  })
})

it('weights of rows count in a comparison, where the data set has them', async () => {
  const weighed = await trained('weighed', { weights: 'w', validation: { split: 0.3 }, finalEpochs: null })
  const plainly = await trained('plainly', { validation: { split: 0.3 }, finalEpochs: null })
  const one = await compared(weighed.version, plainly.version)
  const other = await compared(plainly.version, weighed.version)
  if (!one.fair || !other.fair) throw new Error('not compared')
  expect(one.candidate).toBeCloseTo(weighed.mae, 9)
  expect(one.production).not.toBeCloseTo(other.candidate, 3)
  expect(other.candidate).toBeCloseTo(plainly.mae, 9)
  const bare = (await service.upload('bare', csv(900, 940).replace(/,\d$/gm, '').replace(',w', ''))).dataset
    .id
  ids['bare'] = bare
  expect(await compared(weighed.version, plainly.version, { on: 'bare' })).toMatchObject({
    fair: true,
    rows: 40,
  })
})

it('a data set that is damaged is no reason to call a comparison unfair', async () => {
  const { version } = await trained('first', { validation: { split: 0.3 }, finalEpochs: null })
  const broken = new FitserveError('corrupt-artifact', 'The table is damaged.')
  const open: OpenTable = async (id) => {
    if (id === ids['own']) throw broken
    return service.tables(id)
  }
  await expect(compared(version, version, { on: 'third', open })).rejects.toBe(broken)
})

import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Forest } from '../../src/models/trees/forest.ts'
import { writeForests } from '../../src/models/trees/forest-file.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { writeArtifacts } from '../../src/registry/artifacts.ts'
import type { ModelRegistry } from '../../src/registry/registry.ts'
import { ownProgram } from '../../src/runtime/helper-pool.ts'
import type { Serving } from '../../src/serving/contract.ts'
import { createServing } from '../../src/serving/serving.ts'
import type { Store } from '../../src/store/contract.ts'
import { type Archives, createArchives } from '../../src/versions/archives.ts'
import { temporaryRegistry } from '../helpers/registry.ts'
import { history } from '../jobs/small-model.ts'

const GAP_RIGHT = 0x80000000

/**
 * Two trees of one split each: 10 for x up to 2 and 20 above, a gap above; then 1 for x up to 5 and 2 above, a gap below.
 * With the base 100 they answer 111 for 1, 121 for 3 and for a gap, 122 for 6.
 */
const forest: Forest = {
  features: 1,
  outputs: 1,
  activation: 'linear',
  base: Float64Array.of(100),
  value: Float64Array.of(15, 10, 20, 1.5, 1, 2),
  roots: Uint32Array.of(0, 3),
  feature: Int32Array.of(0, -1, -1, 0, -1, -1),
  left: Uint32Array.of(1, 0, 0, 4, 0, 0),
  split: Uint32Array.of(1 + GAP_RIGHT, 0, 0, 2, 0, 0),
  sets: Uint32Array.of(),
  rows: Uint32Array.of(10, 5, 5, 10, 5, 5),
}
const state = { kind: 'number', shift: 0, scale: 1, fill: 0, indicator: false, refuseGaps: false }
const encoder = {
  format: 1,
  inputs: [{ name: 'x', type: 'number', state, bins: { kind: 'number', edges: [2, 5] } }],
  target: { task: 'regression', log: false, shift: 0, scale: 1 },
}
const recipe = completeRecipe(RecipeInput.parse({ target: 'y', network: 'trees', validation: null }), {
  rows: 100,
  columns: [
    { name: 'x', type: 'number', missing: 0, min: 0, max: 9, distinct: 90 },
    { name: 'y', type: 'number', missing: 0, min: 0, max: 9, distinct: 90 },
  ],
}).recipe

let store: Store
let models: ModelRegistry
let archives: Archives
let serving: Serving

async function publish(name: string, of: Forest): Promise<void> {
  const files = new Map<string, string | Buffer>([
    ...Object.entries(writeForests([of])),
    ['encoder.json', JSON.stringify(encoder)],
    ['history.json', JSON.stringify(history)],
  ])
  const artifacts = `artifacts/${name}-1/`
  const manifest = await writeArtifacts(store, artifacts, files, {
    model: name,
    job: name,
    attempt: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    dataset: { id: `ds_${'a'.repeat(24)}`, name: 'numbers' },
    recipe,
    classes: null,
  })
  await models.publish(name, { job: name, attempt: 1, artifacts, manifest, promote: 'always' }, null)
}

/** Exports a model and imports it again under another name. */
async function moved(name: string, to: string) {
  const archive = await buffer((await archives.export(name, 'production')).content)
  return archives.import(to, Readable.from([archive]), { promote: undefined, by: null })
}

async function answers(model: string, rows: object[]): Promise<unknown> {
  const form = { form: 'features', path: '/rows', single: false, onError: 'refuse' } as const
  return (await serving.predict({ model }, rows, form)).predictions
}

beforeAll(async () => {
  ;({ store, models } = await temporaryRegistry('archives-trees'))
  const program = ownProgram(import.meta.url, '../../src/programs/check-archive')
  archives = createArchives({ store, models, maxBytes: 1_000_000, program })
  serving = await createServing({ models })
})
afterAll(async () => {
  await serving.close()
  archives.close()
  await store.close()
})

describe('an archive of trees', () => {
  it('is exported, imported under another name, and answers the same', async () => {
    await publish('own', forest)
    expect(await moved('own', 'copy')).toMatchObject({ version: 1 })
    const rows = [{ x: 1 }, { x: 3 }, { x: null }, { x: 6 }]
    const expected = [111, 121, 121, 122].map((value) => ({ value }))
    expect(await answers('own', rows)).toEqual(expected)
    expect(await answers('copy', rows)).toEqual(expected)
    expect(await models.manifest('copy', await models.entry('copy', 1))).toMatchObject({
      recipe: { network: { type: 'trees' } },
      origin: { model: 'own' },
    })
  })

  it.each([
    ['a value that is no number', { value: Float64Array.of(15, 10, 20, 1.5, Number.NaN, 2) }],
    ['a feature that the encoder does not have', { feature: Int32Array.of(1, -1, -1, 0, -1, -1) }],
    ['features of another number', { features: 2 }],
    ['a path that goes in a circle', { left: Uint32Array.of(0, 0, 0, 4, 0, 0) }],
    ['a set that is not there', { split: Uint32Array.of(0x40000000, 0, 0, 2, 0, 0) }],
    ['arrays of different lengths', { rows: Uint32Array.of(10, 5, 5) }],
    // With nodes that several trees share, a small file could ask for any amount of work for each row.
    ['trees that share their nodes', { roots: Uint32Array.of(3, 3) }],
    ['a path from one tree into another', { left: Uint32Array.of(4, 0, 0, 4, 0, 0) }],
  ])('is refused with %s', async (name, change) => {
    const model = `bad-${name.replaceAll(' ', '-')}`
    await publish(model, { ...forest, ...change })
    await expect(moved(model, `${model}-2`)).rejects.toMatchObject({ code: 'invalid-archive' })
    expect(await models.head(`${model}-2`)).toBeUndefined()
  })
})

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { z } from 'zod'
import { JobRecords } from '../../../src/jobs/records/records.ts'
import { createModelRegistry } from '../../../src/registry/registry.ts'
import type { Store } from '../../../src/store/contract.ts'
import { checkStore } from '../../../src/upkeep/check/check-store.ts'
import { EXAMPLES, type Service, start } from '../harness.ts'
import { type Fleet, startFleet, type Victim } from './fleet.ts'
import { numbersOf } from './random.ts'

const TRIALS = 16
const Trials = z.object({
  items: z.array(
    z.object({ number: z.number(), params: z.unknown(), state: z.string(), score: z.number().nullable() }),
  ),
})
const Manifest = z.object({
  files: z.record(z.string(), z.object({ sha256: z.string() })),
  search: z.object({ winner: z.number(), params: z.unknown(), score: z.number() }),
})

/** A search over four times four recipes, each of which takes some moments. */
function search(model: string) {
  const over = { 'layers.0.units': [4, 8, 12, 16], 'optimizer.learningRate': [0.001, 0.003, 0.01, 0.03] }
  const recipe = {
    layers: [{ units: 8 }],
    optimizer: { type: 'adam' },
    epochs: 12,
    batchSize: 16,
    engine: 'typed',
    ensemble: 1,
    validation: { split: 0.2 },
    search: { type: 'grid', over },
  }
  return { model, dataset: 'houses', recipe, force: true }
}

const weightsOf = ({ files }: z.output<typeof Manifest>) =>
  ['weights.bin', 'model.json', 'encoder.json', 'history.json'].map((name) => files[name]?.sha256)

/**
 * One machine with an API takes the table and the order, another with a worker and an API of its own trains and
 * answers too; they share a queue and a bucket. Processes are killed in the middle of a search, which must end as one
 * that nobody disturbed. @param kills how many; at first one of each kind
 */
export async function searchUnderFire(options: {
  kills: number
  seed: number
  say?: (line: string) => void
}): Promise<void> {
  const fleet = await startFleet('redis+s3')
  const there = await start({ role: 'api', env: fleet.env })
  await fleet.api.upload('houses', join(EXAMPLES, 'houses.csv'))
  const calm = await there.finished((await there.submit(search('calm'))).id)
  expect(calm).toMatchObject({ state: 'completed', version: 1 })
  const { id } = await there.submit(search('disturbed'))
  const killed = await killDuring(fleet, there, id, options)
  expect(await there.finished(id, 180)).toMatchObject({ state: 'completed', version: 1, error: null })
  expect(killed).toBe(options.kills)

  const read = async (model: string) =>
    Manifest.parse((await there.request(`/models/${model}/versions/1`)).body)
  const undisturbed = await read('calm')
  const disturbed = await read('disturbed')
  expect(disturbed.search).toEqual(undisturbed.search)
  expect(weightsOf(disturbed)).toEqual(weightsOf(undisturbed))
  const one = await trials(there, calm.id)
  const two = await trials(there, id)
  expect(two).toEqual(one)
  expect(new Set(two.map(({ number }) => number)).size).toBe(TRIALS)
  const row = { model: 'disturbed', rows: [HOUSE] }
  const answers = [await fleet.api.post('/predict', row), await there.post('/predict', row)]
  expect(answers[0]).toMatchObject({ status: 200, body: { version: 1 } })
  expect(answers[1]?.body).toEqual(answers[0]?.body)

  await Promise.all([fleet.stop(), there.stop()])
  const store = await fleet.openStore()
  expect(await checkStore(store)).toMatchObject({ faults: [], open: [] })
  await expectOutcomes(store, id)
}

const HOUSE = {
  longitude: -118.27,
  latitude: 34.05,
  housing_median_age: 47,
  total_rooms: 661,
  total_bedrooms: 396,
  population: 1406,
  households: 307,
  median_income: 1.3169,
  ocean_proximity: '<1H OCEAN',
}

async function trials(service: Service, id: string) {
  return Trials.parse((await service.request(`/jobs/${id}/trials?limit=100`)).body).items
}

/** Kills while there are trials that have not ended; the other machine's API stays, and tells how far they are. */
async function killDuring(
  fleet: Fleet,
  there: Service,
  id: string,
  { kills, seed, say }: { kills: number; seed: number; say?: (line: string) => void },
): Promise<number> {
  const random = numbersOf(seed)
  const victims: Victim[] = ['child', 'worker', 'queue', 'api']
  let killed = 0
  while (killed < kills) {
    const ended = (await trials(there, id)).filter(({ state }) => state === 'completed').length
    if (ended === TRIALS) return killed
    // Each after some more trials, so that no two are in the same place.
    if (ended < Math.min(TRIALS - 2, Math.floor((killed * TRIALS) / kills))) {
      await sleep(20)
      continue
    }
    await sleep(200 * random())
    const victim =
      victims[killed < victims.length ? killed : Math.floor(random() * victims.length)] ?? 'child'
    if (!(await fleet.kill(victim))) continue
    killed += 1
    say?.(`search: kill ${killed}/${kills} (${victim}) with ${ended} of ${TRIALS} trials done`)
  }
  return killed
}

/** Each trial was trained to its end once: one outcome, of an attempt that there was. */
async function expectOutcomes(store: Store, id: string): Promise<void> {
  const records = new JobRecords(store, createModelRegistry(store))
  const { children } = (await records.find(id)) ?? { children: [] }
  expect(children).toHaveLength(TRIALS)
  let tries = 0
  for (const child of children) {
    expect(await records.outcome(child)).toMatchObject({ state: 'completed', error: null })
    const files = (await store.children(`jobs/${child}/`)).filter((name) => name.startsWith('outcome'))
    expect(files).toEqual(['outcome.json'])
    tries += (await store.children(`jobs/${child}/attempts/`)).length
  }
  expect(tries, 'some were killed').toBeGreaterThan(TRIALS)
}

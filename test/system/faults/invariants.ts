import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { JobRecords } from '../../../src/jobs/records/records.ts'
import { loadPredictor, type Predictor } from '../../../src/models/predictor.ts'
import { createModelRegistry } from '../../../src/registry/registry.ts'
import type { Store } from '../../../src/store/contract.ts'
import { checkStore } from '../../../src/upkeep/check/check-store.ts'
import { ALIAS, lookAt, type Work } from './clients.ts'
import type { Fleet } from './fleet.ts'
import type { Journal } from './journal.ts'

/** Time within which one job more has to end: a queue of many takes longer altogether. */
const DRAIN_MS = 300_000
const TELL_MS = 20_000

/** Waits until every job that was acknowledged has ended. @param say is told what takes long */
export async function drain(work: Work, say?: (line: string) => void): Promise<void> {
  const open = new Set([...work.journal.jobs.values()].map(({ id }) => id))
  let ended = Date.now()
  for (let told = ended; open.size > 0 && Date.now() - ended < DRAIN_MS; await sleep(100)) {
    for (const id of open)
      if (await lookAt(work, id)) {
        open.delete(id)
        ended = Date.now()
      }
    if (Date.now() - told < TELL_MS) continue
    told = Date.now()
    const [first = ''] = open
    say?.(`${open.size} jobs are open, such as ${JSON.stringify(await work.fleet.api.job(first))}`)
  }
  expect([...open], 'jobs that do not end').toEqual([])
}

/** Stops the deployment and compares what it leaves with what its clients were told. */
export async function checkAll(fleet: Fleet, journal: Journal): Promise<void> {
  expect(journal.unexpected).toEqual([])
  const store = await fleet.openStore()
  expect(await fleet.stop(), 'each process ends well').toEqual(fleet.kind === 'embedded' ? [0] : [0, 0])
  const report = await checkStore(store)
  expect(report.faults).toEqual([])
  expect(report.open, 'jobs without an end').toEqual([])
  await checkUploads(store, journal)
  await checkJobs(store, journal)
  await checkAnswers(store, journal)
  await checkQueue(fleet, store)
}

async function checkUploads(store: Store, { uploads }: Journal): Promise<void> {
  for (const { id, sha256 } of uploads) {
    const bytes = await store.read(`datasets/${id}/description.json`)
    expect(JSON.parse(bytes?.toString('utf8') ?? '{}'), `data set ${id}`).toMatchObject({ id, sha256 })
  }
}

/** One job for each key, one version for each job that has completed, and nothing that nobody has ordered. */
async function checkJobs(store: Store, { jobs, ends }: Journal): Promise<void> {
  const records = new JobRecords(store, createModelRegistry(store))
  const ordered = new Set([...jobs.values()].map(({ id }) => id))
  expect(ordered.size).toBe(jobs.size)
  const kept: string[] = []
  for (const id of await records.ids()) if ((await records.find(id))?.parent === null) kept.push(id)
  expect(kept.toSorted()).toEqual([...ordered].toSorted())
  for (const { id } of jobs.values()) {
    const outcome = await records.outcome(id)
    expect(outcome, id).toMatchObject({ state: 'completed', error: null })
    expect(ends.get(id)).toEqual({ state: outcome?.state, version: outcome?.version })
  }
}

/** Expects that each prediction is that of the version that it named. */
async function checkAnswers(store: Store, { predictions, aliases }: Journal): Promise<void> {
  const models = createModelRegistry(store)
  const loaded = new Map<string, Predictor>()
  const predictor = async (model: string, version: number) => {
    const known = loaded.get(`${model} ${version}`)
    if (known) return known
    const entry = await models.entry(model, version)
    const file = async (name: string) => (await models.readArtifact(model, entry, name)) ?? Buffer.alloc(0)
    const encoder = await file('encoder.json')
    const network = await file('model.json')
    const weights = await file('weights.bin')
    const made = loadPredictor({ encoder, model: network, weights })
    loaded.set(`${model} ${version}`, made)
    return made
  }
  const wrong: unknown[] = []
  for (const { model, version, row, value } of predictions) {
    const expected = (await predictor(model, version)).predict(row as Record<string, number>)
    if (!('value' in expected) || expected.value !== value)
      wrong.push({ model, version, row, value, expected })
  }
  expect(wrong).toEqual([])
  expect(predictions.length).toBeGreaterThan(0)
  const pinned = aliases.get(ALIAS)
  if (pinned) expect((await models.entry(pinned.model, ALIAS)).version).toBe(pinned.version)
}

/** Expects that the queue waits for nothing and knows no job that the store does not know. */
async function checkQueue(fleet: Fleet, store: Store): Promise<void> {
  const known = new Set(await new JobRecords(store, createModelRegistry(store)).ids())
  const queued = await fleet.queued()
  expect(queued.filter(({ id }) => !known.has(id))).toEqual([])
  expect(queued.filter(({ state }) => state !== 'completed' && state !== 'failed')).toEqual([])
}

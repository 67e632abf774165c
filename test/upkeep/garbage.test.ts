import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import { endedOutside } from '../../src/jobs/records/outcomes.ts'
import type { JobRecords, TrainingRecord } from '../../src/jobs/records/records.ts'
import { writeArtifacts } from '../../src/registry/artifacts.ts'
import { createAudit } from '../../src/registry/audit.ts'
import { collectionChore } from '../../src/upkeep/garbage/chore.ts'
import { createGarbageCollector } from '../../src/upkeep/garbage/garbage.ts'
import { fixture, order } from '../jobs/fixture.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A store with a job's record to make others from, and what makes keys old. */
async function stored() {
  const parts = await fixture()
  const { folder, store, records, submit } = parts
  const { id } = await submit({ ...order, model: 'first' })
  const pattern = (await records.findTraining(id))!
  const collector = createGarbageCollector({ store, records, ageMs: DAY })
  const keys = async () => {
    const found: string[] = []
    for await (const { key } of store.entries('')) found.push(key)
    return found.toSorted()
  }
  /** Lets all keys below a prefix, or the key itself, be so old. */
  const age = async (prefix: string, hours: number) => {
    const then = new Date(Date.now() - hours * HOUR)
    for (const key of await keys()) if (key.startsWith(prefix)) await utimes(join(folder, key), then, then)
  }
  /** An attempt's files; gives what publishes them. */
  const attempt = async (job: string, number: number) => {
    const artifacts = `artifacts/${job}-${number}/`
    const files = new Map([['model.json', `{"n":${number}}`]])
    const manifest = await writeArtifacts(store, artifacts, files, { job })
    return { job, attempt: number, artifacts, manifest, promote: 'never' as const }
  }
  const record = async (more: Partial<TrainingRecord> = {}) => {
    const made = { ...pattern, id: uuidv7(), model: 'm', ...more }
    await records.create(made)
    return made.id
  }
  return { ...parts, collector, keys, age, attempt, record }
}

const end = (records: JobRecords, id: string) =>
  records.end(
    id,
    endedOutside('failed', { type: 'urn:fitserve:internal', title: 'Failed', detail: 'It failed.' }),
  )

describe('garbage', () => {
  it('is what nothing refers to, and is told before it goes', async () => {
    const { store, collector, keys, age, attempt, record, models, records } = await stored()
    const job = await record()
    await attempt(job, 1)
    await models.publish('m', await attempt(job, 2), null)
    await end(records, job)
    const before = await keys()
    await age('artifacts/', 25)
    const told = await collector.collect({ dryRun: true })
    expect(told).toMatchObject({ dryRun: true, olderThanHours: 24, swept: [], unreadable: [] })
    expect(told.items).toEqual([
      {
        key: `artifacts/${job}-1/`,
        keys: 2,
        bytes: expect.any(Number),
        reason: 'No version refers to these files.',
      },
    ])
    expect(told.total).toMatchObject({ items: 1, keys: 2 })
    expect(await keys()).toEqual(before)
    expect(await collector.collect({ dryRun: false })).toEqual({ ...told, dryRun: false })
    expect(await keys()).toEqual(before.filter((key) => !key.startsWith(`artifacts/${job}-1/`)))
    expect((await collector.collect({ dryRun: false })).items).toEqual([])
    expect(await store.children('artifacts/')).toEqual([`${job}-2`])
  })

  it('are a deleted version’s files, a day after it was deleted', async () => {
    const { store, records, collector, age, attempt, record, models } = await stored()
    const job = await record()
    const { version } = await models.publish('m', await attempt(job, 1), null)
    await age('', 48)
    await models.deleteVersion('m', version, null)
    await models.deleteModel('m', null)
    await end(records, job)
    expect((await collector.collect({ dryRun: false })).items).toEqual([])
    // The log's times are in its content, so here a day is a second.
    const later = createGarbageCollector({ store, records, ageMs: 1_000 })
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    expect((await later.collect({ dryRun: false })).items).toMatchObject([{ key: `artifacts/${job}-1/` }])
  })

  it('is nothing of a job that runs, and its checkpoints when it has ended', async () => {
    const { store, records, jobs, collector, age, attempt, submit } = await stored()
    const { id } = await submit(order)
    await attempt(id, 1)
    await store.create(`jobs/${id}/checkpoints/000001-000001-running`, 'x')
    await age('', 100)
    expect((await collector.collect({ dryRun: false })).items).toEqual([])
    await end(records, id)
    await store.create(`jobs/${id}/checkpoints/000001-000002-running`, 'left')
    await age('', 100)
    const { items } = await collector.collect({ dryRun: false })
    expect(items.map(({ reason }) => reason).toSorted()).toEqual([
      'No version refers to these files.',
      'The job has ended.',
    ])
    expect((await jobs.get(id)).state).toBe('failed')
  })

  it('is a part whose job was never ordered, once it has ended', async () => {
    const { store, collector, keys, age, record, records } = await stored()
    const orphan = await record({ parent: uuidv7(), part: { kind: 'fold', number: 1, fold: 1, repeat: 1 } })
    const part = uuidv7()
    const family = await record({ children: [part] })
    await record({ id: part, parent: family, part: { kind: 'fold', number: 1, fold: 1, repeat: 1 } })
    await end(records, part)
    await age('jobs/', 25)
    const before = await keys()
    await collector.collect({ dryRun: false })
    expect(await keys()).toEqual(before)
    await end(records, orphan)
    await age('jobs/', 25)
    const { items } = await collector.collect({ dryRun: false })
    expect(items).toMatchObject([{ key: `jobs/${orphan}/`, reason: expect.stringContaining('part') }])
    expect(await store.children(`jobs/${orphan}/`)).toEqual([])
    expect(await keys()).toEqual(before.filter((key) => !key.includes(orphan)))
  })

  it('is not looked for in artifacts while a log cannot be read', async () => {
    const { store, collector, age, attempt, keys } = await stored()
    await attempt(uuidv7(), 1)
    await store.create('models/broken/log/000000000001.json', '{')
    await age('', 100)
    const before = await keys()
    expect(await collector.collect({ dryRun: false })).toMatchObject({ items: [], unreadable: ['broken'] })
    expect(await keys()).toEqual(before)
  })

  it('is looked for by one after the other', async () => {
    const { collector, age, attempt } = await stored()
    await attempt(uuidv7(), 1)
    await age('', 100)
    const reports = await Promise.all([1, 2, 3].map(() => collector.collect({ dryRun: false })))
    expect(reports.map(({ total }) => total.items)).toEqual([1, 0, 0])
  })

  it('spares what comes into use while it is looked for', async () => {
    const { store, records, models, age, attempt, record, keys } = await stored()
    const job = await record()
    const publication = await attempt(job, 1)
    const upload = `datasets/ds_${'d'.repeat(24)}/`
    await store.create(`${upload}data.parquet`, 'x')
    await end(records, job)
    await age('', 100)
    let lists = 0
    const slow = createGarbageCollector({
      records,
      ageMs: DAY,
      store: {
        ...store,
        // Between the two looks at the logs, an attempt that was thought dead publishes after all.
        async children(prefix, options) {
          if (prefix === 'models/' && ++lists === 2) {
            await models.publish('m', publication, null)
            await store.create(`${upload}description.json`, '{}')
          }
          return store.children(prefix, options)
        },
      },
    })
    expect((await slow.collect({ dryRun: false })).items).toEqual([])
    expect(await keys()).toEqual(
      expect.arrayContaining([`${upload}data.parquet`, `${publication.artifacts}model.json`]),
    )
  })
})

/** One thing in a store, whether it is in use, and how old it is. */
const thing = fc.record({
  hours: fc.constantFrom(0, 23, 25, 400),
  what: fc.constantFrom(
    'lost attempt',
    'published',
    'running attempt',
    'import',
    'lost import',
    'dataset',
    'broken upload',
    'lost job',
    'left checkpoint',
    'running checkpoint',
    'fingerprint',
    'lost fingerprint',
    'old key',
    'new key',
    'lost webhook',
    'webhook',
    'audit',
    'other',
  ),
})
const GARBAGE: ReadonlySet<string> = new Set([
  'lost attempt',
  'lost import',
  'broken upload',
  'lost job',
  'left checkpoint',
  'lost fingerprint',
  'old key',
  'lost webhook',
])

describe('any store', () => {
  it('loses exactly what is old and referred to by nothing', async () => {
    const property = fc.asyncProperty(fc.array(thing, { maxLength: 14 }), async (things) => {
      const { store, records, models, collector, keys, age, attempt, record, folder } = await stored()
      await age('', 1_000)
      /** Makes a thing; gives the keys that are young or old with it, and with `whole` stay or go. */
      const make = async (what: string, n: number): Promise<string[]> => {
        const before = new Set(await keys())
        switch (what) {
          case 'lost attempt': {
            const id = await record()
            await end(records, id)
            const kept = new Set(await keys())
            await attempt(id, 1 + (n % 3))
            return (await keys()).filter((key) => !kept.has(key))
          }
          case 'published':
            await models.publish(`m${n % 2}`, await attempt(await record(), 1), null)
            break
          case 'running attempt':
            await attempt(await record(), 1)
            break
          case 'import':
            await models.publish('imported', await attempt(uuidv7(), 1), null)
            break
          case 'lost import':
            await attempt(uuidv7(), 1)
            break
          case 'dataset':
          case 'broken upload': {
            const at = `datasets/ds_${String(n).padStart(24, '0')}/`
            await store.create(`${at}data.parquet`, 'x')
            await store.create(`${at}names/n`, '')
            if (what === 'dataset') await store.create(`${at}description.json`, '{}')
            break
          }
          case 'lost job':
            await store.create(`jobs/${uuidv7()}/attempts/1.json`, '{}')
            break
          case 'left checkpoint':
          case 'running checkpoint': {
            const id = await record()
            if (what === 'left checkpoint') await end(records, id)
            const kept = new Set(await keys())
            await store.create(`jobs/${id}/checkpoints/000001-000001-running`, 'x')
            return (await keys()).filter((key) => !kept.has(key))
          }
          case 'fingerprint':
          case 'lost fingerprint': {
            const id = await record()
            if (what === 'fingerprint') await models.publish('m', await attempt(id, 1), null)
            else await end(records, id)
            const kept = new Set(await keys())
            await records.keepFingerprint('f', id)
            return (await keys()).filter((key) => !kept.has(key))
          }
          case 'old key':
          case 'new key': {
            const at = new Date(Date.now() - (what === 'old key' ? 60 : 1) * HOUR).toISOString()
            await store.create(`idempotency/${n}.json`, JSON.stringify({ job: '', body: '', at }))
            break
          }
          case 'lost webhook':
          case 'webhook':
            await store.create(`webhooks/${what === 'webhook' ? await record() : uuidv7()}.1`, '')
            break
          case 'audit':
            await store.create(`audit/2020-01-01/${uuidv7()}.json`, '{}')
            break
          default:
            await store.create(`other/${n}.json`, '{}')
        }
        return (await keys()).filter((key) => !before.has(key))
      }
      const doomed = new Set<string>()
      for (const [n, { what, hours }] of things.entries()) {
        const made = await make(what, n)
        for (const key of made) {
          const then = new Date(Date.now() - hours * HOUR)
          await utimes(join(folder, key), then, then)
          if (GARBAGE.has(what) && hours >= 24) doomed.add(key)
        }
      }
      const before = await keys()
      const told = await collector.collect({ dryRun: true })
      const { total } = await collector.collect({ dryRun: false })
      expect(await keys()).toEqual(before.filter((key) => !doomed.has(key)))
      expect(total).toEqual(told.total)
      expect(total.keys).toBe(doomed.size)
    })
    await fc.assert(property, { numRuns: 25, endOnFailure: true })
  })
})

it('is collected every day also on a full disk, which cannot keep an entry of the audit', async () => {
  const { store, records, age, keys, attempt } = await stored()
  await attempt(uuidv7(), 1)
  await age('artifacts/', 25)
  const full = () => Promise.reject(new FitserveError('store-unavailable', 'The store has no space left.'))
  const audit = createAudit({ ...store, create: full })
  const collected: unknown[] = []
  const missing: unknown[] = []
  const run = collectionChore({
    garbage: createGarbageCollector({ store, records, ageMs: DAY }),
    audit,
    onCollected: (report) => collected.push(report),
    onNotAudited: (error) => missing.push(error),
  })
  await run({ id: 'c1' })
  expect(collected).toMatchObject([{ dryRun: false }])
  expect((await keys()).filter((key) => key.startsWith('artifacts/'))).toEqual([])
  expect(missing).toMatchObject([{ code: 'store-unavailable' }, { code: 'store-unavailable' }])
})

import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it, vi } from 'vitest'
import { cancelledError, endedOutside } from '../../src/jobs/records/outcomes.ts'
import { type JobOutcome, PredictionRecord } from '../../src/jobs/records/records.ts'
import type { ModelEvent, ModelState, VersionEntry } from '../../src/registry/model-log.ts'
import { seal } from '../../src/store/sealed.ts'
import { checkPrediction } from '../../src/upkeep/check/check-predictions.ts'
import { checkStore } from '../../src/upkeep/check/check-store.ts'
import { countsFromOne, Findings } from '../../src/upkeep/check/findings.ts'
import { dataset, fixture, order } from '../jobs/fixture.ts'

const AT = '2026-01-01T00:00:00.000Z'
const versionOf = (version: number, job = `j${version}`): VersionEntry => ({
  version,
  job,
  attempt: 1,
  createdAt: AT,
  artifacts: `artifacts/${job}-1/`,
  manifest: { bytes: 1, sha256: 'a' },
})
const published = (version: number, job = `j${version}`): ModelEvent => ({ type: 'published', version, job })
const promoted = (version: number): ModelEvent => ({
  type: 'promoted',
  version,
  previous: null,
  reason: 'always',
})
const stateOf = (
  versions: number[],
  aliases: Record<string, number> = {},
  nextVersion = Math.max(0, ...versions) + 1,
): ModelState => ({
  versions: versions.map((version) => versionOf(version)),
  aliases: Object.fromEntries(
    Object.entries(aliases).map(([alias, version]) => [alias, { version, before: [] }]),
  ),
  nextVersion,
})

type Entry = [events: ModelEvent[], state: ModelState] | 'damaged'

/** The faults of a model's log with these entries; what its versions lack is left out. */
async function faultsOf(entries: readonly Entry[], first = 1) {
  const { store } = await fixture()
  for (const [index, entry] of entries.entries()) {
    const generation = index + first
    const key = `models/m/log/${String(generation).padStart(12, '0')}.json`
    const content =
      entry === 'damaged' ? '{' : seal({ generation, at: AT, by: null, events: entry[0], state: entry[1] })
    await store.create(key, content)
  }
  const { faults, versions } = await checkStore(store)
  const own = faults.filter(({ key }) => !key.startsWith('artifacts/'))
  return { faults: own.map(({ key, message }) => `${key} ${message}`), versions }
}

const LOG = 'models/m/log/'
const two: Entry[] = [
  [[published(1), promoted(1)], stateOf([1], { production: 1 })],
  [[published(2)], stateOf([1, 2], { production: 1 })],
]

describe('the log of a model', () => {
  it.each<[string, ModelEvent[], ModelState]>([
    [
      'moves an alias',
      [{ type: 'aliasSet', alias: 'a', version: 2, previous: null }],
      stateOf([1, 2], { production: 1, a: 2 }),
    ],
    ['promotes a version', [promoted(2)], stateOf([1, 2], { production: 2 })],
    [
      'rolls back',
      [promoted(2), { type: 'rolledBack', alias: 'production', version: 1, previous: 2 }],
      stateOf([1, 2], { production: 1 }),
    ],
    ['removes an alias', [{ type: 'aliasRemoved', alias: 'production', previous: 1 }], stateOf([1, 2])],
    ['deletes a version', [{ type: 'versionDeleted', version: 2 }], stateOf([1], { production: 1 }, 3)],
    [
      'retires versions',
      [
        { type: 'aliasRemoved', alias: 'production', previous: 1 },
        { type: 'versionsRetired', versions: [1, 2], keepVersions: 1 },
      ],
      stateOf([], {}, 3),
    ],
    [
      'deletes the model',
      [{ type: 'modelDeleted', versions: [1, 2] }],
      { ...stateOf([], {}, 3), deleted: true },
    ],
    [
      'sets what changes no version',
      [{ type: 'keepVersionsSet', keepVersions: 3 }, { type: 'scheduleRemoved' }],
      stateOf([1, 2], { production: 1 }),
    ],
  ])('that %s is right, and wrong where its state says otherwise', async (_, events, state) => {
    expect(await faultsOf([...two, [events, state]])).toEqual({ faults: [], versions: 2 })
    // The state before the events, or one that they do not lead to, contradicts them.
    const other = stateOf([1, 2], { other: 2 })
    const { faults } = await faultsOf([...two, [events, other]])
    expect(faults.length).toBeGreaterThan(0)
    for (const fault of faults) expect(fault).toContain(`${LOG} Entry 3: `)
  })

  it('tells what its state has, and what its events lead to', async () => {
    const state = stateOf([1], { production: 2, canary: 1 }, 7)
    expect((await faultsOf([...two, [[], state]])).faults).toEqual([
      `${LOG} Entry 3: its versions are 1, but its events lead to 1,2.`,
      `${LOG} Entry 3: its aliases are production 2,canary 1, but its events lead to production 1.`,
      `${LOG} Entry 3: its next version is 7.`,
    ])
    const nowhere = stateOf([1, 2], { production: 1, a: 9 })
    const set: ModelEvent = { type: 'aliasSet', alias: 'a', version: 9, previous: null }
    expect((await faultsOf([...two, [[set], nowhere]])).faults).toEqual([
      `${LOG} Entry 3: a points at version 9, which does not exist.`,
    ])
  })

  it('counts versions and entries without a gap', async () => {
    const { faults, versions } = await faultsOf([
      two[0] as Entry,
      [[published(3)], stateOf([1, 3], { production: 1 }, 3)],
    ])
    expect(faults).toEqual([`${LOG} Version 3 was published as number 2.`])
    expect(versions).toBe(2)
    expect((await faultsOf(two, 2)).faults).toEqual([
      `${LOG} Its entries have a gap: 000000000002.json, 000000000003.json.`,
    ])
  })

  it('has no damaged entry but those that a repair replaces', async () => {
    const file = (entry: number) => `${LOG}${String(entry).padStart(12, '0')}.json It cannot be read.`
    const repaired = (lost: number[], restored: number[]): ModelEvent => ({
      type: 'repaired',
      lost,
      restored,
    })
    const [first] = two
    expect((await faultsOf([first as Entry, 'damaged'])).faults).toEqual([file(2)])
    const state = stateOf([1, 2], { production: 1, kept: 2 }, 4)
    const mended = await faultsOf([first as Entry, 'damaged', 'damaged', [[repaired([2, 3], [2])], state]])
    expect(mended).toEqual({ faults: [], versions: 2 })
    const half = await faultsOf([first as Entry, 'damaged', 'damaged', [[repaired([3], [2])], state]])
    expect(half.faults).toEqual([file(2)])
    // Versions that were published before the damage count once.
    const later = await faultsOf([...two, 'damaged', [[repaired([3], [3])], stateOf([1, 2, 3], {}, 4)]])
    expect(later).toEqual({ faults: [], versions: 3 })
    // The log goes on from the state after the repair.
    const next = await faultsOf([
      first as Entry,
      'damaged',
      [[repaired([2], [2])], stateOf([2], { kept: 2 }, 5)],
      [[published(5)], stateOf([2, 5], { kept: 2 }, 6)],
    ])
    expect(next).toEqual({ faults: [], versions: 3 })
  })

  it('has one version of each job', async () => {
    const state = { ...stateOf([1, 2]), versions: [versionOf(1), versionOf(2, 'j1')] }
    const { faults } = await faultsOf([[[published(1), published(2, 'j1')], state]])
    expect(faults).toEqual(['jobs/j1/ It has two versions: 1 of m and 2 of m.'])
  })
})

describe('numbered files', () => {
  it('count from one, in whatever order they are listed', () => {
    const names = Array.from({ length: 12 }, (_, index) => `${index + 1}.json`).toSorted()
    expect(names[1]).toBe('10.json')
    expect(countsFromOne(names)).toBe(true)
    expect(countsFromOne([])).toBe(true)
    expect(countsFromOne(['0001.json', '0002.json'])).toBe(true)
    expect(countsFromOne(['2.json'])).toBe(false)
    expect(countsFromOne(['1.json', '3.json'])).toBe(false)
    expect(countsFromOne(['0.json', '1.json'])).toBe(false)
  })
})

const failed = endedOutside('failed', { type: 't', title: 't', detail: 'd' })

describe('a job', () => {
  /** The faults of a store with an order, after a change. */
  const faultsAfter = async (
    body: object,
    change: (
      parts: Awaited<ReturnType<typeof fixture>> & { id: string; children: string[] },
    ) => Promise<unknown>,
  ) => {
    const parts = await fixture()
    const { id } = await parts.submit(body)
    const children = (await parts.records.find(id))?.children ?? []
    await change({ ...parts, id, children })
    const { faults } = await checkStore(parts.store)
    return faults.map(({ key, message }) => `${key.replace(id, 'ID')} ${message}`)
  }
  const kFold = { ...order, recipe: { epochs: 2, validation: { kFold: 2 } } }

  it('that waits has no fault, nor one with all of its rounds', async () => {
    expect(await faultsAfter(kFold, async () => undefined)).toEqual([])
    const rounds = await faultsAfter(order, async ({ records, id }) => {
      await records.end(id, failed)
      await records.beginRound(id, 2, null)
      await records.end(id, failed)
      await records.beginRound(id, 3, null)
    })
    expect(rounds).toEqual([])
  })

  it('has an outcome for each round but the last, and none for others', async () => {
    const faults = await faultsAfter(order, async ({ records, store, id }) => {
      await records.beginRound(id, 2, null)
      await records.beginRound(id, 3, null)
      await store.create(`jobs/${id}/outcome-2.json`, seal(failed))
      await store.create(`jobs/${id}/outcome-4.json`, seal(failed))
    })
    expect(faults).toEqual([
      'jobs/ID/ It was retried, but outcome.json is missing.',
      'jobs/ID/ outcome-4.json belongs to no round.',
    ])
  })

  it('has an error unless it has completed', async () => {
    expect(
      await faultsAfter(order, ({ records, id }) => records.end(id, { ...failed, error: null })),
    ).toEqual(['jobs/ID/ It has ended without a reason.'])
    const cancelled = endedOutside('cancelled', cancelledError('By a client.'))
    expect(await faultsAfter(order, ({ records, id }) => records.end(id, cancelled))).toEqual([])
    const done = { ...failed, state: 'completed' as const, version: 4 }
    expect(await faultsAfter(order, ({ records, id }) => records.end(id, done))).toEqual([
      "jobs/ID/ It has completed as version 4, which the model's log does not know.",
      'jobs/ID/ It has completed with an error.',
    ])
  })

  it('has all of its parts, which end before it', async () => {
    const missing = await faultsAfter(kFold, ({ store, children }) =>
      store.deleteBelow(`jobs/${children[1]}/`),
    )
    expect(missing).toEqual([expect.stringMatching(/^jobs\/ID\/ Its part .* is missing\.$/)])
    const strange = await faultsAfter(kFold, async ({ store, records, children }) => {
      const part = await records.findTraining(children[0] ?? '')
      await store.deleteBelow(`jobs/${children[0]}/`)
      if (part) await records.create({ ...part, parent: uuidv7() })
    })
    expect(strange).toEqual([expect.stringMatching(/^jobs\/ID\/ Its part .* is missing\.$/)])
    const early = await faultsAfter(kFold, async ({ records, id, children }) => {
      await records.end(children[0] ?? '', { ...failed, state: 'completed', error: null })
      await records.end(id, { ...failed, state: 'completed', error: null, version: 1 })
    })
    expect(early).toContainEqual(expect.stringMatching(/^jobs\/ID\/ It has completed before its part /))
    expect(early.filter((fault) => fault.includes('before its part'))).toHaveLength(1)
    expect(await faultsAfter(kFold, ({ records, id }) => records.end(id, failed))).toEqual([])
  })

  it('counts its attempts and retries without a gap', async () => {
    const faults = await faultsAfter(order, async ({ store, id }) => {
      await store.create(`jobs/${id}/attempts/2.json`, '{}')
    })
    expect(faults).toEqual(['jobs/ID/attempts/ There is a gap: 2.json.'])
  })

  it('has made the version of its own model', async () => {
    const parts = await fixture()
    const { id } = await parts.submit(order)
    const state = { ...stateOf([1]), versions: [versionOf(1, id)] }
    const entry = { generation: 1, at: AT, by: null, events: [published(1, id)], state }
    await parts.store.create('models/other/log/000000000001.json', seal(entry))
    const outcome: JobOutcome = { ...failed, state: 'completed', error: null, version: 1 }
    await parts.store.create(`jobs/${id}/outcome.json`, seal(outcome))
    const { faults } = await checkStore(parts.store)
    expect(faults.filter(({ key }) => key.startsWith('jobs/')).map(({ message }) => message)).toEqual([
      "It has completed as version 1, which the model's log does not know.",
    ])
  })
})

describe('a data set', () => {
  const ID = dataset.id
  const { name: _name, ...description } = dataset
  const KEY = `datasets/names/reviews/00000001.json`
  /** The faults of a store with one data set, whose files may be others. */
  const faultsWith = async (files: Record<string, string>) => {
    const { store } = await fixture()
    const all = {
      [`datasets/${ID}/description.json`]: JSON.stringify(description),
      [`datasets/${ID}/data.parquet`]: 'PAR1',
      [`datasets/${ID}/names/reviews`]: '',
      [KEY]: JSON.stringify({ dataset: ID, at: dataset.createdAt }),
      ...files,
    }
    for (const [key, content] of Object.entries(all))
      if (content !== 'absent') await store.create(key, content)
    const report = await checkStore(store)
    return { ...report, faults: report.faults.map(({ key, message }) => `${key} ${message}`) }
  }

  it('has a description of its own', async () => {
    expect(await faultsWith({})).toMatchObject({ datasets: 1, left: [], faults: [] })
    const other = JSON.stringify({ ...description, id: `ds_${'b'.repeat(24)}` })
    expect((await faultsWith({ [`datasets/${ID}/description.json`]: other })).faults).toEqual([
      `datasets/${ID}/ Its description is of another data set.`,
    ])
    const damaged = await faultsWith({ [`datasets/${ID}/description.json`]: '{' })
    expect(damaged.faults).toEqual([expect.stringMatching(`^datasets/${ID}/ `)])
    const left = await faultsWith({ [`datasets/${ID}/description.json`]: 'absent' })
    expect(left).toMatchObject({ datasets: 0, left: [ID], faults: [] })
  })

  it('has the rows that were left out of it', async () => {
    const rejected = JSON.stringify({ ...description, rejected: 2 })
    const { faults } = await faultsWith({ [`datasets/${ID}/description.json`]: rejected })
    expect(faults).toEqual([expect.stringMatching(`^datasets/${ID}/ `)])
  })

  it('lists the names that point at it', async () => {
    expect((await faultsWith({ [`datasets/${ID}/names/reviews`]: 'absent' })).faults).toEqual([
      `${KEY} The data set ${ID} does not list this name.`,
    ])
    expect((await faultsWith({ [KEY]: '{' })).faults).toEqual([`${KEY} It cannot be read.`])
  })
})

describe('a check', () => {
  it('looks once where nothing is wrong, and tells only what two looks have found', async () => {
    const { store, submit, records } = await fixture()
    const { id } = await submit(order)
    const ping = vi.spyOn(store, 'ping')
    expect((await checkStore(store)).faults).toEqual([])
    expect(ping).toHaveBeenCalledTimes(1)
    await records.end(id, { ...failed, error: null })
    ping.mockClear()
    expect((await checkStore(store)).faults).toHaveLength(1)
    expect(ping).toHaveBeenCalledTimes(2)
    let looks = 0
    const passing = {
      ...store,
      children: async (prefix: string) => {
        if (prefix === 'datasets/') looks += 1
        const names = await store.children(prefix)
        return prefix.endsWith('/attempts/') && looks === 1 ? [...names, '7.json'] : names
      },
    }
    expect((await checkStore(passing)).faults.map(({ message }) => message)).toEqual([
      'It has ended without a reason.',
    ])
  })

  it('makes a fault of what cannot be read', async () => {
    const findings = new Findings()
    expect(await findings.attempt('a', async () => 7)).toBe(7)
    expect(await findings.attempt('b', () => Promise.reject(new Error('It is damaged.')))).toBeUndefined()
    expect(await findings.attempt('c', () => Promise.reject('a text'))).toBeUndefined()
    expect(findings.faults).toEqual([
      { key: 'b', message: 'It is damaged.' },
      { key: 'c', message: 'a text' },
    ])
  })
})

describe('a prediction', () => {
  const id = '019a0000-0000-7000-8000-000000000001'
  const record = PredictionRecord.parse({
    kind: 'prediction',
    id,
    model: 'm',
    version: 1,
    dataset: dataset.id,
    datasetName: 'reviews',
    rows: 2,
    columns: [],
    format: 'csv',
    scores: false,
    notes: false,
    prefix: '',
    warnings: [],
    createdAt: AT,
    createdBy: null,
    fingerprint: 'f',
  })
  const KEY = `predictions/${id}/result-3.csv`
  // printf abc | sha256sum
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  const done: JobOutcome = {
    ...failed,
    state: 'completed',
    error: null,
    attempt: 3,
    answered: { rows: 2, failed: 0, file: { bytes: 3, sha256 } },
  }
  const faultsWith = async (content: string | undefined, change: object = {}, outcome: object = {}) => {
    const { store } = await fixture()
    if (content !== undefined) await store.create(KEY, content)
    const findings = new Findings()
    await checkPrediction(store, { ...record, ...change }, { ...done, ...outcome }, findings)
    return findings.faults.map(({ key, message }) => `${key} ${message}`)
  }

  it('has the result that it says it has', async () => {
    expect(await faultsWith('abc')).toEqual([])
    expect(await faultsWith('abd')).toEqual([`${KEY} It is not what was stored.`])
    const none = { answered: { ...done.answered, file: null } }
    expect(await faultsWith('abc', {}, none)).toEqual([`${KEY} It is not what was stored.`])
    expect(await faultsWith(undefined)).toEqual([
      `jobs/${id}/ It has completed, and its result ${KEY} is missing.`,
    ])
    expect(await faultsWith('abc', {}, { answered: null })).toEqual([
      `jobs/${id}/ It has completed, and does not say what became of its rows.`,
    ])
  })

  it('has none before its end, after its deletion, and as a part', async () => {
    expect(await faultsWith(undefined, {}, { state: 'failed', answered: null })).toEqual([])
    expect(await faultsWith(undefined, { parent: uuidv7() })).toEqual([])
    const { store } = await fixture()
    await store.create(`jobs/${id}/result-deleted.json`, seal({ at: AT, by: null, expired: true }))
    const findings = new Findings()
    await checkPrediction(store, record, done, findings)
    expect(findings.faults).toEqual([])
  })
})

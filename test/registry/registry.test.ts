import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import { summarize, writeArtifacts } from '../../src/registry/artifacts.ts'
import { createAudit } from '../../src/registry/audit.ts'
import { createModelRegistry, type ModelRegistry, type Publication } from '../../src/registry/registry.ts'
import {
  readAllFiles,
  readVersionFiles,
  takenInputs,
  versionFilesIn,
} from '../../src/registry/version-files.ts'
import type { Store } from '../../src/store/contract.ts'
import { temporaryRegistry } from '../helpers/registry.ts'

let folder: string
let store: Store
let models: ModelRegistry
beforeEach(async () => {
  ;({ folder, store, models } = await temporaryRegistry('models'))
})
afterEach(async () => {
  await store.close()
})

const result = (job: string, promote: Publication['promote'] = 'always'): Publication => ({
  job,
  attempt: 1,
  artifacts: `artifacts/${job}-1/`,
  manifest: summarize('{}'),
  promote,
})

describe('publish', () => {
  it('makes a version, and production of it where it shall', async () => {
    const entry = await models.publish('imdb', result('j1'), 'ci')
    expect(entry).toMatchObject({ version: 1, job: 'j1', attempt: 1, artifacts: 'artifacts/j1-1/' })
    await models.publish('imdb', result('j2', 'never'), null)
    const head = (await models.head('imdb'))!
    expect(head.generation).toBe(2)
    expect(head.state.versions.map(({ version }) => version)).toEqual([1, 2])
    expect(head.state.aliases).toEqual({ production: { version: 1, before: [] } })
    const log = (await models.log('imdb', { limit: 10 })).items
    expect(log.map(({ by }) => by)).toEqual([null, 'ci'])
    expect(log.map(({ events }) => events)).toEqual([
      [
        { type: 'published', version: 2, job: 'j2' },
        { type: 'notPromoted', version: 2, reason: 'never' },
      ],
      [
        { type: 'published', version: 1, job: 'j1' },
        { type: 'promoted', version: 1, previous: null, reason: 'always' },
      ],
    ])
  })

  it('gives a job one version, however often it comes', async () => {
    const other = createModelRegistry(store)
    const entries = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (i % 2 ? models : other).publish('m', result('same'), null)),
    )
    for (const entry of entries) expect(entry).toEqual(entries[0])
    expect((await models.head('m'))?.generation).toBe(1)
  })

  it('decides by the newest state, again where another was faster', async () => {
    await models.publish('m', result('j1'), null)
    const seen: unknown[] = []
    await models.publish(
      'm',
      result('j2', async (state) => {
        seen.push(state.aliases['production']?.version)
        if (seen.length === 1) await createModelRegistry(store).publish('m', result('j3'), null)
        return { promote: false, reason: 'worse by 0.1' }
      }),
      null,
    )
    expect(seen).toEqual([1, 2])
    expect((await models.head('m'))?.events).toContainEqual({
      type: 'notPromoted',
      version: 3,
      reason: 'worse by 0.1',
    })
  })
})

describe('aliases', () => {
  beforeEach(async () => {
    for (const job of ['j1', 'j2', 'j3']) await models.publish('m', result(job), null)
  })

  it('move, tell where they pointed, and change nothing when they do not move', async () => {
    expect(await models.setAlias('m', 'canary', 2, 'ann')).toEqual({
      alias: 'canary',
      version: 2,
      previous: null,
    })
    expect(await models.setAlias('m', 'canary', 3, 'ann')).toEqual({
      alias: 'canary',
      version: 3,
      previous: 2,
    })
    const before = (await models.head('m'))?.generation
    expect(await models.setAlias('m', 'canary', 3, 'ann')).toEqual({
      alias: 'canary',
      version: 3,
      previous: 2,
    })
    expect((await models.head('m'))?.generation).toBe(before)
    expect((await models.entry('m', 'canary')).version).toBe(3)
    expect((await models.entry('m', '2')).job).toBe('j2')
    expect((await models.entry('m', 2)).job).toBe('j2')
  })

  it('may have a name that every object inherits', async () => {
    await expect(models.entry('m', 'constructor')).rejects.toMatchObject({ code: 'unknown-alias' })
    expect(await models.setAlias('m', 'constructor', 1, null)).toMatchObject({ previous: null })
    expect((await models.entry('m', 'constructor')).version).toBe(1)
  })

  it('roll back one step after the other until there is none', async () => {
    expect(await models.rollback('m', 'ann')).toEqual({ alias: 'production', version: 2, previous: 3 })
    expect(await models.rollback('m', 'ann')).toEqual({ alias: 'production', version: 1, previous: 2 })
    await expect(models.rollback('m', 'ann')).rejects.toMatchObject({ code: 'nothing-to-roll-back' })
    expect((await models.head('m'))?.events).toEqual([
      { type: 'rolledBack', alias: 'production', version: 1, previous: 2 },
    ])
    expect((await models.head('m'))?.by).toBe('ann')
  })

  it('are at most a hundred beside production, which always has room', async () => {
    for (let number = 0; number < 100; number += 1) await models.setAlias('m', `a${number}`, 1, null)
    await expect(models.setAlias('m', 'more', 1, null)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('DELETE /models/m/aliases/'),
    })
    await models.setAlias('m', 'a7', 2, null)
    await models.setAlias('m', 'production', 2, null)
    await models.removeAlias('m', 'a1', null)
    await models.setAlias('m', 'more', 1, null)
  })

  it('remember the last 100 places only', async () => {
    for (let i = 0; i < 105; i += 1) await models.setAlias('m', 'a', 1 + (i % 2), null)
    expect((await models.head('m'))?.state.aliases['a']?.before).toHaveLength(100)
  })
})

describe('deletion', () => {
  beforeEach(async () => {
    for (const job of ['j1', 'j2', 'j3']) await models.publish('m', result(job), 'ci')
  })

  it('takes a version away unless an alias points there, and its number for good', async () => {
    await models.setAlias('m', 'canary', 2, null)
    for (const version of [3, 2, 'production', 'canary'])
      await expect(models.deleteVersion('m', version, null)).rejects.toMatchObject({ code: 'version-in-use' })
    await expect(models.deleteVersion('m', 2, null)).rejects.toThrow('canary')
    await models.removeAlias('m', 'canary', 'ann')
    await models.deleteVersion('m', 2, 'ann')
    await expect(models.entry('m', 2)).rejects.toThrow('There is no version 2 of "m". Known: 3, 1.')
    await expect(models.deleteVersion('m', 2, null)).rejects.toMatchObject({ code: 'unknown-version' })
    await expect(models.deleteVersion('m', 'x', null)).rejects.toMatchObject({ code: 'unknown-alias' })
    await expect(models.deleteVersion('n', 1, null)).rejects.toMatchObject({ code: 'unknown-model' })
    await expect(models.removeAlias('m', 'canary', null)).rejects.toMatchObject({ code: 'unknown-alias' })
    await expect(models.removeAlias('m', 'constructor', null)).rejects.toMatchObject({
      code: 'unknown-alias',
    })
    expect(await models.rollback('m', null)).toMatchObject({ version: 1 })
    expect((await models.publish('m', result('j4'), null)).version).toBe(4)
    const events = (await models.log('m', { limit: 10 })).items.flatMap((item) => item.events)
    expect(events).toContainEqual({ type: 'versionDeleted', version: 2 })
    expect(events).toContainEqual({ type: 'aliasRemoved', alias: 'canary', previous: 2 })
  })

  it('of a model needs its aliases gone, hides it everywhere, and one of the same name counts on', async () => {
    const other = createModelRegistry(store)
    expect(await other.names()).toEqual(['m'])
    await expect(models.deleteModel('m', null)).rejects.toMatchObject({ code: 'version-in-use' })
    await models.removeAlias('m', 'production', null)
    await models.deleteModel('m', 'ann')
    for (const registry of [models, other, createModelRegistry(store)]) {
      expect(await registry.head('m')).toBeUndefined()
      expect(await registry.names()).toEqual([])
      for (const call of [
        () => registry.entry('m', 1),
        () => registry.log('m', { limit: 1 }),
        () => registry.setAlias('m', 'production', 1, null),
        () => registry.removeAlias('m', 'production', null),
        () => registry.rollback('m', null),
        () => registry.deleteVersion('m', 1, null),
        () => registry.deleteModel('m', null),
      ])
        await expect(call()).rejects.toThrow('There is no model "m". None exists yet.')
    }
    expect((await other.publish('m', result('j9'), null)).version).toBe(4)
    expect(await models.names()).toEqual(['m'])
    const head = await models.head('m')
    expect(head?.state.versions.map(({ version }) => version)).toEqual([4])
    expect(head?.state.aliases).toEqual({ production: { version: 4, before: [] } })
    expect((await models.log('m', { limit: 2 })).items[1]).toMatchObject({
      by: 'ann',
      events: [{ type: 'modelDeleted', versions: [1, 2, 3] }],
    })
  })

  it('and an alias that race never leave an alias that points at nothing', async () => {
    for (let round = 1; round <= 20; round += 1) {
      const { version } = await models.publish('m', result(`r${round}`, 'never'), null)
      const done = await Promise.allSettled([
        createModelRegistry(store).setAlias('m', 'canary', version, null),
        models.deleteVersion('m', version, null),
      ])
      expect(done.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    }
    const state = (await models.head('m'))?.state
    const numbers = state?.versions.map(({ version }) => version)
    for (const { version } of Object.values(state?.aliases ?? {})) expect(numbers).toContain(version)
  })
})

describe('a schedule', () => {
  const schedule = { cron: '0 3 * * *', timeZone: 'UTC', order: { epochs: 3 }, setAt: '2026-01-01T00:00:00Z' }
  const run = (due: string) => ({ due, outcome: 'skipped' as const, job: null, reason: 'no rows' })
  const kept = async () => (await models.head('m'))?.state.schedule

  it('is set by somebody, notes its runs by nobody, and is removed', async () => {
    await models.publish('m', result('j1'), null)
    await models.setSchedule('m', { ...schedule, setBy: 'ann' }, 'ann')
    expect(await kept()).toEqual({ ...schedule, setBy: 'ann', lastRun: null })
    await models.noteRun('m', run('2026-01-02T03:00:00Z'))
    await models.noteRun('m', run('2026-01-01T03:00:00Z'))
    expect((await kept())?.lastRun).toEqual(run('2026-01-02T03:00:00Z'))
    await models.removeSchedule('m', 'ben')
    expect(await kept()).toBeUndefined()
    await expect(models.removeSchedule('m', 'ben')).rejects.toMatchObject({ code: 'unknown-schedule' })
    const { items } = await models.log('m', { limit: 3 })
    expect(items.map(({ by, events }) => [by, events[0]?.type])).toEqual([
      ['ben', 'scheduleRemoved'],
      [null, 'scheduledRun'],
      ['ann', 'scheduleSet'],
    ])
  })
})

describe('what is not there', () => {
  it('is told where a model goes while it is being changed', async () => {
    await models.publish('m', result('j1', 'never'), null)
    let reads = 0
    const other = createModelRegistry({
      ...store,
      read: async (key: string) => {
        // The first look at the log has ended, and the change looks once more.
        if (key.startsWith('models/m/') && ++reads === 3) await models.deleteModel('m', null)
        return store.read(key)
      },
    })
    await expect(other.removeAlias('m', 'canary', null)).rejects.toMatchObject({
      code: 'unknown-model',
      message: 'There is no model "m".',
    })
  })

  it('is told with what is', async () => {
    await expect(models.entry('nope', 1)).rejects.toThrow('There is no model "nope". None exists yet.')
    for (const name of ['b', 'a']) await models.publish(name, result('j1', 'never'), null)
    await expect(models.entry('nope', 1)).rejects.toMatchObject({ code: 'unknown-model' })
    await expect(models.entry('nope', 1)).rejects.toThrow('Known: a, b.')
    await expect(models.entry('a', 7)).rejects.toMatchObject({ code: 'unknown-version' })
    await expect(models.setAlias('a', 'x', 7, null)).rejects.toThrow(
      'There is no version 7 of "a". Known: 1.',
    )
    await expect(models.entry('a', 'production')).rejects.toMatchObject({ code: 'unknown-alias' })
    await expect(models.rollback('a', null)).rejects.toMatchObject({ code: 'nothing-to-roll-back' })
    await expect(models.rollback('nope', null)).rejects.toMatchObject({ code: 'unknown-model' })
    await expect(models.setAlias('nope', 'x', 1, null)).rejects.toMatchObject({ code: 'unknown-model' })
    await expect(models.log('../a', { limit: 1 })).rejects.toMatchObject({ code: 'unknown-model' })
    expect(await models.head('a/b')).toBeUndefined()
    expect(await models.head('nope')).toBeUndefined()
    expect(await models.names()).toEqual(['a', 'b'])
  })

  it('are listed where the log of one of them is damaged', async () => {
    await models.publish('a', result('j1'), null)
    await models.publish('b', result('j2'), null)
    await writeFile(join(folder, 'models/a/log/000000000001.json'), '{"gen')
    const fresh = createModelRegistry(store)
    expect(await fresh.names()).toEqual(['a', 'b'])
    await expect(fresh.head('a')).rejects.toMatchObject({ code: 'corrupt-artifact' })
  })
})

it('the log is read in pages, newest first', async () => {
  for (let i = 1; i <= 5; i += 1) await models.publish('m', result(`j${i}`), null)
  const first = await models.log('m', { limit: 2 })
  expect(first.items.map(({ generation }) => generation)).toEqual([5, 4])
  await models.publish('m', result('j6'), null)
  const second = await models.log('m', { limit: 2, cursor: first.next! })
  expect(second.items.map(({ generation }) => generation)).toEqual([3, 2])
  const last = await models.log('m', { limit: 2, cursor: second.next! })
  expect(last).toMatchObject({ items: [{ generation: 1 }], next: null })
  await expect(models.log('m', { limit: 2, cursor: 'x' })).rejects.toMatchObject({ code: 'invalid-query' })
})

it('two registries that race 200 times lose no update', async () => {
  const both = [models, createModelRegistry(store)]
  // As many as the aliases point at, however slow the other is.
  for (const job of ['j0', 'j1', 'j2']) await models.publish('m', result(job), null)
  const steps = both.map(async (registry, who) => {
    for (let i = 0; i < 100; i += 1) {
      if (i % 3 === 0) await registry.publish('m', result(`job-${who}-${i}`), `r${who}`)
      else await registry.setAlias('m', `alias-${who}`, 1 + (i % 2) * (who + 1), `r${who}`)
    }
  })
  await Promise.all(steps)
  const third = createModelRegistry(store)
  const { state, generation } = (await third.head('m'))!
  expect(await both[0]?.head('m')).toEqual(await both[1]?.head('m'))
  expect(state.versions.map(({ version }) => version)).toEqual(Array.from({ length: 71 }, (_, i) => i + 1))
  expect(new Set(state.versions.map(({ job }) => job)).size).toBe(71)
  const all = (await third.log('m', { limit: 1000 })).items
  expect(all).toHaveLength(generation)
  expect(generation).toBeGreaterThanOrEqual(71)
})

it('changes of one model at once in one process create no file in vain', async () => {
  for (let job = 1; job <= 30; job += 1) await models.publish('m', result(`j${job}`, 'never'), null)
  const created: boolean[] = []
  const create = store.create.bind(store)
  store.create = async (key, bytes) => {
    const made = await create(key, bytes)
    created.push(made)
    return made
  }
  await Promise.all(Array.from({ length: 30 }, (_, i) => models.setAlias('m', 'canary', i + 1, null)))
  expect((await models.head('m'))?.generation).toBe(60)
  // One generation and one note for each move.
  expect(created).toEqual(Array.from({ length: 60 }, () => true))
})

it('any steps give the same as on lists in memory', async () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('publish' as const),
      job: fc.integer({ min: 1, max: 8 }),
      promote: fc.boolean(),
    }),
    fc.record({ do: fc.constant('alias' as const), version: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ do: fc.constant('rollback' as const) }),
    fc.record({ do: fc.constant('delete' as const), version: fc.integer({ min: 1, max: 4 }) }),
  )
  let runs = 0
  const property = fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
    runs += 1
    const name = `m${runs}`
    const there = new Map<number, string>()
    const made = new Map<string, number>()
    let pointed: number[] = []
    let next = 1
    const move = (version: number) => pointed.at(-1) !== version && pointed.push(version)
    const other = createModelRegistry(store)
    for (const [i, it] of steps.entries()) {
      const registry = i % 2 ? models : other
      const missing = next > 1 ? 'unknown-version' : 'unknown-model'
      if (it.do === 'publish') {
        const job = `j${it.job}`
        const { version } = await registry.publish(name, result(job, it.promote ? 'always' : 'never'), null)
        // Also where that version has been deleted.
        expect(version).toBe(made.get(job) ?? next)
        if (made.has(job)) continue
        made.set(job, version)
        if (it.promote) move(next)
        there.set(next++, job)
      } else if (it.do === 'alias') {
        const done = registry.setAlias(name, 'production', it.version, null)
        if (there.has(it.version)) move((await done).version)
        else await expect(done).rejects.toMatchObject({ code: missing })
      } else if (it.do === 'delete') {
        const done = registry.deleteVersion(name, it.version, null)
        const free = there.has(it.version) && pointed.at(-1) !== it.version
        const code = there.has(it.version) ? 'version-in-use' : missing
        if (free) there.delete(it.version)
        await (free ? done : expect(done).rejects.toMatchObject({ code }))
      } else {
        const done = registry.rollback(name, null)
        const before = pointed.slice(0, -1).filter((version) => there.has(version))
        const code = next > 1 ? 'nothing-to-roll-back' : 'unknown-model'
        if (before.length === 0) await expect(done).rejects.toMatchObject({ code })
        else {
          await done
          pointed = before
        }
      }
    }
    const state = (await models.head(name))?.state
    expect(state?.versions.map(({ version, job }) => [version, job]) ?? []).toEqual([...there])
    const production = state?.aliases['production']
    expect(production ? [...production.before, production.version] : []).toEqual(pointed)
  })
  await fc.assert(property, { numRuns: 40 })
})

describe('artifacts', () => {
  const publishFiles = async () => {
    const files = new Map<string, Uint8Array | string>([
      ['model.json', '{"layers":[]}'],
      ['weights.bin', Uint8Array.of(1, 2, 3)],
    ])
    const manifest = await writeArtifacts(store, 'artifacts/j1-1/', files, { recipe: { epochs: 3 } })
    return models.publish('m', { ...result('j1'), manifest }, null)
  }

  it('are read back, checked, with what else the manifest says', async () => {
    const entry = await publishFiles()
    expect(await models.readArtifact('m', entry, 'weights.bin')).toEqual(Buffer.of(1, 2, 3))
    expect(await models.readArtifact('m', entry, 'plots/loss.svg')).toBeUndefined()
    expect(await models.readArtifact('m', entry, 'constructor')).toBeUndefined()
    expect(await models.manifest('m', entry)).toMatchObject({
      recipe: { epochs: 3 },
      files: { 'weights.bin': { bytes: 3 } },
    })
  })

  it('are refused where a byte, the length or the file itself is wrong', async () => {
    const entry = await publishFiles()
    const path = join(folder, 'artifacts/j1-1/weights.bin')
    for (const spoil of [Uint8Array.of(1, 2, 4), Uint8Array.of(1, 2), Uint8Array.of()]) {
      await writeFile(path, spoil)
      const read = models.readArtifact('m', entry, 'weights.bin')
      await expect(read).rejects.toMatchObject({ code: 'corrupt-artifact' })
      await expect(read).rejects.toThrow('weights.bin of version 1 of "m" is not what was stored.')
    }
    await rm(path)
    await expect(models.readArtifact('m', entry, 'weights.bin')).rejects.toThrow('is missing')
    await writeFile(join(folder, 'artifacts/j1-1/manifest.json'), '{"files":{}}')
    await expect(models.readArtifact('m', entry, 'model.json')).rejects.toThrow('manifest.json of version 1')
  })

  it('of a version are read together, by its manifest', async () => {
    const files = new Map([
      ['encoder.json', '{"inputs":[]}'],
      ['model.json', '{}'],
      ['weights.bin', 'abc'],
    ])
    const manifest = await writeArtifacts(store, 'artifacts/j1-1/', files, {})
    const entry = await models.publish('m', { ...result('j1'), manifest }, null)
    const read = await readVersionFiles(models, 'm', entry)
    expect(Object.values(read).map(String)).toEqual(['{"inputs":[]}', '{}', 'abc'])
    const all = await readAllFiles(models, 'm', entry)
    expect([...all.files].map(([name, bytes]) => [name, String(bytes)]).sort()).toEqual([...files].sort())
    expect(await takenInputs(models, 'm', entry)).toEqual([])
  })

  it('of a result are those that a version answers from, as texts or bytes', () => {
    const bytes = Uint8Array.of(9, 1, 2, 9).subarray(1, 3)
    const files = new Map<string, Uint8Array | string>([
      ['encoder.json', '{"é":1}'],
      ['model.json', '{}'],
      ['weights.bin', bytes],
      ['history.json', '[]'],
    ])
    expect(versionFilesIn(files)).toEqual({
      encoder: Buffer.from('{"é":1}'),
      model: Buffer.from('{}'),
      weights: Buffer.of(1, 2),
    })
    files.delete('model.json')
    expect(() => versionFilesIn(files)).toThrow('There is no model.json.')
  })

  it('that a version lacks are told by name', async () => {
    const entry = await publishFiles()
    await expect(readVersionFiles(models, 'm', entry)).rejects.toMatchObject({
      code: 'corrupt-artifact',
      message: 'Version 1 of "m" has no encoder.json.',
    })
    expect((await readAllFiles(models, 'm', entry)).files.size).toBe(2)
  })

  it('that the store itself finds damaged are told with their version, and no other failure is', async () => {
    const entry = await publishFiles()
    const failing = (code: 'corrupt-artifact' | 'store-unavailable') =>
      createModelRegistry({
        ...store,
        read: async (key: string) => {
          if (key.endsWith('weights.bin')) throw new FitserveError(code, 'the store says so')
          return store.read(key)
        },
      }).readArtifact('m', entry, 'weights.bin')
    await expect(failing('corrupt-artifact')).rejects.toThrow('weights.bin of version 1 of "m"')
    await expect(failing('store-unavailable')).rejects.toThrow('the store says so')
  })

  it('of another attempt are not written over', async () => {
    await publishFiles()
    const again = writeArtifacts(store, 'artifacts/j1-1/', new Map([['model.json', 'other']]), {})
    await expect(again).rejects.toThrow('Another attempt')
  })

  it('a damaged log is told by name', async () => {
    await publishFiles()
    await writeFile(join(folder, 'models/m/log/000000000001.json'), '{"generation":')
    const fresh = createModelRegistry(store)
    await expect(fresh.head('m')).rejects.toThrow('Entry 1 of the log of "m" cannot be read.')
  })
})

describe('the versions that a model keeps', () => {
  const numbers = async (of = models) => (await of.head('m'))?.state.versions.map(({ version }) => version)
  const publishAll = async (
    of: ModelRegistry,
    jobs: string[],
    promote: Publication['promote'] = 'always',
  ) => {
    for (const job of jobs) await of.publish('m', result(job, promote), null)
  }

  it('are all of them, unless a setting says otherwise', async () => {
    await publishAll(models, ['a', 'b', 'c'])
    expect(await numbers()).toEqual([1, 2, 3])
  })

  it('are the newest, and those that an alias points at', async () => {
    await publishAll(models, ['a', 'b', 'c', 'd', 'e'])
    await models.setAlias('m', 'champion', 2, null)
    await models.setAlias('m', 'production', 1, null)
    expect(await models.setKeepVersions('m', 2, 'ops', 'r1')).toEqual({ keepVersions: 2, retired: [3] })
    expect(await numbers()).toEqual([1, 2, 4, 5])
    await publishAll(models, ['f'], 'never')
    expect(await numbers()).toEqual([1, 2, 5, 6])
    await models.setAlias('m', 'champion', 6, null)
    await publishAll(models, ['g'])
    expect(await numbers(), 'neither production nor another alias is left there').toEqual([6, 7])
    await expect(models.entry('m', 1)).rejects.toMatchObject({ code: 'unknown-version' })
    expect((await models.versionOf('m', 'a'))?.version, 'a job that has not ended makes no second').toBe(1)
  })

  it('are told in the log and in the audit', async () => {
    await publishAll(models, ['a', 'b', 'c'])
    await models.setKeepVersions('m', 2, 'ops', 'r1')
    await publishAll(models, ['d'])
    const { items } = await models.log('m', { limit: 10 })
    expect(items.slice(0, 4).map(({ events }) => events)).toEqual([
      [{ type: 'versionsRetired', versions: [2], keepVersions: 2 }],
      [expect.objectContaining({ type: 'published', version: 4 }), expect.anything()],
      [{ type: 'versionsRetired', versions: [1], keepVersions: 2 }],
      [{ type: 'keepVersionsSet', keepVersions: 2 }],
    ])
    const audited = await createAudit(store).list({ limit: 10 })
    const retired = { action: 'retireVersion', complete: true, made: null }
    expect(audited.items).toMatchObject([
      { ...retired, target: '/models/m/versions/2', by: null, request: 'd' },
      { ...retired, target: '/models/m/versions/1', by: 'ops', request: 'r1' },
    ])
  })

  it('are as many as the service says, where the model says nothing', async () => {
    const keeping = createModelRegistry(store, { keepVersions: 1 })
    await publishAll(keeping, ['a', 'b'])
    expect(await numbers(keeping)).toEqual([2])
    expect(await keeping.setKeepVersions('m', 3, null, 'r')).toEqual({ keepVersions: 3, retired: [] })
    await publishAll(keeping, ['c', 'd'])
    expect(await numbers(keeping)).toEqual([2, 3, 4])
    expect(await keeping.setKeepVersions('m', null, null, 'r')).toEqual({ keepVersions: 1, retired: [2, 3] })
    expect(await models.setKeepVersions('m', null, null, 'r')).toEqual({ keepVersions: null, retired: [] })
  })

  it('are right under changes by several processes, and a failure leaves the publication', async () => {
    const others = [1, 2, 3].map(() => createModelRegistry(store, { keepVersions: 2 }))
    await Promise.all(others.map((of, index) => publishAll(of, [`${index}a`, `${index}b`, `${index}c`])))
    expect((await numbers())?.length).toBeLessThanOrEqual(3)
    expect(await numbers()).toEqual(expect.arrayContaining([8, 9]))
    const failing: Store = {
      ...store,
      create: (key, bytes) =>
        key.startsWith('audit/') ? Promise.reject(new Error('gone')) : store.create(key, bytes),
    }
    const entry = await createModelRegistry(failing, { keepVersions: 1 }).publish('m', result('z'), null)
    expect(entry.version).toBe(10)
    expect((await numbers())?.length).toBeGreaterThan(1)
  })
})

describe('what is said of models', () => {
  const publishAll = async (...jobs: string[]) => {
    for (const job of jobs) await models.publish('m', result(job), null)
  }

  it('is set for a model, and for a version by its number or alias, and stays when others change', async () => {
    await publishAll('a', 'b')
    const said = { description: 'Reviews', tags: { team: 'search' } }
    expect(await models.describe('m', undefined, said, 'ann')).toEqual(said)
    expect(await models.describe('m', 'production', { tags: { best: '' } }, 'ann')).toEqual({
      description: null,
      tags: { best: '' },
    })
    expect(await models.describe('m', 1, { description: 'old' }, null)).toMatchObject({ description: 'old' })
    await publishAll('c')
    const { state } = (await createModelRegistry(store).head('m'))!
    expect(state).toMatchObject(said)
    expect(state.versions.map(({ description, tags }) => [description, tags])).toEqual([
      ['old', undefined],
      [undefined, { best: '' }],
      [undefined, undefined],
    ])
    const { items } = await models.log('m', { limit: 10 })
    expect(items.slice(1, 4).map(({ by, events }) => [by, events])).toEqual([
      [null, [{ type: 'described', version: 1 }]],
      ['ann', [{ type: 'described', version: 2 }]],
      ['ann', [{ type: 'described', version: null }]],
    ])
    for (const [model, version, code] of [
      ['none', undefined, 'unknown-model'],
      ['m', 9, 'unknown-version'],
      ['m', 'none', 'unknown-alias'],
    ] as const)
      await expect(models.describe(model, version, said, null)).rejects.toMatchObject({ code })
  })

  it('is kept of all who say it at once', async () => {
    await publishAll('a')
    const others = Array.from({ length: 5 }, () => createModelRegistry(store))
    await Promise.all([
      ...others.map((of, at) => of.describe('m', 1, { description: `${at}` }, null)),
      models.describe('m', 1, { tags: { a: '1' } }, null),
    ])
    expect((await models.entry('m', 1)).tags).toEqual({ a: '1' })
  })
})

import { describe, expect, it } from 'vitest'
import { checkRoomForAlias, PRODUCTION, pointAt, rolledBack } from '../../src/registry/alias-moves.ts'
import { aliasRemoved, modelDeleted, versionDeleted, withGone } from '../../src/registry/deletions.ts'
import { described, descriptionOf, hasTag } from '../../src/registry/descriptions.ts'
import type { Generation, ModelState } from '../../src/registry/model-log.ts'
import { unknownAlias, unknownVersion, versionOf } from '../../src/registry/model-lookup.ts'
import { newestEntries } from '../../src/registry/newest-entries.ts'
import { keepVersionsSet, versionsKept } from '../../src/registry/retention.ts'
import { runNoted, scheduleRemoved, scheduleSet } from '../../src/registry/schedules.ts'

const version = (number: number): ModelState['versions'][number] => ({
  version: number,
  job: `j${number}`,
  attempt: 1,
  artifacts: `artifacts/j${number}-1/`,
  manifest: { bytes: 2, sha256: 'a'.repeat(64) },
  createdAt: '2026-01-01T00:00:00Z',
})
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)
const state = (versions: number[], aliases: ModelState['aliases'] = {}): ModelState => ({
  versions: versions.map(version),
  aliases,
  nextVersion: Math.max(0, ...versions) + 1,
})
const named = (count: number) =>
  Object.fromEntries(numbers(1, count).map((at) => [`a${at}`, { version: 1, before: [] }]))
const fault = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    return error
  }
  return null
}

describe('an alias', () => {
  it('remembers the last hundred versions that it pointed at', () => {
    const moved = numbers(1, 102).reduce((now, number) => pointAt(now, 'best', number), state([1]))
    expect(moved.aliases['best']).toEqual({ version: 102, before: numbers(2, 101) })
    expect(moved.aliases[PRODUCTION]).toBeUndefined()
  })

  it('has room beside 99 others and production, and moves where there is none', () => {
    const production = { version: 1, before: [] }
    expect(fault(() => checkRoomForAlias(state([1], { ...named(99), production }), 'm', 'new'))).toBeNull()
    const full = state([1], { ...named(100), production })
    for (const alias of ['a7', PRODUCTION])
      expect(fault(() => checkRoomForAlias(full, 'm', alias))).toBeNull()
    expect(fault(() => checkRoomForAlias(state([1], named(100)), 'm', PRODUCTION))).toBeNull()
    const message = expect.stringMatching(
      /^"m" has 100 aliases beside "production"; at most 100 are possible/,
    )
    expect(fault(() => checkRoomForAlias(full, 'm', 'new'))).toMatchObject({
      code: 'invalid-request',
      message,
      problems: [{ path: '/alias', message }],
    })
  })

  it('goes back to the last version that is there still', () => {
    const before = state([1, 3, 4], { production: { version: 4, before: [1, 2, 3, 2] } })
    expect(rolledBack(before, 'm')).toEqual({
      move: { alias: PRODUCTION, version: 3, previous: 4 },
      state: { ...before, aliases: { production: { version: 3, before: [1] } } },
    })
    for (const aliases of [{}, { production: { version: 4, before: [2] } }])
      expect(fault(() => rolledBack(state([1, 3, 4], aliases), 'm'))).toMatchObject({
        code: 'nothing-to-roll-back',
      })
  })

  it('is removed, and told with the others where it is not there', () => {
    const two = state([1], { b: { version: 1, before: [] }, a: { version: 1, before: [] } })
    expect(aliasRemoved(two, 'm', 'b')).toEqual({
      events: [{ type: 'aliasRemoved', alias: 'b', previous: 1 }],
      state: { ...two, aliases: { a: { version: 1, before: [] } } },
    })
    expect(fault(() => aliasRemoved(two, 'm', 'c'))).toMatchObject({
      code: 'unknown-alias',
      message: 'There is no alias "c" of "m". Known: a, b.',
    })
    expect(unknownAlias(two, 'm', 'toString').code).toBe('unknown-alias')
    expect(fault(() => aliasRemoved(two, 'm', 'toString'))).toMatchObject({ code: 'unknown-alias' })
  })
})

describe('a version', () => {
  it('is deleted unless an alias points at it', () => {
    const three = state([1, 2, 3], { production: { version: 3, before: [1] } })
    expect(versionDeleted(three, 'm', 2)).toEqual({
      events: [{ type: 'versionDeleted', version: 2 }],
      state: { ...three, versions: [version(1), version(3)], gone: [version(2)] },
    })
    expect(fault(() => versionDeleted(three, 'm', 4))).toMatchObject({
      code: 'unknown-version',
      message: 'There is no version 4 of "m". Known: 3, 2, 1.',
    })
    const many = state([1], named(25))
    expect(fault(() => versionDeleted(many, 'm', 1))).toMatchObject({
      code: 'version-in-use',
      message: expect.stringContaining(
        'Version 1 of "m" is in use: an alias points there (a1, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a2, a20, a21, a22, a23, a24, a25, a3, a4). Point',
      ),
    })
    expect(unknownVersion(three, 'm', 9).message).toContain('Known: 3, 2, 1.')
  })

  it('is found by its job, also where it is one of the last twenty that were deleted', () => {
    const gone = withGone({ ...state([1]), gone: numbers(2, 19).map(version) }, numbers(20, 22).map(version))
    expect(gone.map((each) => each.version)).toEqual(numbers(3, 22))
    const now = { ...state([1]), gone }
    expect([versionOf(now, 'j1'), versionOf(now, 'j22'), versionOf(now, 'j2')]).toEqual([
      version(1),
      version(22),
      undefined,
    ])
    expect(versionOf(state([1]), 'j2')).toBeUndefined()
  })

  it('goes with its model, whose numbers count on', () => {
    expect(modelDeleted(state([1, 2]), 'm')).toEqual({
      events: [{ type: 'modelDeleted', versions: [1, 2] }],
      state: { versions: [], aliases: {}, nextVersion: 3, deleted: true, gone: [version(1), version(2)] },
    })
    expect(fault(() => modelDeleted(state([1], named(1)), 'm'))).toMatchObject({
      code: 'version-in-use',
      message: 'The model "m" is in use: an alias points there (a1). Delete all aliases of the model first.',
    })
  })
})

describe('the number of versions that a model keeps', () => {
  it('is its own, or that of the service', () => {
    expect(versionsKept({ ...state([1]), keepVersions: 3 }, 9)).toBe(3)
    expect(versionsKept(state([1]), 9)).toBe(9)
    expect(versionsKept(state([1]), null)).toBeNull()
  })

  it('is set, and told only where it changes', () => {
    const plain = state([1])
    const kept = { ...plain, keepVersions: 3 }
    expect(keepVersionsSet(plain, 3)).toEqual({
      events: [{ type: 'keepVersionsSet', keepVersions: 3 }],
      state: kept,
    })
    expect(keepVersionsSet(kept, null)).toEqual({
      events: [{ type: 'keepVersionsSet', keepVersions: null }],
      state: plain,
    })
    expect(Object.keys(keepVersionsSet(kept, null)?.state ?? {})).not.toContain('keepVersions')
    expect(keepVersionsSet(kept, 3)).toBeUndefined()
    expect(keepVersionsSet(plain, null)).toBeUndefined()
  })
})

describe('a schedule', () => {
  const schedule = {
    cron: '0 3 * * *',
    timeZone: 'UTC',
    order: {},
    setAt: '2026-01-01T00:00:00Z',
    setBy: 'ci',
  }
  const run = (due: string) => ({ due, outcome: 'ordered' as const, job: 'j1', reason: null })
  const stateOf = (change: { state: ModelState } | undefined) => change?.state ?? state([])
  const set = scheduleSet(state([1]), schedule)

  it('is set without a last run, and told', () => {
    expect(set).toEqual({
      events: [{ type: 'scheduleSet', cron: '0 3 * * *', timeZone: 'UTC' }],
      state: { ...state([1]), schedule: { ...schedule, lastRun: null } },
    })
    const ran = stateOf(runNoted(set.state, run('2026-01-02T03:00:00Z')))
    expect(scheduleSet(ran, schedule).state.schedule?.lastRun, 'of an earlier one').toBeNull()
  })

  it('is removed, and is not there twice', () => {
    expect(scheduleRemoved(set.state, 'm')).toEqual({
      events: [{ type: 'scheduleRemoved' }],
      state: state([1]),
    })
    expect(fault(() => scheduleRemoved(state([1]), 'm'))).toMatchObject({ code: 'unknown-schedule' })
  })

  it('notes each run once, and none that is older than the last', () => {
    const first = runNoted(set.state, run('2026-01-02T03:00:00Z'))
    expect(first?.events).toEqual([{ type: 'scheduledRun', ...run('2026-01-02T03:00:00Z') }])
    expect(stateOf(first).schedule).toEqual({ ...schedule, lastRun: run('2026-01-02T03:00:00Z') })
    expect(runNoted(stateOf(first), run('2026-01-02T03:00:00Z'))).toBeUndefined()
    expect(runNoted(stateOf(first), run('2026-01-01T03:00:00Z'))).toBeUndefined()
    expect(stateOf(runNoted(stateOf(first), run('2026-01-03T03:00:00Z'))).schedule?.lastRun?.due).toBe(
      '2026-01-03T03:00:00Z',
    )
    expect(runNoted(state([1]), run('2026-01-02T03:00:00Z')), 'without a schedule').toBeUndefined()
  })
})

describe('the newest entries of a log', () => {
  const entries = numbers(1, 7).map(
    (generation): Generation => ({
      generation,
      by: null,
      at: '2026-01-01T00:00:00Z',
      events: [],
      state: state([]),
    }),
  )
  const read = async (most: number, page: number, until = 99) => {
    const limits: number[] = []
    const log = async (_model: string, { limit, cursor }: { limit: number; cursor?: string | undefined }) => {
      limits.push(limit)
      const from = Number(cursor ?? 0)
      const end = from + limit
      return { items: entries.slice(from, end), next: end < entries.length ? String(end) : null }
    }
    const found: number[] = []
    for await (const { generation } of newestEntries({ log }, 'm', { most, page })) {
      found.push(generation)
      if (found.length === until) break
    }
    return { found, limits }
  }

  it('are read page by page, no more than are asked for', async () => {
    expect(await read(5, 2)).toEqual({ found: numbers(1, 5), limits: [2, 2, 1] })
    expect(await read(4, 2)).toEqual({ found: numbers(1, 4), limits: [2, 2] })
    expect(await read(2, 5)).toEqual({ found: numbers(1, 2), limits: [2] })
  })

  it('end with the log, or with the search', async () => {
    expect(await read(100, 3)).toEqual({ found: numbers(1, 7), limits: [3, 3, 3] })
    expect(await read(100, 3, 2)).toEqual({ found: numbers(1, 2), limits: [3] })
  })
})

describe('what is said of a model and its versions', () => {
  it('changes by what is given, and is nothing where it is empty', () => {
    const first = described(state([1, 2]), 'm', undefined, { description: 'a', tags: { k: 'v' } })
    expect(first?.events).toEqual([{ type: 'described', version: null }])
    const second = described(first?.state ?? state([]), 'm', 2, { tags: { best: '' } })
    expect(second?.events).toEqual([{ type: 'described', version: 2 }])
    const now = second?.state ?? state([])
    expect(descriptionOf(now)).toEqual({ description: 'a', tags: { k: 'v' } })
    expect(now.versions.map(descriptionOf)).toEqual([
      { description: null, tags: {} },
      { description: null, tags: { best: '' } },
    ])
    const renamed = described(now, 'm', undefined, { description: 'b' })?.state ?? state([])
    expect(descriptionOf(renamed)).toEqual({ description: 'b', tags: { k: 'v' } })
    const without = described(renamed, 'm', undefined, { description: '', tags: {} })?.state ?? state([])
    expect(without).not.toHaveProperty('description')
    expect(without).not.toHaveProperty('tags')
    expect(hasTag(without, 'constructor', undefined)).toBe(false)
  })

  it('makes no generation where it is said already, in whatever order', () => {
    const said = { description: 'a', tags: { k: 'v', l: 'w' } }
    const now = described(state([1]), 'm', 1, said)?.state ?? state([])
    for (const same of [said, {}, { tags: { l: 'w', k: 'v' } }])
      expect(described(now, 'm', 1, same)).toBeUndefined()
    expect(described(now, 'm', 1, { description: null })).toBeDefined()
    expect(fault(() => described(now, 'm', 3, said))).toMatchObject({ code: 'unknown-version' })
  })

  it('has 256 KiB for a model, and leaves with a version', () => {
    const full = numbers(1, 52).reduce(
      (now, number) => described(now, 'm', number, { description: 'x'.repeat(5000) })?.state ?? state([]),
      state(numbers(1, 53)),
    )
    expect(fault(() => described(full, 'm', 53, { description: 'x'.repeat(5000) }))).toMatchObject({
      code: 'invalid-request',
      problems: [
        { path: '', message: expect.stringMatching(/"m" and its versions would take up 26\d{4} bytes/) },
      ],
    })
    expect(described(full, 'm', 53, { description: 'e'.repeat(600) })).toBeDefined()
    expect(fault(() => described(full, 'm', 53, { description: '€'.repeat(600) }))).toMatchObject({
      code: 'invalid-request',
    })
    const { versions, gone } = versionDeleted(full, 'm', 1).state
    expect(gone).toEqual([version(1)])
    expect(described({ ...full, versions }, 'm', 53, { description: 'x'.repeat(4900) })).toBeDefined()
  })
})

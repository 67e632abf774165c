import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type AuditEntry, type AuditFilter, createAudit } from '../../src/registry/audit.ts'
import { temporaryRegistry } from '../helpers/registry.ts'

async function openAudit() {
  const { folder, store } = await temporaryRegistry('audit')
  onTestFinished(() => store.close())
  const audit = createAudit(store)
  const change = (target: string) => ({ by: 'ci', action: 'setAlias', target, request: `r${target}` })
  const made = async (target: string, address: string | null = null) => {
    const entry = audit.open(change(target))
    await entry.begin()
    await entry.end(address)
  }
  const filesOf = async () => {
    const [day = ''] = await readdir(join(folder, 'audit'))
    const names = await readdir(join(folder, 'audit', day))
    return names.map((name) => join(folder, 'audit', day, name)).sort()
  }
  return { audit, change, made, filesOf }
}

const targets = (items: readonly AuditEntry[]) => items.map(({ target }) => target)

describe('the audit log', () => {
  it('has who made which change, and the address of what was made', async () => {
    const { audit, made, filesOf } = await openAudit()
    await made('/jobs', '/jobs/1')
    const { items, next } = await audit.list({ limit: 10 })
    expect(items).toEqual([
      {
        id: expect.any(String),
        at: expect.any(String),
        by: 'ci',
        action: 'setAlias',
        target: '/jobs',
        made: '/jobs/1',
        model: null,
        request: 'r/jobs',
        complete: true,
      },
    ])
    expect(next).toBeNull()
    expect(await filesOf(), 'the intent is gone').toHaveLength(1)
  })

  it('has a change from outside once, whoever has found it', async () => {
    const { audit } = await openAudit()
    const at = new Date('2026-03-04T05:06:07.089Z')
    const change = { by: null, action: 'addKey', target: 'keys/ops', request: 'keys-1' }
    await Promise.all([audit.record(change, at), audit.record(change, at)])
    await audit.record({ ...change, target: 'keys/web' }, at)
    await audit.record(change, new Date(at.getTime() + 1))
    const { items } = await audit.list({ limit: 10 })
    expect(targets(items).sort()).toEqual(['keys/ops', 'keys/ops', 'keys/web'])
    expect(items[0]).toMatchObject({ at: '2026-03-04T05:06:07.090Z', by: null, complete: true })
  })

  it('keeps a change whose request has no answer yet, and none that was refused', async () => {
    const { audit, change } = await openAudit()
    const died = audit.open(change('/died'))
    await died.begin()
    const refused = audit.open(change('/refused'))
    await refused.begin()
    await refused.drop()
    const { items } = await audit.list({ limit: 10 })
    expect(items.map(({ target, complete, made }) => ({ target, complete, made }))).toEqual([
      { target: '/died', complete: false, made: null },
    ])
  })

  it('is read in pages, newest first, each change once', async () => {
    const { audit, made } = await openAudit()
    for (let n = 0; n < 7; n++) await made(`/${n}`)
    const seen: string[][] = []
    for (let cursor: string | undefined; seen.length < 10; ) {
      const { items, next } = await audit.list({ limit: 3, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(targets(items))
      if (next === null) break
      cursor = next
    }
    expect(seen).toEqual([['/6', '/5', '/4'], ['/3', '/2', '/1'], ['/0']])
    await expect(audit.list({ limit: 3, cursor: 'x' })).rejects.toMatchObject({ code: 'invalid-query' })
  })

  it('leaves out a damaged entry, and shows the others', async () => {
    const { audit, made, filesOf } = await openAudit()
    for (const target of ['/a', '/b', '/c']) await made(target)
    await writeFile((await filesOf())[1] ?? '', '{"id":"torn')
    expect(targets((await audit.list({ limit: 10 })).items)).toEqual(['/c', '/a'])
  })

  it('is searched by who did what to which model', async () => {
    const { audit } = await openAudit()
    const made = async (change: { by: string | null; action: string; target: string; model?: string }) => {
      const entry = audit.open({ ...change, request: 'r' })
      await entry.begin()
      await entry.end(null)
    }
    await made({ by: 'ann', action: 'setAlias', target: '/models/m/aliases/a' })
    await made({ by: 'ben', action: 'orderJob', target: '/jobs', model: 'm' })
    await made({ by: 'ann', action: 'orderJob', target: '/models/n?x=/models/m', model: 'other' })
    await made({ by: null, action: 'setAlias', target: '/models/m' })
    const found = async (filter: AuditFilter) => targets((await audit.list({ limit: 10 }, filter)).items)
    const all = ['/models/m', '/models/n?x=/models/m', '/jobs', '/models/m/aliases/a']
    expect(await found({})).toEqual(all)
    expect(await found({ by: 'ann' })).toEqual([all[1], all[3]])
    expect(await found({ action: 'orderJob' })).toEqual([all[1], all[2]])
    expect(await found({ by: 'ann', action: 'orderJob' })).toEqual([all[1]])
    expect(await found({ model: 'm' })).toEqual([all[0], all[2], all[3]])
    expect(await found({ model: 'other' })).toEqual([all[1]])
    expect(await found({ model: 'n' })).toEqual([])
    expect(await found({ ofModel: (model) => model === 'other' })).toEqual([all[1]])
  })

  it('is searched by time, in days and in moments', async () => {
    const { audit } = await openAudit()
    const times = ['2026-03-01T23:59:59.999Z', '2026-03-02T00:00:00.000Z', '2026-03-02T12:00:00.000Z']
    for (const time of times) {
      vi.useFakeTimers({ now: new Date(time), toFake: ['Date'] })
      const entry = audit.open({ by: null, action: 'a', target: time, request: 'r' })
      vi.useRealTimers()
      await entry.begin()
      await entry.end(null)
    }
    const found = async (filter: AuditFilter) =>
      targets((await audit.list({ limit: 10 }, filter)).items).toReversed()
    expect(await found({})).toEqual(times)
    for (const [at, time] of times.entries()) {
      expect(await found({ since: time })).toEqual(times.slice(at))
      expect(await found({ until: time })).toEqual(times.slice(0, at))
    }
    const later = '2026-03-02T12:00:00.001Z'
    expect(await found({ since: later })).toEqual([])
    expect(await found({ until: later })).toEqual(times)
    expect(await found({ since: times[1], until: times[2] })).toEqual([times[1]])
  })
})

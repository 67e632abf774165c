import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type AuditEntry, createAudit } from '../../src/registry/audit.ts'
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
})

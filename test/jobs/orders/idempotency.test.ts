import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { fixture, order } from '../fixture.ts'

const HOUR_MS = 3_600_000
const forced = { ...order, force: true }

const twenty = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 20 }, work))

const idsOf = (jobs: readonly { id: string }[]) => [...new Set(jobs.map(({ id }) => id))]

function setTime(time: string | number): void {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.setSystemTime(time)
}

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('an Idempotency-Key', () => {
  it('answers by an Idempotency-Key with its job for 24 hours to the millisecond, and then makes one new job for twenty requests', async () => {
    const { submit, queue } = await fixture()
    const start = Date.parse('2026-03-01T10:00:00Z')
    setTime(start)
    const first = await submit(forced, 'k')
    setTime(start + 24 * HOUR_MS)
    expect(idsOf(await twenty(() => submit(forced, 'k')))).toEqual([first.id])
    setTime(start + 24 * HOUR_MS + 1)
    const later = idsOf(await twenty(() => submit(forced, 'k')))
    expect(later).toHaveLength(1)
    expect(later).not.toContain(first.id)
    expect(queue.jobs.size).toBe(2)
    setTime(start + 48 * HOUR_MS)
    expect(idsOf(await twenty(() => submit(forced, 'k')))).toEqual(later)
  })

  it('makes one job for twenty requests whose key has an entry of version 0.1 is older than 24 hours', async () => {
    const { submit, store, queue } = await fixture()
    const hash = createHash('sha256').update('\nold').digest('hex')
    const at = new Date(Date.now() - 25 * HOUR_MS).toISOString()
    const entry = { job: '01a227ae-1f67-74d9-89f3-01885f2b6b80', body: 'x', at }
    await store.create(`idempotency/${hash}.json`, JSON.stringify(entry))
    const deleteKey = store.delete.bind(store)
    let deletions = 0
    // Deletions one after the other: each would remove the entry that the request before has just made.
    vi.spyOn(store, 'delete').mockImplementation(async (key) => {
      deletions += 1
      await new Promise((resolve) => setTimeout(resolve, 20 * deletions))
      return deleteKey(key)
    })
    expect(idsOf(await twenty(() => submit(forced, 'old')))).toHaveLength(1)
    expect(queue.jobs.size).toBe(1)
  })

  it('refuses another body whose key has an entry of version 0.1 that is younger than 24 hours', async () => {
    const { submit, store } = await fixture()
    const hash = createHash('sha256').update('\nyoung').digest('hex')
    const at = new Date(Date.now() - 23 * HOUR_MS).toISOString()
    const entry = { job: '01a227ae-1f67-74d9-89f3-01885f2b6b80', body: 'x', at }
    await store.create(`idempotency/${hash}.json`, JSON.stringify(entry))
    await expect(submit(forced, 'young')).rejects.toMatchObject({ code: 'idempotency-key-reused' })
  })

  it('makes one job for requests with an Idempotency-Key on both sides of midnight, by clocks that differ', async () => {
    const { submit, queue } = await fixture()
    const midnight = Date.parse('2026-03-02T00:00:00Z')
    let calls = 0
    vi.spyOn(Date, 'now').mockImplementation(() => midnight + (calls++ % 2 === 0 ? -5 : 5))
    expect(idsOf(await twenty(() => submit(forced, 'k')))).toHaveLength(1)
    expect(queue.jobs.size).toBe(1)
  })

  it('keeps answering by an Idempotency-Key with the older job that it was answered with', async () => {
    const { submit, attempt, models, queue } = await fixture()
    const { id } = await submit(order)
    await attempt(id)
    expect(await submit(order, 'k')).toMatchObject({ id, reused: true })
    await models.removeAlias('m', 'production', null)
    await models.deleteVersion('m', 1, null)
    expect(await submit(order, 'k')).toMatchObject({ id, reused: true, state: 'completed' })
    expect(queue.jobs.size).toBe(1)
  })

  it('keeps answering by an Idempotency-Key with its job after the data set was deleted', async () => {
    const { submit, deleted } = await fixture()
    const { id } = await submit(order, 'k')
    deleted.add('reviews')
    expect(await submit(order, 'k')).toMatchObject({ id, state: 'queued' })
    await expect(submit(order, 'other')).rejects.toMatchObject({ code: 'invalid-job' })
  })

  it('keeps equal Idempotency-Keys of two clients apart, and of one who has no API key', async () => {
    const { jobs, queue } = await fixture()
    const idsBy = async () => {
      const ids: string[] = []
      for (const by of ['a', 'b', 'ab', null]) {
        const { id } = await jobs.submit({ body: forced, idempotencyKey: 'k', by })
        ids.push(id)
      }
      return ids
    }
    const ids = await idsBy()
    expect(new Set(ids).size).toBe(4)
    expect(await idsBy()).toEqual(ids)
    // Neither client's other bodies meet the key of the other one.
    const other = { ...forced, recipe: { ...order.recipe, seed: 2 } }
    const mine = await jobs.submit({ body: other, idempotencyKey: 'own', by: 'a' })
    expect((await jobs.submit({ body: forced, idempotencyKey: 'own', by: 'b' })).id).not.toBe(mine.id)
    await expect(jobs.submit({ body: other, idempotencyKey: 'k', by: 'a' })).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    })
    expect(queue.jobs.size).toBe(6)
  })

  it('tells keys apart whose owner and key give the same text together', async () => {
    const { jobs } = await fixture()
    const one = await jobs.submit({ body: forced, idempotencyKey: 'bc', by: 'a' })
    const other = await jobs.submit({ body: forced, idempotencyKey: 'c', by: 'ab' })
    expect(other.id).not.toBe(one.id)
  })

  it('refuses another body for 24 hours to the millisecond, and then takes it', async () => {
    const { submit, queue } = await fixture()
    const start = Date.parse('2026-03-01T23:59:59.999Z')
    setTime(start)
    const first = await submit(forced, 'k')
    const other = { ...forced, recipe: { ...order.recipe, seed: 2 } }
    for (const age of [1, 12 * HOUR_MS, 24 * HOUR_MS]) {
      setTime(start + age)
      await expect(submit(other, 'k')).rejects.toMatchObject({ code: 'idempotency-key-reused' })
    }
    setTime(start + 24 * HOUR_MS + 1)
    const second = await submit(other, 'k')
    expect(second.id).not.toBe(first.id)
    await expect(submit(forced, 'k')).rejects.toMatchObject({ code: 'idempotency-key-reused' })
    expect(queue.jobs.size).toBe(2)
  })

  it('says of a damaged entry that a new key is needed, and makes no second job', async () => {
    const { submit, store, queue } = await fixture()
    await submit(forced, 'k')
    const names = await store.children('idempotency/')
    for (const name of names) {
      await store.delete(`idempotency/${name}`)
      await store.create(`idempotency/${name}`, '{"job":')
    }
    await expect(submit(forced, 'k')).rejects.toMatchObject({
      code: 'corrupt-artifact',
      message: expect.stringContaining('Use a new key.'),
    })
    expect(queue.jobs.size).toBe(1)
  })
})

import { describe, expect, it } from 'vitest'
import { fixture, order } from '../fixture.ts'

const WAITING = { state: 'waiting', attempt: 0, progress: null, startedAt: null, failedReason: null } as const
/** The fixture's limit. */
const MOST = 10_000

async function withWaiting(count: number) {
  const parts = await fixture()
  for (let job = 0; job < count; job++) parts.queue.jobs.set(`waiting-${job}`, { ...WAITING })
  return parts
}

describe('an order while many jobs wait', () => {
  it('is taken below the limit', async () => {
    const { submit } = await withWaiting(MOST - 1)
    expect(await submit(order)).toMatchObject({ state: 'queued' })
  })

  it('is refused at the limit, with both numbers, and keeps nothing', async () => {
    const { submit, records, queue } = await withWaiting(MOST)
    await expect(submit(order)).rejects.toMatchObject({
      code: 'overloaded',
      message: expect.stringMatching(/^10,000 jobs.* below 10,000 \(MAX_WAITING_JOBS\)/),
    })
    expect(await records.ids()).toEqual([])
    queue.jobs.delete('waiting-0')
    expect(await submit(order)).toMatchObject({ state: 'queued' })
  })

  it('counts no running jobs', async () => {
    const { submit, queue } = await withWaiting(MOST)
    queue.jobs.set('waiting-0', { ...WAITING, state: 'active' })
    expect(await submit(order)).toMatchObject({ state: 'queued' })
  })

  it('is answered with its job where its Idempotency-Key has one', async () => {
    const { submit, queue } = await withWaiting(MOST - 1)
    const { id } = await submit(order, 'key')
    expect(queue.jobs.size).toBe(MOST)
    expect(await submit(order, 'key')).toMatchObject({ id })
  })

  it('is taken of a schedule', async () => {
    const { jobs } = await withWaiting(MOST)
    const id = '01900000-0000-7000-8000-000000000000'
    const ordered = jobs.submit({ body: order, by: null, idempotencyKey: null, id })
    expect(await ordered).toMatchObject({ id, state: 'queued' })
  })
})

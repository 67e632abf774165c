import { describe, expect, it, vi } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { Reconciler } from '../../../src/jobs/worker/reconcile.ts'
import { failing, fixture, goodTrainer, order } from '../fixture.ts'

const AWAY = { code: 'queue-unavailable' }
const all = { limit: 10, cursor: undefined }

/** A fixture in which an order has been refused; its job's id is known to the store alone. */
async function refusing(body: object = order) {
  const parts = await fixture()
  parts.queue.away = true
  await expect(parts.submit(body)).rejects.toMatchObject(AWAY)
  parts.queue.away = false
  const [id = ''] = await parts.records.ids()
  return { ...parts, id }
}

describe('an order that is refused because the queue is away', () => {
  it('makes no job that a client can see', async () => {
    const { jobs, id } = await refusing()
    expect((await jobs.list(all, {})).items).toEqual([])
    expect((await jobs.list(all, { state: 'failed' })).items).toEqual([])
    for (const look of [() => jobs.get(id), () => jobs.cancel(id, null), () => jobs.retry(id, null)])
      await expect(look()).rejects.toMatchObject({ code: 'unknown-job' })
  })

  it('never runs a refused order, even where the queue got it after all', async () => {
    const { records, queue, models, attempt, id } = await refusing()
    await new Reconciler(records, queue).run()
    expect(queue.jobs.size).toBe(0)
    await queue.add({ id, data: { jobId: id } })
    expect(await attempt(id)).toBe('failed')
    expect(await models.head('m')).toBeUndefined()
  })

  it('accepts an order that ran although the answer of the queue was late', async () => {
    const { submit, queue, attempt, jobs } = await fixture()
    const add = queue.add.bind(queue)
    vi.spyOn(queue, 'add').mockImplementationOnce(async (job) => {
      await add(job)
      await attempt(job.id)
      throw new FitserveError('queue-unavailable', 'The queue cannot be reached.')
    })
    const job = await submit(order)
    expect(job).toMatchObject({ state: 'completed', version: 1 })
    expect((await jobs.list(all, {})).items).toMatchObject([{ id: job.id }])
  })

  it('calls no webhook for a refused order', async () => {
    const { webhooks, queue, store } = await refusing({ ...order, webhook: { url: 'https://example.com/' } })
    await webhooks.align()
    expect(queue.chores.added.size).toBe(0)
    expect(await store.children('webhooks/')).toEqual([])
  })

  it('accepts a refused order that is sent again with its Idempotency-Key', async () => {
    const { submit, queue, jobs } = await fixture()
    queue.away = true
    await expect(submit(order, 'key')).rejects.toMatchObject(AWAY)
    queue.away = false
    const { id, state } = await submit(order, 'key')
    expect(state).toBe('queued')
    expect(await queue.find(id)).toMatchObject({ state: 'waiting' })
    expect((await jobs.list(all, {})).items).toHaveLength(1)
  })

  it('makes no job of an order that is refused again with its Idempotency-Key at the last moment', async () => {
    const { submit, queue, jobs } = await fixture()
    queue.away = true
    await expect(submit(order, 'key')).rejects.toMatchObject(AWAY)
    queue.away = false
    vi.spyOn(queue, 'add').mockRejectedValueOnce(new FitserveError('queue-unavailable', 'Away.'))
    await expect(submit(order, 'key')).rejects.toMatchObject(AWAY)
    expect((await jobs.list(all, {})).items).toEqual([])
    expect(await submit(order, 'key')).toMatchObject({ state: 'queued' })
  })

  it('acknowledges no order to another request with its Idempotency-Key before it is queued', async () => {
    const { submit, queue, jobs } = await fixture()
    const { id } = await submit(order, 'key')
    queue.jobs.clear()
    queue.away = true
    await expect(submit(order, 'key')).rejects.toMatchObject(AWAY)
    queue.away = false
    expect(await submit(order, 'key')).toMatchObject({ id, state: 'queued' })
    expect(await jobs.get(id)).toMatchObject({ state: 'queued' })
  })
})

describe('a job that was taken', () => {
  it('does not end a job whose order is sent again while the queue is away', async () => {
    const { submit, queue, attempt, jobs } = await fixture()
    const { id } = await submit(order, 'key')
    const state = await attempt(id, async (work) => {
      queue.away = true
      await expect(submit(order, 'key')).rejects.toMatchObject(AWAY)
      queue.away = false
      return goodTrainer(work)
    })
    expect(state).toBe('completed')
    expect(await jobs.get(id)).toMatchObject({ state: 'completed', version: 1 })
  })

  it('leaves a job as it was where its retry is refused', async () => {
    const { submit, queue, attempt, jobs, webhooks } = await fixture()
    const { id } = await submit({ ...order, webhook: { url: 'https://example.com/' } })
    await attempt(id, failing('loss-not-finite'))
    const before = await jobs.get(id)
    expect(before).toMatchObject({ state: 'failed', error: { type: 'urn:fitserve:loss-not-finite' } })
    vi.spyOn(queue, 'add').mockRejectedValueOnce(new FitserveError('queue-unavailable', 'Away.'))
    await expect(jobs.retry(id, null)).rejects.toMatchObject(AWAY)
    expect({ ...(await jobs.get(id)), webhook: null }).toEqual({ ...before, webhook: null })
    await webhooks.align()
    expect([...queue.chores.added.keys()], 'the end of the first round alone').toEqual([`webhook.${id}.1`])
    await jobs.retry(id, null)
    expect(await attempt(id)).toBe('completed')
  })
})

describe('lists of jobs that have ended', () => {
  it('lists jobs that have ended while the queue is away', async () => {
    const { submit, queue, attempt, jobs } = await fixture()
    const done = await submit(order)
    await attempt(done.id)
    await submit({ ...order, model: 'other' })
    vi.spyOn(queue, 'find').mockRejectedValue(new FitserveError('queue-unavailable', 'Away.'))
    await expect(jobs.list(all, {})).rejects.toMatchObject(AWAY)
    expect((await jobs.list(all, { state: 'completed' })).items).toMatchObject([{ id: done.id }])
    expect((await jobs.list(all, { state: 'failed' })).items).toEqual([])
    expect((await jobs.list(all, { model: 'm' })).items).toMatchObject([{ id: done.id }])
  })
})

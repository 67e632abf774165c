import { describe, expect, it, vi } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { Reconciler } from '../../../src/jobs/worker/reconcile.ts'
import { failing, goodTrainer, order, setting } from '../fixture.ts'

const AWAY = { code: 'queue-unavailable' }
const all = { limit: 10, cursor: undefined }

/** A setting in which an order has been refused; its job's id is known to the store alone. */
async function refusing(body: object = order) {
  const parts = await setting()
  parts.queue.away = true
  await expect(parts.submit(body)).rejects.toMatchObject(AWAY)
  parts.queue.away = false
  const [id = ''] = await parts.records.ids()
  return { ...parts, id }
}

describe('an order that is refused because the queue is away', () => {
  it('made no job, as far as a client can see', async () => {
    const { jobs, id } = await refusing()
    expect((await jobs.list(all, {})).items).toEqual([])
    expect((await jobs.list(all, { state: 'failed' })).items).toEqual([])
    for (const look of [() => jobs.get(id), () => jobs.cancel(id, null), () => jobs.retry(id, null)])
      await expect(look()).rejects.toMatchObject({ code: 'unknown-job' })
  })

  it('does not run later, also where the queue has heard of it after all', async () => {
    const { records, queue, models, attempt, id } = await refusing()
    await new Reconciler(records, queue).run()
    expect(queue.jobs.size).toBe(0)
    await queue.add({ id, data: { jobId: id } })
    expect(await attempt(id)).toBe('failed')
    expect(await models.head('m')).toBeUndefined()
  })

  it('is taken where the queue had it run before its answer was late', async () => {
    const { submit, queue, attempt, jobs } = await setting()
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

  it('reports nothing to its webhook', async () => {
    const { webhooks, queue, store } = await refusing({ ...order, webhook: { url: 'https://example.com/' } })
    await webhooks.align()
    expect(queue.chores.added.size).toBe(0)
    expect(await store.children('webhooks/')).toEqual([])
  })

  it('is taken when it comes again with its key', async () => {
    const { submit, queue, jobs } = await setting()
    queue.away = true
    await expect(submit(order, 'key')).rejects.toMatchObject(AWAY)
    queue.away = false
    const { id, state } = await submit(order, 'key')
    expect(state).toBe('queued')
    expect(await queue.find(id)).toMatchObject({ state: 'waiting' })
    expect((await jobs.list(all, {})).items).toHaveLength(1)
  })

  it('is no job either where it is refused again with its key at the last moment', async () => {
    const { submit, queue, jobs } = await setting()
    queue.away = true
    await expect(submit(order, 'key')).rejects.toMatchObject(AWAY)
    queue.away = false
    vi.spyOn(queue, 'add').mockRejectedValueOnce(new FitserveError('queue-unavailable', 'Away.'))
    await expect(submit(order, 'key')).rejects.toMatchObject(AWAY)
    expect((await jobs.list(all, {})).items).toEqual([])
    expect(await submit(order, 'key')).toMatchObject({ state: 'queued' })
  })

  it('is not acknowledged to another request with its key before it is queued', async () => {
    const { submit, queue, jobs } = await setting()
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
  it('is not ended by its order coming again while the queue is away', async () => {
    const { submit, queue, attempt, jobs } = await setting()
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

  it('is as it was where its retry is refused', async () => {
    const { submit, queue, attempt, jobs, webhooks } = await setting()
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
  it('need no queue', async () => {
    const { submit, queue, attempt, jobs } = await setting()
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

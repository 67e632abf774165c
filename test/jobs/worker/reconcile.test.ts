import { describe, expect, it, vi } from 'vitest'
import { endedOutside } from '../../../src/jobs/records/outcomes.ts'
import type { JobRecord } from '../../../src/jobs/records/records.ts'
import { Reconciler } from '../../../src/jobs/worker/reconcile.ts'
import { fixture, order } from '../fixture.ts'

const LONG_AGO = '2026-01-01T00:00:00Z'
const NONE = { requeued: [], ended: [] }
const broken = { type: 'urn:fitserve:loss-not-finite', title: 'Loss not finite', detail: 'It diverged.' }
const failed = endedOutside('failed', broken)

/** A job that was ordered long ago, in folds where `folds` says how many. */
async function ordered(folds = 0) {
  const parts = await fixture()
  const { submit, records, store, queue } = parts
  const another = async (more: object = {}) => {
    const validation = folds === 0 ? { split: 0.2 } : { kFold: folds }
    const { id } = await submit({ ...order, force: true, ...more, recipe: { ...order.recipe, validation } })
    const record = await records.find(id)
    if (!record) throw new Error('The job has no record.')
    for (const each of [id, ...record.children]) await change(each, { createdAt: LONG_AGO })
    return record
  }
  const change = async (id: string, more: Partial<JobRecord>) => {
    const record = await records.find(id)
    if (!record) throw new Error('The job has no record.')
    await store.delete(`jobs/${id}/record.json`)
    await records.create(
      record.kind === 'training' ? { ...record, ...more, kind: 'training', part: record.part } : record,
    )
  }
  /** Begins a round of a job that began long ago. */
  const nextRound = (id: string, at = LONG_AGO) =>
    store.create(`jobs/${id}/retries/1.json`, JSON.stringify({ at, by: null }))
  const job = await another()
  const [first = '', second = '', third = ''] = job.children
  const reconciler = new Reconciler(records, queue)
  return { ...parts, another, change, nextRound, job, id: job.id, first, second, third, reconciler }
}

describe('a run', () => {
  it('ends between two jobs when its signal fires', async () => {
    const { another, queue, id, reconciler } = await ordered()
    const next = await another()
    queue.jobs.clear()
    expect(await reconciler.run(AbortSignal.abort())).toEqual(NONE)
    const controller = new AbortController()
    const add = queue.add.bind(queue)
    vi.spyOn(queue, 'add').mockImplementationOnce(async (job) => {
      controller.abort()
      return add(job)
    })
    expect(await reconciler.run(controller.signal)).toEqual({ requeued: [id], ended: [] })
    expect((await reconciler.run(new AbortController().signal)).requeued).toEqual([next.id])
  })

  it('leaves a damaged job alone, and goes on with the others', async () => {
    const { another, store, queue, id, reconciler } = await ordered()
    const next = await another()
    queue.jobs.clear()
    await store.delete(`jobs/${id}/record.json`)
    await store.create(`jobs/${id}/record.json`, '{"id":')
    await store.create('jobs/019a0000-0000-7000-8000-000000000001/cancel.json', '{}')
    expect(await reconciler.run()).toEqual({ requeued: [next.id], ended: [] })
  })

  it('looks at an ended job once, and again at every twentieth run', async () => {
    const { records, store, queue, id, nextRound, reconciler } = await ordered()
    await records.end(id, failed)
    const drop = vi.spyOn(records, 'dropCheckpoints')
    const look = vi.spyOn(records, 'hasEnded')
    const looked = () => look.mock.calls.filter(([each]) => each === id).length
    for (let run = 1; run <= 19; run++) expect(await reconciler.run()).toEqual(NONE)
    expect([looked(), drop.mock.calls.length]).toEqual([1, 1])
    expect(await reconciler.run()).toEqual(NONE)
    expect([looked(), drop.mock.calls.length]).toEqual([2, 1])
    // Another process tries it again, and the queue loses it.
    await nextRound(id)
    queue.jobs.clear()
    for (let run = 21; run <= 39; run++) expect(await reconciler.run()).toEqual(NONE)
    expect(await reconciler.run()).toEqual({ requeued: [id], ended: [] })
    expect(await store.has(`jobs/${id}/outcome-2.json`)).toBe(false)
  })
})

describe('a job that has no attempt left', () => {
  it('fails with what the queue knows of it, and an unknown one does not', async () => {
    const { jobs, queue, id, reconciler, store, another } = await ordered()
    const unknown = '019a0000-0000-7000-8000-000000000001'
    await reconciler.giveUp(unknown)
    expect(await store.children(`jobs/${unknown}/`)).toEqual([])
    queue.set(id, { state: 'failed', attempt: 3, failedReason: 'exit code: 1' })
    await reconciler.giveUp(id)
    expect(await jobs.get(id)).toMatchObject({
      state: 'failed',
      attempt: 3,
      error: { type: 'urn:fitserve:job-crashed' },
    })
    const lost = await another()
    queue.jobs.clear()
    await reconciler.giveUp(lost.id)
    expect(await jobs.get(lost.id)).toMatchObject({ state: 'failed', attempt: 0 })
  })

  it('is cancelled where that was asked for', async () => {
    const { jobs, records, queue, id, reconciler } = await ordered()
    await records.requestCancel(id, null)
    queue.set(id, { state: 'failed', attempt: 3 })
    expect(await reconciler.run()).toEqual({ requeued: [], ended: [id] })
    expect(await jobs.get(id)).toMatchObject({
      state: 'cancelled',
      error: { type: 'urn:fitserve:cancelled', detail: 'The job was cancelled.' },
    })
  })

  it('ends the job that it is a part of', async () => {
    const { jobs, queue, id, second, reconciler } = await ordered(3)
    queue.set(second, { state: 'failed', attempt: 5, failedReason: 'exit code: 1' })
    expect((await reconciler.run()).ended).toContain(second)
    const { state, error } = await jobs.get(id)
    expect([state, error?.detail.slice(0, 8)]).toEqual(['failed', 'Fold 2: '])
  })
})

describe('a job that waits', () => {
  it('is cancelled once the queue has let it go, and not while it runs', async () => {
    const { records, queue, id, reconciler } = await ordered()
    await records.requestCancel(id, null)
    queue.set(id, { state: 'active' })
    expect(await reconciler.run()).toEqual(NONE)
    queue.set(id, { state: 'waiting' })
    vi.spyOn(queue, 'remove').mockResolvedValueOnce(false)
    expect(await reconciler.run()).toEqual(NONE)
    expect(await records.hasEnded(id)).toBe(false)
    expect(await reconciler.run()).toEqual({ requeued: [], ended: [id] })
    expect(queue.jobs.has(id)).toBe(false)
  })

  it('is cancelled with the job that it is a part of, whose process died before it could say so', async () => {
    const { records, jobs, queue, id, first, second, third, reconciler } = await ordered(3)
    queue.set(id, { state: 'active' })
    queue.set(second, { state: 'failed', attempt: 5 })
    await records.requestCancel(id, null)
    expect((await reconciler.run()).ended.toSorted()).toEqual([first, second, third].toSorted())
    for (const part of [first, second, third])
      expect(await records.outcome(part), part).toMatchObject({
        state: 'cancelled',
        error: { type: 'urn:fitserve:cancelled' },
      })
    expect((await jobs.get(id)).state).toBe('cancelled')
  })
})

describe('a job that the queue has lost', () => {
  it('is not queued again while it is on its way, or where it has ended meanwhile', async () => {
    const { records, queue, id, change, reconciler } = await ordered()
    queue.jobs.clear()
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.parse(LONG_AGO) + 9_999)
    expect(await reconciler.run()).toEqual(NONE)
    now.mockReturnValue(Date.parse(LONG_AGO) + 10_000)
    const find = vi.spyOn(queue, 'find').mockImplementationOnce(async (job) => {
      await records.end(job, failed)
      return undefined
    })
    expect(await reconciler.run()).toEqual(NONE)
    now.mockRestore()
    find.mockRestore()
    expect(queue.jobs.size).toBe(0)
    await change(id, {})
  })

  it('is queued again ten seconds after its order', async () => {
    const { queue, id, reconciler } = await ordered()
    queue.jobs.clear()
    const now = vi.spyOn(Date, 'now').mockReturnValue(Date.parse(LONG_AGO) + 10_000)
    expect(await reconciler.run()).toEqual({ requeued: [id], ended: [] })
    now.mockRestore()
  })

  it('is cancelled where that was asked for', async () => {
    const { records, queue, id, reconciler } = await ordered()
    queue.jobs.clear()
    await records.requestCancel(id, null)
    expect(await reconciler.run()).toEqual({ requeued: [], ended: [id] })
    expect(await records.outcome(id)).toMatchObject({ state: 'cancelled' })
  })

  it('is queued again with its parts, where it is a part: by its job', async () => {
    const { records, queue, id, first, second, reconciler } = await ordered(3)
    queue.jobs.delete(first)
    queue.set(id, { state: 'active' })
    expect(await reconciler.run(), 'its job runs it').toEqual(NONE)
    expect(queue.jobs.has(first)).toBe(false)
    queue.set(id, { state: 'waiting' })
    expect(await reconciler.run()).toEqual({ requeued: [id], ended: [] })
    expect(queue.jobs.get(first)?.state).toBe('waiting')
    // One that has ended is missing in the queue for good.
    await records.end(second, { ...failed, state: 'completed', error: null })
    queue.jobs.delete(second)
    expect(await reconciler.run()).toEqual(NONE)
    expect(await new Reconciler(records, queue).run()).toEqual(NONE)
  })
})

describe('a job that the queue holds as completed, and the store as open', () => {
  it('is forgotten with its open parts, and queued again', async () => {
    const { records, queue, id, first, second, third, reconciler } = await ordered(3)
    for (const each of [id, first, second, third]) queue.set(each, { state: 'completed' })
    await records.end(second, { ...failed, state: 'completed', error: null })
    const forget = vi.spyOn(queue, 'forget')
    expect(await reconciler.run()).toEqual({ requeued: [id], ended: [] })
    expect(forget.mock.calls.flat()).toEqual([first, third, id])
    expect(queue.jobs.get(second)?.state).toBe('completed')
  })

  it('is left alone where it is a part, was ordered just now, or has ended meanwhile', async () => {
    const { records, queue, id, first, change, reconciler } = await ordered(3)
    queue.set(first, { state: 'completed' })
    expect(await reconciler.run()).toEqual(NONE)
    queue.set(id, { state: 'completed' })
    await change(id, { createdAt: new Date().toISOString() })
    expect(await reconciler.run()).toEqual(NONE)
    await change(id, { createdAt: LONG_AGO })
    const find = queue.find.bind(queue)
    vi.spyOn(queue, 'find').mockImplementation(async (job) => {
      if (job === id) await records.end(id, failed)
      return find(job)
    })
    expect((await reconciler.run()).requeued).toEqual([])
    expect(queue.jobs.get(id)?.state).toBe('completed')
  })
})

describe('a part', () => {
  it('whose job was never kept ends, unless it was ordered just now', async () => {
    const { records, store, queue, id, first, second, third, change, reconciler } = await ordered(3)
    await store.deleteBelow(`jobs/${id}/`)
    await change(third, { createdAt: new Date().toISOString() })
    queue.set(first, { state: 'active' })
    expect(await reconciler.run()).toEqual({ requeued: [], ended: [second] })
    expect(await records.outcome(second)).toMatchObject({
      state: 'cancelled',
      error: { detail: 'The job that it is a part of has ended.' },
    })
    expect([...queue.jobs.keys()].toSorted()).toEqual([id, first, third].toSorted())
  })

  it('that its job does not have among its parts ends too', async () => {
    const { queue, id, first, change, reconciler } = await ordered(3)
    queue.set(id, { state: 'active' })
    await change(id, { children: [] })
    expect((await reconciler.run()).ended).toContain(first)
  })

  it('whose job has ended is taken out of the queue and ends, unless it runs', async () => {
    const { records, queue, id, first, second, third, reconciler } = await ordered(3)
    await records.end(id, failed)
    queue.set(first, { state: 'active' })
    queue.set(second, { state: 'failed', attempt: 5 })
    vi.spyOn(queue, 'remove').mockResolvedValueOnce(false)
    expect(await reconciler.run()).toEqual({ requeued: [], ended: [second] })
    expect(await records.outcome(second)).toMatchObject({ state: 'cancelled' })
    expect(await reconciler.run()).toEqual({ requeued: [], ended: [third] })
    queue.jobs.delete(first)
    expect(await reconciler.run()).toEqual({ requeued: [], ended: [first] })
  })

  it('is left alone while a retry begins its rounds', async () => {
    const { records, queue, id, first, second, third, nextRound, reconciler } = await ordered(3)
    await records.end(id, failed)
    for (const part of [first, second, third]) await records.end(part, failed)
    await nextRound(first)
    await nextRound(second, new Date().toISOString())
    queue.set(second, { state: 'failed', attempt: 5 })
    expect(await reconciler.run()).toEqual({ requeued: [], ended: [first] })
    // The job's own round has begun; the queue still holds the part's round before.
    await nextRound(id)
    queue.set(id, { state: 'active' })
    const again = new Reconciler(records, queue)
    expect(await again.run()).toEqual(NONE)
    expect(await records.hasEnded(second)).toBe(false)
  })
})

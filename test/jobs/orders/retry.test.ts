import { describe, expect, it, vi } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { cancelledError, endedOutside } from '../../../src/jobs/records/outcomes.ts'
import { Reconciler } from '../../../src/jobs/worker/reconcile.ts'
import { failing, fixture, order } from '../fixture.ts'

const AWAY = new FitserveError('queue-unavailable', 'The queue cannot be reached.')
const family = { ...order, recipe: { epochs: 3, validation: { kFold: 3 } } }

/** Lets no call of a method return before it was called `count` times: all callers are then at the same step. */
function meetAt<Target, Key extends keyof Target>(target: Target, key: Key, count: number): void {
  const method = target[key]
  if (typeof method !== 'function') throw new TypeError('A method is expected')
  let arrived = 0
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  Reflect.set(Object(target), key, async (...given: unknown[]) => {
    arrived += 1
    if (arrived === count) open()
    await gate
    return Reflect.apply(method, target, given)
  })
}

describe('requests for a retry at the same moment', () => {
  it.each([
    ['in one piece', order],
    ['in folds', family],
  ])('begins one round of a job %s for eight retries at once, and runs it to its end', async (_, body) => {
    const { submit, jobs, queue, records, attempt } = await fixture()
    const { id } = await submit(body)
    await jobs.cancel(id, null)
    meetAt(queue, 'remove', 8)
    const answers = await Promise.allSettled(Array.from({ length: 8 }, () => jobs.retry(id, null)))
    const refusals = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []))
    expect(refusals).toEqual(Array.from({ length: 7 }, () => 'job-not-retryable'))
    expect(await records.round(id)).toBe(2)
    expect(queue.jobs.get(id)?.state).toBe('waiting')
    const { children } = (await records.find(id)) ?? { children: [] }
    for (const each of [...children, id]) await attempt(each, failing('loss-not-finite'))
    expect((await jobs.get(id)).state).toBe('failed')
  })

  it('accepts a refused order once that is sent again eight times at once with its Idempotency-Key', async () => {
    const { submit, queue, records } = await fixture()
    queue.away = true
    await expect(submit(order, 'k')).rejects.toMatchObject({ code: 'queue-unavailable' })
    queue.away = false
    meetAt(queue, 'remove', 8)
    const answers = await Promise.all(Array.from({ length: 8 }, () => submit(order, 'k')))
    const [{ id } = { id: '' }] = answers
    expect(answers.map((each) => [each.id, each.state])).toEqual(answers.map(() => [id, 'queued']))
    expect(await records.round(id)).toBe(2)
    expect(queue.jobs.get(id)?.state).toBe('waiting')
  })
})

describe('a retry is refused', () => {
  const refusal = (message: string | RegExp) => ({
    code: 'job-not-retryable',
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  })

  it('of a job that has not ended, has completed, or is a part of another', async () => {
    const { submit, jobs, attempt, records } = await fixture()
    const { id } = await submit(order)
    await expect(jobs.retry(id, null)).rejects.toMatchObject(
      refusal(`The job ${id} has not ended. Cancel it first.`),
    )
    await attempt(id)
    await expect(jobs.retry(id, null)).rejects.toMatchObject(
      refusal(`The job ${id} has completed. Order it again with "force" to train it once more.`),
    )
    const whole = await submit(family)
    const [part = ''] = (await records.find(whole.id))?.children ?? []
    await expect(jobs.retry(part, null)).rejects.toMatchObject(
      refusal(`The job ${part} is a part of ${whole.id}. Retry that one: its completed parts are kept.`),
    )
    expect(await records.round(id)).toBe(1)
  })

  it('while a process still has the job or one of its parts', async () => {
    const { submit, jobs, queue, records } = await fixture()
    for (const body of [order, family]) {
      const { id } = await submit(body)
      await jobs.cancel(id, null)
      const children = (await records.find(id))?.children ?? []
      const held = children[1] ?? id
      await queue.add({ id: held, data: { jobId: held } })
      queue.set(held, { state: 'active' })
      vi.spyOn(queue, 'remove').mockResolvedValue(false)
      await expect(jobs.retry(id, null)).rejects.toMatchObject(
        refusal(/is still ending\. Try again in a moment\.$/),
      )
      expect(await records.round(id)).toBe(1)
      vi.restoreAllMocks()
      queue.jobs.delete(held)
      expect((await jobs.retry(id, null)).state).toBe('queued')
    }
  })
})

describe('the end of a round', () => {
  /** Ends the first round of a job and begins the second, as another process would. */
  const nextRound = async ({ records, jobs }: Awaited<ReturnType<typeof fixture>>, id: string) => {
    const record = await records.find(id)
    if (!record || (await records.round(id)) > 1) return
    await new Reconciler(records, {
      add: reject,
      addFlow: reject,
      forget: reject,
      remove: reject,
      find,
    }).giveUp(id)
    await jobs.retry(id, null)
  }
  const find = async () => undefined
  const reject = async () => {
    throw AWAY
  }

  it('does not end the next round of a job by a process that gives the job up late', async () => {
    const all = await fixture()
    const { id } = await all.submit(order)
    const { queue, records, jobs } = all
    const look = queue.find.bind(queue)
    vi.spyOn(queue, 'find').mockImplementationOnce(async () => {
      await nextRound(all, id)
      return look(id)
    })
    await new Reconciler(records, queue).giveUp(id)
    expect(await records.round(id)).toBe(2)
    expect((await jobs.get(id)).state).toBe('queued')
  })

  it('does not end the next round of a job by a fold that carries its failure over late', async () => {
    const all = await fixture()
    const { submit, records, attempt, jobs } = all
    const { id } = await submit(family)
    const [first = '', ...rest] = (await records.find(id))?.children ?? []
    const end = records.end.bind(records)
    vi.spyOn(records, 'end').mockImplementationOnce(async (...given) => {
      const ended = await end(...given)
      // The fold's outcome is kept. Before its process goes on, another one ends the job, and a client retries it.
      for (const each of rest) await end(each, endedOutside('cancelled', cancelledError('Ended')))
      await end(id, endedOutside('failed', cancelledError('Ended')))
      // The queue has taken the fold away from a process that it took for dead.
      all.queue.set(first, { state: 'failed' })
      await jobs.retry(id, null)
      return ended
    })
    await attempt(first, failing('loss-not-finite'))
    expect(await records.round(id)).toBe(2)
    expect(await records.hasEnded(id)).toBe(false)
  })

  it('does not end a part whose retry has begun before that of its job', async () => {
    const all = await fixture()
    const { submit, records, queue, jobs } = all
    const { id } = await submit(family)
    await jobs.cancel(id, null)
    const [part = ''] = (await records.find(id))?.children ?? []
    await records.beginRound(part, 2, null)
    await new Reconciler(records, queue).run()
    expect(await records.hasEnded(part)).toBe(false)
  })

  it('does not end the next round of a job by a late cancellation', async () => {
    const all = await fixture()
    const { id } = await all.submit(order)
    const { queue, records, jobs } = all
    const remove = queue.remove.bind(queue)
    vi.spyOn(queue, 'remove').mockImplementationOnce(async () => {
      const removed = await remove(id)
      await nextRound(all, id)
      return removed
    })
    expect((await jobs.cancel(id, null)).state).toBe('queued')
    expect(await records.round(id)).toBe(2)
  })
})

describe('the reconciler', () => {
  it.each([
    ['in one piece', order],
    ['in folds', family],
  ])('queues a job %s again that the queue holds as completed and the store as open', async (_, body) => {
    const { submit, queue, store, records, attempt, jobs } = await fixture()
    const { id } = await submit(body)
    const record = await records.find(id)
    await store.delete(`jobs/${id}/record.json`)
    await records.create({ ...record!, createdAt: '2026-01-01T00:00:00Z' })
    for (const each of [id, ...record!.children]) queue.set(each, { state: 'completed', attempt: 1 })
    const reconciler = new Reconciler(records, queue)
    expect((await reconciler.run()).requeued).toEqual([id])
    expect(queue.jobs.get(id)?.state).toBe('waiting')
    for (const each of [...record!.children, id]) {
      expect(queue.jobs.get(each)?.state).toBe('waiting')
      await attempt(each, failing('loss-not-finite'))
    }
    expect((await jobs.get(id)).state).toBe('failed')
    expect((await reconciler.run()).requeued).toEqual([])
  })

  it('ends a job as cancelled that the queue holds as completed, the store as open and to be cancelled', async () => {
    const { submit, queue, store, records, jobs } = await fixture()
    const { id } = await submit(order)
    const record = await records.find(id)
    await store.delete(`jobs/${id}/record.json`)
    await records.create({ ...record!, createdAt: '2026-01-01T00:00:00Z' })
    queue.set(id, { state: 'completed', attempt: 1 })
    await records.requestCancel(id, null)
    expect((await new Reconciler(records, queue).run()).ended).toEqual([id])
    expect((await jobs.get(id)).state).toBe('cancelled')
  })
})

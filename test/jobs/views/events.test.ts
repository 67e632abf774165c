import { afterEach, describe, expect, it, vi } from 'vitest'
import type { JobEvent, JobView } from '../../../src/jobs/contract.ts'
import type { QueueEvent } from '../../../src/jobs/queue/contract.ts'
import type { Progress } from '../../../src/jobs/records/records.ts'
import { jobEvents } from '../../../src/jobs/views/events.ts'
import { fixture, order } from '../fixture.ts'

const fitting: Progress = {
  phase: 'fit',
  epoch: 3,
  epochs: 9,
  fold: 2,
  loss: 1,
  valLoss: 1,
  etaSeconds: 4.5,
}

/** Followers of a job that tests move on by hand, at a time that stands still. */
async function followed() {
  const { submit } = await fixture()
  const ordered = await submit(order)
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  const listeners = new Set<(event: QueueEvent) => void>()
  const now = { view: ordered as JobView, failure: undefined as Error | undefined, looks: 0 }
  const follow = jobEvents({
    queue: {
      subscribe(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    view: async () => {
      now.looks += 1
      if (now.failure) throw now.failure
      return now.view
    },
  })
  const settle = () => vi.advanceTimersByTimeAsync(0)
  const tell = async (event: QueueEvent) => {
    for (const listener of listeners) listener(event)
    await settle()
  }
  const show = (change: object) => {
    now.view = { ...now.view, ...change }
  }
  /** Follows the job, and keeps what comes. */
  const client = (lastEventId: string | null = null, parts: string[] = []) => {
    const got: JobEvent[] = []
    const away = new AbortController()
    const over = (async () => {
      const following = { id: ordered.id, parts: new Set(parts), lastEventId, signal: away.signal }
      for await (const event of follow(following)) got.push(event)
    })()
    over.catch(() => undefined)
    return { got, away, over, ids: () => got.map(({ id }) => id) }
  }
  await settle()
  return { id: ordered.id, listeners, now, show, tell, client, settle }
}

describe('the events of a job', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('have ids that tell how far the job is', async () => {
    const { id, show, tell, client, settle } = await followed()
    const { got, ids, over } = client()
    await settle()
    expect(got, 'it has no progress').toEqual([])
    show({ state: 'active', attempt: 2, progress: fitting })
    await tell({ type: 'active', id })
    expect(got).toEqual([{ id: '2.fit.2.3.4.5', event: 'progress', data: fitting }])
    await tell({ type: 'progress', id, progress: { ...fitting, epoch: null, fold: null, etaSeconds: null } })
    const predicting = { phase: 'predict', epoch: null, epochs: null, fold: null, loss: null, valLoss: null }
    const rows = { done: 70, total: 100 }
    await tell({ type: 'progress', id, progress: { ...predicting, etaSeconds: 0, rows } })
    expect(ids().slice(1)).toEqual(['2.fit.0.0.', '2.predict.0.70.0'])
    show({ state: 'failed' })
    await tell({ type: 'failed', id, reason: 'why' })
    expect(got.at(-1)).toMatchObject({ id: 'end', event: 'failed', data: { id, state: 'failed' } })
    await over
  })

  it.each(['completed', 'failed', 'cancelled'])('end where the job has %s', async (state) => {
    const { listeners, now, show, client } = await followed()
    show({ state, progress: fitting })
    const { got, over } = client()
    await over
    expect(got).toMatchObject([{ id: 'end', event: state, data: { state } }])
    expect(listeners.size).toBe(0)
    // Who comes later looks anew.
    await client().over
    expect(now.looks).toBe(2)
  })

  it('take progress from the queue, and look at the job itself where something else may have happened', async () => {
    const { id, now, show, tell, client, settle } = await followed()
    show({ state: 'active', attempt: 1 })
    const { ids } = client()
    await settle()
    expect(now.looks).toBe(1)
    const at = (epoch: number) => ({ type: 'progress' as const, id, progress: { ...fitting, epoch } })
    await tell(at(4))
    await tell({ ...at(5), id: 'another job' })
    vi.setSystemTime(1_001_000)
    await tell(at(6))
    expect(ids()).toEqual(['1.fit.2.4.4.5', '1.fit.2.6.4.5'])
    expect(now.looks, 'the view is at most a second old').toBe(1)
    vi.setSystemTime(1_001_001)
    await tell(at(7))
    expect(ids().at(-1)).toBe('1.fit.2.7.4.5')
    expect(now.looks).toBe(2)
    await tell(at(8))
    expect(now.looks, 'the second begins with each look').toBe(2)
    await tell({ type: 'active', id })
    await tell({ type: 'progress', id, progress: { phase: 'unheard of' } })
    expect(now.looks).toBe(4)
    expect(ids(), 'the view has no progress').toHaveLength(4)
  })

  it('are looked for once a second where the queue tells nothing', async () => {
    const { now, show, client, settle } = await followed()
    const { got, over } = client()
    await settle()
    show({ state: 'active', attempt: 1, progress: fitting })
    await vi.advanceTimersByTimeAsync(999)
    expect([now.looks, got.length]).toEqual([1, 0])
    await vi.advanceTimersByTimeAsync(1)
    expect([now.looks, got.length]).toEqual([2, 1])
    show({ state: 'cancelled' })
    await vi.advanceTimersByTimeAsync(1_000)
    await over
    expect(got.at(-1)).toMatchObject({ event: 'cancelled' })
  })

  it('sum up the parts at most every 400 ms', async () => {
    const { now, show, tell, client, settle } = await followed()
    show({ state: 'active', attempt: 1 })
    client(null, ['part 1', 'part 2'])
    await settle()
    await tell({ type: 'progress', id: 'part 1', progress: fitting })
    expect(now.looks).toBe(2)
    vi.setSystemTime(1_000_400)
    await tell({ type: 'progress', id: 'part 2', progress: fitting })
    await tell({ type: 'progress', id: 'a part of another job', progress: fitting })
    expect(now.looks).toBe(2)
    vi.setSystemTime(1_000_401)
    await tell({ type: 'progress', id: 'part 2', progress: fitting })
    expect(now.looks).toBe(3)
    await tell({ type: 'progress', id: 'part 1', progress: fitting })
    expect(now.looks).toBe(3)
  })

  it('come once, and not again to a client that has seen them', async () => {
    const { id, show, tell, client, settle } = await followed()
    show({ state: 'active', attempt: 1, progress: fitting })
    const all = client()
    const rest = client('1.fit.2.3.4.5')
    await settle()
    await tell({ type: 'active', id })
    expect([all.got.length, rest.got.length]).toEqual([1, 0])
    await tell({ type: 'progress', id, progress: { ...fitting, epoch: 4 } })
    expect([all.ids(), rest.ids()]).toEqual([['1.fit.2.3.4.5', '1.fit.2.4.4.5'], ['1.fit.2.4.4.5']])
  })

  it('are looked for as long as anyone follows the job', async () => {
    const { id, listeners, now, show, tell, client, settle } = await followed()
    show({ state: 'active', attempt: 1 })
    const one = client()
    const other = client()
    await settle()
    expect([listeners.size, now.looks]).toEqual([1, 1])
    one.away.abort()
    await one.over
    await tell({ type: 'progress', id, progress: fitting })
    expect([one.got.length, other.got.length]).toEqual([0, 1])
    other.away.abort()
    await other.over
    expect(listeners.size).toBe(0)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(now.looks).toBe(1)
    // Aborted before it begins, it yields nothing.
    const gone = client()
    gone.away.abort()
    await gone.over
    expect(gone.got).toEqual([])
  })

  it('end with the error of a look that failed, and the next client looks anew', async () => {
    const { id, listeners, now, show, tell, client, settle } = await followed()
    show({ state: 'active', attempt: 1 })
    const { over } = client()
    await settle()
    now.failure = new Error('The store is away.')
    const failed = expect(over).rejects.toThrow('The store is away.')
    await tell({ type: 'active', id })
    await failed
    expect(listeners.size).toBe(0)
    now.failure = undefined
    show({ state: 'completed' })
    const next = client()
    await next.over
    expect(next.got).toMatchObject([{ event: 'completed' }])
  })
})

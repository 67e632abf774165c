import { afterEach, describe, expect, it, vi } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { withCode } from '../../../src/jobs/records/failed-reason.ts'
import { createGuard } from '../../../src/jobs/worker/guard.ts'
import { Reconciler } from '../../../src/jobs/worker/reconcile.ts'
import type { CheckpointFiles, Trainer } from '../../../src/training-contract.ts'
import { fixture, goodTrainer, order } from '../fixture.ts'

const bytes = (text: string) => Buffer.from(text)
const texts = async (files: CheckpointFiles) =>
  (await files.read()).map((each) => Buffer.from(each).toString())
const until = (check: () => unknown) => vi.waitUntil(check, { timeout: 60_000, interval: 10 })
/** A trainer that does this, and then dies with its process. */
const dying =
  (act: (files: CheckpointFiles) => Promise<unknown>): Trainer =>
  async ({ checkpoints }) => {
    await act(checkpoints)
    throw new Error('killed')
  }
/** A trainer that runs until its signal fires. */
const endless: Trainer = ({ signal }) =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })

describe('the checkpoints of a job', () => {
  it('finds the newest checkpoints in the next attempt, and deletes them when the job ends', async () => {
    const { submit, attempt, store } = await fixture()
    const { id } = await submit(order)
    const first = dying(async (files) => {
      expect(await files.read()).toEqual([])
      await files.save('running', bytes('one'))
      await files.save('done', bytes('fit 1'))
      await files.save('running', bytes('two'))
    })
    await expect(attempt(id, first)).rejects.toThrow('killed')
    const second = dying(async (files) => {
      expect(await texts(files)).toEqual(['fit 1', 'two'])
      await files.save('running', bytes('three'))
    })
    await expect(attempt(id, second)).rejects.toThrow('killed')
    const third: Trainer = async (input) => {
      expect(await texts(input.checkpoints)).toEqual(['fit 1', 'three'])
      return goodTrainer(input)
    }
    expect(await attempt(id, third)).toBe('completed')
    expect(await store.children(`jobs/${id}/checkpoints/`)).toEqual([])
  })

  it('skips checkpoints that are torn or have other bytes', async () => {
    const { submit, attempt, store } = await fixture()
    const { id } = await submit(order)
    const folder = `jobs/${id}/checkpoints/`
    await attempt(
      id,
      dying((files) => files.save('done', bytes('whole'))),
    ).catch(() => {})
    const [name = ''] = await store.children(folder)
    const whole = (await store.read(`${folder}${name}`)) ?? Buffer.alloc(0)
    const flipped = Buffer.from(whole)
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1
    await store.create(`${folder}000001-000002-running`, whole.subarray(0, -1))
    await store.create(`${folder}000001-000003-done`, flipped)
    await store.create(`${folder}000001-000004-done`, '')
    const look: Trainer = async (input) => {
      expect(await texts(input.checkpoints)).toEqual(['whole'])
      return goodTrainer(input)
    }
    expect(await attempt(id, look)).toBe('completed')
  })

  it('goes on with the training when a checkpoint cannot be written', async () => {
    const { submit, attempt, store } = await fixture()
    const { id } = await submit(order)
    const full = vi.spyOn(store, 'create')
    const trainer: Trainer = async (input) => {
      full.mockRejectedValueOnce(new FitserveError('store-unavailable', 'full'))
      await input.checkpoints.save('running', bytes('lost'))
      return goodTrainer(input)
    }
    expect(await attempt(id, trainer)).toBe('completed')
  })
})

describe('an attempt that was thought dead', () => {
  it('writes no checkpoint, version or outcome once another attempt has begun', async () => {
    const { submit, attempt, records, models, jobs, store } = await fixture()
    for (const fails of [null, new FitserveError('training-failed', 'by the old one')]) {
      const { id } = await submit({ ...order, force: true })
      const before = (await models.head('m'))?.state.versions.length ?? 0
      let overtake = () => {}
      const begun = new Promise<void>((resolve) => {
        overtake = resolve
      })
      const old: Trainer = async (input) => {
        await begun
        await expect(input.checkpoints.save('running', bytes('old'))).rejects.toThrow('Another attempt')
        if (fails) throw fails
        return goodTrainer(input)
      }
      const slow = attempt(id, old)
      await until(async () => (await store.children(`jobs/${id}/attempts/`)).length === 1)
      const kept = dying(async (files) => {
        await files.save('running', bytes('new'))
        overtake()
        await expect(slow).rejects.toThrow('Another attempt')
        expect(await texts(files)).toEqual(['new'])
      })
      await expect(attempt(id, kept)).rejects.toThrow('killed')
      expect(await records.outcome(id)).toBeUndefined()
      expect((await models.head('m'))?.state.versions.length ?? 0).toBe(before)
      expect(await attempt(id)).toBe('completed')
      expect(await jobs.get(id)).toMatchObject({ state: 'completed', version: before + 1 })
    }
  })

  it('stops an attempt that sees a later one', async () => {
    const { submit, attempt, records } = await fixture()
    const { id } = await submit(order)
    const old = expect(attempt(id, endless)).rejects.toThrow('Another attempt')
    await until(async () => !(await records.isOvertaken(id, 0)) === false)
    await records.claimAttempt(id)
    await old
  })
})

describe('the limits of a job', () => {
  it.each([
    [{ seconds: 1 }, 'job-timed-out', '1 s'],
    [{ memoryMb: 64 }, 'out-of-memory', '64 MB'],
  ])('ends a job for good at the limits %o', async (limits, code, said) => {
    const { submit, attempt, jobs } = await fixture()
    const { id } = await submit({ ...order, limits })
    expect(await attempt(id, endless)).toBe('failed')
    const ended = await jobs.get(id)
    expect(ended).toMatchObject({ state: 'failed', limits, error: { type: `urn:fitserve:${code}` } })
    expect(ended.error?.detail).toContain(said)
  })

  it.each([
    ['/limits/seconds', { limits: { seconds: 0 } }],
    ['/limits/memoryMb', { limits: { memoryMb: 63 } }],
    ['/limits/hours', { limits: { hours: 1 } }],
    ['/priority', { priority: 0 }],
    ['/priority', { priority: 1.5 }],
  ])('refuses an order with a faulty %s', async (path, more) => {
    const { submit } = await fixture()
    await expect(submit({ ...order, ...more })).rejects.toMatchObject({
      code: 'invalid-job',
      problems: [{ path }],
    })
  })
})

describe('the guard of a worker', () => {
  afterEach(() => void vi.useRealTimers())
  const MB = 2 ** 20

  it('ends a process that is over its time or its memory for longer than a moment, with the outcome of the job', async () => {
    const { submit, records, jobs } = await fixture()
    vi.useFakeTimers({ toFake: ['performance'] })
    const guard = createGuard(records, { seconds: null, memoryMb: 200 })
    const slow = await submit({ ...order, limits: { seconds: 10 } })
    const large = await submit({
      ...order,
      recipe: { ...order.recipe, epochs: 3 },
      limits: { memoryMb: 900 },
    })
    const look = (id: string, seconds: number, mb: number | null) =>
      guard.check({ id, attempt: 2, seconds, bytes: mb === null ? null : mb * MB })
    expect(await look(slow.id, 12, null), 'it may end by itself').toBeNull()
    await (await look(slow.id, 13.5, null))?.()
    expect(await jobs.get(slow.id)).toMatchObject({
      state: 'failed',
      attempt: 2,
      error: { type: 'urn:fitserve:job-timed-out' },
    })
    expect(await look(large.id, 1, 201)).toBeNull()
    vi.advanceTimersByTime(2_000)
    expect(await look(large.id, 3, 199), 'it has less again').toBeNull()
    expect(await look(large.id, 3, 201)).toBeNull()
    vi.advanceTimersByTime(1_100)
    await (await look(large.id, 4, 201))?.()
    expect(await jobs.get(large.id)).toMatchObject({ error: { type: 'urn:fitserve:out-of-memory' } })
    expect((await jobs.get(large.id)).error?.detail, 'the stricter of two').toContain('200 MB')
  })

  it('ends a process that does not react to its cancellation', async () => {
    const { submit, records, jobs, queue } = await fixture()
    vi.useFakeTimers({ toFake: ['performance'] })
    const guard = createGuard(records, { seconds: null, memoryMb: null })
    const { id } = await submit(order)
    queue.set(id, { state: 'active', attempt: 1 })
    const look = () => guard.check({ id, attempt: 1, seconds: 1, bytes: null })
    vi.advanceTimersByTime(1_100)
    expect(await look()).toBeNull()
    await jobs.cancel(id, null)
    vi.advanceTimersByTime(1_100)
    expect(await look(), 'it may end by itself').toBeNull()
    vi.advanceTimersByTime(3_100)
    const end = await look()
    expect((await jobs.get(id)).state, 'first the process, then the outcome').toBe('cancelling')
    await end?.()
    expect(await jobs.get(id)).toMatchObject({
      state: 'cancelled',
      error: { type: 'urn:fitserve:cancelled' },
    })
  })
})

describe('causes of failure', () => {
  it('waits for a store that is away before the attempt counts', async () => {
    const { submit, attempt, store, records } = await fixture()
    const { id } = await submit(order)
    const ping = vi.spyOn(store, 'ping').mockRejectedValueOnce(new Error('away'))
    const trainer: Trainer = async () => {
      throw new FitserveError('store-unavailable', 'away')
    }
    await expect(attempt(id, trainer)).rejects.toMatchObject({ code: 'store-unavailable' })
    expect(ping).toHaveBeenCalledTimes(2)
    expect(await records.outcome(id)).toBeUndefined()
    expect(await attempt(id)).toBe('completed')
  })

  it.each([
    'training-failed',
    'loss-not-finite',
    'out-of-memory',
    'job-timed-out',
    'unknown-dataset',
  ] as const)('ends a job for good after the error %s', async (code) => {
    const { submit, attempt, jobs } = await fixture()
    const { id } = await submit(order)
    const trainer: Trainer = async () => {
      throw new FitserveError(code, 'so it is')
    }
    expect(await attempt(id, trainer)).toBe('failed')
    expect(await jobs.get(id)).toMatchObject({ error: { type: `urn:fitserve:${code}`, detail: 'so it is' } })
  })

  it.each([
    [
      withCode(new FitserveError('store-unavailable', 'No answer.')).message,
      'store-unavailable',
      'No answer.',
    ],
    ['[unknown-code] x', 'internal', 'log'],
    ['x is not a function', 'internal', 'log'],
    ['Unexpected exit code: null signal: SIGKILL', 'job-crashed', 'memory'],
    ['Unexpected exit code: null signal: SIGABRT', 'out-of-memory', 'JOB_MEMORY'],
    ['job stalled more than allowable limit', 'job-crashed', 'memory'],
    [null, 'job-crashed', 'memory'],
  ])('says why a job failed whose last attempt ended with %o', async (failedReason, code, said) => {
    const { submit, queue, records, jobs } = await fixture()
    const { id } = await submit(order)
    queue.set(id, { state: 'failed', attempt: 5, failedReason })
    await new Reconciler(records, queue).giveUp(id)
    const { error } = await jobs.get(id)
    expect(error?.type).toBe(`urn:fitserve:${code}`)
    expect(error?.detail).toContain(said)
    expect(error?.detail).not.toContain('not a function')
  })
})

describe('the queue', () => {
  it('passes the priority of a job and of its parts to the queue, and finishes a family before others begin', async () => {
    const { submit, queue } = await fixture()
    const add = vi.spyOn(queue, 'add')
    const addFlow = vi.spyOn(queue, 'addFlow')
    await submit({ ...order, priority: 3 })
    await submit(order)
    expect(add.mock.calls.map(([{ priority }]) => priority)).toEqual([6, undefined])
    const { id } = await submit({ ...order, priority: 3, recipe: { epochs: 2, validation: { kFold: 2 } } })
    const [parent, parts = []] = addFlow.mock.calls[0] ?? []
    expect(parent).toMatchObject({ id, priority: 5 })
    expect(parts.map(({ priority }) => priority)).toEqual([6, 6])
  })

  it('trains no ended job again that an old copy of the queue still holds', async () => {
    const { submit, attempt, queue, jobs, models } = await fixture()
    const done = await submit(order)
    const failed = await submit({ ...order, recipe: { ...order.recipe, epochs: 3 } })
    const cancelled = await submit({ ...order, recipe: { ...order.recipe, epochs: 4 } })
    await attempt(done.id)
    await attempt(failed.id, async () => {
      throw new FitserveError('training-failed', 'no')
    })
    await jobs.cancel(cancelled.id, null)
    const never: Trainer = async () => {
      throw new Error('trained again')
    }
    for (const { id } of [done, failed, cancelled]) {
      queue.jobs.delete(id)
      await queue.add({ id, data: { jobId: id } })
    }
    expect(await attempt(done.id, never)).toBe('completed')
    expect(await attempt(failed.id, never)).toBe('failed')
    expect(await attempt(cancelled.id, never)).toBe('cancelled')
    expect((await models.head('m'))?.state.versions).toHaveLength(1)
    expect(await jobs.get(done.id)).toMatchObject({ state: 'completed', attempt: 1 })
  })
})

import { syncBuiltinESMExports } from 'node:module'
import v8 from 'node:v8'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { Fence } from '../../../src/jobs/attempt/fence.ts'
import { isUnwanted, watchAttempt } from '../../../src/jobs/attempt/watch.ts'
import { type JobLimits, NO_LIMITS } from '../../../src/jobs/records/limits.ts'
import type { JobRecord } from '../../../src/jobs/records/records.ts'
import { fixture, order } from '../fixture.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A watched attempt of a job, or of its first fold. */
async function watched({ fold = false, limits = NO_LIMITS }: { fold?: boolean; limits?: JobLimits } = {}) {
  const { submit, records } = await fixture()
  const validation = fold ? { kFold: 2 } : { split: 0.2 }
  const job = await submit({ ...order, recipe: { ...order.recipe, validation } })
  const [child = ''] = (await records.find(job.id))?.children ?? []
  const record = await records.find(fold ? child : job.id)
  if (!record) throw new Error('The job has no record.')
  const overtaken = vi.spyOn(records, 'isOvertaken')
  const outer = new AbortController()
  const begin = async (signal = outer.signal) => {
    const fence = new Fence(records, record.id, 1)
    const watch = await watchAttempt(records, record, { limits, fence, outer: signal })
    onTestFinished(() => watch.end())
    return watch
  }
  return { records, record, parent: job.id, overtaken, outer, begin }
}

/** Lets so many checks take place. */
async function checks(count: number): Promise<void> {
  for (let each = 0; each < count; each++) {
    vi.advanceTimersByTime(400)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Resolves to the reason for which a signal fires. */
function reasonOf(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason)
    else signal.addEventListener('abort', () => resolve(signal.reason))
  })
}

it('a watch over an undisturbed attempt fires nothing', async () => {
  const { begin } = await watched({ limits: { seconds: 60, memoryMb: 1_000_000 } })
  const { signal } = await begin()
  await checks(6)
  expect(signal.aborted).toBe(false)
})

it('the end of the process is passed on, before the watch begins too', async () => {
  const { begin, outer } = await watched()
  const { signal } = await begin()
  const reason = new Error('The process ends.')
  outer.abort(reason)
  expect(signal.reason).toBe(reason)
  const late = await begin()
  expect(late.signal.reason).toBe(reason)
})

it('a watch that has ended asks nothing more and hears nothing more', async () => {
  const { records, begin, outer } = await watched()
  const { signal, end } = await begin()
  const asked = vi.spyOn(records, 'cancelRequested')
  end()
  await checks(3)
  outer.abort(new Error('The process ends.'))
  expect(signal.aborted).toBe(false)
  expect(asked).not.toHaveBeenCalled()
})

it('a cancellation fires at the next check, and at the first one where it came before', async () => {
  const { records, record, begin } = await watched()
  const { signal } = await begin()
  await records.requestCancel(record.id, null)
  expect(signal.aborted).toBe(false)
  await checks(1)
  expect(await reasonOf(signal)).toMatchObject({ code: 'cancelled', message: 'The job was cancelled.' })
  expect((await begin()).signal.reason).toMatchObject({ code: 'cancelled' })
})

it('a store that does not answer stops nothing', async () => {
  const { records, begin } = await watched()
  const away = new FitserveError('store-unavailable', 'away')
  vi.spyOn(records, 'cancelRequested').mockRejectedValue(away)
  vi.spyOn(records, 'isOvertaken').mockRejectedValue(away)
  const { signal } = await begin()
  await checks(6)
  expect(signal.aborted).toBe(false)
})

it('a store that answers late is asked once at a time, and the limits hold meanwhile', async () => {
  const { records, begin } = await watched({ limits: { seconds: 2, memoryMb: null } })
  const { signal } = await begin()
  const asked = vi.spyOn(records, 'cancelRequested').mockReturnValue(new Promise(() => {}))
  await checks(4)
  expect(asked).toHaveBeenCalledTimes(1)
  expect(signal.aborted).toBe(false)
  await checks(2)
  expect(await reasonOf(signal)).toMatchObject({ code: 'job-timed-out' })
})

it('a later attempt is asked for at every fifth check', async () => {
  const { records, record, begin, overtaken } = await watched()
  const { signal } = await begin()
  await records.claimAttempt(record.id)
  await records.claimAttempt(record.id)
  await checks(3)
  expect(overtaken).not.toHaveBeenCalled()
  expect(signal.aborted).toBe(false)
  await checks(1)
  expect(overtaken).toHaveBeenCalledTimes(1)
  expect(await reasonOf(signal)).toMatchObject({ name: 'Fenced', message: 'Another attempt has the job.' })
})

it('a limit of seconds is held from the begin of the watch', async () => {
  const { begin } = await watched({ limits: { seconds: 1, memoryMb: null } })
  const { signal } = await begin()
  await checks(2)
  expect(signal.aborted).toBe(false)
  await checks(1)
  expect(await reasonOf(signal)).toMatchObject({ code: 'job-timed-out' })
})

it('a limit of memory is that of the process', async () => {
  const { begin } = await watched({ limits: { seconds: null, memoryMb: 1 } })
  expect((await begin()).signal.reason).toMatchObject({ code: 'out-of-memory' })
})

it('a heap that is full to 95 percent is an error before V8 ends the process', async () => {
  const statistics = v8.getHeapStatistics()
  const limit = 512 * 2 ** 20
  let share = 0.9499
  const heap = vi.spyOn(v8, 'getHeapStatistics').mockImplementation(() => ({
    ...statistics,
    heap_size_limit: limit,
    used_heap_size: share * limit,
  }))
  syncBuiltinESMExports()
  onTestFinished(() => {
    heap.mockRestore()
    syncBuiltinESMExports()
  })
  const { begin } = await watched()
  expect((await begin()).signal.aborted).toBe(false)
  share = 0.95
  expect((await begin()).signal.reason).toMatchObject({
    code: 'out-of-memory',
    message: expect.stringContaining("its process's heap of 512 MB"),
  })
})

it.each(['cancelled', 'ended'])('a part is unwanted once its job is %s', async (how) => {
  const { records, record, parent, begin } = await watched({ fold: true })
  const { signal } = await begin()
  expect(await isUnwanted(records, record)).toBe(false)
  if (how === 'cancelled') await records.requestCancel(parent, null)
  else await records.end(parent, { ...outcome, state: 'failed' })
  expect(await isUnwanted(records, record)).toBe(true)
  await checks(1)
  expect(await reasonOf(signal)).toMatchObject({ code: 'cancelled' })
})

it('a part is unwanted once it is cancelled itself, and a job in one piece is not for the end of others', async () => {
  const { records, record } = await watched({ fold: true })
  const alone: JobRecord = { ...record, parent: null }
  await records.requestCancel(record.id, null)
  expect(await isUnwanted(records, record)).toBe(true)
  expect(await isUnwanted(records, alone)).toBe(true)
  const other = await watched()
  expect(await isUnwanted(other.records, other.record)).toBe(false)
})

const outcome = {
  attempt: 1,
  startedAt: null,
  finishedAt: '2026-01-01T00:00:00Z',
  version: null,
  error: null,
  warnings: [],
  progress: null,
  history: null,
  evaluation: null,
  stopped: false,
  refused: false,
  answered: null,
}

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { historyOf } from '../../../src/evaluation/history.ts'
import { AttemptRun } from '../../../src/jobs/attempt/attempt-run.ts'
import { Fence } from '../../../src/jobs/attempt/fence.ts'
import type { Progress } from '../../../src/jobs/records/records.ts'
import { fixture, order } from '../fixture.ts'

beforeEach(
  () => void vi.useFakeTimers({ toFake: ['performance', 'Date'], now: Date.parse('2026-01-01T00:00:00Z') }),
)
afterEach(() => void vi.useRealTimers())

/** The first attempt of a job, or of its second fold, and what it reports. */
async function attempted({ fold = false } = {}) {
  const { submit, records, store } = await fixture()
  const validation = fold ? { kFold: 3 } : { split: 0.2 }
  const job = await submit({ ...order, recipe: { ...order.recipe, validation } })
  const children = (await records.find(job.id))?.children ?? []
  const record = await records.find((fold ? children[1] : job.id) ?? '')
  if (!record) throw new Error('The job has no record.')
  const told: Progress[] = []
  const lines: unknown[] = []
  const reporter = {
    progress: async (progress: Progress) => void told.push(progress),
    log: async (line: string) => void lines.push(JSON.parse(line)),
  }
  vi.advanceTimersByTime(1_000)
  const fence = new Fence(records, record.id, 1)
  const run = new AttemptRun(record, { attempt: 1, round: 1, fence }, reporter)
  return { run, told, lines, records, record, store }
}

const values = (loss: number, valLoss?: number) => ({ loss, ...(valLoss === undefined ? {} : { valLoss }) })

it('progress is passed on at once in a new phase, and then at most every 150 ms', async () => {
  const { run, told } = await attempted()
  await run.report('start')
  await run.report('start', { epoch: 1 })
  await run.report('fit', {
    epoch: 2,
    epochs: 9,
    values: values(0.5, 0.6),
    etaSeconds: 7,
    rows: { done: 1, total: 2 },
  })
  await run.report('fit', { epoch: 3 })
  vi.advanceTimersByTime(149)
  await run.report('fit', { epoch: 4 })
  vi.advanceTimersByTime(1)
  await run.report('fit', { epoch: 5, fold: 2 })
  await run.report('fit', { epoch: 6 })
  const none = { epoch: null, epochs: null, fold: null, loss: null, valLoss: null, etaSeconds: null }
  expect(told).toEqual([
    { phase: 'start', ...none },
    {
      phase: 'fit',
      epoch: 2,
      epochs: 9,
      fold: null,
      loss: 0.5,
      valLoss: 0.6,
      etaSeconds: 7,
      rows: { done: 1, total: 2 },
    },
    { phase: 'fit', ...none, epoch: 5, fold: 2 },
  ])
})

it('epochs that have ended are logged in one line with the next progress', async () => {
  const { run, lines } = await attempted()
  await run.report('fit', { epoch: 1, values: values(1) })
  for (const epoch of [1, 2, 3]) {
    if (epoch === 3) vi.advanceTimersByTime(200)
    await run.report('fit', { epoch, values: values(1 / epoch), epochEnded: true })
  }
  await run.report('evaluate', { epochEnded: true })
  expect(lines).toEqual([{ attempt: 1, epochs: [values(1), values(1 / 2), values(1 / 3)] }])
  expect(run.epochs).toEqual([values(1), values(1 / 2), values(1 / 3)])
})

it('a fold is told by the number of its part', async () => {
  const { run, told } = await attempted({ fold: true })
  await run.report('fit', { fold: 1 })
  expect(told).toMatchObject([{ fold: 2 }])
})

it('only an attempt that is the last one of an open job may publish', async () => {
  const { run, records, record } = await attempted()
  await run.mayPublish(records)
  await records.claimAttempt(record.id)
  await run.mayPublish(records)
  await records.claimAttempt(record.id)
  await expect(run.mayPublish(records)).rejects.toThrow('Another attempt has the job.')
  vi.spyOn(records, 'isOvertaken').mockResolvedValue(false)
  await run.finish(records, 'failed', { version: null }, new FitserveError('training-failed', 'no'))
  await expect(run.mayPublish(records)).rejects.toThrow('The job has ended.')
})

it('the outcome is kept with all that was told', async () => {
  const { run, records, record } = await attempted()
  await run.report('fit', { epoch: 1, values: values(0.5, 0.6), epochEnded: true })
  const history = historyOf([values(9, 8)], 'valLoss')
  run.trained(history, [{ code: 'other', message: 'one' }])
  run.warn([{ code: 'other', message: 'two' }])
  run.beganBefore([
    null,
    undefined,
    '2025-06-01T00:00:00.000Z',
    '2027-01-01T00:00:00.000Z',
    '2025-07-01T00:00:00.000Z',
  ])
  vi.advanceTimersByTime(5_000)
  const evaluation = { rows: 10, loss: 1, metrics: { accuracy: 0.5 } }
  const answered = { rows: 3, failed: 1, file: null }
  const kept = await run.finish(records, 'completed', { version: 7, evaluation, stopped: true, answered })
  expect(kept).toEqual({
    state: 'completed',
    attempt: 1,
    version: 7,
    evaluation,
    stopped: true,
    refused: false,
    answered,
    startedAt: '2025-06-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:06.000Z',
    error: null,
    warnings: [
      { code: 'other', message: 'one' },
      { code: 'other', message: 'two' },
    ],
    progress: { phase: 'fit', epoch: 1, epochs: null, fold: null, loss: 0.5, valLoss: 0.6, etaSeconds: null },
    history,
  })
  expect(await records.outcome(record.id)).toEqual(kept)
})

it('a job that failed keeps the epochs that it had, by its own begin', async () => {
  const { run, records } = await attempted()
  await run.report('fit', { epoch: 1, values: values(0.5, 0.6), epochEnded: true })
  const error = new FitserveError('loss-not-finite', 'It diverged.')
  expect(await run.finish(records, 'failed', { version: null }, error)).toMatchObject({
    state: 'failed',
    version: null,
    evaluation: null,
    stopped: false,
    answered: null,
    startedAt: '2026-01-01T00:00:01.000Z',
    error: { type: 'urn:fitserve:loss-not-finite', title: 'Loss not finite', detail: 'It diverged.' },
    history: { loss: [0.5], valLoss: [0.6] },
  })
  const without = await attempted()
  expect(await without.run.finish(without.records, 'failed', { version: null }, error)).toMatchObject({
    history: null,
    progress: null,
  })
})

it('a later end of another attempt changes nothing, and drops what it saved meanwhile', async () => {
  const { run, records, record, store } = await attempted()
  const error = new FitserveError('training-failed', 'first')
  await run.finish(records, 'failed', { version: null }, error)
  await store.create(`jobs/${record.id}/checkpoints/000001-000001-done`, 'x')
  const kept = await run.finish(records, 'completed', { version: 1 })
  expect(kept).toMatchObject({ state: 'failed', error: { detail: 'first' } })
  expect(await store.children(`jobs/${record.id}/checkpoints/`)).toEqual([])
})

it('the end of a round changes nothing in the next one', async () => {
  const { run, records, record } = await attempted()
  await run.finish(records, 'failed', { version: null }, new FitserveError('training-failed', 'first'))
  await records.beginRound(record.id, 2, null)
  await run.finish(records, 'failed', { version: null }, new FitserveError('training-failed', 'late'))
  expect(await records.hasEnded(record.id)).toBe(false)
})

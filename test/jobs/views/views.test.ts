import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { historyOf } from '../../../src/evaluation/history.ts'
import type { QueueState } from '../../../src/jobs/queue/contract.ts'
import { cancelledError, endedOutside } from '../../../src/jobs/records/outcomes.ts'
import {
  type JobOutcome,
  type JobRecord,
  PredictionRecord,
  type Progress,
} from '../../../src/jobs/records/records.ts'
import { familyProgress } from '../../../src/jobs/views/family-progress.ts'
import { historyOfJob } from '../../../src/jobs/views/job-history.ts'
import { EndedJobs, endedView, newJobView, runningView } from '../../../src/jobs/views/views.ts'
import { dataset, fixture, order } from '../fixture.ts'

const fitting: Progress = {
  phase: 'fit',
  epoch: 1,
  epochs: 2,
  fold: null,
  loss: 3,
  valLoss: 4,
  etaSeconds: 5,
}
const failed = endedOutside('failed', { type: 't', title: 't', detail: 'd' })

async function viewed(body: object = order) {
  const parts = await fixture()
  const { id } = await parts.submit(body)
  const record = await parts.records.find(id)
  if (record?.kind !== 'training') throw new Error('The job has no record.')
  const ended = new EndedJobs(parts.records)
  const view = () => runningView(record, { records: parts.records, queue: parts.queue, ended })
  return { ...parts, id, record, ended, view }
}

const prediction = PredictionRecord.parse({
  kind: 'prediction',
  id: '00000000-0000-7000-8000-000000000001',
  model: 'm',
  version: 3,
  dataset: dataset.id,
  datasetName: 'reviews',
  rows: 250,
  columns: ['text'],
  format: 'csv',
  scores: true,
  notes: false,
  prefix: 'p_',
  warnings: [],
  createdAt: '2026-01-01T00:00:00Z',
  createdBy: null,
  fingerprint: 'f',
  children: ['1', '2', '3'].map((digit) => `00000000-0000-7000-8000-00000000000${digit}`),
})

describe('the view of a job', () => {
  it('that has not begun is queued, also where the queue does not know it', async () => {
    const { queue, id, view, record } = await viewed()
    const queued = {
      state: 'queued',
      attempt: 0,
      progress: null,
      startedAt: null,
      finishedAt: null,
      error: null,
    }
    expect(await view()).toMatchObject(queued)
    expect(await view()).toEqual(newJobView(record))
    queue.set(id, { attempt: 2, progress: fitting })
    expect(await view(), 'it waits for its third attempt').toMatchObject({ ...queued, attempt: 2 })
    queue.jobs.delete(id)
    expect(await view()).toMatchObject(queued)
  })

  it('that runs has its progress, as far as that is one', async () => {
    const { queue, id, view, records } = await viewed()
    const startedAt = Date.parse('2026-01-01T10:00:00Z')
    queue.set(id, { state: 'active', attempt: 2, startedAt, progress: fitting })
    const active = { state: 'active', attempt: 2, startedAt: '2026-01-01T10:00:00.000Z', finishedAt: null }
    expect(await view()).toMatchObject({ ...active, progress: fitting })
    queue.set(id, { progress: { phase: 'unheard of' } })
    expect(await view()).toMatchObject({ ...active, progress: null })
    queue.set(id, { state: 'completed', progress: fitting })
    expect(await view(), 'until its outcome is kept').toMatchObject({ ...active, progress: fitting })
    await records.requestCancel(id, null)
    expect(await view()).toMatchObject({ ...active, state: 'cancelling' })
  })

  it('with parts is active as soon as one of them has begun', async () => {
    const { queue, id, view, record, records } = await viewed({
      ...order,
      recipe: { epochs: 4, validation: { kFold: 2 } },
    })
    const [first = '', second = ''] = record.children
    expect(await view()).toMatchObject({ state: 'queued', attempt: 0, progress: null, startedAt: null })
    queue.set(first, { state: 'active', startedAt: Date.parse('2026-01-01T10:00:00Z'), progress: fitting })
    expect(await view()).toMatchObject({
      state: 'active',
      attempt: 1,
      startedAt: '2026-01-01T10:00:00.000Z',
      // Half of the first of two folds: 2 of 8 epochs.
      progress: { phase: 'fit', epoch: 2, epochs: 8, fold: 1, loss: 3, valLoss: 4 },
    })
    for (const part of [first, second])
      await records.end(part, { ...failed, state: 'completed', startedAt: '2026-01-01T10:00:00Z' })
    const last: Progress = { ...fitting, phase: 'publish' }
    queue.set(id, {
      state: 'active',
      attempt: 3,
      progress: last,
      startedAt: Date.parse('2026-01-01T11:00:00Z'),
    })
    expect(await view(), 'the last fit').toMatchObject({
      attempt: 3,
      progress: last,
      startedAt: '2026-01-01T10:00:00.000Z',
    })
  })

  it('that has ended has its outcome, and the warnings of both', async () => {
    const { record } = await viewed()
    const warning = { code: 'other' as const, message: 'of the order' }
    const more = { code: 'other' as const, message: 'of the training' }
    const outcome = {
      ...failed,
      attempt: 2,
      startedAt: '2026-01-01T10:00:00Z',
      warnings: [more],
      progress: fitting,
    }
    expect(endedView({ ...record, warnings: [warning] }, outcome)).toMatchObject({
      state: 'failed',
      attempt: 2,
      startedAt: '2026-01-01T10:00:00Z',
      finishedAt: outcome.finishedAt,
      progress: fitting,
      error: failed.error,
      warnings: [warning, more],
      version: null,
      reused: false,
      webhook: null,
      kind: 'training',
      promote: 'always',
      part: null,
    })
    expect(endedView(record, { ...outcome, state: 'completed', version: 7 }).version).toBe(7)
    expect(newJobView({ ...record, warnings: [warning], webhook: { url: 'https://a/?b' } })).toMatchObject({
      warnings: [warning],
      webhook: { url: 'https://a/', state: 'pending' },
      version: null,
    })
  })

  it('of a prediction has what was ordered, and the rows that could not be answered', () => {
    expect(newJobView(prediction)).toMatchObject({
      kind: 'prediction',
      version: 3,
      rows: 250,
      failedRows: null,
      columns: ['text'],
      format: 'csv',
      scores: true,
      notes: false,
      interval: null,
      set: null,
      abstain: null,
      prefix: 'p_',
      part: null,
    })
    const levels = { interval: 0.8, set: 0.9, abstain: 0.7 }
    expect(newJobView({ ...prediction, ...levels })).toMatchObject(levels)
    const answered = { rows: 250, failed: 36, file: null }
    expect(endedView(prediction, { ...failed, state: 'completed', answered })).toMatchObject({
      failedRows: 36,
    })
    expect(endedView(prediction, failed)).toMatchObject({ failedRows: null, version: 3 })
  })
})

describe('the jobs that have ended', () => {
  it('are read once where they have completed, and anew where they may run again', async () => {
    const { records, ended, id, record } = await viewed()
    const read = vi.spyOn(records, 'outcome')
    expect(await ended.outcome(id)).toBeUndefined()
    expect(await ended.openIds()).toEqual([id])
    await records.end(id, failed)
    expect(await ended.outcome(id)).toMatchObject({ state: 'failed' })
    expect(await ended.openIds()).toEqual([])
    await records.beginRound(id, 2, null)
    expect(await ended.outcome(id)).toBeUndefined()
    expect(await ended.openIds()).toEqual([id])
    await records.end(id, { ...failed, state: 'completed' })
    read.mockClear()
    expect(await ended.outcome(id)).toMatchObject({ state: 'completed' })
    expect(await ended.outcome(id)).toMatchObject({ state: 'completed' })
    expect(read).toHaveBeenCalledTimes(1)
    expect(record.id).toBe(id)
  })

  it('show the last round whose order was taken', async () => {
    const { records, ended, id } = await viewed()
    const refused = { ...failed, refused: true }
    await records.end(id, refused)
    expect(await ended.outcome(id), 'no order was taken').toMatchObject({ refused: true })
    await records.beginRound(id, 2, null)
    await records.end(id, endedOutside('cancelled', cancelledError('By a client.')))
    await records.beginRound(id, 3, null)
    await records.end(id, refused)
    expect(await ended.outcome(id)).toMatchObject({ state: 'cancelled', refused: false })
  })
})

describe('the progress of parts', () => {
  const NOW = Date.parse('2026-01-01T10:01:40Z')
  const began = (seconds: number) => ({ startedAt: new Date(NOW - seconds * 1_000).toISOString() })
  const none = { startedAt: null, progress: null }
  const running = (progress: unknown, seconds: number | null): QueueState => ({
    state: 'active',
    attempt: 1,
    progress,
    startedAt: seconds === null ? null : NOW - seconds * 1_000,
    failedReason: null,
  })
  /** Sums up parts, of which each is what the store or the queue has of it. */
  const summed = async (
    record: JobRecord,
    parts: readonly ({ outcome: Partial<JobOutcome> } | QueueState | undefined)[],
  ) => {
    const clock = vi.spyOn(Date, 'now').mockReturnValue(NOW)
    onTestFinished(() => clock.mockRestore())
    const children = parts.map((_, index) => `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`)
    const asked: string[] = []
    const of = (id: string) => parts[children.indexOf(id)]
    const result = await familyProgress(
      { ...record, children },
      {
        outcome: async (id) => {
          const part = of(id)
          return part && 'outcome' in part ? { ...failed, ...part.outcome } : undefined
        },
        find: async (id) => {
          asked.push(id)
          const part = of(id)
          return part && 'state' in part ? part : undefined
        },
      },
    )
    return { ...result, asked }
  }
  const completed = (seconds: number) => ({ outcome: { state: 'completed' as const, ...began(seconds) } })

  it('is none before the first of them has begun', async () => {
    const { record } = await viewed()
    expect(await summed(record, [undefined, { ...running(fitting, 9), state: 'waiting' }])).toMatchObject(
      none,
    )
    expect(await summed(record, [running(fitting, null)])).toMatchObject(none)
    expect(await summed(record, [{ outcome: { state: 'cancelled', startedAt: null } }])).toMatchObject(none)
  })

  it('of folds counts their epochs, and the time that the rest takes with the last fit', async () => {
    const { record } = await viewed({ ...order, recipe: { epochs: 8, validation: { kFold: 5 } } })
    const half = { ...fitting, epoch: 4, epochs: 8, loss: 2, valLoss: null }
    const quarter = { ...fitting, epoch: 2, epochs: 8, loss: 4, valLoss: 6 }
    const { startedAt, progress } = await summed(record, [
      completed(100),
      running(half, 50),
      running(quarter, 40),
      running('not yet', 1),
      undefined,
    ])
    expect(startedAt).toBe(NOW - 100_000)
    // 1.75 of 5 folds in 100 s; 3.25 are left, and the last fit of 5/4 in one process of two.
    expect(progress).toEqual({
      phase: 'fit',
      epoch: 14,
      epochs: 40,
      fold: 2,
      loss: 3,
      valLoss: 6,
      etaSeconds: Math.round((100 / 1.75) * (3.25 + 1.25 * 2) * 10) / 10,
    })
    const all = await summed(record, Array(5).fill(completed(100)))
    expect(all.progress).toMatchObject({ epoch: 40, fold: 5, loss: null, valLoss: null, etaSeconds: 25 })
    const one = await summed(record, [completed(20), undefined])
    expect(one.progress).toMatchObject({ epoch: 8, fold: 2 })
    const begun = await summed(record, [running({ ...fitting, epoch: null, epochs: null }, 5)])
    expect(begun.progress).toMatchObject({ epoch: 0, fold: 1, etaSeconds: null })
    const stopped = await summed(record, [
      { outcome: { state: 'cancelled', ...began(30) } },
      { outcome: { state: 'failed', ...began(60) } },
    ])
    expect(stopped, 'a cancelled one is not done').toMatchObject({
      startedAt: NOW - 60_000,
      progress: { epoch: 8 },
    })
  })

  it('of trials tells no epochs, which differ between them', async () => {
    const search = { type: 'grid', over: { epochs: [1, 2] } }
    const { record } = await viewed({ ...order, recipe: { ...order.recipe, search } })
    const { progress } = await summed(record, [completed(10), undefined, undefined])
    // One of three in 10 s; two are left, and the winner is trained once more.
    expect(progress).toMatchObject({ phase: 'fit', epoch: null, epochs: null, fold: null, etaSeconds: 30 })
  })

  it('of a prediction counts its rows', async () => {
    const answering = { ...fitting, phase: 'predict', rows: { done: 13, total: 84 } }
    const { progress } = await summed(prediction, [completed(50), undefined, running(answering, 10)])
    // 250 rows are 83, 83 and 84.
    expect(progress).toEqual({
      phase: 'predict',
      epoch: null,
      epochs: null,
      fold: null,
      loss: null,
      valLoss: null,
      etaSeconds: Math.round((50 / 96) * 154 * 10) / 10,
      rows: { done: 96, total: 250 },
    })
    const begun = await summed(prediction, [running(fitting, 10), undefined, undefined])
    expect(begun.progress).toMatchObject({ etaSeconds: null, rows: { done: 0, total: 250 } })
  })

  it('asks the queue about the first 64 open parts only', async () => {
    const { record } = await viewed()
    const parts = [completed(9), ...Array(70).fill(undefined)]
    const { asked } = await summed(record, parts)
    expect(asked).toHaveLength(64)
    expect(asked[0]).toMatch(/01$/)
  })
})

describe('the history of a job', () => {
  const of = ({ record, records, queue }: Awaited<ReturnType<typeof viewed>>) =>
    historyOfJob(record, undefined, { records, queue })
  const line = (attempt: number, ...losses: number[]) =>
    JSON.stringify({ attempt, epochs: losses.map((loss) => ({ loss, valLoss: loss + 1 })) })

  it('is what its last attempt has told so far', async () => {
    const all = await viewed()
    expect(await of(all)).toMatchObject({ epochs: [], bestEpoch: null })
    const lines = [line(1, 9, 8, 7), line(2, 5), 'no JSON', '{"attempt":2}', line(2, 4, 3)]
    all.queue.lines.set(all.id, lines)
    expect(await of(all)).toMatchObject({
      epochs: [1, 2, 3],
      loss: [5, 4, 3],
      valLoss: [6, 5, 4],
      bestEpoch: 3,
    })
  })

  it('is that of its outcome, and empty where that has none', async () => {
    const { records, queue, record, id } = await viewed()
    queue.lines.set(id, [line(1, 9)])
    const history = historyOf([{ loss: 1, valLoss: 2 }], 'valLoss')
    expect(await historyOfJob(record, { ...failed, history }, { records, queue })).toBe(history)
    expect(await historyOfJob(record, failed, { records, queue })).toMatchObject({ epochs: [] })
    expect(await historyOfJob(prediction, undefined, { records, queue })).toMatchObject({ epochs: [] })
  })

  it('of folds is their mean, without those that have not begun', async () => {
    const all = await viewed({ ...order, recipe: { epochs: 4, validation: { kFold: 3 } } })
    expect(await of(all)).toMatchObject({ epochs: [], folds: [] })
    const [first = '', second = ''] = all.record.children
    const history = historyOf([{ loss: 1, valLoss: 2 }], 'valLoss')
    await all.records.end(first, { ...failed, state: 'completed', history })
    all.queue.lines.set(second, [line(1, 3, 3)])
    expect(await of(all)).toMatchObject({ epochs: [1], loss: [2], valLoss: [3] })
    expect((await of(all)).folds).toHaveLength(2)
  })

  it('of a search is that of its best trial', async () => {
    const search = { type: 'grid', over: { epochs: [1, 2] } }
    const all = await viewed({ ...order, recipe: { ...order.recipe, search } })
    const [first = '', second = ''] = all.record.children
    await all.records.end(first, failed)
    expect(await of(all), 'none has a score').toMatchObject({ epochs: [] })
    const history = historyOf([{ loss: 1, valLoss: 2 }], 'valLoss')
    await all.records.end(second, { ...failed, state: 'completed', history })
    expect(await of(all)).toEqual(history)
  })
})

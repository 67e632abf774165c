import { expect, it, onTestFinished, vi } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import { type AttemptDependencies, runAttempt } from '../../../src/jobs/attempt/attempt.ts'
import { NO_LIMITS } from '../../../src/jobs/records/limits.ts'
import { endedOutside } from '../../../src/jobs/records/outcomes.ts'
import type { Trainer } from '../../../src/training-contract.ts'
import { dataset, fixture, goodTrainer, noAnswerer, order } from '../fixture.ts'

const silent = { progress: async () => {}, log: async () => {} }
const never = new AbortController().signal
const failingWith =
  (error: Error): Trainer =>
  async () => {
    throw error
  }

/** Runs attempts of jobs, and notes what is logged. */
async function runner(more: Partial<AttemptDependencies> = {}) {
  const all = await fixture()
  const lines: { level: string; about: Record<string, unknown>; text: string }[] = []
  const note = (level: string) => (about: unknown, text?: string) =>
    void lines.push({ level, about: { ...Object(about) }, text: text ?? '' })
  const run = (
    id: string,
    trainer: Trainer = goodTrainer,
    signal = never,
    changes: Partial<AttemptDependencies> = {},
  ) =>
    runAttempt(
      {
        store: all.store,
        records: all.records,
        models: all.models,
        trainer,
        compare: async () => ({ fair: false, reason: 'Nothing is compared here.' }),
        answerer: noAnswerer,
        engine: {},
        limits: NO_LIMITS,
        log: { info: note('info'), warn: note('warn') },
        ...more,
        ...changes,
      },
      id,
      silent,
      signal,
    )
  return { ...all, run, lines }
}

it('the begin and the end of an attempt are logged', async () => {
  const { submit, run, lines } = await runner()
  const { id } = await submit(order)
  let time = 5_000
  const now = vi.spyOn(performance, 'now').mockImplementation(() => time)
  onTestFinished(() => now.mockRestore())
  const slow: Trainer = async (input) => {
    time += 2_345.6
    return goodTrainer(input)
  }
  expect(await run(id, slow)).toBe('completed')
  expect(lines).toEqual([
    {
      level: 'info',
      about: { job: id, model: 'm', attempt: 1, kind: 'training', dataset: dataset.id },
      text: 'attempt begins',
    },
    {
      level: 'info',
      about: { job: id, model: 'm', attempt: 1, state: 'completed', seconds: 2.346 },
      text: 'attempt ends',
    },
  ])
  expect(await run(id, failingWith(new Error('It is not to be trained again.')))).toBe('completed')
  expect(lines).toHaveLength(2)
})

it('a line has the request that ordered the job, and the job that it is a part of', async () => {
  const { submit, records, store, run, lines } = await runner()
  const { id } = await submit({ ...order, recipe: { ...order.recipe, validation: { kFold: 2 } } })
  const [part = ''] = (await records.find(id))?.children ?? []
  const record = await records.findTraining(part)
  await store.delete(`jobs/${part}/record.json`)
  await records.create({ ...record!, origin: { request: 'req-7' } })
  const fault = new Error('It broke.')
  await expect(run(part, failingWith(fault))).rejects.toBe(fault)
  const ids = { job: part, model: 'm', attempt: 1, parent: id, reqId: 'req-7' }
  expect(lines).toMatchObject([
    { level: 'info', about: ids },
    {
      level: 'warn',
      about: { ...ids, err: fault, seconds: expect.any(Number) },
      text: 'attempt ends without an outcome',
    },
  ])
})

it('a job that is unknown is an error, which is tried again', async () => {
  const { run, store } = await runner()
  const id = '019a0000-0000-7000-8000-000000000001'
  await expect(run(id)).rejects.toMatchObject({ code: 'unknown-job' })
  expect(await store.children(`jobs/${id}/`)).toEqual([])
})

it.each([
  'training-failed',
  'loss-not-finite',
  'prediction-failed',
  'corrupt-artifact',
  'unknown-dataset',
  'unknown-model',
  'unknown-version',
  'out-of-memory',
  'job-timed-out',
] as const)('%s ends a job for good', async (code) => {
  const { submit, run, records } = await runner()
  const { id } = await submit(order)
  expect(await run(id, failingWith(new FitserveError(code, 'no')))).toBe('failed')
  expect(await records.outcome(id)).toMatchObject({ attempt: 1, error: { type: `urn:fitserve:${code}` } })
})

it('a cancelled job is no failed one, and other causes leave a job open', async () => {
  const { submit, run, records } = await runner()
  const { id } = await submit(order)
  for (const error of [
    new FitserveError('internal', 'no'),
    new FitserveError('queue-unavailable', 'no'),
    new TypeError('no'),
  ])
    await expect(run(id, failingWith(error))).rejects.toBe(error)
  expect(await records.hasEnded(id)).toBe(false)
  expect(await run(id, failingWith(new FitserveError('cancelled', 'no')))).toBe('cancelled')
  expect(await records.outcome(id)).toMatchObject({ state: 'cancelled', attempt: 4 })
})

it('the end of the process is no end of the job, whatever the training says of it', async () => {
  const { submit, run, records } = await runner()
  const { id } = await submit(order)
  const controller = new AbortController()
  const reason = new FitserveError('training-failed', 'The process ends.')
  const interrupted: Trainer = async () => {
    controller.abort(reason)
    throw new FitserveError('training-failed', 'It was interrupted.')
  }
  await expect(run(id, interrupted, controller.signal)).rejects.toBe(reason)
  expect(await records.hasEnded(id)).toBe(false)
  await expect(run(id, goodTrainer, AbortSignal.abort(reason))).rejects.toBe(reason)
})

it('the stricter limit counts: that of the service or that of the job', async () => {
  const { submit, run, records } = await runner({ limits: { seconds: null, memoryMb: 1 } })
  const { id } = await submit({ ...order, limits: { memoryMb: 100_000 } })
  expect(await run(id)).toBe('failed')
  expect(await records.outcome(id)).toMatchObject({ error: { type: 'urn:fitserve:out-of-memory' } })
})

it('only a store that is away is waited for', async () => {
  const { submit, run, store } = await runner()
  const { id } = await submit(order)
  const ping = vi.spyOn(store, 'ping')
  await expect(run(id, failingWith(new FitserveError('queue-unavailable', 'no')))).rejects.toThrow('no')
  await expect(run(id, failingWith(new Error('no')))).rejects.toThrow('no')
  expect(ping).not.toHaveBeenCalled()
  await expect(run(id, failingWith(new FitserveError('store-unavailable', 'no')))).rejects.toThrow('no')
  expect(ping).toHaveBeenCalledTimes(1)
})

it('a job runs its open parts itself, one after the other, and stops between two', async () => {
  const { submit, run, records } = await runner()
  const { id } = await submit({ ...order, recipe: { ...order.recipe, validation: { kFold: 3 } } })
  const [first = '', second = '', third = ''] = (await records.find(id))?.children ?? []
  await records.end(second, endedOutside('failed', { type: 't', title: 't', detail: 'd' }))
  const controller = new AbortController()
  const reason = new Error('The process ends.')
  const ran: unknown[] = []
  const trainer: Trainer = async (input) => {
    ran.push(input.run)
    const trained = await goodTrainer(input)
    if (ran.length === 1) controller.abort(reason)
    return { ...trained, evaluation: { rows: 10, loss: 1, metrics: { accuracy: 0.5 } } }
  }
  await expect(run(id, trainer, controller.signal)).rejects.toBe(reason)
  expect(ran).toMatchObject([{ kind: 'fold', number: 1 }])
  expect((await records.outcome(first))?.state, 'what was done is kept').toBe('completed')
  await run(id, trainer)
  expect(ran.slice(1)).toMatchObject([{ kind: 'fold', number: 3 }])
  expect((await records.outcome(third))?.state).toBe('completed')
})

it('a job in one piece is trained whole, and one with folds at last on all rows', async () => {
  const { submit, run, records, models } = await runner()
  const runs: unknown[] = []
  const trainer: Trainer = async (input) => {
    runs.push(input.run.kind)
    const trained = await goodTrainer(input)
    return { ...trained, evaluation: { rows: 10, loss: 1, metrics: { accuracy: 0.5 } } }
  }
  const { id } = await submit(order)
  expect(await run(id, trainer)).toBe('completed')
  expect(runs).toEqual(['whole'])
  expect(await models.manifest('m', await models.entry('m', 1))).toMatchObject({
    model: 'm',
    job: id,
    attempt: 1,
    dataset: { id: dataset.id, name: 'reviews' },
    warnings: [{ code: 'other', message: 'a warning' }],
    metrics: { accuracy: 0.9 },
  })
  const folds = await submit({ ...order, recipe: { ...order.recipe, validation: { kFold: 2 } } })
  expect(await run(folds.id, trainer)).toBe('completed')
  expect(runs.slice(1)).toEqual(['fold', 'fold', 'final'])
  expect((await records.outcome(folds.id))?.version).toBe(2)
})

it('a failed part ends its job', async () => {
  const { submit, run, records } = await runner()
  const { id } = await submit({ ...order, recipe: { ...order.recipe, validation: { kFold: 2 } } })
  const [part = ''] = (await records.find(id))?.children ?? []
  expect(await run(part, failingWith(new FitserveError('loss-not-finite', 'It diverged.')))).toBe('failed')
  expect(await records.outcome(id)).toMatchObject({
    state: 'failed',
    error: { detail: 'Fold 1: It diverged.' },
  })
})

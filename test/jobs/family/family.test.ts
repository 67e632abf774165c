import { describe, expect, it } from 'vitest'
import { FitserveError } from '../../../src/errors.ts'
import type { History } from '../../../src/evaluation/history.ts'
import { historyOf } from '../../../src/evaluation/history.ts'
import { Reconciler } from '../../../src/jobs/worker/reconcile.ts'
import { progressOf, type Trainer } from '../../../src/training-contract.ts'
import { counted, dataset, fixture, goodTrainer, order } from '../fixture.ts'

const kFold = { ...order, recipe: { epochs: 3, validation: { kFold: 3 } } }

/** Fold n's losses are n times those of the first, so that means are easy to tell. */
const foldHistory = (fold: number): History =>
  historyOf(
    [
      { loss: 3 * fold, valLoss: 4 * fold },
      { loss: 2 * fold, valLoss: 2 * fold },
      { loss: fold, valLoss: 3 * fold },
    ],
    'valLoss',
  )
const runs: { kind: string; recipe: object }[] = []
const foldTrainer: Trainer = async (input) => {
  const { run, onProgress } = input
  runs.push({ kind: run.kind, recipe: input.recipe })
  if (run.kind !== 'fold') {
    const result = await goodTrainer({ ...input, onProgress: async () => {} })
    return run.kind === 'final' ? { ...result, history: run.history, evaluation: run.evaluation } : result
  }
  const values = { loss: run.fold, valLoss: 2 * run.fold }
  await onProgress(progressOf('fit', { epoch: 2, epochs: 3, values, epochEnded: true, etaSeconds: 1 }))
  const evaluation = { rows: 10, loss: 3 * run.fold, metrics: { accuracy: run.fold / 10 } }
  return { files: new Map(), history: foldHistory(run.fold), evaluation, warnings: [], about: {} }
}
const endless: Trainer = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

async function families() {
  const all = await fixture()
  const { id } = await all.submit(kFold)
  const [first = '', second = '', third = ''] = (await all.records.find(id))?.children ?? []
  return { ...all, id, first, second, third }
}

describe('a k-fold job', () => {
  it('is kept with its folds, which are queued before it and shown with it only', async () => {
    const { jobs, queue, id, first, second, third } = await families()
    expect(queue.flows).toEqual([[id, first, second, third]])
    expect((await jobs.list({ limit: 9 }, {})).items.map((job) => job.id)).toEqual([id])
    const folds = await jobs.list({ limit: 9 }, { parent: id })
    expect(folds.items.map((job) => job.part)).toEqual(
      [3, 2, 1].map((number) => ({ kind: 'fold', number, fold: number, repeat: 1 })),
    )
    expect(folds.items[0]).toMatchObject({ parent: id, state: 'queued', model: 'm', recipe: { epochs: 3 } })
    expect((await jobs.list({ limit: 2 }, { parent: id })).next).toBe(second)
    expect((await jobs.list({ limit: 9 }, { parent: first })).items).toEqual([])
    expect(await jobs.get(id)).toMatchObject({ state: 'queued', recipe: { finalEpochs: 'best' } })
  })

  it('is active while folds run, and sums up how far they are', async () => {
    const { jobs, attempt, id, first, second } = await families()
    await attempt(first, foldTrainer)
    await attempt(second, async (input) => {
      const result = await foldTrainer(input)
      const job = await jobs.get(id)
      // One fold of three, and two epochs of three of the second.
      expect(job).toMatchObject({
        state: 'active',
        attempt: 1,
        version: null,
        progress: { phase: 'fit', epoch: 5, epochs: 9, fold: 2, loss: 2, valLoss: 4 },
      })
      expect(job.progress?.etaSeconds).toBeGreaterThanOrEqual(0)
      expect(Date.parse(job.startedAt ?? '')).toBeLessThanOrEqual(Date.now())
      // The second fold has told of one epoch: so far goes the mean.
      expect(await jobs.history(id)).toMatchObject({ epochs: [1], loss: [2.5], valLoss: [4] })
      return result
    })
  })

  it('ends with means over folds, their deviation, and a model for the best epoch', async () => {
    const { jobs, attempt, models, id, first, second, third } = await families()
    for (const fold of [first, second, third]) expect(await attempt(fold, foldTrainer)).toBe('completed')
    runs.length = 0
    expect(await attempt(id, foldTrainer)).toBe('completed')
    expect(runs.map(({ kind }) => kind)).toEqual(['final'])
    expect(await jobs.get(id)).toMatchObject({
      state: 'completed',
      version: 1,
      progress: { phase: 'publish' },
    })
    expect(await jobs.history(id)).toMatchObject({
      loss: [6, 4, 2],
      valLoss: [8, 4, 6],
      bestEpoch: 2,
      overfitsAfter: null,
      folds: [1, 2, 3].map((fold) => ({ valLoss: [4 * fold, 2 * fold, 3 * fold] })),
    })
    expect((await models.head('m'))?.state.versions).toHaveLength(1)
    expect((await jobs.get(first)).version).toBeNull()
    expect((await jobs.get(id)).startedAt).toBe((await jobs.get(first)).startedAt)
  })

  it('hands the last fit both results: scores at the end, and at the epoch that is best in the mean', async () => {
    const { attempt, id, first, second, third } = await families()
    for (const fold of [first, second, third]) await attempt(fold, foldTrainer)
    await attempt(id, async (input) => {
      if (input.run.kind !== 'final') throw new Error('not the last fit')
      const { evaluation } = input.run
      expect(evaluation.folds).toEqual(
        [1, 2, 3].map((n) => ({ rows: 10, loss: 3 * n, metrics: { accuracy: n / 10 } })),
      )
      expect(evaluation.mean?.['loss']).toBeCloseTo(6, 12)
      // numpy.std([3, 6, 9]) = 2.449489742783178, numpy.std([2, 4, 6]) = 1.632993161855452
      expect(evaluation.deviation?.['loss']).toBeCloseTo(2.449489742783178, 12)
      expect(evaluation.best).toMatchObject({ epoch: 2, mean: { loss: 4 } })
      expect(evaluation.best?.deviation['loss']).toBeCloseTo(1.632993161855452, 12)
      return foldTrainer(input)
    })
  })

  it('fails at once with the fold that failed, and its other folds stop', async () => {
    const { jobs, attempt, id, first, second, third } = await families()
    const running = attempt(second, endless)
    await expect.poll(async () => (await jobs.get(second)).state).toBe('active')
    const failing: Trainer = async () => {
      throw new FitserveError('loss-not-finite', 'It diverged.')
    }
    expect(await attempt(first, failing)).toBe('failed')
    expect(await jobs.get(id)).toMatchObject({
      state: 'failed',
      error: { type: 'urn:fitserve:loss-not-finite', detail: 'Fold 1: It diverged.' },
    })
    expect(await running).toBe('cancelled')
    expect(await attempt(third, foldTrainer)).toBe('cancelled')
    expect(await attempt(id, foldTrainer)).toBe('failed')
  })

  it('is cancelled with its folds, those that wait and those that run', async () => {
    const { jobs, queue, attempt, id, first, second, third } = await families()
    await attempt(first, foldTrainer)
    const running = attempt(second, endless)
    await expect.poll(async () => (await jobs.get(second)).state).toBe('active')
    // A running fold may see it before this answers.
    expect(['cancelling', 'cancelled']).toContain((await jobs.cancel(id, null)).state)
    expect(queue.jobs.has(third)).toBe(false)
    expect(await running).toBe('cancelled')
    const states = await Promise.all(
      [id, first, second, third].map(async (each) => (await jobs.get(each)).state),
    )
    expect(states).toEqual(['cancelled', 'completed', 'cancelled', 'cancelled'])
    expect(await jobs.history(id)).toMatchObject({ epochs: [1, 2, 3], valLoss: [4, 2, 3] })
    await expect(jobs.cancel(id, null)).rejects.toMatchObject({ code: 'job-finished' })
  })

  it('is cancelled by the cancelling of a fold', async () => {
    const { jobs, id, first } = await families()
    await jobs.cancel(first, null)
    expect(await jobs.get(id)).toMatchObject({
      state: 'cancelled',
      error: { detail: 'Fold 1 was cancelled.' },
    })
  })

  it('that could not be queued leaves no fold that would run', async () => {
    const { submit, queue, jobs, records } = await fixture()
    queue.away = true
    await expect(submit(kFold)).rejects.toMatchObject({ code: 'queue-unavailable' })
    queue.away = false
    await new Reconciler(records, queue).run()
    expect(queue.jobs.size).toBe(0)
    const ids = await records.ids()
    expect(ids).toHaveLength(4)
    for (const id of ids) {
      expect(await records.outcome(id)).toMatchObject({ state: 'failed', refused: true })
      expect((await jobs.list({ limit: 9 }, { parent: id })).items).toEqual([])
    }
    expect((await jobs.list({ limit: 9 }, {})).items).toEqual([])
  })

  it('runs folds itself that the queue lost', async () => {
    const { attempt, jobs, id, first } = await families()
    await attempt(first, foldTrainer)
    expect(await attempt(id, foldTrainer)).toBe('completed')
    expect((await jobs.list({ limit: 9 }, { parent: id, state: 'completed' })).items).toHaveLength(3)
  })

  it('is one job under one idempotency key, and leaves no folds of a second', async () => {
    const { submit, jobs, records } = await fixture()
    const answers = await Promise.all([submit(kFold, 'k'), submit(kFold, 'k'), submit(kFold, 'k')])
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
    expect((await jobs.list({ limit: 9 }, { parent: answers[0]?.id })).items).toHaveLength(3)
    expect(await records.ids()).toHaveLength(4)
  })
})

describe('the reconciler', () => {
  const age = async ({ records, store }: Awaited<ReturnType<typeof fixture>>) => {
    for (const id of await records.ids()) {
      const record = await records.find(id)
      const ended = await store.read(`jobs/${id}/outcome.json`)
      await store.deleteBelow(`jobs/${id}/`)
      if (record) await records.create({ ...record, createdAt: '2026-01-01T00:00:00Z' })
      if (ended) await store.create(`jobs/${id}/outcome.json`, ended)
    }
  }

  it('queues a lost flow again, without the folds that have ended', async () => {
    const all = await families()
    const { attempt, queue, records, id, first, second, third } = all
    await attempt(first, foldTrainer)
    await age(all)
    queue.jobs.clear()
    queue.flows.length = 0
    expect((await new Reconciler(records, queue).run()).requeued).toEqual([id])
    expect(queue.flows).toEqual([[id, second, third]])
    expect((await new Reconciler(records, queue).run()).requeued).toEqual([])
  })

  it('lists nothing of folds that wait for their turn', async () => {
    const all = await families()
    const { queue, records, store } = all
    await age(all)
    const { calls } = counted({ store, queue })
    expect(await new Reconciler(records, queue).run()).toEqual({ requeued: [], ended: [] })
    // The ids of all jobs.
    expect(calls.filter((call) => call === 'store.children')).toHaveLength(1)
  })

  it('ends folds whose job was never kept, or has ended', async () => {
    const all = await families()
    const { jobs, queue, records, store, id, first, second } = all
    await age(all)
    await store.deleteBelow(`jobs/${id}/`)
    expect((await new Reconciler(records, queue).run()).ended).toContain(first)
    expect(await jobs.get(second)).toMatchObject({ state: 'cancelled' })
  })
})

describe('retrying', () => {
  it('is refused where a data set that the job needs has been deleted', async () => {
    const { submit, jobs, attempt, deleted } = await fixture()
    const { id, dataset } = await submit(order)
    await attempt(id, async () => {
      throw new FitserveError('training-failed', 'Not now.')
    })
    deleted.add(dataset)
    const refused = jobs.retry(id, null)
    await expect(refused).rejects.toMatchObject({ code: 'job-not-retryable' })
    await expect(refused).rejects.toThrow(`The data set ${dataset}`)
    expect((await jobs.get(id)).state).toBe('failed')
    deleted.clear()
    await jobs.retry(id, null)
    expect(await attempt(id)).toBe('completed')
  })

  it('runs a failed job once more under its id, and keeps the folds that had completed', async () => {
    const { jobs, queue, attempt, records, id, first, second, third } = await families()
    await expect(jobs.retry(id, null)).rejects.toMatchObject({ code: 'job-not-retryable' })
    await attempt(first, foldTrainer)
    const failing: Trainer = async () => {
      throw new FitserveError('training-failed', 'Not now.')
    }
    await attempt(second, failing)
    await expect(jobs.retry(id, null), 'the third has not ended').rejects.toMatchObject({
      code: 'job-not-retryable',
    })
    await attempt(third, foldTrainer)
    await attempt(id, foldTrainer)
    queue.flows.length = 0
    expect(await jobs.retry(id, null)).toMatchObject({ id, state: 'active', error: null, finishedAt: null })
    expect(queue.flows).toEqual([[id, second, third]])
    await expect(jobs.retry(id, null)).rejects.toMatchObject({ code: 'job-not-retryable' })
    await expect(jobs.retry(second, null)).rejects.toMatchObject({ code: 'job-not-retryable' })
    for (const each of [second, third, id]) expect(await attempt(each, foldTrainer)).toBe('completed')
    expect(await jobs.get(id)).toMatchObject({ state: 'completed', version: 1 })
    expect((await records.outcome(first))?.attempt).toBe(1)
    await expect(jobs.retry(id, null)).rejects.toMatchObject({ code: 'job-not-retryable' })
  })

  it('can be cancelled and retried again; an attempt of before changes nothing', async () => {
    const { jobs, submit, attempt } = await fixture()
    const { id } = await submit(order)
    let release: (() => void) | undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let began = () => {}
    const training = new Promise<void>((resolve) => {
      began = resolve
    })
    const late = attempt(id, async (input) => {
      began()
      await gate
      return goodTrainer({ ...input, onProgress: async () => {} })
    })
    await training
    await attempt(id, async () => {
      throw new FitserveError('training-failed', 'Not now.')
    })
    await jobs.retry(id, null)
    await jobs.cancel(id, null)
    expect((await jobs.get(id)).state).toBe('cancelled')
    await jobs.retry(id, null)
    release?.()
    await expect(late).rejects.toThrow('Another attempt')
    expect((await jobs.get(id)).finishedAt).toBeNull()
    expect(await attempt(id)).toBe('completed')
    expect((await jobs.list({ limit: 9 }, {})).items).toHaveLength(1)
  })
})

describe('validation on another data set', () => {
  it('is kept by its id, and keeps that data set from being deleted', async () => {
    const { submit, jobs, attempt } = await fixture()
    const job = await submit({ ...order, recipe: { epochs: 2, validation: { dataset: 'held' } } })
    const held = `ds_${'c'.repeat(24)}`
    expect(job.recipe.validation).toEqual({ dataset: held })
    expect(await jobs.datasetInUse(held)).toContain(job.id)
    await attempt(job.id)
    expect(await jobs.datasetInUse(held)).toBeNull()
  })

  it('is refused where columns or classes differ, or the data set is not there', async () => {
    const { submit } = await fixture()
    for (const [name, message] of [
      ['nobody', /no data set/],
      ['numbers', /no column "text"/],
      ['strange', /classes that the training data lacks: "maybe"/],
    ] as const)
      await expect(submit({ ...order, recipe: { validation: { dataset: name } } })).rejects.toMatchObject({
        problems: [{ path: '/recipe/validation/dataset', message: expect.stringMatching(message) }],
      })
    const finalEpochs = { validation: { dataset: 'held' }, finalEpochs: 3 }
    await expect(submit({ ...order, recipe: finalEpochs })).rejects.toMatchObject({
      problems: [{ path: '/recipe/finalEpochs' }],
    })
  })
})

describe('a dry run', () => {
  it('answers the whole recipe and what it would cost, and keeps nothing', async () => {
    const { jobs, queue, records } = await fixture()
    const layers = [{ units: 16 }, { units: 16 }]
    const recipe = { encoder: { type: 'multiHot', numWords: 10_000 }, layers, validation: { split: 0.4 } }
    const dry = await jobs.dryRun({ ...order, recipe })
    expect(dry).toMatchObject({ inputs: 10_000, parameters: 160_305, recipe: { epochs: 20, seed: 1 } })
    expect(dry.estimated.seconds).toBeGreaterThan(0)
    expect(dry.estimated.memoryMb).toBeGreaterThan(100)
    const folds = await jobs.dryRun({ ...order, recipe: { ...recipe, validation: { kFold: 10 } } })
    expect(folds.estimated.seconds).toBeGreaterThan(dry.estimated.seconds)
    expect([queue.jobs.size, await records.ids()]).toEqual([0, []])
  })

  it('names every problem at once', async () => {
    const { jobs } = await fixture()
    const recipe = {
      loss: 'huber',
      metrics: ['r2'],
      validation: { kFold: 101 },
      threshold: 0.5,
      labels: null,
    }
    await expect(jobs.dryRun({ ...order, recipe })).rejects.toMatchObject({
      code: 'invalid-job',
      problems: ['/recipe/loss', '/recipe/metrics/0', '/recipe/validation/kFold'].map((path) => ({ path })),
    })
  })
})

describe('retraining', () => {
  it("orders production's recipe with changes, on the newest data set of its name", async () => {
    const { jobs, submit, attempt } = await fixture()
    await attempt((await submit(order)).id)
    const again = await jobs.retrain('m', { recipe: { epochs: 4, validation: null } }, null)
    expect(again).toMatchObject({
      dataset: dataset.id,
      datasetName: 'reviews',
      promote: 'always',
      reused: false,
      recipe: {
        epochs: 4,
        validation: null,
        earlyStopping: null,
        finalEpochs: null,
        layers: [{ units: 16 }, {}],
      },
    })
    const changed = { optimizer: { type: 'adam' }, encoder: { numWords: 50 }, layers: [{ units: 4 }] }
    const merged = await jobs.retrain('m', { recipe: changed, promote: 'never' }, null)
    expect(merged).toMatchObject({ promote: 'never', recipe: { epochs: 2 } })
    expect(merged.recipe.optimizer).toMatchObject({ type: 'adam', beta1: 0.9 })
    expect(merged.recipe.encoder).toMatchObject({ type: 'multiHot', numWords: 50 })
    expect(merged.recipe.layers).toHaveLength(1)
    expect(await jobs.retrain('m', {}, null), 'the same again').toMatchObject({ reused: true })
  })

  it('refuses what cannot be, with its path', async () => {
    const { jobs, submit, attempt } = await fixture()
    await expect(jobs.retrain('m', {}, null)).rejects.toMatchObject({ code: 'unknown-model' })
    await attempt((await submit({ ...order, promote: 'never' })).id)
    await expect(jobs.retrain('m', {}, null)).rejects.toMatchObject({ code: 'unknown-alias' })
    await attempt((await submit({ ...order, force: true })).id)
    const hostile: Record<string, unknown> = JSON.parse('{"__proto__":{"epochs":1},"epochs":0}')
    for (const [recipe, path] of [
      [{ epochs: 0 }, '/recipe/epochs'],
      [{ optimizer: { beta1: 0.5 } }, '/recipe/optimizer/beta1'],
      [hostile, '/recipe/epochs'],
    ] as const)
      await expect(jobs.retrain('m', { recipe }, null)).rejects.toMatchObject({
        code: 'invalid-job',
        problems: expect.arrayContaining([expect.objectContaining({ path })]),
      })
    await expect(jobs.retrain('m', { dataset: 'nobody' }, null)).rejects.toMatchObject({
      problems: [{ path: '/dataset' }],
    })
  })
})

import { describe, expect, it } from 'vitest'
import { historyOf } from '../../../src/evaluation/history.ts'
import { foldsOf, winnerOf } from '../../../src/jobs/family/results.ts'
import { neededPart, settleCancelled, settleParent } from '../../../src/jobs/family/settle.ts'
import { cancelledError, endedOutside } from '../../../src/jobs/records/outcomes.ts'
import type { JobOutcome } from '../../../src/jobs/records/records.ts'
import { fixture, order } from '../fixture.ts'

const error = { type: 'urn:fitserve:loss-not-finite', title: 'Loss not finite', detail: 'It diverged.' }
const failed = endedOutside('failed', error)
const cancelled = endedOutside('cancelled', cancelledError('By a client.'))
const completed = (valLoss: number, more: Partial<JobOutcome> = {}): JobOutcome => ({
  ...failed,
  state: 'completed',
  error: null,
  history: historyOf([{ loss: 1, valLoss }], 'valLoss'),
  evaluation: { rows: 10, loss: valLoss, metrics: { accuracy: 0.5 } },
  ...more,
})

/** A job with parts that tests end by hand. */
async function family(recipe: object) {
  const { submit, records } = await fixture()
  const { id } = await submit({ ...order, recipe: { ...order.recipe, ...recipe } })
  const job = await records.findTraining(id)
  if (!job) throw new Error('The job has no record.')
  const parts = await Promise.all(job.children.map((child) => records.find(child)))
  const end = async (number: number, outcome: JobOutcome, round = 1) => {
    const part = parts[number - 1]
    if (!part) throw new Error('There is no such part.')
    await records.end(part.id, outcome, round)
    return part
  }
  return { records, job, id, end, parts }
}

describe('the result of folds', () => {
  const kFold = { validation: { kFold: 2 } }

  it('is summed up over all of them', async () => {
    const { records, job, end } = await family({ validation: { kFold: 2, smoothing: 0.5 } })
    await end(1, completed(2))
    await end(2, completed(4))
    const { history, evaluation } = await foldsOf(records, job)
    expect(history).toMatchObject({ valLoss: [3], bestEpoch: 1 })
    expect(evaluation).toMatchObject({ mean: { loss: 3 }, deviation: { loss: 1 } })
  })

  it.each<[string, JobOutcome | undefined, object]>([
    ['has failed', failed, { code: 'training-failed', message: 'Fold 2: It diverged.' }],
    ['was cancelled', cancelled, { code: 'cancelled', message: 'Fold 2: By a client.' }],
    ['has not ended', undefined, { code: 'training-failed', message: 'Fold 2: it has no result.' }],
    [
      'has no history',
      completed(1, { history: null }),
      { code: 'training-failed', message: 'Fold 2: it has no result.' },
    ],
    [
      'has no evaluation',
      completed(1, { evaluation: null }),
      { code: 'training-failed', message: 'Fold 2: it has no result.' },
    ],
    [
      'has failed after an evaluation',
      completed(1, { state: 'failed', error }),
      { code: 'training-failed', message: 'Fold 2: It diverged.' },
    ],
  ])('is none where one of them %s', async (_, outcome, expected) => {
    const { records, job, end } = await family(kFold)
    await end(1, completed(2))
    if (outcome) await end(2, outcome)
    await expect(foldsOf(records, job)).rejects.toMatchObject(expected)
  })
})

describe('the best trial of a search', () => {
  const search = (more: object = {}) => ({ search: { type: 'grid', over: { epochs: [1, 2, 3] }, ...more } })

  it('has the recipe that is trained, and tells how it was found', async () => {
    const { records, job, end } = await family(search())
    await end(1, completed(4))
    await end(2, completed(3))
    await end(3, failed)
    expect(await winnerOf(records, job)).toMatchObject({
      recipe: { epochs: 2, search: null },
      folds: null,
      search: { type: 'grid', metric: 'valLoss', trials: 3, winner: 2, params: { epochs: 2 }, score: 3 },
    })
  })

  it('brings the result of its folds', async () => {
    const { records, job, end } = await family({ ...search(), validation: { kFold: 2 } })
    const winner = completed(1)
    await end(3, winner)
    const { folds } = await winnerOf(records, job)
    expect(folds).toEqual({ history: winner.history, evaluation: winner.evaluation })
    const bare = await family({ ...search(), validation: { kFold: 2 } })
    await bare.end(3, completed(1, { evaluation: null }))
    expect((await winnerOf(bare.records, bare.job)).folds).toBeNull()
  })

  it('is none where no trial has a score', async () => {
    const { records, job, end } = await family(search())
    await expect(winnerOf(records, job)).rejects.toMatchObject({
      code: 'training-failed',
      message: 'None of 3 trials has a score.',
    })
    await end(2, failed)
    await expect(winnerOf(records, job)).rejects.toThrow('None of 3 trials has a score. It diverged.')
    const plain = await family({})
    await expect(winnerOf(plain.records, plain.job)).rejects.toThrow(RangeError)
  })
})

describe('the end of a part', () => {
  const outcomeOf = async ({ records, id }: Awaited<ReturnType<typeof family>>) => {
    const outcome = await records.outcome(id)
    return outcome && [outcome.state, outcome.error?.type, outcome.error?.detail]
  }

  it('that is needed has a name for messages', () => {
    expect(neededPart({ kind: 'fold', number: 3, fold: 1, repeat: 2 })).toBe('Fold 3')
    expect(neededPart({ kind: 'rows', number: 2, from: 100, to: 250 })).toBe('Part 2 (rows 101 to 250)')
    expect(neededPart({ kind: 'trial', number: 1, params: {} })).toBeUndefined()
  })

  it('ends its job where it is needed and has not completed', async () => {
    for (const [outcome, expected] of [
      [failed, ['failed', error.type, 'Fold 1: It diverged.']],
      [cancelled, ['cancelled', 'urn:fitserve:cancelled', 'Fold 1 was cancelled.']],
      [completed(1), undefined],
      [{ ...failed, error: null }, undefined],
    ] as const) {
      const all = await family({ validation: { kFold: 2 } })
      await settleParent(all.records, await all.end(1, outcome), outcome, 1)
      expect(await outcomeOf(all)).toEqual(expected)
    }
  })

  it('ends no search', async () => {
    const all = await family({ search: { type: 'grid', over: { epochs: [1, 2] } } })
    for (const [number, outcome] of [
      [1, failed],
      [2, cancelled],
    ] as const)
      await settleParent(all.records, await all.end(number, outcome), outcome, 1)
    expect(await outcomeOf(all)).toBeUndefined()
  })

  it('of an earlier round changes nothing', async () => {
    const all = await family({ validation: { kFold: 2 } })
    const { records, id, end } = all
    const part = await end(1, failed)
    await records.beginRound(part.id, 2, null)
    await settleParent(records, part, failed, 1)
    expect(await outcomeOf(all)).toBeUndefined()
    await end(1, cancelled, 2)
    await settleParent(records, part, cancelled, 2)
    expect(await outcomeOf(all)).toEqual(['cancelled', 'urn:fitserve:cancelled', 'Fold 1 was cancelled.'])
    // What has ended stays as it is, and a job without a parent has none to end.
    await settleParent(records, part, failed, 2)
    expect((await outcomeOf(all))?.[0]).toBe('cancelled')
    await settleParent(records, { ...part, parent: null }, failed, 2)
    expect(await records.round(id)).toBe(1)
  })

  it('ends a job that is being cancelled once all of its parts have ended', async () => {
    const all = await family({ validation: { kFold: 2 } })
    const { records, id, end } = all
    await records.requestCancel(id, null)
    const first = await end(1, cancelled)
    await settleParent(records, first, cancelled, 1)
    expect(await outcomeOf(all)).toBeUndefined()
    await settleParent(records, await end(2, completed(1)), completed(1), 1)
    expect(await outcomeOf(all)).toEqual(['cancelled', 'urn:fitserve:cancelled', 'The job was cancelled.'])
    await settleCancelled(records, '00000000-0000-7000-8000-000000000000', 1)
  })
})

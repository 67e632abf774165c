import { describe, expect, it } from 'vitest'
import { historyOf } from '../../../src/evaluation/history.ts'
import type { JobView } from '../../../src/jobs/contract.ts'
import { endedOutside } from '../../../src/jobs/records/outcomes.ts'
import type { JobOutcome } from '../../../src/jobs/records/records.ts'
import { trialsOf } from '../../../src/jobs/views/leaderboard.ts'
import { newJobView } from '../../../src/jobs/views/views.ts'
import { fixture, order } from '../fixture.ts'

/** A search over four numbers of epochs, whose trials none has run. */
async function search() {
  const { submit, records, jobs } = await fixture()
  const over = { epochs: [1, 2, 3, 4] }
  const { id } = await submit({ ...order, recipe: { ...order.recipe, search: { type: 'grid', over } } })
  const record = await records.find(id)
  if (!record) throw new Error('The search has no record.')
  const end = (number: number, outcome: JobOutcome) => records.end(record.children[number - 1] ?? '', outcome)
  /** A page of the leaderboard; `shown` is what the view of each trial has beside that of a new job. */
  const page = (limit: number, cursor?: string, shown: Partial<JobView> = {}) =>
    trialsOf(record, cursor === undefined ? { limit } : { limit, cursor }, {
      records,
      viewOf: async (trial) => Object.assign(newJobView(trial), shown),
    })
  return { records, record, jobs, end, page, id }
}

const completed = (valLoss: number[], stopped = false): JobOutcome => ({
  ...endedOutside('failed', { type: 't', title: 't', detail: 'd' }),
  state: 'completed',
  error: null,
  stopped,
  history: historyOf(
    valLoss.map((value) => ({ loss: 1, valLoss: value })),
    'valLoss',
  ),
})

describe('the leaderboard of a search', () => {
  it('has the best trial first, with what it tried, and those without a score last', async () => {
    const { record, end, page } = await search()
    await end(3, completed([5, 2]))
    await end(4, completed([4]))
    await end(1, completed([1], true))
    const progress = { phase: 'fit' as const, epoch: 7, epochs: 9, fold: null, loss: 1, valLoss: 1 }
    const { items, next } = await page(10, undefined, { progress: { ...progress, etaSeconds: 1 } })
    const trial = (number: number) => ({
      id: record.children[number - 1],
      number,
      params: { epochs: number },
      state: 'queued',
      error: null,
    })
    expect(items).toEqual([
      { ...trial(3), stopped: false, score: 2, epochs: 2 },
      { ...trial(4), stopped: false, score: 4, epochs: 1 },
      { ...trial(1), stopped: true, score: 1, epochs: 1 },
      { ...trial(2), stopped: false, score: null, epochs: 7 },
    ])
    expect(next).toBeNull()
    expect((await page(10)).items.at(-1)?.epochs).toBe(0)
  })

  it('is read in pages by places in it', async () => {
    const { page } = await search()
    const numbers = async (limit: number, cursor?: string) => {
      const { items, next } = await page(limit, cursor)
      return [items.map(({ number }) => number), next]
    }
    expect(await numbers(3)).toEqual([[1, 2, 3], '3'])
    expect(await numbers(3, '3')).toEqual([[4], null])
    expect(await numbers(4)).toEqual([[1, 2, 3, 4], null])
    expect(await numbers(2, '1')).toEqual([[2, 3], '3'])
    expect(await numbers(2, '999999')).toEqual([[], null])
    for (const cursor of ['', 'x1', '1x', '-1', '1.5', '1000000', '0000001'])
      await expect(page(2, cursor), cursor).rejects.toMatchObject({ code: 'invalid-query' })
  })

  it('has fewer trials on a page where they are large', async () => {
    const { page } = await search()
    // A page holds 8 MiB of JSON: three trials of 2.5 MiB.
    const error = { type: 't', title: 't', detail: 'x'.repeat(2.5 * 2 ** 20) }
    const first = await page(10, undefined, { error })
    expect([first.items.length, first.next]).toEqual([3, '3'])
    const second = await page(10, '1', { error })
    expect([second.items.map(({ number }) => number), second.next]).toEqual([[2, 3, 4], null])
    const alone = await page(1, '1', { error })
    expect([alone.items.length, alone.next]).toEqual([1, '2'])
  })

  it('is empty for jobs that are no search', async () => {
    const { records, record, jobs, id } = await search()
    const trial = await records.find(record.children[0] ?? '')
    if (!trial || record.kind !== 'training') throw new Error('There is no trial.')
    const reading = { records, viewOf: async () => newJobView(trial) }
    expect(await trialsOf(trial, { limit: 5 }, reading)).toEqual({ items: [], next: null })
    const { promote: _promote, recipe: _recipe, allowInputChanges: _allow, ...common } = record
    const prediction = {
      ...common,
      kind: 'prediction' as const,
      version: 1,
      rows: 1,
      columns: [],
      format: 'csv' as const,
      scores: false,
      notes: false,
      prefix: '',
      part: null,
    }
    expect(await trialsOf(prediction, { limit: 5 }, reading)).toEqual({ items: [], next: null })
    expect((await jobs.trials(id, { limit: 5 })).items).toHaveLength(4)
  })
})

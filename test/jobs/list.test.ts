import { v7 as uuidv7 } from 'uuid'
import { expect, it, vi } from 'vitest'
import { FitserveError } from '../../src/errors.ts'
import type { JobState } from '../../src/jobs/contract.ts'
import { fixture } from './fixture.ts'

it('a list by state or model reads the jobs that it leaves out once', async () => {
  const { jobs, submit, attempt, records } = await fixture()
  const order = (model: string, epochs: number) =>
    submit({ model, dataset: 'reviews', recipe: { epochs, layers: [], validation: { split: 0.2 } } })
  const done = await order('done', 1)
  await attempt(done.id)
  const open = await order('open', 2)
  const cancelled = await order('open', 3)
  await jobs.cancel(cancelled.id, null)
  const listed = async (filter: object) => (await jobs.list({ limit: 10 }, filter)).items.map(({ id }) => id)
  expect(await listed({ state: 'queued' })).toEqual([open.id])
  const find = vi.spyOn(records, 'find')
  const outcome = vi.spyOn(records, 'outcome')
  expect(await listed({ state: 'queued' })).toEqual([open.id])
  expect(find.mock.calls).toEqual([[open.id]])
  // A cancelled job may have been ordered again meanwhile, a completed one may not.
  expect(outcome.mock.calls.map(([id]) => id)).not.toContain(done.id)
  find.mockClear()
  expect(await listed({ model: 'done' })).toEqual([done.id])
  expect(find.mock.calls).toEqual([[done.id]])
  expect(await listed({ state: 'cancelled' })).toEqual([cancelled.id])
  await jobs.retry(cancelled.id, null)
  expect(await listed({ state: 'queued' })).toEqual([cancelled.id, open.id])
  expect(await listed({})).toEqual([cancelled.id, open.id, done.id])
})

it('a list by state looks at some hundred jobs a page, and its cursor goes on to the others', async () => {
  const { jobs, submit, records, queue } = await fixture()
  const recipe = { epochs: 1, layers: [], validation: { split: 0.2 } }
  const first = await submit({ model: 'first', dataset: 'reviews', recipe })
  queue.set(first.id, { state: 'active', startedAt: Date.now() })
  const record = await records.find(first.id)
  if (!record) throw new Error('the job has no record')
  await Promise.all(Array.from({ length: 600 }, () => records.create({ ...record, id: uuidv7() })))
  const find = vi.spyOn(queue, 'find')
  const pages: string[][] = []
  let cursor: string | undefined
  do {
    find.mockClear()
    const { items, next } = await jobs.list({ limit: 1, cursor }, { state: 'active' })
    expect(find.mock.calls.length).toBeLessThan(550)
    pages.push(items.map(({ id }) => id))
    cursor = next ?? undefined
  } while (cursor !== undefined && pages.length < 10)
  expect(pages).toEqual([[], [first.id]])
  // One of its model is found at once, since the others are known to be of another one.
  const other = await submit({ model: 'other', dataset: 'reviews', recipe: { ...recipe, epochs: 2 } })
  expect((await jobs.list({ limit: 5 }, { model: 'other', state: 'queued' })).items).toMatchObject([
    { id: other.id },
  ])
})

it('a list of another state leaves out the jobs that wait in the queue, however many, without a look at each', async () => {
  const { jobs, submit, records, queue } = await fixture()
  const recipe = { epochs: 1, layers: [], validation: { split: 0.2 } }
  const orderOf = (model: string) => submit({ model, dataset: 'reviews', recipe: { ...recipe, seed: 1 } })
  const running = await orderOf('running')
  const family = await submit({
    model: 'family',
    dataset: 'reviews',
    recipe: { ...recipe, validation: { kFold: 2 } },
  })
  const failed = await orderOf('failed')
  queue.set(running.id, { state: 'active', startedAt: Date.now() })
  await jobs.cancel(failed.id, null)
  const record = await records.find(running.id)
  if (!record) throw new Error('the job has no record')
  const waiting = Array.from({ length: 1_500 }, () => uuidv7())
  await Promise.all(
    waiting.map(async (id) => {
      await records.create({ ...record, id })
      await queue.add({ id, data: { jobId: id } })
    }),
  )
  const find = vi.spyOn(queue, 'find')
  const listed = async (state: JobState) => {
    const { items, next } = await jobs.list({ limit: 5 }, { state })
    return { ids: items.map(({ id }) => id), next }
  }
  expect(await listed('active')).toEqual({ ids: [running.id], next: null })
  expect(await listed('cancelled')).toEqual({ ids: [failed.id], next: null })
  expect(find.mock.calls.length).toBeLessThan(20)
  expect((await listed('queued')).ids).toEqual(waiting.toReversed().slice(0, 5))
  // A family whose parts have begun is active, also while it waits for its own turn.
  const [part] = (await records.find(family.id))?.children ?? []
  queue.set(part ?? '', { state: 'active', startedAt: Date.now() })
  expect((await listed('active')).ids).toEqual([family.id, running.id])
  // The queue is not needed for those that have ended.
  vi.spyOn(queue, 'next').mockRejectedValue(new FitserveError('queue-unavailable', 'away'))
  expect((await jobs.list({ limit: 5, cursor: waiting[0] }, { state: 'cancelled' })).items).toMatchObject([
    { id: failed.id },
  ])
})

it('a list of the parts of a job has no others, and other lists have none of them', async () => {
  const { jobs, submit, records } = await fixture()
  const folds = (kFold: number) =>
    submit({ model: 'm', dataset: 'reviews', recipe: { epochs: 1, layers: [], validation: { kFold } } })
  const two = await folds(2)
  const three = await folds(3)
  const partsOf = async ({ id }: { id: string }) => ((await records.find(id))?.children ?? []).toReversed()
  const listed = async (filter: object) => (await jobs.list({ limit: 10 }, filter)).items.map(({ id }) => id)
  expect(await partsOf(two)).toHaveLength(2)
  for (const family of [two, three])
    expect(await listed({ parent: family.id })).toEqual(await partsOf(family))
  expect(await listed({})).toEqual([three.id, two.id])
  const [newest = ''] = await partsOf(three)
  expect(await listed({ parent: newest })).toEqual([])
  const { items, next } = await jobs.list({ limit: 2 }, { parent: three.id })
  expect(next).toBe(items[1]?.id)
  expect((await jobs.list({ limit: 2, cursor: next ?? '' }, { parent: three.id })).items).toHaveLength(1)
})

it('the log of a job has the newest attempts, however many there were', async () => {
  const { jobs, submit, store } = await fixture()
  const { id } = await submit({
    model: 'm',
    dataset: 'reviews',
    recipe: { epochs: 1, validation: { split: 0.2 } },
  })
  const at = (number: number) => new Date(Date.now() + number * 1_000).toISOString()
  for (let number = 1; number <= 110; number++)
    await store.create(`jobs/${id}/attempts/${number}.json`, JSON.stringify({ at: at(number) }))
  const started = (await jobs.log(id)).filter(({ event }) => event === 'started')
  expect(started.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 50 }, (_, at) => 110 - at))
})

it('the log of a job has its order, attempts, ends, and who asked for what, the newest first', async () => {
  const { jobs, submit, attempt } = await fixture()
  const { id } = await submit({
    model: 'm',
    dataset: 'reviews',
    recipe: { epochs: 1, validation: { split: 0.2 } },
  })
  await jobs.cancel(id, 'stopper')
  await new Promise((resolve) => setTimeout(resolve, 5))
  await jobs.retry(id, 'retrier')
  await new Promise((resolve) => setTimeout(resolve, 5))
  await attempt(id)
  const log = await jobs.log(id)
  expect(log.map(({ event, by, attempt }) => [event, by, attempt])).toEqual([
    ['completed', null, null],
    ['started', null, 1],
    ['retried', 'retrier', null],
    ['cancelled', null, null],
    ['cancelRequested', 'stopper', null],
    ['ordered', null, null],
  ])
  await expect(jobs.log('nobody')).rejects.toMatchObject({ code: 'unknown-job' })
})

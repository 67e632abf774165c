import { expect, it, vi } from 'vitest'
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

import { expect, it, vi } from 'vitest'
import type { JobEnd } from '../../src/jobs/contract.ts'
import type { QueueEvent } from '../../src/jobs/queue/contract.ts'
import { endedOutside } from '../../src/jobs/records/outcomes.ts'
import { findEnd } from '../../src/jobs/views/ends.ts'
import { failing, fixture, order } from './fixture.ts'

it('the end of each job is told once, with outcome, reason and time, and not that of its folds', async () => {
  const { jobs, queue, records, submit, attempt } = await fixture()
  const told: JobEnd[] = []
  const stop = jobs.onEnd((end) => told.push(end))
  const tell = (event: QueueEvent) => {
    for (const listener of queue.listeners) listener(event)
  }
  const good = await submit(order)
  await attempt(good.id)
  tell({ type: 'completed', id: good.id })
  tell({ type: 'completed', id: good.id })
  await expect.poll(() => told).toHaveLength(1)
  expect(told[0]).toMatchObject({ id: good.id, model: 'm', state: 'completed', reason: null })
  expect(told[0]?.seconds).toBeGreaterThanOrEqual(0)

  const bad = await submit({ ...order, model: 'n' })
  await attempt(bad.id, failing('loss-not-finite'))
  tell({ type: 'completed', id: bad.id })
  await expect.poll(() => told).toHaveLength(2)
  const reason = { code: 'loss-not-finite', detail: 'It did not work.' }
  expect(told[1]).toMatchObject({ id: bad.id, model: 'n', state: 'failed', reason })
  expect(await findEnd(records, bad.id)).toEqual(told[1])

  // A worker keeps the outcome of a crashed job after the queue has told of its end.
  const crashed = await submit({ ...order, model: 'o' })
  expect(await findEnd(records, crashed.id)).toBeUndefined()
  const read = vi.spyOn(records, 'outcome')
  tell({ type: 'failed', id: crashed.id, reason: 'crash' })
  await expect.poll(() => read.mock.calls.length).toBeGreaterThan(0)
  const error = { type: 'urn:fitserve:job-crashed', title: 'Job crashed', detail: 'It crashed.' }
  await records.end(crashed.id, endedOutside('failed', error))
  await expect.poll(() => told, { timeout: 20_000 }).toHaveLength(3)
  expect(told[2]).toMatchObject({ state: 'failed', reason: { code: 'job-crashed' }, seconds: null })

  const folds = await submit({
    ...order,
    model: 'p',
    recipe: { ...order.recipe, validation: { kFold: 3 } },
  })
  const [fold] = (await records.find(folds.id))?.children ?? []
  await attempt(fold ?? '')
  tell({ type: 'completed', id: fold ?? '' })
  stop()
  expect(queue.listeners.size).toBe(0)
  expect(told).toHaveLength(3)
})

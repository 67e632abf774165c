import { expect, it, vi } from 'vitest'
import { fixture } from './fixture.ts'

it('the workload tells which jobs run by which worker, and which models the next ones are for', async () => {
  const { jobs, queue, records, submit } = await fixture()
  const order = (model: string, epochs: number, validation: object = { split: 0.2 }) =>
    submit({ model, dataset: 'reviews', recipe: { epochs, validation } })
  const running = await order('a', 1)
  const folded = await order('b', 1, { kFold: 2 })
  await order('c', 2)
  await order('c', 3)
  const fold = (await records.find(folded.id))?.children[1] ?? ''
  const startedAt = Date.parse('2026-01-01T00:00:00.000Z')
  queue.set(running.id, { state: 'active', startedAt })
  queue.set(fold, { state: 'active', startedAt: null })
  queue.jobs.set('of-nobody', { state: 'active', attempt: 1, progress: null, startedAt, failedReason: null })
  const load = await jobs.workload()
  const common = { kind: 'training', worker: 'host:1' }
  expect(load.running).toEqual(
    expect.arrayContaining([
      {
        ...common,
        id: running.id,
        model: 'a',
        parent: null,
        part: null,
        startedAt: '2026-01-01T00:00:00.000Z',
      },
      {
        ...common,
        id: fold,
        model: 'b',
        parent: folded.id,
        part: { kind: 'fold', number: 2 },
        startedAt: null,
      },
    ]),
  )
  expect(load.running).toHaveLength(2)
  expect(load).toMatchObject({ processes: 1, active: 3 })
  // Of b the other fold, and the job itself, which puts the folds together.
  expect(new Map(load.next.map((each) => [each.model, each.jobs]))).toEqual(
    new Map([
      ['b', 2],
      ['c', 2],
    ]),
  )
})

it('the workload reads the record of a job once, and asks the queue once a second', async () => {
  const { jobs, queue, submit, records } = await fixture()
  await submit({ model: 'a', dataset: 'reviews', recipe: { epochs: 1 } })
  const find = vi.spyOn(records, 'find')
  const counts = vi.spyOn(queue, 'counts')
  await Promise.all([jobs.workload(), jobs.workload()])
  expect(counts).toHaveBeenCalledTimes(1)
  const reads = find.mock.calls.length
  expect(reads).toBeGreaterThan(0)
  const now = performance.now()
  vi.spyOn(performance, 'now').mockReturnValue(now + 2_000)
  await jobs.workload()
  expect(counts).toHaveBeenCalledTimes(2)
  expect(find.mock.calls.length).toBe(reads)
  vi.restoreAllMocks()
})

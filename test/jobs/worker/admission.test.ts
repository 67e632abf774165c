import fc from 'fast-check'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createAdmission } from '../../../src/jobs/worker/admission.ts'
import { fixture, order } from '../fixture.ts'

/** Jobs of two models, and as many workers' admissions as wanted. */
async function waiting(limit: number, jobs: number) {
  const { store, records, queue, submit } = await fixture()
  const ids: string[] = []
  for (let n = 0; n < jobs; n += 1) ids.push((await submit({ ...order, force: true })).id)
  const other = (await submit({ ...order, model: 'other' })).id
  const worker = () => createAdmission({ store, records, queue, limit })
  return { store, queue, ids, other, worker }
}

describe('the limit of running jobs of a model', () => {
  it('lets so many begin, and others when one has ended or its worker is gone', async () => {
    const { queue, ids, other, worker, store } = await waiting(2, 5)
    const [first = '', second = '', third = '', fourth = '', fifth = ''] = ids
    for (const id of [...ids, other]) queue.set(id, { state: 'active' })
    const admit = worker()
    expect([await admit(first), await worker()(second)]).toEqual([null, null])
    expect(await admit(third)).toBeGreaterThan(500)
    expect(await admit(other), 'of another model').toBeNull()
    expect(await worker()(first), 'the next attempt of one that is in').toBeNull()
    queue.set(first, { state: 'completed' })
    expect(await worker()(third)).toBeNull()
    // A job that the queue takes from a dead worker waits again.
    queue.set(second, { state: 'waiting' })
    expect(await worker()(fourth)).toBeNull()
    expect(await worker()(second), 'its place is taken').toBeGreaterThan(500)
    queue.jobs.delete(third)
    expect(await worker()(fifth), 'the queue was wiped').toBeNull()
    for (let n = 0; n < 30; n += 1) await worker()(fifth)
    expect((await store.children('running/m/')).length).toBeLessThan(12)
  })

  it('is not held up by a list that is damaged', async () => {
    const { queue, ids, worker, store } = await waiting(1, 2)
    for (const id of ids) queue.set(id, { state: 'active' })
    await store.create('running/m/000000000007.json', '{"jobs":[')
    expect(await worker()(ids[0] ?? '')).toBeNull()
    expect(await worker()(ids[1] ?? '')).toBeGreaterThan(500)
  })

  it('is not asked for again within 300 ms where it was reached', async () => {
    const { queue, ids, worker } = await waiting(1, 3)
    for (const id of ids) queue.set(id, { state: 'active' })
    let time = 1_000
    const now = vi.spyOn(performance, 'now').mockImplementation(() => time)
    onTestFinished(() => now.mockRestore())
    const [first = '', second = '', third = ''] = ids
    const admit = worker()
    expect(await admit(first)).toBeNull()
    const held = vi.spyOn(queue, 'held')
    expect(await admit(second)).toBe(1_025)
    expect(held).toHaveBeenCalledTimes(1)
    queue.set(first, { state: 'completed' })
    time += 299
    expect(await admit(third)).toBe(1_050)
    expect(held).toHaveBeenCalledTimes(1)
    time += 1
    expect(await admit(third)).toBeNull()
    // A job that has not come again for a minute counts as waiting no more.
    queue.set(third, { state: 'active' })
    expect(await admit(first)).toBe(1_050)
    time += 60_001
    expect(await admit(first)).toBe(1_025)
    expect(await admit('unknown'), 'a job without a record may begin, and fails').toBeNull()
  })

  it('asks seldom where many wait', async () => {
    const { queue, ids, worker } = await waiting(1, 60)
    for (const id of ids) queue.set(id, { state: 'active' })
    const admit = worker()
    const waits: (number | null)[] = []
    for (const id of ids) waits.push(await admit(id))
    expect(waits[0]).toBeNull()
    expect(waits[1]).toBeLessThan(1_200)
    expect(waits.at(-1)).toBeGreaterThan(2_000)
  })

  it('is never exceeded, however many workers come at once, die and end', async () => {
    const limit = 2
    const { queue, ids, worker } = await waiting(limit, 8)
    const running = new Set<string>()
    let most = 0
    let admitted = 0
    const step = fc.record({
      job: fc.constantFrom(...ids),
      ends: fc.constantFrom<'completed' | 'waiting'>('completed', 'waiting'),
    })
    const run = async ({ job, ends }: { job: string; ends: 'completed' | 'waiting' }) => {
      if (queue.jobs.get(job)?.state !== 'waiting') return
      queue.set(job, { state: 'active' })
      if ((await worker()(job)) === null) {
        admitted += 1
        running.add(job)
        most = Math.max(most, running.size)
        await new Promise((resolve) => setTimeout(resolve, 12))
        running.delete(job)
        queue.set(job, { state: ends })
      }
      queue.set(job, { state: 'waiting' })
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
        await Promise.all(steps.map(run))
        expect(running.size).toBe(0)
      }),
      { numRuns: 20 },
    )
    expect(most).toBe(limit)
    expect(admitted).toBeGreaterThan(20)
  })
})

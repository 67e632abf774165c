import { describe, expect, it } from 'vitest'
import type { Store } from '../../../src/store/contract.ts'
import { fixture, order } from '../fixture.ts'

const ID = `ds_${'a'.repeat(24)}`
const HELD = `ds_${'c'.repeat(24)}`
const bodies = {
  '/dataset': [ID, order],
  '/recipe/validation/dataset': [HELD, { ...order, recipe: { epochs: 2, validation: { dataset: 'held' } } }],
  '/promote/ifBetter/dataset': [HELD, { ...order, promote: { ifBetter: { dataset: 'held' } } }],
} as const
const all = { limit: 10, cursor: undefined }

/** Does something just before a key is created, once. */
function beforeCreating(store: Store, key: RegExp, work: () => void): void {
  const create = store.create.bind(store)
  store.create = async (created, bytes) => {
    if (key.test(created)) {
      store.create = create
      work()
    }
    return create(created, bytes)
  }
}

describe('a data set that is deleted between the check of an order and its record', () => {
  it.each(Object.entries(bodies))('refuses the order (%s)', async (path, [id, body]) => {
    const { store, submit, jobs, queue, deleted } = await fixture()
    beforeCreating(store, /record\.json$/, () => deleted.add(id))
    await expect(submit(body)).rejects.toMatchObject({
      code: 'invalid-job',
      problems: [{ path, message: expect.stringContaining('was deleted') }],
    })
    expect(queue.jobs.size).toBe(0)
    expect((await jobs.list(all, {})).items).toEqual([])
    expect(await jobs.datasetInUse(id)).toBeNull()
  })

  it('refuses the parts of the order too', async () => {
    const { store, submit, records, deleted } = await fixture()
    beforeCreating(store, /record\.json$/, () => deleted.add(ID))
    const body = { ...order, recipe: { epochs: 3, validation: { kFold: 3 } } }
    await expect(submit(body)).rejects.toMatchObject({ code: 'invalid-job' })
    const ids = await records.ids()
    expect(ids).toHaveLength(4)
    for (const id of ids) expect(await records.hasEnded(id)).toBe(true)
  })

  it('refuses a retry, and leaves the job as it ended', async () => {
    const { store, submit, jobs, queue, records, deleted } = await fixture()
    const { id } = await submit(order)
    await jobs.cancel(id, null)
    beforeCreating(store, /retries/, () => deleted.add(ID))
    await expect(jobs.retry(id, null)).rejects.toMatchObject({
      code: 'job-not-retryable',
      message: expect.stringContaining('has been deleted'),
    })
    expect(await jobs.get(id)).toMatchObject({ state: 'cancelled' })
    expect(await records.hasEnded(id)).toBe(true)
    expect(queue.jobs.size).toBe(0)
  })
})

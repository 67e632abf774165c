import { describe, expect, it } from 'vitest'
import { cancelledError, endedOutside } from '../../../src/jobs/records/outcomes.ts'
import { createGuard } from '../../../src/jobs/worker/guard.ts'
import { Reconciler } from '../../../src/jobs/worker/reconcile.ts'
import type { Trainer } from '../../../src/training-contract.ts'
import { fixture, goodTrainer, order } from '../fixture.ts'

/** A job that an attempt has published, and died before it had kept how it ended. */
async function publishedOnly(promote: 'always' | 'never' = 'always') {
  const parts = await fixture()
  const { submit, models, queue } = parts
  const { id } = await submit(order)
  const manifest = { bytes: 2, sha256: 'a'.repeat(64) }
  const publication = {
    job: id,
    attempt: 1,
    artifacts: `artifacts/${id}-1/`,
    manifest,
    promote,
  }
  await models.publish('m', publication, null)
  queue.set(id, { attempt: 5 })
  return { ...parts, id }
}

describe('a job whose version was published just before its process died', () => {
  it('completes a job with a version that has no attempt left', async () => {
    const { id, records, queue, jobs } = await publishedOnly()
    queue.set(id, { state: 'failed', failedReason: 'exit code: 1' })
    await new Reconciler(records, queue).giveUp(id)
    expect(await jobs.get(id)).toMatchObject({ state: 'completed', version: 1, error: null })
  })

  it('completes a job with a version that is cancelled while it waits for its next attempt', async () => {
    const { id, jobs } = await publishedOnly()
    expect(await jobs.cancel(id, null)).toMatchObject({ state: 'completed', version: 1, error: null })
  })

  it('completes a job with a version whose process is ended by force', async () => {
    const { id, records, jobs } = await publishedOnly()
    const limits = { seconds: 1, memoryMb: null }
    const verdict = await createGuard(records, limits).check({ id, attempt: 1, seconds: 99, bytes: null })
    await verdict?.()
    expect(await jobs.get(id)).toMatchObject({ state: 'completed', version: 1, error: null })
  })
})

describe('a job whose version was deleted before it could say that it has completed', () => {
  const untrained: Trainer = async () => {
    throw new Error('It is not to be trained again.')
  }

  it('completes a job whose version was deleted, and publishes no other', async () => {
    const { id, models, attempt, jobs } = await publishedOnly('never')
    await models.deleteVersion('m', 1, null)
    expect(await attempt(id, untrained)).toBe('completed')
    expect(await jobs.get(id)).toMatchObject({ state: 'completed', version: 1, error: null })
    expect((await models.head('m'))?.state.versions).toEqual([])
  })

  it('completes a job whose version was deleted, however it ends', async () => {
    const { id, models, jobs } = await publishedOnly('never')
    await models.deleteVersion('m', 1, null)
    expect(await jobs.cancel(id, null)).toMatchObject({ state: 'completed', version: 1, error: null })
  })

  it('does not bring back a model that was deleted with the version of the job', async () => {
    const { id, models, attempt } = await publishedOnly('never')
    await models.deleteModel('m', null)
    expect(await attempt(id, untrained)).toBe('completed')
    expect(await models.names()).toEqual([])
  })
})

describe('a job that has ended otherwise', () => {
  it('publishes no version of an attempt that goes on after the job has ended', async () => {
    const { submit, attempt, records, models } = await fixture()
    const { id } = await submit(order)
    const overlooked: Trainer = async (input) => {
      await records.end(id, endedOutside('cancelled', cancelledError('The job was cancelled.')))
      return goodTrainer(input)
    }
    await attempt(id, overlooked).catch(() => {})
    expect(await records.outcome(id)).toMatchObject({ state: 'cancelled' })
    expect(await models.head('m')).toBeUndefined()
  })
})

describe('checkpoints', () => {
  it('deletes the checkpoints of a job whose process died between its outcome and their removal', async () => {
    const { submit, attempt, store, records, queue } = await fixture()
    const { id } = await submit(order)
    await attempt(id)
    await store.create(`jobs/${id}/checkpoints/000001-000001-running`, 'left')
    await new Reconciler(records, queue).run()
    expect(await store.children(`jobs/${id}/checkpoints/`)).toEqual([])
  })
})

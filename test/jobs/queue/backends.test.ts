import { expect, inject, it, onTestFinished, vi } from 'vitest'
import type { QueueSettings } from '../../../src/config/queue.ts'
import { openQueue, QUEUE_BACKENDS } from '../../../src/jobs/queue/backends.ts'
import { copyEmptyQueue } from '../../helpers/queue-template.ts'
import { temporaryFolder } from '../../helpers/temporary.ts'

/** Opens the queue of settings until the end of the test. */
async function opened(settings: QueueSettings) {
  const errors: string[] = []
  const others: unknown[] = []
  const queue = await openQueue(settings, {
    onError: (error) => errors.push(String(error.cause ?? error)),
    onRecovered: () => others.push('recovered'),
    onWarning: (...warning) => others.push(warning),
  })
  onTestFinished(() => queue.close())
  return { queue, errors, others }
}

it('the embedded queue is in its folder', async () => {
  const folder = await temporaryFolder('backends')
  await copyEmptyQueue(inject('sharedFolder'), folder)
  const { queue, errors, others } = await opened({ type: 'embedded', folder })
  await queue.add({ id: 'a', data: { jobId: 'a' } })
  expect(await queue.counts()).toEqual({ waiting: 1, active: 0 })
  await expect(opened({ type: 'embedded', folder })).rejects.toMatchObject({ code: 'queue-unavailable' })
  expect([errors, others]).toEqual([[], []])
})

it.each([
  ['redis', 'redis://127.0.0.1:1'],
  ['postgres', 'postgresql://me:word@127.0.0.1:1/queue'],
] as const)(
  'the queue on %s is at its address, and what fails there is told',
  async (type, url) => {
    const { queue, errors, others } = await opened({ type, url })
    await vi.waitUntil(() => errors.length > 0, { timeout: 20_000 })
    expect(errors[0]).toContain('ECONNREFUSED')
    await expect(queue.ping()).rejects.toMatchObject({ code: 'queue-unavailable' })
    expect(others).toEqual([])
  },
  30_000,
)

it('each backend has the packages that no other may load', () => {
  expect(Object.entries(QUEUE_BACKENDS).map(([type, { packages }]) => [type, packages])).toEqual([
    ['redis', ['ioredis']],
    ['postgres', ['pg']],
    ['embedded', ['@electric-sql/*']],
  ])
})

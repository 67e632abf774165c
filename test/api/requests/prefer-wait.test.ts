import { expect, it } from 'vitest'
import { jobAfter } from '../../../src/api/requests/prefer-wait.ts'
import type { JobEvent } from '../../../src/jobs/contract.ts'
import { collectGarbage } from '../../helpers/collect-garbage.ts'
import { JOB } from '../stubs.ts'

it('a wait ends after its seconds although garbage is collected meanwhile', async () => {
  const connection = new AbortController()
  const jobs = {
    async *events(_id: string, _last: string | null, signal: AbortSignal): AsyncGenerator<JobEvent> {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
    get: async () => JOB,
  }
  const waits = Array.from({ length: 5 }, () => jobAfter(jobs, JOB.id, 1, connection.signal))
  for (let at = 0; at < 4; at++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    collectGarbage()
  }
  expect(await Promise.all(waits)).toEqual(waits.map(() => JOB))
}, 20_000)

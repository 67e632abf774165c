import { expect, it } from 'vitest'
import { eventFrames } from '../../../src/api/streams/event-frames.ts'
import type { JobEvent } from '../../../src/jobs/contract.ts'
import { collectGarbage } from '../../helpers/collect-garbage.ts'
import { PROGRESS } from '../stubs.ts'

/** Returns the bytes of live objects. */
function liveBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

it('keeps nothing of the events that it has sent, however many they are', async () => {
  const count = 100_000
  async function* events(): AsyncGenerator<JobEvent> {
    for (let number = 0; number < count; number++)
      yield { id: String(number), event: 'progress', data: PROGRESS }
  }
  const frames = eventFrames(events(), {
    signal: new AbortController().signal,
    halfClosed: new AbortController().signal,
    heartbeatMs: 60_000,
    onFailure: () => {},
  })
  await frames.next()
  const before = liveBytes()
  for (let number = 0; number < count; number++) await frames.next()
  // A hundred bytes for each would be ten megabytes.
  expect(liveBytes() - before).toBeLessThan(3e6)
  await frames.return(undefined)
})

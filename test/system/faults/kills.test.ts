import { describe, expect, it } from 'vitest'
import { skipsRedis } from '../../jobs/queue/redis-server.ts'
import { skipsS3 } from '../../store/s3-server.ts'
import { killAtRandom } from './kills.ts'

describe.skipIf(skipsRedis || skipsS3)('processes that are killed while clients work', () => {
  it('lose, duplicate and mix up nothing: API, worker, job, a Redis that forgets, and the bucket', async () => {
    const journal = await killAtRandom({ kind: 'redis+s3', rounds: 6, seed: 1 })
    expect(journal.jobs.size).toBeGreaterThan(3)
    expect(journal.uploads.length).toBeGreaterThan(3)
  }, 300_000)
})

import { describe, it } from 'vitest'
import { skipsRedis } from '../../jobs/queue/redis-server.ts'
import { skipsS3 } from '../../store/s3-server.ts'
import { searchUnderFire } from './grid.ts'

describe.skipIf(skipsRedis || skipsS3)('a search over two machines whose processes are killed', () => {
  it('ends like an undisturbed search: each of 16 trials once, the same winner, the same weights', async () => {
    await searchUnderFire({ kills: 4, seed: 1 })
  }, 300_000)
})

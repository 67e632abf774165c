import { Redis } from 'ioredis'
import { describe, expect, it } from 'vitest'
import { deploymentContract } from '../contracts/deployment.ts'
import { skipsRedis, startRedis } from '../jobs/queue/redis-server.ts'
import { start, whenOver } from './harness.ts'

deploymentContract('a redis-server', {
  skips: skipsRedis,
  disturbance: 'Redis is wiped',
  apiMb: 150,
  async open() {
    const redis = await startRedis()
    whenOver(redis.close)
    return {
      env: { REDIS_URL: redis.url },
      async disturb() {
        const client = new Redis(redis.url)
        await client.flushall()
        client.disconnect()
        return async () => {}
      },
    }
  },
})

describe.skipIf(skipsRedis)('a service on a redis-server', () => {
  it('refuses to start with a wrong password, and says why in one line', async () => {
    const guarded = await startRedis({ settings: ['--requirepass', 'hidden'] })
    whenOver(guarded.close)
    const REDIS_URL = guarded.url.replace('redis://', 'redis://:guessed@')
    for (const role of ['api', 'worker'] as const) {
      const failed = await start({ role, env: { REDIS_URL }, early: true })
      expect(await failed.ended).toBe(1)
      expect(failed.output).toBe('Redis does not accept the user and password of REDIS_URL. (WRONGPASS)\n')
    }
  })

  it('logs one warning if Redis may evict keys', async () => {
    const evicting = await startRedis({ settings: ['--maxmemory-policy', 'volatile-lru'] })
    whenOver(evicting.close)
    const service = await start({ env: { REDIS_URL: evicting.url } })
    const lines = () => service.output.match(/^.*(evict|volatile-lru).*$/gim) ?? []
    await expect.poll(lines).toHaveLength(1)
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ level: 40, policy: 'volatile-lru' })
    expect(await service.stop()).toBe(0)
    expect(lines()).toHaveLength(1)
  })
})

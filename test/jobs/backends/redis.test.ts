import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRedisQueue } from '../../../src/jobs/backends/redis.ts'
import { choreContract } from '../../contracts/chores.ts'
import { queueContract } from '../../contracts/queue.ts'
import { queueServerContract } from '../../contracts/queue-server.ts'
import { skipsRedis, startRedis } from './redis-server.ts'

type Server = Awaited<ReturnType<typeof startRedis>>

describe.skipIf(skipsRedis)('with a redis-server', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.close())

  queueContract('redis', async () => ({
    open: () => createRedisQueue({ url: server.url }),
    second: () => createRedisQueue({ url: server.url }),
  }))

  choreContract('redis', async () => ({
    open: () => createRedisQueue({ url: server.url }),
    second: () => createRedisQueue({ url: server.url }),
  }))

  queueServerContract('redis', {
    type: 'redis',
    place: () => server.url,
    open: (url = server.url) => createRedisQueue({ url }),
    nowhere: 'redis://127.0.0.1:1',
    start: () => server.start(),
    stop: () => server.stop(),
    signal: (signal) => server.signal(signal),
    async wipe() {
      const client = new Redis(server.url)
      await client.flushall()
      client.disconnect()
    },
  })
})

test('Redis needs neither the embedded database nor its lock', () => {
  const seen = new Set<string>()
  const walk = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type).*? from '(.+?)'/gms,
    )) {
      if (from.startsWith('.')) walk(join(dirname(file), from))
      else seen.add(from)
    }
  }
  walk(join(import.meta.dirname, '../../../src/jobs/backends/redis.ts'))
  for (const name of ['pg', '@electric-sql/pglite', '@duckdb/node-api']) expect([...seen]).not.toContain(name)
  expect([...seen]).toContain('bullmq')
})

import { EventEmitter } from 'node:events'
import type { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { checkRedis, watchEviction } from '../../../src/jobs/queue/redis-checks.ts'

/** A connection that answers as a test says. */
class FakeRedis extends EventEmitter {
  status = 'connecting'
  readonly asked: unknown[] = []
  memory = 'used_memory:1\r\nmaxmemory_policy:noeviction\r\n'
  fails: Error | undefined
  async info(section?: string) {
    this.asked.push(['info', section])
    if (this.fails) throw this.fails
    return this.memory
  }
  async eval(script: string, keys: number, key: string) {
    this.asked.push(['eval', /XADD/.test(script), keys, key])
    return 1
  }
}

/** Checks a connection that then is ready, or has this error. */
async function checked(error?: Error, fails?: Error) {
  const redis = new FakeRedis()
  redis.fails = fails
  const check = checkRedis(redis as unknown as Redis)
  redis.emit(error ? 'error' : 'ready', error)
  const answer = await check.then(
    (trouble) => ({ trouble }),
    (refusal: unknown) => ({ refusal }),
  )
  expect([redis.listenerCount('error'), redis.listenerCount('ready')]).toEqual([0, 0])
  return { ...answer, asked: redis.asked }
}

it('a Redis that does all is no trouble', async () => {
  expect(await checked()).toEqual({
    trouble: undefined,
    asked: [
      ['info', undefined],
      ['eval', true, 1, '{fitserve}:probe'],
    ],
  })
})

it('what may pass is given back', async () => {
  const error = new Error('connect ECONNREFUSED 10.0.0.1:6379')
  expect(await checked(error)).toEqual({ trouble: error, asked: [] })
  const loading = new Error('LOADING Redis is loading the dataset in memory')
  expect(await checked(undefined, loading)).toMatchObject({ trouble: loading })
})

it.each([
  ['WRONGPASS invalid username-password pair', 'Redis does not accept the user and password of REDIS_URL.'],
  ['ERR invalid password', 'Redis does not accept the user and password of REDIS_URL.'],
  ['NOAUTH Authentication required.', 'Redis asks for a password, and REDIS_URL has none.'],
  [
    'NOPERM this user has no permissions',
    'The user of REDIS_URL lacks permissions that the queue needs, for keys that begin with "{fitserve}".',
  ],
  [
    'ERR The user executing the script cannot run it',
    'The user of REDIS_URL lacks permissions that the queue needs, for keys that begin with "{fitserve}".',
  ],
  [
    'ERR ACL failure in script: no',
    'The user of REDIS_URL lacks permissions that the queue needs, for keys that begin with "{fitserve}".',
  ],
  ['ERR DB index is out of range', 'Redis has no database with the number in REDIS_URL.'],
  [
    'All sentinels are unreachable. Retrying: WRONGPASS no',
    'The sentinels do not accept sentinelUsername and sentinelPassword of REDIS_URL.',
  ],
])('%s is refused for good, without the words of the server', async (words, message) => {
  for (const given of [
    await checked(new Error(words)),
    await checked(undefined, new Error(words)),
    await checked(
      Object.assign(new Error('Failed to refresh slots cache.'), { lastNodeError: new Error(words) }),
    ),
  ])
    expect(given).toMatchObject({ refusal: { code: 'queue-unavailable', message } })
})

it('sentinels that cannot be reached may come', async () => {
  const error = new Error('All sentinels are unreachable.')
  expect(await checked(error)).toMatchObject({ trouble: error })
})

it('each policy of eviction is told once, at each connection', async () => {
  const redis = new FakeRedis()
  const told: string[] = []
  const settle = () => new Promise((resolve) => setTimeout(resolve, 5))
  const ready = async (memory: string) => {
    redis.memory = memory
    redis.emit('ready')
    await settle()
  }
  watchEviction(redis as unknown as Redis, (policy) => told.push(policy))
  await settle()
  expect(redis.asked, 'it is not connected').toEqual([])
  await ready('maxmemory_policy:noeviction\r\n')
  await ready('x:1\r\nmaxmemory_policy:allkeys-lru\r\ny:2')
  await ready('maxmemory_policy:allkeys-lru\r\n')
  await ready('it does not say')
  await ready('maxmemory_policy:noeviction\r\n')
  await ready('maxmemory_policy:volatile-ttl\r\n')
  expect(told).toEqual(['allkeys-lru', 'volatile-ttl'])
  expect(redis.asked[0]).toEqual(['info', 'memory'])
  redis.fails = new Error('NOPERM')
  await ready('')
  const connected = new FakeRedis()
  connected.status = 'ready'
  connected.memory = 'maxmemory_policy:allkeys-lfu\r\n'
  watchEviction(connected as unknown as Redis, (policy) => told.push(policy))
  await settle()
  expect(told.at(-1)).toBe('allkeys-lfu')
})

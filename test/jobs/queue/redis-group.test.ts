import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readRedisAddress } from '../../../src/config/redis-address.ts'
import type { QueueEvent } from '../../../src/jobs/queue/contract.ts'
import { createRedisQueue } from '../../../src/jobs/queue/redis.ts'
import { openTraces, PROCESSOR } from '../../contracts/queue.ts'
import { startCluster, startSentinel } from './redis-group.ts'
import { skipsRedis } from './redis-server.ts'

const until = (check: () => unknown, timeout = 60_000) => vi.waitUntil(check, { timeout, interval: 25 })
const job = (id: string) => ({ id, data: { jobId: id } })

/** A queue with a pool and what it tells, closed when the test is over. */
async function working(url: string) {
  const traces = await openTraces()
  const queue = await createRedisQueue({ url })
  const seen: QueueEvent[] = []
  queue.subscribe((event) => seen.push(event))
  const pool = await queue.work({ processor: PROCESSOR, concurrency: 2 })
  onTestFinished(async () => {
    await pool.close()
    await queue.close()
    await traces.close()
  })
  const state = async (id: string) => (await queue.find(id))?.state
  const told = (type: QueueEvent['type'], id: string) =>
    seen.filter((event) => event.type === type && event.id === id).length
  return { queue, state, told }
}

describe.skipIf(skipsRedis)('several redis-servers', () => {
  it('that are a cluster hold a queue, with flows, events, lines and removals', async () => {
    const cluster = await startCluster()
    onTestFinished(cluster.close)
    const { queue, state, told } = await working(cluster.url)
    await queue.ping()
    await queue.add(job('steps.1'))
    await until(() => told('completed', 'steps.1') === 1)
    expect(told('progress', 'steps.1')).toBe(3)
    expect(await queue.log('steps.1')).toEqual(['line 1', 'line 2', 'line 3'])
    await queue.addFlow(job('quick.parent'), [job('quick.part-1'), job('refuse.part-2')])
    await until(async () => (await state('quick.parent')) === 'completed')
    expect(await state('refuse.part-2')).toBe('failed')
    await queue.add(job('slowonce.a'))
    await queue.add(job('slowonce.b'))
    await until(async () => (await state('slowonce.b')) === 'active')
    await queue.add({ ...job('quick.waits'), priority: 3 })
    expect(await queue.remove('quick.waits')).toBe(true)
    await queue.forget('quick.parent')
    expect(await state('quick.parent')).toBeUndefined()
  }, 180_000)

  it('of which sentinels name the primary hold a queue over its death', async () => {
    const sentinel = await startSentinel()
    onTestFinished(sentinel.close)
    const { queue, state, told } = await working(sentinel.url)
    await queue.add(job('quick.before'))
    await until(() => told('completed', 'quick.before') === 1)
    await sentinel.killPrimary()
    await until(
      () =>
        queue.add(job('steps.after')).then(
          () => true,
          () => false,
        ),
      40_000,
    )
    await until(async () => (await state('steps.after')) === 'completed', 30_000)
    expect(await state('quick.before'), 'the replica had it').toBe('completed')
  }, 180_000)
})

describe.skipIf(skipsRedis)('several redis-servers with a password', () => {
  it('are refused at the start with another one', async () => {
    const sentinel = await startSentinel()
    onTestFinished(sentinel.close)
    const wrong = sentinel.url.replace(':hidden@', ':guessed@')
    await expect(createRedisQueue({ url: wrong })).rejects.toThrow('user and password of REDIS_URL')
    const more = `${sentinel.url}&sentinelUsername=nobody&sentinelPassword=guessed`
    await expect(createRedisQueue({ url: more })).rejects.toThrow(
      'sentinelUsername and sentinelPassword of REDIS_URL',
    )
    const cluster = sentinel.primary.replace('redis://', 'redis+cluster://:guessed@')
    await expect(createRedisQueue({ url: cluster })).rejects.toThrow('user and password of REDIS_URL')
  }, 180_000)
})

describe('an address of Redis', () => {
  const read = (url: string) => readRedisAddress(url)

  it('may have a user, a password, a database and TLS', () => {
    expect(read('redis://queue')).toMatchObject({
      kind: 'server',
      tls: false,
      nodes: [{ host: 'queue', port: 6379 }],
      db: 0,
      username: undefined,
      password: undefined,
    })
    expect(read('rediss://user:w%40rd:2@[::1]:6380/3')).toMatchObject({
      kind: 'server',
      tls: true,
      nodes: [{ host: '::1', port: 6380 }],
      db: 3,
      username: 'user',
      password: 'w@rd:2',
    })
    expect(read('redis://:word@queue')).toMatchObject({ username: undefined, password: 'word' })
  })

  it('may be of sentinels or of a cluster', () => {
    const query = 'name=queue&sentinelUsername=s&sentinelPassword=p'
    expect(read(`rediss+sentinel://:word@a,b:5000/2?${query}`)).toEqual({
      kind: 'sentinel',
      tls: true,
      username: undefined,
      password: 'word',
      db: 2,
      name: 'queue',
      nodes: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 5000 },
      ],
      sentinelUsername: 's',
      sentinelPassword: 'p',
    })
    expect(read('redis+sentinel://a')).toMatchObject({ name: 'mymaster', sentinelPassword: undefined })
    expect(read('redis+cluster://a,b:7000,c')).toMatchObject({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 6379 },
        { host: 'b', port: 7000 },
        { host: 'c', port: 6379 },
      ],
    })
  })
})

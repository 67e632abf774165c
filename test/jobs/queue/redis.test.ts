import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createRedisQueue } from '../../../src/jobs/queue/redis.ts'
import { choreContract } from '../../contracts/chores.ts'
import { queueContract, RETRY_MS } from '../../contracts/queue.ts'
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
    open: () => createRedisQueue({ url: server.url, retryMs: RETRY_MS }),
    second: () => createRedisQueue({ url: server.url, retryMs: RETRY_MS }),
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

describe.skipIf(skipsRedis)('with a redis-server that asks for a password', () => {
  let server: Server
  const address = (login: string, database = '') =>
    `${server.url.replace('redis://', `redis://${login}@`)}${database}`
  beforeAll(async () => {
    server = await startRedis({ settings: ['--requirepass', 'hidden'] })
    const client = new Redis(address(':hidden'))
    const allow = (user: string, ...rules: string[]) =>
      client.call('ACL', 'SETUSER', user, 'on', '>hidden', ...rules)
    await allow('elsewhere', '~other:*', '+@all')
    await allow('reader', '~*', '+@all', '-@write')
    await allow('informed', '~*', '+@all', '-info')
    await allow('enough', '~{fitserve}:*', '+@all', '-@admin', '-@dangerous', '+info')
    client.disconnect()
  })
  afterAll(() => server.close())

  it.each([
    ['another word', ':wrong-word', '', 'does not accept the user and password of REDIS_URL'],
    ['another user', 'nobody:hidden', '', 'does not accept the user and password of REDIS_URL'],
    ['no word', '', '', 'asks for a password, and REDIS_URL has none'],
    ['a user of other keys', 'elsewhere:hidden', '', 'lacks permissions that the queue needs'],
    ['a user who may only read', 'reader:hidden', '', 'lacks permissions that the queue needs'],
    ['a user who may not ask about it', 'informed:hidden', '', 'lacks permissions that the queue needs'],
    ['a database that is not there', ':hidden', '/9999', 'no database with the number in REDIS_URL'],
  ])('with %s is refused at the start, and nothing is given away', async (_, login, database, sentence) => {
    const url = login === '' ? server.url : address(login, database)
    const heard: Error[] = []
    const onError = (error: Error) => heard.push(error)
    const error: unknown = await createRedisQueue({ url, onError }).catch((it: unknown) => it)
    expect(error).toMatchObject({ name: 'FitserveError', code: 'queue-unavailable' })
    expect(String(error)).toContain(sentence)
    expect(`${error} ${(error as Error).cause}`).not.toMatch(/wrong|hidden|nobody|9999|127/)
    expect(heard, 'one line says it').toEqual([])
  })

  it('serves a user who may no more than is needed', async () => {
    const heard: string[] = []
    const onError = ({ message }: Error) => heard.push(message)
    const queue = await createRedisQueue({ url: address('enough:hidden'), onError })
    onTestFinished(() => queue.close())
    await queue.add({ id: 'a', data: { jobId: 'a' } })
    expect(await queue.find('a')).toMatchObject({ state: 'waiting' })
    expect(await queue.remove('a')).toBe(true)
    expect(await queue.chores.repeating()).toEqual([])
    expect(heard).toEqual([])
  })

  it('is waited for where it is away, however short the login', async () => {
    await server.stop()
    const queue = await createRedisQueue({ url: address(':hidden') })
    onTestFinished(() => queue.close())
    await expect(queue.ping()).rejects.toMatchObject({ code: 'queue-unavailable' })
    await server.start()
    await expect.poll(() => queue.ping().then(() => 'there'), { timeout: 20_000 }).toBe('there')
  }, 180_000)
})

describe.skipIf(skipsRedis)('with a redis-server that may evict what the queue has', () => {
  it('tells of it once, of another policy again, and prints nothing of its own', async () => {
    const settings = ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru']
    const server = await startRedis({ settings })
    onTestFinished(server.close)
    const printed = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => printed.mockRestore())
    const told: string[] = []
    const queue = await createRedisQueue({ url: server.url, onEviction: (policy) => told.push(policy) })
    onTestFinished(() => queue.close())
    queue.subscribe(() => {})
    await queue.add({ id: 'a', data: { jobId: 'a' } })
    await queue.chores.repeating()
    await expect.poll(() => told).toEqual(['allkeys-lru'])
    const client = new Redis(server.url)
    onTestFinished(() => client.disconnect())
    await client.config('SET', 'maxmemory-policy', 'volatile-ttl')
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await expect.poll(() => told).toEqual(['allkeys-lru', 'volatile-ttl'])
    await client.config('SET', 'maxmemory-policy', 'noeviction')
    await client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await expect.poll(() => queue.ping().then(() => 'there')).toBe('there')
    expect(told).toHaveLength(2)
    expect(printed).not.toHaveBeenCalled()
  }, 180_000)
})

it('Redis needs neither the embedded database nor its lock', () => {
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
  walk(join(import.meta.dirname, '../../../src/jobs/queue/redis.ts'))
  for (const name of ['pg', '@electric-sql/pglite', '@duckdb/node-api']) expect([...seen]).not.toContain(name)
  expect([...seen]).toContain('bullmq')
})

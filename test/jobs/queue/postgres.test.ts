import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createPostgresQueue, SCHEMA } from '../../../src/jobs/queue/postgres.ts'
import { choreContract } from '../../contracts/chores.ts'
import { openTraces, PROCESSOR, queueContract, RETRY_MS } from '../../contracts/queue.ts'
import { queueServerContract } from '../../contracts/queue-server.ts'
import { skipsPostgres, startPostgres } from './postgres-server.ts'

describe.skipIf(skipsPostgres)('with a PostgreSQL', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server.close())
  /** The server's address with another user, word or database. */
  const address = (change: Partial<Pick<URL, 'username' | 'password' | 'pathname'>>) =>
    Object.assign(new URL(server.url), change).href

  queueContract('postgres', async () => ({
    open: () => createPostgresQueue({ url: server.url, retryMs: RETRY_MS }),
    second: () => createPostgresQueue({ url: server.url, retryMs: RETRY_MS }),
  }))

  choreContract('postgres', async () => ({
    open: () => createPostgresQueue({ url: server.url }),
    second: () => createPostgresQueue({ url: server.url }),
  }))

  queueServerContract('postgres', {
    type: 'postgres',
    place: () => server.url,
    open: (url = server.url) => createPostgresQueue({ url }),
    nowhere: 'postgresql://127.0.0.1:1/nowhere',
    start: () => server.start(),
    stop: () => server.stop(),
    signal: (signal) => server.signal(signal),
    wipe: () => server.query(`TRUNCATE ${SCHEMA}.job CASCADE`),
  })

  describe('the schema', () => {
    it('is made once by many that come at once, and is the only one', async () => {
      await server.query('CREATE DATABASE fresh')
      const url = address({ pathname: '/fresh' })
      const queues = await Promise.all(Array.from({ length: 8 }, () => createPostgresQueue({ url })))
      onTestFinished(async () => void (await Promise.all(queues.map((queue) => queue.close()))))
      await queues[0]!.add({ id: 'a', data: { jobId: 'a' } })
      for (const queue of queues) expect(await queue.find('a')).toMatchObject({ state: 'waiting' })
    })

    it('may be used by a user who may not make one', async () => {
      await server.query('CREATE DATABASE guests')
      await server.query("CREATE ROLE guest LOGIN PASSWORD 'guest-word'")
      const own = address({ pathname: '/guests' })
      const url = address({ pathname: '/guests', username: 'guest', password: 'guest-word' })
      const refused = createPostgresQueue({ url })
      await expect(refused).rejects.toMatchObject({ name: 'FitserveError', code: 'queue-unavailable' })
      await expect(refused).rejects.toThrow(/may neither create nor use the schema/)
      await (await createPostgresQueue({ url: own })).close()
      for (const what of ['USAGE ON', 'ALL ON ALL TABLES IN', 'ALL ON ALL SEQUENCES IN'])
        await server.query(`GRANT ${what} SCHEMA ${SCHEMA} TO guest`, own)
      const queue = await createPostgresQueue({ url })
      onTestFinished(() => queue.close())
      await queue.add({ id: 'a', data: { jobId: 'a' } })
      expect(await queue.find('a')).toMatchObject({ state: 'waiting' })
      expect(await queue.remove('a')).toBe(true)
    })

    it('of a later release is refused', async () => {
      await server.query('CREATE DATABASE later')
      const url = address({ pathname: '/later' })
      const queue = await createPostgresQueue({ url })
      await queue.close()
      await server.query(`UPDATE ${SCHEMA}.migration SET min_client_version = 99`, url)
      await expect(createPostgresQueue({ url })).rejects.toThrow('made by a later release')
    })
  })

  it.each([
    ['behind', -90],
    ['ahead', 90],
  ])(
    'leases and delays of a process whose clock is %s (%i minutes) are by the server',
    async (_, minutes) => {
      const traces = await openTraces()
      const queue = await createPostgresQueue({ url: server.url })
      const own = Date.now
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => own() + minutes * 60_000)
      onTestFinished(async () => {
        clock.mockRestore()
        await queue.close()
        await traces.close()
      })
      const held = `slow.clock${minutes}`
      const late = `quick.clock${minutes}`
      for (const id of [held, late]) await queue.add({ id, data: { jobId: id } })
      const admit = async (id: string) => (id === late ? 300_000 : null)
      const pool = await queue.work({ processor: PROCESSOR, concurrency: 2, admit })
      /** Milliseconds from the server's time to a time that the queue keeps. */
      const left = async (column: string, id: string) => {
        const now = '(extract(epoch FROM clock_timestamp()) * 1000)'
        const sql = `SELECT coalesce(${column} - ${now}, 0)::int AS left FROM ${SCHEMA}.job WHERE id = '${id}'`
        return (await server.query(sql)).rows[0].left as number
      }
      const until = (check: () => Promise<boolean>) => vi.waitUntil(check, { timeout: 60_000, interval: 50 })
      await until(async () => (await left('process_at_ms', late)) > 200_000)
      expect(await left('process_at_ms', late)).toBeLessThanOrEqual(300_000)
      await until(async () => traces.pids(held).length === 1)
      // The lease runs down, and then it is renewed.
      let least = await left('locked_until_ms', held)
      const atMost = 30_000
      expect(least).toBeLessThan(atMost)
      await until(async () => {
        const now = await left('locked_until_ms', held)
        const renewed = now > least
        least = Math.min(least, now)
        return renewed
      })
      expect(least).toBeGreaterThan(0)
      expect(await left('locked_until_ms', held)).toBeLessThan(atMost)
      await pool.close()
      expect(traces.pids(held)).toHaveLength(1)
      for (const id of [held, late]) await queue.remove(id)
    },
    180_000,
  )

  it.each([
    ['another word', { password: 'wrong-word' }, 'does not accept the user and password'],
    ['another user', { username: 'nobody' }, 'does not accept the user and password'],
    ['another database', { pathname: '/absent' }, 'does not exist'],
  ])('with %s is refused at the start, and nothing is given away', async (_, change, sentence) => {
    const error: unknown = await createPostgresQueue({ url: address(change) }).catch((it: unknown) => it)
    expect(error).toMatchObject({ name: 'FitserveError', code: 'queue-unavailable' })
    expect(String(error)).toContain(sentence)
    expect(`${error} ${(error as Error).cause}`).not.toMatch(/wrong|hidden|nobody|absent|127/)
  })

  it('a process holds eight connections at the most, and none when it has closed', async () => {
    const count = async () => {
      const sql = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'fitserve'"
      return (await server.query(sql)).rows[0].n as number
    }
    const before = await count()
    const queue = await createPostgresQueue({ url: server.url })
    queue.subscribe(() => {})
    await Promise.all(Array.from({ length: 100 }, (_, n) => queue.find(`absent-${n}`)))
    expect((await count()) - before).toBeLessThanOrEqual(8)
    expect((await count()) - before).toBeGreaterThan(0)
    await queue.close()
    await expect.poll(count).toBe(before)
  })
})

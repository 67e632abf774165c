import { join } from 'node:path'
import { Redis } from 'ioredis'
import { beforeAll, describe, expect, it } from 'vitest'
import { skipsRedis, startRedis } from '../jobs/queue/redis-server.ts'
import {
  EXAMPLES,
  loadedLibraries,
  residentMb,
  type Service,
  start,
  temporaryFolder,
  whenOver,
} from './harness.ts'
import { endlessJob, HOUSES, longJob, PRAISE, REVIEWS } from './jobs.ts'

/** One API and workers, each a process, with nothing in common but Redis and a folder for the store. */
describe.skipIf(skipsRedis)('API and worker on a redis-server', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>
  let api: Service
  let worker: Service
  let env: Record<string, string>
  const startWorker = () => start({ role: 'worker', env })
  beforeAll(async () => {
    redis = await startRedis()
    whenOver(redis.close)
    env = { REDIS_URL: redis.url, STORE_URL: `file:${await temporaryFolder()}` }
    ;[api, worker] = await Promise.all([start({ role: 'api', env }), startWorker()])
    await api.upload('reviews', join(EXAMPLES, 'reviews.csv'))
    await api.upload('houses', join(EXAMPLES, 'houses.csv'))
  }, 60_000)

  it('the main job, from a table to predictions', async () => {
    const ordered = await api.submit(REVIEWS)
    const houses = await api.submit(HOUSES)
    const events = await api.request(`/jobs/${ordered.id}/events`)
    expect(events.body).toMatch(/event: progress\n.*event: completed\n/s)
    expect(await api.job(ordered.id)).toMatchObject({ state: 'completed', attempt: 1, version: 1 })
    // The worker has published it, and this process sees that by itself.
    const answer = await api.post('/predict', { model: 'reviews', text: PRAISE })
    expect(answer.body).toMatchObject({ model: 'reviews', version: 1, label: 'pos' })
    expect(await api.finished(houses.id)).toMatchObject({ state: 'completed', version: 1 })

    const again = await api.finished((await api.submit({ ...REVIEWS, force: true })).id)
    expect(again.version).toBe(2)
    const ask = async () => (await api.post('/predict', { model: 'reviews', text: PRAISE })).body
    await expect.poll(ask, { timeout: 5_000, interval: 50 }).toMatchObject({ version: 2 })
  }, 90_000)

  it('the API stays small, with neither TensorFlow nor DuckDB nor PGlite', async () => {
    expect((await loadedLibraries(api.pid)).join('\n')).not.toMatch(/tensorflow|tfjs|duckdb/i)
    expect(await residentMb(api.pid)).toBeLessThan(150)
    expect(api.output + worker.output).not.toMatch(/"level":[56]0/)
  })

  it('a running job is cancelled in another process', async () => {
    const { id } = await api.submit(endlessJob('never'))
    await api.fitting(id)
    expect((await api.request(`/jobs/${id}`, { method: 'DELETE' })).status).toBe(202)
    expect(await api.finished(id)).toMatchObject({ state: 'cancelled', version: null })
  }, 60_000)

  it('a worker that is told to end hands its job to another, which goes on without a failed try', async () => {
    const { id } = await api.submit(longJob('handed-over'))
    await api.fitting(id)
    const [code] = await Promise.all([worker.stop(), startWorker().then((started) => (worker = started))])
    expect(code).toBe(0)
    expect(await api.finished(id)).toMatchObject({ state: 'completed', version: 1 })
  }, 90_000)

  it('neither a killed worker nor a wiped Redis loses or doubles a job', async () => {
    const running = await api.submit(longJob('worker-killed'))
    const waiting = await api.submit(longJob('still-waiting', 2))
    await api.fitting(running.id)
    await worker.stop('SIGKILL')
    const client = new Redis(redis.url)
    await client.flushall()
    client.disconnect()
    worker = await startWorker()
    for (const { id, model } of [running, waiting]) {
      expect(await api.finished(id)).toMatchObject({ state: 'completed', version: 1, error: null })
      expect((await api.model(model)).versions).toMatchObject([{ version: 1, job: id }])
    }
    expect(await worker.stop()).toBe(0)
    expect(await api.stop()).toBe(0)
  }, 120_000)

  it('a start with a wrong word ends, and says why in one line', async () => {
    const guarded = await startRedis({ settings: ['--requirepass', 'hidden'] })
    whenOver(guarded.close)
    const REDIS_URL = guarded.url.replace('redis://', 'redis://:guessed@')
    for (const role of ['api', 'worker'] as const) {
      const failed = await start({ role, env: { REDIS_URL }, early: true })
      expect(await failed.ended).toBe(1)
      expect(failed.output).toBe('Redis does not accept the user and password of REDIS_URL. (WRONGPASS)\n')
    }
  }, 30_000)

  it('a Redis that may evict keys is told of in the log, once', async () => {
    const evicting = await startRedis({ settings: ['--maxmemory-policy', 'volatile-lru'] })
    whenOver(evicting.close)
    const service = await start({ env: { REDIS_URL: evicting.url } })
    const lines = () => service.output.match(/^.*(evict|volatile-lru).*$/gim) ?? []
    await expect.poll(lines).toHaveLength(1)
    expect(JSON.parse(lines()[0] ?? '')).toMatchObject({ level: 40, policy: 'volatile-lru' })
    expect(await service.stop()).toBe(0)
    expect(lines()).toHaveLength(1)
  }, 30_000)
})

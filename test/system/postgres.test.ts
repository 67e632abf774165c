import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { skipsPostgres, startPostgres } from '../jobs/queue/postgres-server.ts'
import {
  EXAMPLES,
  loadedLibraries,
  residentMb,
  type Service,
  start,
  temporaryFolder,
  whenOver,
} from './harness.ts'
import { endlessJob, longJob, PRAISE, REVIEWS } from './jobs.ts'

/** One API and workers, each a process, with nothing in common but PostgreSQL and a folder for the store. */
describe.skipIf(skipsPostgres)('API and worker on a PostgreSQL', () => {
  let server: Awaited<ReturnType<typeof startPostgres>>
  let api: Service
  let worker: Service
  let env: Record<string, string>
  const startWorker = () => start({ role: 'worker', env })
  beforeAll(async () => {
    server = await startPostgres()
    whenOver(server.close)
    env = { DATABASE_URL: server.url, STORE_URL: `file:${await temporaryFolder()}` }
    // Both make the queue's tables at once.
    ;[api, worker] = await Promise.all([start({ role: 'api', env }), startWorker()])
    await api.upload('reviews', join(EXAMPLES, 'reviews.csv'))
    await api.upload('houses', join(EXAMPLES, 'houses.csv'))
  }, 60_000)

  it('the main job, from a table to predictions', async () => {
    const ordered = await api.submit(REVIEWS)
    const events = await api.request(`/jobs/${ordered.id}/events`)
    expect(events.body).toMatch(/event: progress\n.*event: completed\n/s)
    expect(await api.job(ordered.id)).toMatchObject({ state: 'completed', attempt: 1, version: 1 })
    const answer = await api.post('/predict', { model: 'reviews', text: PRAISE })
    expect(answer.body).toMatchObject({ model: 'reviews', version: 1, label: 'pos' })
    expect((await loadedLibraries(api.pid)).join('\n')).not.toMatch(/tensorflow|tfjs|duckdb/i)
    expect(await residentMb(api.pid)).toBeLessThan(160)
  }, 90_000)

  it('a running job is cancelled in another process', async () => {
    const { id } = await api.submit(endlessJob('never'))
    await api.fitting(id)
    expect((await api.request(`/jobs/${id}`, { method: 'DELETE' })).status).toBe(202)
    expect(await api.finished(id)).toMatchObject({ state: 'cancelled', version: null })
  }, 60_000)

  it('neither a killed worker nor a server that was away loses or doubles a job', async () => {
    const running = await api.submit(longJob('worker-killed'))
    await api.fitting(running.id)
    await worker.stop('SIGKILL')
    await server.stop()
    const ready = async () => (await api.request('/health/ready')).body
    await expect.poll(ready).toMatchObject({ queue: { state: 'unreachable' }, store: { state: 'ok' } })
    expect((await api.post('/predict', { model: 'reviews', text: PRAISE })).status).toBe(200)
    worker = await startWorker()
    await server.start()
    expect(await api.finished(running.id)).toMatchObject({ state: 'completed', version: 1, error: null })
    expect((await api.model('worker-killed')).versions).toMatchObject([{ version: 1, job: running.id }])
    expect(await worker.stop()).toBe(0)
    expect(await api.stop()).toBe(0)
  }, 120_000)

  it('a start with a wrong word ends, and says why', async () => {
    const DATABASE_URL = Object.assign(new URL(server.url), { password: 'guessed' }).href
    const failed = await start({ env: { DATABASE_URL }, early: true })
    expect(await failed.ended).toBe(1)
    expect(failed.output).toContain('The database does not accept the user and password of DATABASE_URL.')
    expect(failed.output).not.toMatch(/guessed|127\.0\.0\.1|at .*\(/)
  })
})

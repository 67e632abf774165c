import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { createS3Store } from '../../src/store/s3/s3.ts'
import { checkStore } from '../../src/upkeep/check/check-store.ts'
import { skipsRedis, startRedis } from '../jobs/queue/redis-server.ts'
import { BUCKET, CREDENTIALS, skipsS3, startS3 } from '../store/s3-server.ts'
import { EXAMPLES, loadedLibraries, type Service, start, temporaryFolder, whenOver } from './harness.ts'
import { HOUSES, longJob, PRAISE, REVIEWS } from './jobs.ts'

/** An API and a worker as if on two machines: each has its own folder, and they share Redis and a bucket. */
describe.skipIf(skipsS3 || skipsRedis)('API and worker on a versitygw', () => {
  let s3: Awaited<ReturnType<typeof startS3>>
  let api: Service
  let worker: Service
  let env: Record<string, string>
  beforeAll(async () => {
    s3 = await startS3()
    whenOver(s3.close)
    const redis = await startRedis()
    whenOver(redis.close)
    env = { REDIS_URL: redis.url, ...s3.env }
    ;[api, worker] = await Promise.all([start({ role: 'api', env }), start({ role: 'worker', env })])
  }, 180_000)
  const ready = async () => (await api.request('/health/ready')).body

  it('train from a table to predictions', async () => {
    await api.upload('reviews', join(EXAMPLES, 'reviews.csv'))
    await api.upload('houses', join(EXAMPLES, 'houses.csv'))
    const rows = await api.request('/datasets/houses/rows?limit=3')
    expect(rows.body).toMatchObject({ items: [{}, {}, {}] })
    const jobs = [await api.submit(REVIEWS), await api.submit(HOUSES)]
    for (const { id } of jobs)
      expect(await api.finished(id)).toMatchObject({ state: 'completed', version: 1 })
    const answer = await api.post('/predict', { model: 'reviews', text: PRAISE })
    expect(answer.body).toMatchObject({ model: 'reviews', version: 1, label: 'pos' })
    expect((await api.request('/models/reviews/log')).body).toMatchObject({ items: [{ generation: 1 }] })
    expect(await ready()).toMatchObject({ ready: true, store: { state: 'ok' } })
    // Everything on their own disks can be fetched again.
    for (const { folder } of [api, worker]) expect(await readdir(folder)).not.toContain('store')
    expect((await loadedLibraries(api.pid)).join('\n')).not.toMatch(/tensorflow|tfjs|duckdb/i)
  }, 180_000)

  it('go on predicting while the store is away, and do everything else again once it is back', async () => {
    const { id } = await api.submit(longJob('over-an-outage', 200))
    await api.fitting(id)
    await s3.stop('SIGKILL')
    const detail = 'The store cannot be reached.'
    await expect.poll(ready).toMatchObject({ status: 'degraded', store: { state: 'unreachable', detail } })
    for (let n = 0; n < 20; n += 1) {
      const answer = await api.post('/predict', { model: 'reviews', text: PRAISE })
      expect(answer).toMatchObject({ status: 200, body: { version: 1, label: 'pos' } })
    }
    const refused = await api.post('/jobs', { ...HOUSES, force: true })
    expect(refused).toMatchObject({ status: 503, body: { type: 'urn:fitserve:store-unavailable', detail } })
    await s3.start()
    expect(await api.finished(id)).toMatchObject({ state: 'completed', version: 1 })
    await expect.poll(ready).toMatchObject({ status: 'ready' })
  }, 240_000)

  it('export, import and delete a version, delete a data set, and leave a complete store', async () => {
    const exported = await fetch(`${api.url}/models/reviews/versions/1/export`)
    const archive = new Uint8Array(await exported.arrayBuffer())
    const type = { 'content-type': 'application/x-tar' }
    const imported = await api.request('/models/copy/versions', {
      method: 'POST',
      headers: type,
      body: archive,
    })
    expect(imported).toMatchObject({ status: 201, body: { version: 1 } })
    const ask = async (model: string) => (await api.post('/predict', { model, text: PRAISE })).body
    await expect.poll(() => ask('copy')).toMatchObject({ version: 1, label: 'pos' })
    expect(await ask('copy')).toEqual({ ...((await ask('reviews')) as object), model: 'copy' })
    const remove = (path: string) => api.request(path, { method: 'DELETE' })
    expect((await remove('/models/copy/versions/1')).status).toBe(409)
    for (const path of ['/models/copy/aliases/production', '/models/copy/versions/1', '/models/copy'])
      expect((await remove(path)).status, path).toBe(204)
    expect((await ask('copy')) as object).toMatchObject({ status: 404 })
    expect((await remove('/datasets/houses')).status).toBe(204)
    expect((await api.request('/datasets/houses')).status).toBe(404)
    const store = await createS3Store({
      bucket: BUCKET,
      prefix: 'store/',
      endpoint: s3.endpoint,
      region: 'us-east-1',
      credentials: { ...CREDENTIALS, sessionToken: undefined },
      cacheLimit: 2 ** 30,
      cacheFolder: await temporaryFolder(),
    })
    expect(await checkStore(store)).toMatchObject({ datasets: 1, faults: [], open: [], left: [] })
    await store.close()
  }, 180_000)

  it('serve the same versions from another API process, which leaves no temporary files', async () => {
    const another = await start({ role: 'api', env })
    expect((await another.post('/predict', { model: 'reviews', text: PRAISE })).body).toMatchObject({
      version: 1,
    })
    expect(await another.stop()).toBe(0)
    expect(await readdir(join(another.folder, 'cache', '+tmp'))).toEqual([])
    expect(await worker.stop()).toBe(0)
    expect(await api.stop()).toBe(0)
    expect(api.output + worker.output).not.toMatch(/"level":60/)
  }, 180_000)

  it.each([
    ['wrong keys', { AWS_SECRET_ACCESS_KEY: 'another-word' }, 'The store does not accept its access keys.'],
    ['a bucket that is not there', { STORE_URL: 's3://elsewhere' }, "The store's bucket does not exist."],
    ['a server that is away', { S3_ENDPOINT: 'http://127.0.0.1:1' }, 'The store cannot be reached.'],
  ])('refuse to start with %s, and say why', async (_, wrong, sentence) => {
    const folder = await temporaryFolder()
    const failed = await start({ folder, env: { ...env, ...wrong }, early: true })
    expect(await failed.ended).toBe(1)
    expect(failed.output).toContain(sentence)
    expect(failed.output).not.toMatch(/another-word|127\.0\.0\.1|elsewhere|at .*\(/)
  })
})

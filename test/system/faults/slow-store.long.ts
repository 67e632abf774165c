import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { startRedis } from '../../jobs/queue/redis-server.ts'
import { startS3 } from '../../store/s3-server.ts'
import { EXAMPLES, start, whenOver } from '../harness.ts'
import { longJob } from '../jobs.ts'
import { ASKED, job, ROWS, table } from './clients.ts'
import { hasServers } from './fleet.ts'
import { startSlowLink } from './slow-link.ts'

/** Each way: a call takes twice as long. */
const DELAY_MS = 150

describe.skipIf(!hasServers('redis+s3'))('a slow bucket', () => {
  it('delays requests and loses nothing; predictions continue while it hangs', async () => {
    const s3 = await startS3()
    const redis = await startRedis()
    const link = await startSlowLink(s3.port, DELAY_MS)
    for (const { close } of [s3, redis, link]) whenOver(close)
    const env = { ...s3.env, S3_ENDPOINT: `http://127.0.0.1:${link.port}`, REDIS_URL: redis.url }
    const [api, worker] = await Promise.all([start({ role: 'api', env }), start({ role: 'worker', env })])
    const upload = (n: number) =>
      api.request(`/datasets?name=t${n}`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: table(n),
      })
    expect((await upload(0)).status).toBe(201)
    await api.upload('houses', join(EXAMPLES, 'houses.csv'))
    const first = await api.submit({ ...job(0, 't0'), model: ASKED })
    expect(await api.finished(first.id)).toMatchObject({ state: 'completed', attempt: 1, version: 1 })
    const predict = () => api.post('/predict', { model: ASKED, rows: ROWS })
    await expect.poll(async () => (await predict()).status, { timeout: 60_000 }).toBe(200)

    const running = await api.submit(longJob('held-up', 60))
    await api.fitting(running.id)
    link.hold()
    const refused = upload(1)
    for (let n = 0; n < 50; n += 1) expect((await predict()).status).toBe(200)
    expect(await refused).toMatchObject({ status: 503, body: { type: 'urn:fitserve:store-unavailable' } })
    expect((await predict()).status).toBe(200)
    link.release()
    expect(await api.finished(running.id, 180)).toMatchObject({ state: 'completed', version: 1, error: null })
    await expect.poll(async () => (await upload(1)).status, { timeout: 60_000 }).toBe(201)
    expect([await worker.stop(), await api.stop()]).toEqual([0, 0])
  }, 600_000)
})

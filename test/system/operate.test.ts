import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { EXAMPLES, type Service, start, whenOver } from './harness.ts'
import { HOUSES } from './jobs.ts'

const WEBHOOK_SECRET = 'a secret for tests only'
const QUICK = {
  inputs: ['median_income'],
  epochs: 1,
  layers: [{ units: 4 }],
  validation: { split: 0.2 },
}

/** What an operator sets up once, and the service then does by itself. */
describe('schedules, webhooks, limits and garbage', () => {
  const came: { headers: Record<string, unknown>; body: string }[] = []
  let service: Service
  let hook: string
  const env = { WEBHOOK_SECRET, WEBHOOK_HOSTS: '127.0.0.1', WORKERS: '2', JOBS_PER_MODEL: '1' }
  beforeAll(async () => {
    const receiver = createServer(async (request, response) => {
      let body = ''
      for await (const piece of request) body += piece
      came.push({ headers: request.headers, body })
      response.end()
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    whenOver(async () => receiver.close())
    const address = receiver.address()
    hook = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`
    service = await start({ env })
    await service.upload('houses', join(EXAMPLES, 'houses.csv'))
  }, 180_000)

  it('a job reports its end to its webhook, signed', async () => {
    const { id } = await service.submit({ ...HOUSES, recipe: QUICK, webhook: { url: hook } })
    await service.finished(id)
    await expect.poll(() => came.length).toBe(1)
    const [{ headers, body } = { headers: {}, body: '' }] = came
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', WEBHOOK_SECRET).update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signature}`)
    expect(JSON.parse(body)).toMatchObject({
      type: 'job.completed',
      data: { id, state: 'completed', version: 1 },
    })
    const delivered = async () => (await service.request(`/jobs/${id}`)).body
    await expect.poll(delivered).toMatchObject({ webhook: { state: 'delivered', attempts: 1, status: 200 } })
    expect(service.output).not.toContain(WEBHOOK_SECRET)
  }, 180_000)

  it('a schedule orders a job at each of its times, also after the service was killed', async () => {
    const headers = { 'content-type': 'application/json' }
    const path = `/models/${HOUSES.model}/schedule`
    const seconds: number[] = []
    /** Once a minute, the first time in so many seconds. */
    const within = async (wait: number) => {
      const second = (new Date().getUTCSeconds() + wait) % 60
      seconds.push(second)
      const body = JSON.stringify({ cron: `${second} * * * * *`, timeZone: 'Asia/Seoul' })
      expect(await service.request(path, { method: 'PUT', headers, body })).toMatchObject({ status: 200 })
    }
    const versions = async () => (await service.model(HOUSES.model)).versions.length
    await within(2)
    await expect.poll(versions, { timeout: 30_000, interval: 200 }).toBe(2)
    await within(12)
    const { folder } = service
    await service.stop('SIGKILL')
    service = await start({ env, folder })
    await expect.poll(versions, { timeout: 30_000, interval: 200 }).toBe(3)
    expect(await service.request(path, { method: 'DELETE' })).toMatchObject({ status: 204 })
    const { items } = (await service.request(`/jobs?model=${HOUSES.model}`)).body as {
      items: { id: string }[]
    }
    // An id begins with its time in milliseconds; the first job was ordered by hand.
    const times = items.slice(0, -1).map(({ id }) => Number.parseInt(id.replace('-', '').slice(0, 12), 16))
    expect(new Set(times).size).toBe(times.length)
    expect(times.map((time) => time % 60_000).reverse()).toEqual(seconds.map((second) => second * 1_000))
  }, 240_000)

  it('one job of a model runs at a time with JOBS_PER_MODEL=1', async () => {
    const recipe = { ...QUICK, epochs: 200, layers: [{ units: 32 }] }
    const orders = [1, 2, 3].map((seed) =>
      service.submit({ ...HOUSES, model: 'one', recipe: { ...recipe, seed } }),
    )
    const ids = (await Promise.all(orders)).map(({ id }) => id)
    const spans: [number, number][] = []
    for (const id of ids) {
      await service.finished(id)
      const { startedAt, finishedAt, attempt } = (await service.request(`/jobs/${id}`)).body as Record<
        string,
        string
      >
      expect(attempt).toBe(1)
      spans.push([Date.parse(startedAt ?? ''), Date.parse(finishedAt ?? '')])
    }
    spans.sort(([a], [b]) => a - b)
    for (const [index, [began]] of spans.slice(1).entries())
      expect(began).toBeGreaterThanOrEqual(spans[index]?.[1] ?? 0)
  }, 180_000)

  it('garbage collection removes what an unpublished attempt left, and nothing else', async () => {
    const store = join(service.folder, 'store')
    const old = new Date(Date.now() - 48 * 3_600_000)
    const artifacts = await readdir(join(store, 'artifacts'))
    const [{ job } = { job: '' }] = (await service.model('one')).versions.slice(-1)
    const left = `${job}-9`
    for (const name of artifacts)
      for (const file of await readdir(join(store, 'artifacts', name)))
        await utimes(join(store, 'artifacts', name, file), old, old)
    await mkdir(join(store, 'artifacts', left))
    await writeFile(join(store, 'artifacts', left, 'model.json'), '{}')
    await utimes(join(store, 'artifacts', left, 'model.json'), old, old)
    const report = { items: [{ key: `artifacts/${left}/`, keys: 1, bytes: 2 }], total: { items: 1 } }
    expect((await service.request('/gc?dryRun=true', { method: 'POST' })).body).toMatchObject(report)
    expect((await service.request('/gc', { method: 'POST' })).body).toMatchObject(report)
    expect((await readdir(join(store, 'artifacts'))).toSorted()).toEqual(artifacts.toSorted())
    expect(await service.stop(), service.output.slice(-6000)).toBe(0)
    expect(service.output).not.toMatch(/"level":[56]0/)
  }, 180_000)
})

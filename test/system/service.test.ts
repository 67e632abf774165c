import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { seal, unseal } from '../../src/store/sealed.ts'
import {
  dataFolder,
  descendants,
  EXAMPLES,
  isAlive,
  loadedLibraries,
  type Service,
  start,
} from './harness.ts'
import { BLAME, endlessJob, HOUSES, longJob, PRAISE, REVIEWS } from './jobs.ts'

const Record = z.object({ id: z.string(), model: z.string(), createdAt: z.string() }).loose()

/** Of the service alone: no other process may have it. */
const SECRET = 'signs-all-webhooks'
/** The service runs several times, one after the other, on one folder with the embedded queue. */
let folder: string
let service: Service
beforeAll(async () => {
  folder = await dataFolder()
  service = await start({ folder, env: { WEBHOOK_SECRET: SECRET } })
  await service.upload('reviews', join(EXAMPLES, 'reviews.csv'))
  await service.upload('houses', join(EXAMPLES, 'houses.csv'))
}, 180_000)

describe('the service on the embedded queue', () => {
  it('trains from a table to predictions', async () => {
    const ordered = await service.submit(REVIEWS)
    const events = await service.request(`/jobs/${ordered.id}/events`)
    expect(events.body).toMatch(/event: progress\n.*event: completed\n/s)
    expect(await service.job(ordered.id)).toMatchObject({ state: 'completed', attempt: 1, version: 1 })
    const text = await service.post('/predict', { text: PRAISE })
    expect(text.body).toMatchObject({ model: 'reviews', version: 1, label: 'pos' })

    const houses = await service.finished((await service.submit(HOUSES)).id)
    expect(houses).toMatchObject({ state: 'completed', version: 1, error: null })
    const [header = '', ...lines] = (await readFile(join(EXAMPLES, 'houses.csv'), 'utf8')).trim().split('\n')
    const names = header.split(',')
    const rows = lines.slice(0, 200).map((line) => line.split(','))
    const features = rows.map((cells) =>
      Object.fromEntries(
        names.slice(0, -1).map((name, column) => {
          const cell = cells[column] ?? ''
          return [name, cell === '' ? null : name === 'ocean_proximity' ? cell : Number(cell)]
        }),
      ),
    )
    expect(names.at(-1)).toBe('median_house_value')
    const answer = await service.post('/models/houses/predict', { rows: features })
    const { predictions } = z
      .object({ predictions: z.array(z.object({ value: z.number() })) })
      .parse(answer.body)
    const truth = rows.map((cells) => Number(cells.at(-1)))
    const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length
    const error = (guess: (index: number) => number) =>
      truth.reduce((sum, value, index) => sum + Math.abs(value - guess(index)), 0) / truth.length
    expect(error((index) => predictions[index]?.value ?? 0)).toBeLessThan(0.7 * error(() => mean))

    for (const model of ['reviews', 'houses']) {
      const signature = await service.request(`/models/${model}/versions/production/signature`)
      const { request } = z.object({ request: z.looseObject({}) }).parse(signature.body)
      expect(await service.post('/predict', request)).toMatchObject({
        status: 200,
        body: { model, version: 1 },
      })
    }
  }, 180_000)

  it('learns from dates, and takes them in the form of the file or in ISO 8601', async () => {
    const lines = Array.from({ length: 120 }, (_, row) => {
      // No day is above 12, so that nothing but the client decides their order.
      const day = 1 + ((row * 5) % 12)
      const month = 1 + ((row * 7) % 12)
      const year = 2021 + (row % 3)
      const on = `${String(day).padStart(2, '0')}.${String(month).padStart(2, '0')}.${year}`
      return `${row === 7 ? '' : on},${row},${month + 12 * (year - 2021)}`
    })
    const form = new FormData()
    form.set('file', new Blob([['on,n,sold', ...lines].join('\n')], { type: 'text/csv' }), 'sales.csv')
    const uploaded = await service.request('/datasets?name=sales&dates=%d.%m.%Y', {
      method: 'POST',
      body: form,
    })
    expect(uploaded.body).toMatchObject({
      columns: [{ type: 'date', format: '%d.%m.%Y', missing: 1 }, {}, {}],
    })
    const recipe = {
      inputs: ['on'],
      layers: [{ units: 16 }],
      epochs: 30,
      validation: { kFold: 2 },
      finalEpochs: 'best',
    }
    const search = { type: 'grid', over: { scaling: ['standard', 'piecewiseLinear'] } }
    const { id } = await service.submit({ model: 'sales', dataset: 'sales', recipe: { ...recipe, search } })
    expect(await service.finished(id)).toMatchObject({ state: 'completed', version: 1, error: null })

    const signature = await service.request('/models/sales/versions/1/signature')
    const { request: example } = z.object({ request: z.looseObject({}) }).parse(signature.body)
    expect(signature.body).toMatchObject({ inputs: [{ type: 'date', format: '%d.%m.%Y' }] })
    expect((await service.post('/predict', example)).status).toBe(200)
    const answerTo = async (model: string, on: unknown) =>
      z.looseObject({}).parse((await service.post('/predict', { model, features: { on } })).body)
    const answer = await answerTo('sales', '03.11.2022')
    expect(answer).toMatchObject({ value: expect.any(Number) })
    expect(await answerTo('sales', '2022-11-03')).toEqual(answer)
    expect(await answerTo('sales', '')).toEqual(await answerTo('sales', null))
    expect(await answerTo('sales', '11/03/2022')).toMatchObject({
      status: 400,
      errors: [{ path: '/features/on', message: expect.stringContaining('(%d.%m.%Y)') }],
    })

    const tar = await fetch(`${service.url}/models/sales/versions/1/export`)
    const body = Buffer.from(await tar.arrayBuffer())
    const headers = { 'content-type': 'application/x-tar' }
    const imported = await service.request('/models/sales-copy/versions', { method: 'POST', body, headers })
    expect(imported.status).toBe(201)
    expect(await answerTo('sales-copy', '2022-11-03')).toEqual({ ...answer, model: 'sales-copy' })
    const unclear = await service.request('/datasets?name=sales', { method: 'POST', body: form })
    expect(unclear.body).toMatchObject({
      columns: [{ type: 'category' }, {}, {}],
      warnings: [{ code: 'unclear-dates' }, { code: 'row-number' }],
    })
    expect((await service.post('/models/sales/retrain', {})).body).toMatchObject({
      errors: [{ path: '/dataset', message: expect.stringContaining('dates=on:%d.%m.%Y') }],
    })
  }, 180_000)

  it('loads TensorFlow, DuckDB and the plot libraries in child processes only', async () => {
    const running = await service.submit(longJob('libraries', 20))
    await service.fitting(running.id)
    const plot = await service.request(`/jobs/${running.id}/plots/loss.png?theme=dark`)
    expect([plot.status, plot.headers.get('content-type')]).toEqual([200, 'image/png'])
    const children = await descendants(service.pid)
    const theirs = (await Promise.all(children.map(loadedLibraries))).flat().join('\n')
    expect(theirs).toContain('libtensorflow')
    expect(theirs).toContain('resvg')
    for (const child of children)
      expect(await readFile(`/proc/${child}/environ`, 'utf8')).not.toContain(SECRET)
    expect((await loadedLibraries(service.pid)).join('\n')).not.toMatch(/tensorflow|tfjs|duckdb|resvg/i)
    await service.finished(running.id)
  }, 180_000)

  it('makes one job of an order that is sent several times at once with one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'order-1' }
    const job = { ...HOUSES, force: true }
    const sent = await Promise.all(Array.from({ length: 5 }, () => service.submit(job, headers)))
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1)
    expect((await service.post('/jobs', { ...job, model: 'other' }, headers)).status).toBe(409)
    await service.finished(sent[0]?.id ?? '')
    expect((await service.submit(job, headers)).id).toBe(sent[0]?.id)
    expect((await service.submit(HOUSES)).reused, 'an equal job').toBe(true)
    expect((await service.model('houses')).versions).toHaveLength(2)
  }, 180_000)

  it('cancels queued and running jobs, which leave no version', async () => {
    const running = await service.submit(endlessJob('never'))
    const queued = await service.submit(endlessJob('later'))
    await service.fitting(running.id)
    expect((await service.job(queued.id)).state).toBe('queued')
    expect((await service.request(`/jobs/${queued.id}`, { method: 'DELETE' })).status).toBe(202)
    expect(await service.finished(queued.id)).toMatchObject({ state: 'cancelled', attempt: 0, version: null })
    expect((await service.request(`/jobs/${running.id}`, { method: 'DELETE' })).status).toBe(202)
    expect(await service.finished(running.id)).toMatchObject({ state: 'cancelled', version: null })
    expect((await service.request(`/jobs/${running.id}`, { method: 'DELETE' })).status).toBe(409)
    for (const model of ['never', 'later'])
      expect((await service.request(`/models/${model}`)).status).toBe(404)
  }, 180_000)

  it('answers predictions while versions are swapped, each by one version', async () => {
    const recipe = { ...REVIEWS.recipe, layers: [{ units: 4 }], seed: 7 }
    await service.finished((await service.submit({ ...REVIEWS, recipe, promote: 'never' })).id)
    const texts = Array.from({ length: 40 }, (_, index) => (index % 2 ? PRAISE : BLAME))
    const ask = async (version?: number) =>
      (await service.post('/models/reviews/predict', { texts, ...(version ? { version } : {}) })).body
    const expected = new Map([1, 2].map((version) => [version, ask(version)] as const))
    expect(await expected.get(1)).not.toEqual(await expected.get(2))
    const seen = new Set<number>()
    let swapping = true
    const load = Array.from({ length: 4 }, async () => {
      while (swapping) {
        const answer = z
          .object({ version: z.number() })
          .loose()
          .parse(await ask())
        seen.add(answer.version)
        expect(answer).toEqual(await expected.get(answer.version))
      }
    })
    for (let swap = 0; swap < 40; swap++) {
      const version = 2 - (swap % 2)
      const moved = await service.request('/models/reviews/aliases/production', {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ version }),
      })
      expect(moved.body).toMatchObject({ version, previous: 3 - version })
      expect(await ask(), 'served as soon as it is promoted').toMatchObject({ version })
    }
    swapping = false
    await Promise.all(load)
    expect([...seen].sort()).toEqual([1, 2])
  }, 180_000)
})

describe('the service after a kill', () => {
  /** Expects that a job has completed all the same, with one version. */
  async function endedWell(id: string, model: string, attempts: number): Promise<void> {
    const job = await service.finished(id)
    expect(job, service.output).toMatchObject({ state: 'completed', version: 1, error: null })
    expect(job.attempt).toBeGreaterThanOrEqual(attempts)
    const { versions } = await service.model(model)
    expect(versions).toMatchObject([{ version: 1, job: id }])
  }

  it('tries a job again whose training process was killed', async () => {
    const { id } = await service.submit(longJob('child-killed'))
    await service.fitting(id)
    const trainers = await trainersOf(service)
    expect(trainers).toHaveLength(1)
    process.kill(trainers[0] ?? 0, 'SIGKILL')
    await endedWell(id, 'child-killed', 2)
  }, 180_000)

  it('ends its job after a restart, and leaves no training process behind', async () => {
    const { id } = await service.submit(longJob('service-killed'))
    const waiting = await service.submit(longJob('still-waiting', 2))
    await service.fitting(id)
    const children = await descendants(service.pid)
    await service.stop('SIGKILL')
    service = await start({ folder })
    await endedWell(id, 'service-killed', 2)
    await endedWell(waiting.id, 'still-waiting', 1)
    for (const child of children) expect(await isAlive(child)).toBe(false)
  }, 240_000)

  it('takes no more requests on SIGTERM, hands its job back and exits with 0', async () => {
    const { id } = await service.submit(longJob('handed-over', 60))
    await service.fitting(id)
    const children = await descendants(service.pid)
    // A client that never ends its request is not waited for in the end.
    const { hostname, port } = new URL(service.url)
    const upload = request({ hostname, port, path: '/datasets?name=slow', method: 'POST' })
    upload.on('error', () => {})
    upload.setHeader('content-type', 'text/csv').write('a,b\n')
    const failures = Array.from({ length: 4 }, askUntilRefused)
    await wait(300)
    expect(await service.stop(), service.output).toBe(0)
    expect(await Promise.all(failures), 'what was sent is answered').toEqual(Array(4).fill('no connection'))
    expect(existsSync(join(folder, 'server.json'))).toBe(false)
    for (const child of children) expect(await isAlive(child)).toBe(false)
    await orderBehindTheQueuesBack()
    service = await start({ folder })
    await endedWell(id, 'handed-over', 2)
  }, 240_000)

  /** Sends one request after the other on kept connections, and returns how the last one ended. */
  async function askUntilRefused(): Promise<string> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    try {
      for (;;) {
        const ended = await askOnce(agent)
        if (ended !== 200) return ended
      }
    } finally {
      agent.destroy()
    }
  }

  /** A connection that the service has not yet taken when it stops listening may be refused or reset. */
  function askOnce(agent: Agent): Promise<200 | string> {
    const body = JSON.stringify({ model: 'reviews', texts: Array(200).fill(PRAISE) })
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    return new Promise((resolve) => {
      const asked = request(`${service.url}/predict`, { method: 'POST', agent, headers }, (answer) => {
        answer.resume()
        answer.once('close', () => {
          if (!answer.complete) resolve('an answer was cut off')
          else resolve(answer.statusCode === 200 ? 200 : `answered ${answer.statusCode}`)
        })
      })
      asked.once('error', () =>
        resolve(asked.reusedSocket ? 'no answer on a kept connection' : 'no connection'),
      )
      asked.end(body)
    })
  }

  /** Leaves a record without a queued job, as a service does that is killed between the two. */
  async function orderBehindTheQueuesBack(): Promise<void> {
    const jobs = join(folder, 'store/jobs')
    const kept = await Promise.all(
      (await readdir(jobs)).map(async (name) =>
        Record.parse(unseal(await readFile(join(jobs, name, 'record.json')))),
      ),
    )
    const record = kept.find(({ model }) => model === 'still-waiting')
    const createdAt = new Date(Date.now() - 20_000)
    const id = uuidv7({ msecs: createdAt.getTime() })
    await mkdir(join(jobs, id))
    const copy = { ...record, id, model: 'between', createdAt: createdAt.toISOString() }
    await writeFile(join(jobs, id, 'record.json'), seal(copy))
  }

  it('queues a job again whose record was written before the kill', async () => {
    const { items } = z
      .object({ items: z.array(z.object({ id: z.string() })) })
      .parse((await service.request('/jobs?model=between')).body)
    expect(items).toHaveLength(1)
    await endedWell(items[0]?.id ?? '', 'between', 1)
    expect(service.output).toContain('jobs queued again that the queue had lost')
  }, 180_000)
})

/** The processes that have TensorFlow loaded. */
async function trainersOf({ pid }: Service): Promise<number[]> {
  const found: number[] = []
  for (const child of await descendants(pid))
    if ((await loadedLibraries(child)).some((name) => name.includes('libtensorflow'))) found.push(child)
  return found
}

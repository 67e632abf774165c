import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { realData } from '../helpers/real-data.ts'
import { skipsRedis, startRedis } from '../jobs/queue/redis-server.ts'
import { type Service, start, temporaryFolder, whenOver } from './harness.ts'

const files = {
  imdb: { train: realData('imdb/train.csv.gz'), test: realData('imdb/test.csv.gz') },
  boston: { train: realData('boston/train.csv.gz'), test: realData('boston/test.csv.gz') },
}
const absent = Object.values(files).some(({ train, test }) => !train || !test)

/** The book's two networks. */
const IMDB = {
  model: 'imdb',
  dataset: 'imdb',
  recipe: {
    encoder: { type: 'multiHot', numWords: 10_000 },
    layers: [{ units: 16 }, { units: 16 }],
    optimizer: 'rmsprop',
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
    epochs: 20,
    batchSize: 512,
    validation: { rows: 10_000 },
    earlyStopping: { monitor: 'valLoss', patience: 2, restoreBest: true },
  },
}
const BOSTON = {
  model: 'boston',
  dataset: 'boston',
  recipe: {
    layers: [{ units: 64 }, { units: 64 }],
    optimizer: 'rmsprop',
    loss: 'mse',
    metrics: ['mae'],
    epochs: 130,
    batchSize: 16,
    validation: { split: 0.2 },
    finalEpochs: null,
  },
}
const Labels = z.object({ predictions: z.array(z.object({ label: z.string() })) })
const Values = z.object({ predictions: z.array(z.object({ value: z.number() })) })

/** The figures of each queue's run. The queue must make no difference, so there may be only one. */
const results = new Set<string>()

async function rowsOf(path = ''): Promise<Record<string, string>[]> {
  return parse(gunzipSync(await readFile(path)), { columns: true })
}

async function train(service: Service, job: typeof IMDB | typeof BOSTON, path = ''): Promise<void> {
  await service.upload(job.dataset, path, { 'content-encoding': 'gzip' })
  const { id } = await service.submit(job)
  expect(await service.finished(id, 300), service.output).toMatchObject({ state: 'completed', version: 1 })
}

async function accept(api: Service): Promise<void> {
  await train(api, IMDB, files.imdb.train)
  const reviews = await rowsOf(files.imdb.test)
  let right = 0
  for (let start = 0; start < reviews.length; start += 2_500) {
    const part = reviews.slice(start, start + 2_500)
    const answer = await api.post('/predict', { model: 'imdb', texts: part.map(({ text }) => text) })
    const { predictions } = Labels.parse(answer.body)
    right += part.filter(({ label }, index) => predictions[index]?.label === label).length
  }
  expect(right / reviews.length).toBeGreaterThanOrEqual(0.87)

  await train(api, BOSTON, files.boston.train)
  const houses = await rowsOf(files.boston.test)
  const rows = houses.map(({ medv: _, ...inputs }) =>
    Object.fromEntries(Object.entries(inputs).map(([name, cell]) => [name, Number(cell)])),
  )
  const answer = await api.post('/predict', { model: 'boston', rows })
  const { predictions } = Values.parse(answer.body)
  const errors = houses.map(({ medv }, index) => Math.abs(Number(medv) - (predictions[index]?.value ?? 0)))
  const mae = errors.reduce((sum, error) => sum + error, 0) / errors.length
  results.add(`${right} ${mae}`)
  console.log(`held out: IMDB accuracy ${right / reviews.length}, Boston MAE ${mae}`)
  expect(mae).toBeLessThanOrEqual(2.9)
  expect([...results]).toHaveLength(1)
}

describe.skipIf(absent)('the book’s reviews and houses, measured on held-out rows', () => {
  it('reach the book’s figures with the embedded queue', async () => accept(await start()), 600_000)

  it.skipIf(skipsRedis)(
    'reach the same figures with Redis',
    async () => {
      const redis = await startRedis()
      whenOver(redis.close)
      const env = { REDIS_URL: redis.url, STORE_URL: `file:${await temporaryFolder()}` }
      const [api, worker] = await Promise.all([start({ role: 'api', env }), start({ role: 'worker', env })])
      await accept(api)
      expect(await worker.stop()).toBe(0)
      expect(await api.stop()).toBe(0)
    },
    600_000,
  )
})

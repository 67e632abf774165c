import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { skipsRedis, startRedis } from '../jobs/queue/redis-server.ts'
import { EXAMPLES, type Service, start, temporaryFolder, whenOver } from './harness.ts'
import { HOUSES } from './jobs.ts'

/** Rows of the large table: three parts, of which two workers have one each while one waits. */
const ROWS = 300_000
/** Rows whose answers are compared with those of `/predict`. */
const COMPARED = 500

const List = z.object({ items: z.array(z.object({ state: z.string() })) })
const Answers = z.object({ predictions: z.array(z.object({ value: z.number() })) })

describe.skipIf(skipsRedis)('a prediction that two workers share', () => {
  let api: Service
  const workers: Service[] = []
  let houses: string[] = []
  let header = ''
  beforeAll(async () => {
    const redis = await startRedis()
    whenOver(redis.close)
    const env = { REDIS_URL: redis.url, STORE_URL: `file:${await temporaryFolder()}` }
    api = await start({ role: 'api', env })
    for (let worker = 0; worker < 2; worker++) workers.push(await start({ role: 'worker', env }))
    ;[header = '', ...houses] = (await readFile(join(EXAMPLES, 'houses.csv'), 'utf8')).trimEnd().split('\n')
    const lines = Array.from({ length: ROWS }, (_, row) => `${row},${houses[row % houses.length]}`)
    const large = join(await temporaryFolder(), 'large.csv')
    await writeFile(large, [`row,${header}`, ...lines].join('\n'))
    await api.upload('houses', join(EXAMPLES, 'houses.csv'))
    await api.upload('large', large)
    await api.finished((await api.submit({ ...HOUSES, recipe: { ...HOUSES.recipe, epochs: 2 } })).id)
  }, 240_000)

  const order = async () => {
    const body = { model: 'houses@1', dataset: 'large', columns: ['row'] }
    const { status, body: answer } = await api.post('/predictions', body)
    expect(status).toBe(202)
    return z.object({ id: z.string() }).parse(answer).id
  }
  const partsOf = async (id: string, state: string) => {
    const { items } = List.parse((await api.request(`/jobs?parent=${id}&limit=500`)).body)
    return items.filter((part) => part.state === state).length
  }
  const untilTwoRun = async (id: string) => {
    await expect.poll(() => partsOf(id, 'active'), { timeout: 120_000, interval: 20 }).toBe(2)
  }

  it('is cancelled in all of them', async () => {
    const id = await order()
    await untilTwoRun(id)
    expect((await api.request(`/jobs/${id}`, { method: 'DELETE' })).status).toBe(202)
    expect(await api.finished(id)).toMatchObject({ state: 'cancelled' })
    expect((await api.request(`/predictions/${id}/result`)).status).toBe(409)
  }, 180_000)

  it('has every row once and in order after one was killed, and the answers of /predict', async () => {
    const id = await order()
    await untilTwoRun(id)
    await workers[0]?.stop('SIGKILL')
    expect(await api.finished(id)).toMatchObject({ state: 'completed', error: null })
    const { body, headers } = await api.request(`/predictions/${id}/result`)
    const text = z.string().parse(body)
    expect(headers.get('content-length')).toBe(String(Buffer.byteLength(text)))
    const [names = '', ...lines] = text.trimEnd().split('\n')
    expect(names).toBe('row,value,error')
    expect(lines).toHaveLength(ROWS)
    expect(lines.findIndex((line, row) => !line.startsWith(`${row},`))).toBe(-1)

    const columns = header.split(',')
    const inputs = z
      .object({ inputs: z.array(z.object({ name: z.string() })) })
      .parse((await api.request('/models/houses/versions/1/signature')).body)
      .inputs.map(({ name }) => name)
    const rows = houses.slice(0, COMPARED).map((line) => {
      const cells = line.split(',')
      const cellOf = (name: string) => cells[columns.indexOf(name)] || null
      return Object.fromEntries(inputs.map((name) => [name, cellOf(name)]))
    })
    const answer = Answers.parse((await api.post('/predict', { model: 'houses', rows })).body)
    expect(lines.slice(0, COMPARED)).toEqual(answer.predictions.map(({ value }, row) => `${row},${value},`))
  }, 240_000)
})

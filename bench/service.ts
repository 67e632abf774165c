import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { SERVER_CORE } from './measure.ts'
import { startOn, stop } from './processes.ts'
import type { Server } from './servers.ts'
import type { Workload } from './workload.ts'

const MAIN = resolve(import.meta.dirname, '../dist/main.js')
const Ready = z.object({ status: z.literal('ready') })
const Address = z.object({ url: z.string(), pid: z.int() })
export const Job = z.object({
  id: z.string(),
  state: z.string(),
  error: z.unknown(),
  version: z.int().nullable(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
})

/** The book's recipe for film reviews. */
export const RECIPE = {
  encoder: { type: 'multiHot', numWords: 10_000 },
  layers: [{ units: 16 }, { units: 16 }],
  optimizer: 'rmsprop',
  epochs: 4,
  batchSize: 512,
  validation: { split: 0.2 },
}

/** The book's recipe for house prices. */
const HOUSES = { layers: [{ units: 64 }, { units: 64 }], epochs: 4, validation: { split: 0.2 } }

/** fitserve as `npm start` runs it, with a trained model. */
export async function startFitserve(workload: Workload): Promise<Server> {
  const server = await startEmpty(SERVER_CORE)
  await trainOn(server.url, 'reviews', workload.train, RECIPE)
  return server
}

/** The same with a model of house prices beside the one of reviews. @param houses path of the table */
export async function startWithHouses(workload: Workload, houses: string): Promise<Server> {
  const server = await startFitserve(workload)
  await trainOn(server.url, 'houses', houses, HOUSES)
  return server
}

/** One role of fitserve on a folder and a queue, which other processes share. @param core null: all */
export async function startRole(
  role: 'api' | 'worker',
  core: number | null,
  env: { DATA_DIR: string; REDIS_URL: string } & NodeJS.ProcessEnv,
): Promise<Server> {
  const child = startOn(core, [process.execPath, MAIN, role], {
    PORT: '0',
    LOG_LEVEL: 'warn',
    WORKERS: '1',
    ...env,
  })
  child.stdout!.resume()
  const url = role === 'worker' ? '' : await addressIn(env.DATA_DIR)
  return { url, pid: child.pid ?? 0, stop: () => stop(child) }
}

/** Waits until a process has told in a folder where it is. */
async function addressIn(folder: string): Promise<string> {
  const look = async () =>
    Address.safeParse(await readFile(join(folder, 'server.json'), 'utf8').then(JSON.parse, () => null)).data
  return (await until(look)).url
}

/** Uploads a table and trains a model of its name on it. @param minutes after which waiting ends */
export async function trainOn(
  url: string,
  name: string,
  file: string,
  recipe: object,
  minutes?: number,
): Promise<void> {
  await post(`${url}/datasets?name=${name}`, await readFile(file), 'text/csv')
  await train(url, { model: name, dataset: name, recipe }, minutes)
}

/** fitserve as `npm start` runs it, with an empty folder, when its queue is there. @param core null: all */
export async function startEmpty(core: number | null): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
  const env = { DATA_DIR: folder, PORT: '0', LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'info', WORKERS: '1' }
  const child = startOn(core, [process.execPath, MAIN], env)
  child.stdout!.resume()
  const url = await addressIn(folder)
  await until(async () => Ready.safeParse(await (await fetch(`${url}/health/ready`)).json()).data)
  return {
    url,
    pid: child.pid ?? 0,
    async stop() {
      await stop(child)
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

/** Orders a job and waits for its end. @param minutes after which waiting ends */
export async function train(url: string, order: object, minutes = 3): Promise<z.infer<typeof Job>> {
  const { id } = Job.parse(await post(`${url}/jobs`, JSON.stringify(order), 'application/json'))
  return until(async () => {
    const job = Job.parse(await (await fetch(`${url}/jobs/${id}`)).json())
    if (job.state === 'failed') throw new Error(`the job failed: ${JSON.stringify(job.error)}`)
    return job.state === 'completed' ? job : undefined
  }, minutes)
}

export async function post(url: string, body: string | Buffer<ArrayBuffer>, type: string): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

async function until<T>(look: () => Promise<T | undefined>, minutes = 3): Promise<T> {
  for (const end = Date.now() + minutes * 60_000; Date.now() < end; await wait(5)) {
    const found = await look()
    if (found !== undefined) return found
  }
  throw new Error(`the service took longer than ${minutes} minutes`)
}

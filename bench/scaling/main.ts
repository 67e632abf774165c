// `npm run bench -- scaling`: how jobs, folds and trials spread over 1, 2 and 4 workers on a queue in Redis and a slow store.
// Jobs wait instead of computing, so that the cores of this machine are not the limit. See docs/scaling.md.

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { startOn, stop } from '../processes.ts'
import { startRedis } from '../redis.ts'
import { Job, post, startRole } from '../service.ts'

const isQuick = process.argv.includes('--quick')
const WORKERS = isQuick ? [1, 2] : [1, 2, 4, 8]
/** Milliseconds of each call to the store, and of each fit. */
const STORE_MS = 20
const WAIT_MS = isQuick ? 1_000 : 4_000
const JOBS = isQuick ? 4 : 16
const PARTS = isQuick ? 4 : 8
const MINUTES = 15
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

const RECIPE = { target: 'y', layers: [], epochs: 1, ensemble: 1 }

interface Figures {
  workers: number
  /** Jobs that completed a minute. */
  perMinute: number
  /** Seconds of a k-fold and of a search, from the order to the end. */
  kFold: number
  search: number
}

/** Seed of the last order, so that each job is like no other. */
let seed = 0

const folder = await mkdtemp(join(tmpdir(), 'fitserve-scaling-'))
const redis = await startRedis()
const env = { DATA_DIR: folder, REDIS_URL: redis.url, STORE_MS: String(STORE_MS), WAIT_MS: String(WAIT_MS) }
const ending = [redis.stop]
try {
  const api = await startRole('api', null, env)
  ending.unshift(api.stop)
  const rows = Array.from({ length: 80 }, (_, row) => `${row % 7},${(row * row) % 11},${row % 5}`)
  await post(`${api.url}/datasets?name=small`, `a,b,y\n${rows.join('\n')}\n`, 'text/csv')
  const all: Figures[] = []
  for (const workers of WORKERS) {
    const running = await Promise.all(Array.from({ length: workers }, startWorker))
    try {
      all.push(await measured(api.url, workers))
      console.log(JSON.stringify(all.at(-1)))
    } finally {
      for (const child of running) await stop(child)
    }
  }
  console.log(table(all))
} finally {
  for (const end of ending) await end()
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
}

async function startWorker() {
  const child = startOn(null, [process.execPath, '--import', 'tsx', WORKER], { ...env, WORKERS: '1' })
  if (child.stdout) await once(child.stdout, 'data')
  child.stdout?.resume()
  return child
}

async function measured(url: string, workers: number): Promise<Figures> {
  // The first job of each worker loads its child process.
  await finished(url, await Promise.all(Array.from({ length: workers }, (_, at) => order(url, `warm${at}`))))
  const jobs = async () =>
    finished(url, await Promise.all(Array.from({ length: JOBS }, (_, at) => order(url, `m${at}`))))
  const one = async (more: object) => finished(url, [await order(url, 'parts', more)])
  const seconds = await timed(jobs)
  const rates = Array.from({ length: PARTS }, (_, at) => 0.001 * (at + 1))
  return {
    workers,
    perMinute: (JOBS * 60) / seconds,
    kFold: await timed(() => one({ validation: { kFold: PARTS } })),
    search: await timed(() => one({ search: { type: 'grid', over: { 'optimizer.learningRate': rates } } })),
  }
}

/** Orders a job that is like no other. @returns its id */
async function order(url: string, model: string, more: object = {}): Promise<string> {
  seed += 1
  const body = { model, dataset: 'small', recipe: { ...RECIPE, validation: { split: 0.2 }, seed, ...more } }
  return z
    .object({ id: z.string() })
    .parse(await post(`${url}/jobs`, JSON.stringify(body), 'application/json')).id
}

async function finished(url: string, ids: readonly string[]): Promise<void> {
  const until = Date.now() + MINUTES * 60_000
  for (const id of ids)
    for (;;) {
      const job = Job.parse(await (await fetch(`${url}/jobs/${id}`)).json())
      if (job.state === 'completed') break
      if (job.state === 'failed' || Date.now() > until) throw new Error(`job ${id}: ${JSON.stringify(job)}`)
      await wait(50)
    }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** A table in Markdown. A share is of N times one worker; parts have a last fit, or none, behind them. */
function table(all: readonly Figures[]): string {
  const [one] = all
  if (!one) return ''
  const lines = all.map(({ workers, perMinute, kFold, search }) => {
    const share = perMinute / (workers * one.perMinute)
    const cells = [
      workers,
      perMinute.toFixed(1),
      share.toFixed(2),
      `${kFold.toFixed(1)} s`,
      (one.kFold / kFold).toFixed(2),
      `${search.toFixed(1)} s`,
      (one.search / search).toFixed(2),
    ]
    return `| ${cells.join(' | ')} |`
  })
  const heads = `workers | jobs a minute | of N times one | k-fold of ${PARTS} | times as fast | search of ${PARTS} | times as fast`
  return [`| ${heads} |`, '| --- | --- | --- | --- | --- | --- | --- |', ...lines].join('\n')
}

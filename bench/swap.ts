import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { largeModel } from '../test/helpers/large-model.ts'
import { openMadeVersions } from './made-versions.ts'
import { LOAD_CORE, measureSteadily, SERVER_CORE, type SteadyFigures } from './measure.ts'
import { startRedis } from './redis.ts'
import { Job, post, RECIPE, startRole, trainOn } from './service.ts'
import { longestTurn, notingTurns } from './turns.ts'
import { readWorkload } from './workload.ts'

const SMALL = 10_000
const LARGE = 1_000_000
const PER_SECOND = 200
const SWAP_EVERY_MS = 1_500
/** Interval of the service's own measurement of its event loop: a pause is the time beyond it. */
const RESOLUTION_MS = 10
const MODEL = 'swapped'

export interface SwapFigures {
  /** Milliseconds of `/predict` for one review with nothing else to do. */
  atRest: SteadyFigures
  /** While a job trains on the other core and a model of a million terms is swapped every 1.5 s. */
  whileBusy: SteadyFigures
  /** p99 while busy as a multiple of p99 at rest. */
  p99Ratio: number
  /** The longest pauses of the event loop, in milliseconds. */
  pauseAtRestMs: number
  pauseWhileBusyMs: number
  /** The longest processor time of the service between two turns of its event loop, in milliseconds. */
  turnAtRestMs: number
  turnWhileBusyMs: number
  /** From the order until the version is served, with nothing else to do. */
  loadSmallMs: number
  loadLargeMs: number
}

/**
 * `/predict` while a job trains and versions of another model are swapped; API on one core, load and worker on the
 * other.
 * @param seconds of load at rest, and as many while busy
 */
export async function measureSwap(seconds: number): Promise<SwapFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
  const workload = readWorkload()
  const redis = await startRedis()
  const env = { DATA_DIR: folder, REDIS_URL: redis.url }
  const ending = [redis.stop]
  try {
    await publishLarge(join(folder, 'store'))
    const worker = await startRole('worker', LOAD_CORE, env)
    ending.unshift(worker.stop)
    const turns = join(folder, 'turns')
    const { url, stop } = await startRole('api', SERVER_CORE, { ...env, ...notingTurns(turns) })
    ending.unshift(stop)
    await trainOn(url, 'reviews', workload.train, RECIPE)
    const bodies = workload.texts.map((text) => JSON.stringify({ model: 'reviews', text }))
    const load = () => measureSteadily({ url, bodies, seconds, perSecond: PER_SECOND })
    await load()
    await longestPause(url)
    const restFrom = Date.now()
    const atRest = await load()
    const pauseAtRestMs = await longestPause(url)
    const turnAtRestMs = await longestTurn(turns, restFrom)
    const loadSmallMs = await promote(url, 1)
    const loadLargeMs = await promote(url, 2)
    const job = await longJob(url)
    await longestPause(url)
    const busyFrom = Date.now()
    const swapping = swapFor(url, seconds * 1000)
    const whileBusy = await load()
    await swapping
    const pauseWhileBusyMs = await longestPause(url)
    const turnWhileBusyMs = await longestTurn(turns, busyFrom)
    await fetch(`${url}/jobs/${job}`, { method: 'DELETE' })
    const p99Ratio = whileBusy.p99 / atRest.p99
    const pauses = { pauseAtRestMs, pauseWhileBusyMs, turnAtRestMs, turnWhileBusyMs }
    return { atRest, whileBusy, p99Ratio, ...pauses, loadSmallMs, loadLargeMs }
  } finally {
    for (const end of ending) await end()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Version 1 with few terms, versions 2 and 3 with many, none in production. */
async function publishLarge(folder: string): Promise<void> {
  const made = await openMadeVersions(folder)
  for (const [at, terms] of [SMALL, LARGE, LARGE].entries())
    await made.publish({ model: MODEL, job: `made-${at}`, files: largeModel(terms), promote: 'never' })
  await made.close()
}

/** Puts a version into production and waits until it is served. @returns milliseconds */
async function promote(url: string, version: number): Promise<number> {
  const began = performance.now()
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ version })
  const answer = await fetch(`${url}/models/${MODEL}/aliases/production`, { method: 'PUT', headers, body })
  if (!answer.ok) throw new Error(`the alias was not moved: ${await answer.text()}`)
  const took = performance.now() - began
  const question = JSON.stringify({ model: MODEL, text: 'word1 word2' })
  const said = JSON.stringify(await post(`${url}/predict`, question, 'application/json'))
  if (!said.includes(`"version":${version},`)) throw new Error(`another version answers: ${said}`)
  return took
}

async function swapFor(url: string, milliseconds: number): Promise<void> {
  const until = performance.now() + milliseconds
  for (let version = 3; performance.now() < until; version = 5 - version) {
    await wait(SWAP_EVERY_MS)
    await promote(url, version)
  }
}

/** Begins a job that takes longer than is measured, and waits until it trains. */
async function longJob(url: string): Promise<string> {
  const order = { model: 'other', dataset: 'reviews', recipe: { ...RECIPE, epochs: 500, seed: 2 } }
  const { id } = Job.parse(await post(`${url}/jobs`, JSON.stringify(order), 'application/json'))
  for (;;) {
    const job = await (await fetch(`${url}/jobs/${id}`)).text()
    if (/"phase":"fit"/.test(job)) return id
    if (/"state":"(failed|completed)"/.test(job)) throw new Error(`the job has ended: ${job}`)
    await wait(50)
  }
}

/** Since it was asked for last, in milliseconds, as the service measures it. */
async function longestPause(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const seconds = Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(metrics)?.[1])
  return Math.max(0, seconds * 1000 - RESOLUTION_MS)
}

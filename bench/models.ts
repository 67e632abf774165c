import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inParallel } from '../src/runtime/in-parallel.ts'
import { largeModel } from '../test/helpers/large-model.ts'
import { openMadeVersions } from './made-versions.ts'
import { measureSteadily, middle, SERVER_CORE, type SteadyFigures } from './measure.ts'
import { residentOf } from './memory.ts'
import { withCpuMicros } from './processes.ts'
import { startRedis } from './redis.ts'
import { post, startRole } from './service.ts'
import { longestTurn, notingTurns } from './turns.ts'
import { readWorkload } from './workload.ts'

/** Words of each model: those of the book's. */
const TERMS = 10_000
const PER_SECOND = 200
/** Models that are published at once. */
const AT_ONCE = 8
/** Versions that were never loaded and are asked for once each. */
const COLD = 20
/** The version in production, and one that no request has asked for. */
const SERVED = 1
const UNASKED = 2

export interface ModelsFigures {
  models: number
  /** Milliseconds of `/predict`, each request to the next model. */
  steady: SteadyFigures
  /**
   * Microseconds of processor time for each request, with all that the service does beside; null where the system does not
   * tell.
   */
  cpuMicros: number | null
  /** The longest processor time between two turns of the event loop, in milliseconds: what a request may have to wait for. */
  turnMs: number
  /** From the start of the service until all models are loaded, in seconds. */
  startSeconds: number
  residentMb: number
  /** Milliseconds from the request for a version that is not in memory to its answer, the one in the middle. */
  coldMs: number
}

/** `/predict` by a service that has so many models in memory, all of which are asked in turn. @param rounds of load */
export async function measureModels(models: number, seconds: number, rounds: number): Promise<ModelsFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
  const redis = await startRedis()
  const ending = [redis.stop]
  try {
    await publish(join(folder, 'store'), models)
    const began = performance.now()
    const turns = join(folder, 'turns')
    const env = { DATA_DIR: folder, REDIS_URL: redis.url, ...notingTurns(turns) }
    const { url, pid, stop } = await startRole('api', SERVER_CORE, env)
    const startSeconds = (performance.now() - began) / 1000
    ending.unshift(stop)
    const { texts } = readWorkload()
    const bodies = Array.from({ length: Math.max(models, texts.length) }, (_, at) =>
      JSON.stringify({ model: nameOf(at % models), text: texts[at % texts.length] }),
    )
    const load = () => measureSteadily({ url, bodies, seconds, perSecond: PER_SECOND })
    await load()
    const measured: (SteadyFigures & { cpuMicros: number | null })[] = []
    const from = Date.now()
    for (let round = 0; round < rounds; round++) measured.push(await withCpuMicros(pid, load))
    measured.sort((one, other) => one.p99 - other.p99)
    const micros = measured.flatMap(({ cpuMicros }) => cpuMicros ?? [])
    return {
      models,
      steady: measured[Math.floor(measured.length / 2)]!,
      cpuMicros: micros.length > 0 ? middle(micros) : null,
      turnMs: await longestTurn(turns, from),
      startSeconds,
      residentMb: await residentOf(pid),
      coldMs: await coldMs(url, models),
    }
  } finally {
    for (const end of ending) await end()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

const nameOf = (model: number) => `model${model}`

/** Publishes models with one version in production and another one that is not. */
async function publish(folder: string, count: number): Promise<void> {
  const made = await openMadeVersions(folder)
  const files = largeModel(TERMS)
  await inParallel(
    Array.from({ length: count }, (_, at) => at),
    AT_ONCE,
    async (at) => {
      for (const version of [SERVED, UNASKED]) {
        const promote = version === SERVED ? 'always' : 'never'
        await made.publish({ model: nameOf(at), job: `made-${at}-${version}`, files, promote })
      }
    },
  )
  await made.close()
}

async function coldMs(url: string, models: number): Promise<number> {
  const times: number[] = []
  for (let at = 0; at < Math.min(COLD, models); at++) {
    const body = JSON.stringify({ model: nameOf(at), version: UNASKED, text: 'word1 word2' })
    const began = performance.now()
    await post(`${url}/predict`, body, 'application/json')
    times.push(performance.now() - began)
  }
  return middle(times)
}

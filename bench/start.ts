import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { middle } from './measure.ts'
import { startOn, stop } from './processes.ts'
import { startRedis } from './redis.ts'
import { startRole, trainOn } from './service.ts'

const HOUSES = resolve(import.meta.dirname, '../examples/houses.csv')
const RECIPE = { layers: [{ units: 64 }, { units: 64 }], epochs: 2, validation: { split: 0.2 } }
const ROUNDS = 7
/** After which what the start has left behind has gone. */
const SETTLE_MS = 1_000

export interface StartFigures {
  /** From the start of the process until it says where it is: a queue on Redis, a folder, one small model. */
  seconds: number
  /** The same for a program that does nothing: what Node takes. */
  nodeSeconds: number
  /** A second later; null where the system does not tell. */
  residentMb: number | null
}

/** Returns the start time and memory of the API: those of the median round. */
export async function measureStart(rounds = ROUNDS): Promise<StartFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
  const redis = await startRedis()
  const env = { DATA_DIR: folder, REDIS_URL: redis.url }
  try {
    const worker = await startRole('worker', null, env)
    const trainer = await startRole('api', null, env)
    await trainOn(trainer.url, 'houses', HOUSES, RECIPE)
    await trainer.stop()
    await worker.stop()
    const seconds: number[] = []
    const nodeSeconds: number[] = []
    const resident: (number | null)[] = []
    for (let round = 0; round < rounds; round++) {
      nodeSeconds.push(await timeOfNothing())
      const began = performance.now()
      const api = await startRole('api', null, env)
      seconds.push((performance.now() - began) / 1000)
      await wait(SETTLE_MS)
      resident.push(await residentMb(api.pid))
      await api.stop()
    }
    const told = resident.flatMap((mb) => mb ?? [])
    return {
      seconds: middle(seconds),
      nodeSeconds: middle(nodeSeconds),
      residentMb: told.length > 0 ? middle(told) : null,
    }
  } finally {
    await redis.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function timeOfNothing(): Promise<number> {
  const began = performance.now()
  const child = startOn(null, [process.execPath, '-e', 'console.log(1); setInterval(() => {}, 1000)'])
  await new Promise((resolve) => child.stdout!.once('data', resolve))
  const seconds = (performance.now() - began) / 1000
  await stop(child)
  return seconds
}

async function residentMb(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) / 1000
}

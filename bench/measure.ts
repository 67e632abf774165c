import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { startOn } from './processes.ts'

export const LOAD_CORE = 1
export const SERVER_CORE = 0
const LOAD = fileURLToPath(new URL('load.ts', import.meta.url))
const STEADY = fileURLToPath(new URL('steady.ts', import.meta.url))
const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url))

/** wrk takes a tenth of autocannon's time for a request, so that the server is the limit. */
export const GENERATOR = spawnSync('wrk', ['-v']).error === undefined ? 'wrk' : 'autocannon'

export const LoadTask = z.strictObject({
  url: z.string(),
  path: z.string().default('/predict'),
  bodies: z.array(z.string()).min(1),
  seconds: z.number(),
  connections: z.int(),
})
export type LoadTask = z.input<typeof LoadTask>

/** Requests answered, and how many a second; those that failed; latency in ms; the load generator's share of a core. */
export const Figures = z.object({
  answered: z.number(),
  perSecond: z.number(),
  failed: z.number(),
  p50: z.number(),
  p99: z.number(),
  busy: z.number(),
})
export type Figures = z.infer<typeof Figures>

/** One round of load from a process of its own. @throws Error where a request failed */
export async function measure(task: LoadTask): Promise<Figures> {
  const figures = await (GENERATOR === 'wrk' ? loadByWrk(task) : loadByAutocannon(task))
  if (figures.failed > 0) throw new Error(`${figures.failed} requests to ${task.url} failed`)
  return figures
}

async function loadByAutocannon(task: LoadTask): Promise<Figures> {
  const child = startOn(LOAD_CORE, [process.execPath, '--import', 'tsx', LOAD])
  child.stdin!.end(JSON.stringify(task))
  return Figures.parse(JSON.parse(await text(child.stdout!)))
}

async function loadByWrk({
  url,
  path = '/predict',
  bodies,
  seconds,
  connections,
}: LoadTask): Promise<Figures> {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
  try {
    const file = join(folder, 'bodies')
    await writeFile(file, `${bodies.join('\n')}\n`)
    // A machine that others use too may keep a request waiting for longer than the two seconds that wrk allows.
    const options = [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout',
      '10s',
      '-s',
      SCRIPT,
      url,
      '--',
      file,
      path,
    ]
    // The shell tells at its end how much of the processor its children have had.
    const child = startOn(LOAD_CORE, ['sh', '-c', 'wrk "$@" && times', 'wrk', ...options])
    const said = await text(child.stdout!)
    const line = said.split('\n').find((each) => each.startsWith('{'))
    if (line === undefined) throw new Error(`wrk failed: ${said.slice(-500)}`)
    const used = [...(said.split('\n').at(-2) ?? '').matchAll(/(\d+)m([\d.]+)s/g)]
    const busy = used.reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0)
    return Figures.parse({ ...JSON.parse(line), busy: busy / seconds })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export const SteadyTask = z.strictObject({
  url: z.string(),
  bodies: z.array(z.string()).min(1),
  seconds: z.number(),
  perSecond: z.number(),
})
export type SteadyTask = z.infer<typeof SteadyTask>

/** Milliseconds from when requests were sent until they were answered. */
export const SteadyFigures = z.object({
  answered: z.number(),
  failed: z.number(),
  /** p99 of how long after they were due requests were sent: the generator waited for its core. */
  late: z.number(),
  p50: z.number(),
  p99: z.number(),
  max: z.number(),
})
export type SteadyFigures = z.infer<typeof SteadyFigures>

/**
 * The generator of steady load stands for clients on other machines, but shares its core with a job, and waited 3 ms
 * for it with one request in a hundred. So it has a higher priority where that is allowed; how late it was is told.
 * (Never a real-time one: threads of Node that wait for each other then never end.)
 */
const FIRST = spawnSync('nice', ['-n', '-10', 'nice'], { encoding: 'utf8' }).stdout?.trim() === '-10'

/** Load at a steady rate from a process of its own. @throws Error where a request failed */
export async function measureSteadily(task: SteadyTask): Promise<SteadyFigures> {
  const first = FIRST ? ['nice', '-n', '-10'] : []
  const child = startOn(LOAD_CORE, [...first, process.execPath, '--import', 'tsx', STEADY])
  child.stdin!.end(JSON.stringify(task))
  const figures = SteadyFigures.parse(JSON.parse(await text(child.stdout!)))
  if (figures.failed > 0) throw new Error(`${figures.failed} requests to ${task.url} failed`)
  return figures
}

/** The round in the middle, by requests a second. */
export function median(rounds: Figures[]): Figures {
  const sorted = [...rounds].sort((a, b) => a.perSecond - b.perSecond)
  return sorted[Math.floor(sorted.length / 2)]!
}

/** The number in the middle. */
export function middle(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

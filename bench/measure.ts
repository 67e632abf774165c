import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { startOn } from './processes.ts'

export const LOAD_CORE = 1
export const SERVER_CORE = 0
const LOAD = fileURLToPath(new URL('load.ts', import.meta.url))

export const LoadTask = z.strictObject({
  url: z.string(),
  bodies: z.array(z.string()).min(1),
  seconds: z.number(),
  connections: z.int(),
})
export type LoadTask = z.infer<typeof LoadTask>

/** Requests answered a second; those that failed; latency in ms; the load generator's share of a core. */
export const Figures = z.object({
  perSecond: z.number(),
  failed: z.number(),
  p50: z.number(),
  p99: z.number(),
  busy: z.number(),
})
export type Figures = z.infer<typeof Figures>

/** One round of load from a process of its own. */
export async function measure(task: LoadTask): Promise<Figures> {
  const child = startOn(LOAD_CORE, [process.execPath, '--import', 'tsx', LOAD])
  child.stdin!.end(JSON.stringify(task))
  const figures = Figures.parse(JSON.parse(await text(child.stdout!)))
  if (figures.failed > 0) throw new Error(`${figures.failed} requests to ${task.url} failed`)
  return figures
}

/** The round in the middle, by requests a second. */
export function median(rounds: Figures[]): Figures {
  const sorted = [...rounds].sort((a, b) => a.perSecond - b.perSecond)
  return sorted[Math.floor(sorted.length / 2)]!
}

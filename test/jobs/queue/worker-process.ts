import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PROCESSOR } from '../../contracts/queue.ts'
import { bound } from '../../helpers/bound.ts'

/** Starts a process of its own that works on a queue, once it is ready. */
export async function startWorkerProcess(
  type: 'redis' | 'postgres' | 'embedded',
  place: string,
  ids: string[] = [],
) {
  const file = join(import.meta.dirname, 'fixtures/worker.ts')
  const args = ['--import', 'tsx', file, type, place, PROCESSOR, ...ids]
  const child = spawn(...bound(process.execPath, args), {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const lines = createInterface(child.stdout)
  await Promise.race([
    once(lines, 'line'),
    exit.then(() => {
      throw new Error('The worker ended before it was ready')
    }),
  ])
  return {
    pid: child.pid ?? 0,
    async kill(signal: NodeJS.Signals) {
      child.kill(signal)
      return (await exit)[0] as number | null
    },
  }
}

import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listens, serverProcess } from '../../helpers/server-process.ts'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
/** Where tests must be complete, a server that is missing is a failure, not a reason to skip. */
export const skipsRedis = !hasRedis && process.env['CI'] !== 'true'

interface RedisOptions {
  /** Whether it keeps its data over a stop. */
  lasting?: boolean
  /** More of the program's arguments. */
  settings?: string[]
}

/** A Redis of our own on a free port of loopback. */
export async function startRedis({ lasting = true, settings = [] }: RedisOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-redis-'))
  const port = await freePort()
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  args.push('--appendonly', lasting ? 'yes' : 'no', ...settings)
  const { start, stop, signal } = serverProcess({
    program: 'redis-server',
    args,
    answers: () => listens(port),
  })
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    stop,
    signal,
    async close() {
      await stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export const hasRedis = spawnSync('redis-server', ['--version']).status === 0
/** Where tests must be complete, a server that is missing is a failure, not a reason to skip. */
export const skipsRedis = !hasRedis && process.env['CI'] !== 'true'

/** A Redis of our own on a free port of loopback, which keeps what it has over a stop. */
export async function startRedis() {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-redis-'))
  const port = await freePort()
  let server: ChildProcess | undefined
  const start = async () => {
    const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes']
    server = spawn('redis-server', settings, { stdio: 'ignore' })
    await once(server, 'spawn')
    while (!(await answers(port))) await sleep(20)
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    stop,
    signal: (signal: NodeJS.Signals) => server?.kill(signal),
    async close() {
      await stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return typeof address === 'object' && address ? address.port : 0
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

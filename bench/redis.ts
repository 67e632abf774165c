import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { startOn, stop } from './processes.ts'

/** A Redis of its own on loopback, that keeps nothing. @throws Error where redis-server is not installed */
export async function startRedis(): Promise<{ url: string; stop: () => Promise<void> }> {
  if (spawnSync('redis-server', ['--version']).error) throw new Error('This needs redis-server.')
  const port = await freePort()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = startOn(null, ['redis-server', ...options])
  child.stdout!.resume()
  for (const until = Date.now() + 10_000; !(await accepts(port)); await wait(50))
    if (Date.now() > until) throw new Error('redis-server did not start within 10 s')
  return { url: `redis://127.0.0.1:${port}`, stop: () => stop(child) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const open = await once(socket, 'connect').then(
    () => true,
    () => false,
  )
  socket.destroy()
  return open
}

import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const START_MS = 60_000

/** Starts the service as `npm start` would, with quiet logs, and waits until it is ready. */
export async function startService() {
  const folder = resolve(process.env.DATA_DIR || 'data')
  const port = process.env.PORT || ((await isFree(3000)) ? '3000' : '0')
  const env = { LOG_LEVEL: 'warn', ...process.env, DATA_DIR: folder, PORT: port }
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = new Promise((done) => child.once('exit', (code, signal) => done(code ?? (signal ? 1 : 0))))
  const address = await ready(join(folder, 'server.json'), child.pid, ended)
  return {
    url: address.url,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
    /** Serves until Ctrl+C; gives the exit code. */
    untilSignal() {
      for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill('SIGTERM'))
      return ended
    },
  }
}

async function ready(file, pid, ended) {
  let over = false
  void ended.then(() => {
    over = true
  })
  for (const from = Date.now(); Date.now() - from < START_MS; await wait(50)) {
    if (over) throw new Error('the service ended at its start; its message is above')
    const address = await readFile(file, 'utf8').then(JSON.parse, () => undefined)
    if (address?.pid === pid) return address
  }
  throw new Error(`the service was not ready after ${START_MS / 1000} s`)
}

function isFree(port) {
  return new Promise((answer) => {
    const server = createServer()
    server.once('error', () => answer(false))
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)))
  })
}

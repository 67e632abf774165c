import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { say } from './print.mjs'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
/** Limit on the start of the service, in ms: on a busy machine, to make a new queue takes more than a minute. */
const START_MS = 300_000

/** Messages that TensorFlow's library prints while it loads, before any of its settings apply. */
const CHATTER =
  /^WARNING: All log messages before absl::InitializeLog|^I0000 .*(oneDNN custom|cpu_feature_guard)/

/**
 * Starts the service as `npm start` would, with quiet logs, and waits until it is ready. If port and folder
 * are not configured and the default ones are taken, it uses others.
 * `again`: the command that serves the same models after the service has stopped.
 * @returns {Promise<{ url: string, folder: string, again: string, stop: () => Promise<void>, untilSignal: () => Promise<number> }>}
 */
export async function startService() {
  const chosen = process.env.DATA_DIR !== undefined && process.env.DATA_DIR !== ''
  const folder = resolve(chosen ? process.env.DATA_DIR : 'data')
  try {
    return await serveFrom(folder)
  } catch (error) {
    if (chosen || !/embedded queue .* in use/.test(error.message)) throw error
  }
  say(
    `${show(folder)} is in use by another fitserve: this demo takes a temporary folder, removed at its end.`,
  )
  const own = await mkdtemp(join(tmpdir(), 'fitserve-demo-'))
  const remove = () => rm(own, { recursive: true, force: true, maxRetries: 3 })
  try {
    return await serveFrom(own, remove)
  } catch (error) {
    await remove()
    throw error
  }
}

async function serveFrom(folder, cleanUp = async () => {}) {
  const given = process.env.PORT
  try {
    return await serve(folder, given || ((await isFree(3000)) ? '3000' : '0'), cleanUp)
  } catch (error) {
    // Another demo was quicker to take the port that was free a moment ago.
    if (given || !/EADDRINUSE|PORT/.test(error.message)) throw error
    return serve(folder, '0', cleanUp)
  }
}

async function serve(folder, port, cleanUp) {
  const child = spawn(process.execPath, [MAIN], {
    env: environment(folder, port),
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const said = []
  let started = false
  const lines = createInterface({ input: child.stderr })
  lines.on('line', (line) => {
    if (CHATTER.test(line)) return
    if (started) process.stderr.write(`${line}\n`)
    else said.push(line)
  })
  const ended = new Promise((done) =>
    child.once('close', (code, signal) => done(code ?? (signal ? 1 : 0))),
  ).finally(cleanUp)
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  const release = stopOnSignals(stop)
  const address = await ready(join(folder, 'server.json'), child, ended, said).catch((error) => {
    release()
    throw error
  })
  started = true
  for (const line of said) process.stderr.write(`${line}\n`)
  // The reader of the output has closed it (`| head`).
  process.stdout.on('error', () => stop().then(() => process.exit(0)))
  const again =
    folder === resolve('data') ? '`npm start` serves again what is in ./data.' : 'The service is stopped.'
  const untilSignal = () => {
    release()
    return signalled(child, ended)
  }
  return { url: address.url, folder: show(folder), again, stop, untilSignal }
}

/** Ends the service on Ctrl+C in the middle of a step. Returns a function that undoes this. */
function stopOnSignals(stop) {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }
  const onSignal = (signal) =>
    stop().then(() => {
      say('\nStopped before the end.')
      process.exit(codes[signal])
    })
  for (const signal of Object.keys(codes)) process.once(signal, onSignal)
  return () => {
    for (const signal of Object.keys(codes)) process.off(signal, onSignal)
  }
}

/** Serves until Ctrl+C and returns the exit code. */
function signalled(child, ended) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => child.kill('SIGTERM'))
  return ended
}

/** Returns the caller's settings without those that would lock out the demo, which has no key and uses loopback. */
function environment(folder, port) {
  const { API_KEYS: _, API_KEYS_FILE: __, HOST: ___, ...rest } = process.env
  return { LOG_LEVEL: 'warn', ...rest, DATA_DIR: folder, PORT: port }
}

async function ready(file, child, ended, said) {
  let over = false
  void ended.then(() => {
    over = true
  })
  for (const from = Date.now(); Date.now() - from < START_MS; await wait(50)) {
    if (over) throw new Error(`the service did not start.\n${said.join('\n')}`)
    const address = await readFile(file, 'utf8').then(JSON.parse, () => undefined)
    if (address?.pid === child.pid) return address
  }
  child.kill('SIGKILL')
  throw new Error(
    `the service was not ready after ${START_MS / 1000} s. The machine may be busy: run the demo again.\n${said.join('\n')}`,
  )
}

/** Returns a path as a person in this folder would write it. */
function show(folder) {
  const near = relative(process.cwd(), folder)
  return near === '' || near.startsWith('..') ? folder : `./${near}`
}

function isFree(port) {
  return new Promise((answer) => {
    const server = createServer()
    server.once('error', () => answer(false))
    server.listen(port, '127.0.0.1', () => server.close(() => answer(true)))
  })
}

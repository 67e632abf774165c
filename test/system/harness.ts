import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'dist/main.js')
export const EXAMPLES = join(ROOT, 'examples')

/** A parsed answer. What is in it is said by the assertions of the test that looks at it. */
// biome-ignore lint/suspicious/noExplicitAny: a type here would only repeat those assertions
export type Body = any

/** A running process of the service, of the built program as users run it. */
export class Service {
  readonly folder: string
  readonly child: ChildProcess
  readonly ended: Promise<number | NodeJS.Signals>
  url = ''
  output = ''
  #key: string | undefined

  constructor(folder: string, child: ChildProcess, key: string | undefined) {
    this.folder = folder
    this.child = child
    this.#key = key
    this.ended = new Promise((done) => child.once('exit', (code, signal) => done(signal ?? code ?? -1)))
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        this.output = (this.output + data.toString()).slice(-200_000)
      })
  }

  get pid(): number {
    return this.child.pid ?? -1
  }

  async request(
    path: string,
    options: RequestInit = {},
  ): Promise<{ status: number; headers: Headers; body: Body }> {
    const headers = new Headers(options.headers)
    if (this.#key) headers.set('authorization', `Bearer ${this.#key}`)
    const response = await fetch(this.url + path, { ...options, headers })
    const text = await response.text()
    const json =
      /json/.test(response.headers.get('content-type') ?? '') &&
      !/ndjson/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      body: json && text !== '' ? JSON.parse(text) : text,
    }
  }

  post(path: string, json: unknown, headers: Record<string, string> = {}) {
    return this.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(json),
    })
  }

  async upload(name: string, content: string | Uint8Array, type = 'text/csv', query = '') {
    return this.request(`/datasets?name=${name}${query}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: content as NonNullable<RequestInit['body']>,
    })
  }

  /** Waits for a job's end; fails after so many seconds. */
  async finished(id: string, seconds = 120): Promise<Body> {
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await wait(100)) {
      const { body } = await this.request(`/jobs/${id}`)
      if (['completed', 'failed', 'cancelled'].includes(body.state)) return body
    }
    throw new Error(`the job ${id} has not ended after ${seconds} s\n${this.output}`)
  }

  async stop(): Promise<number | NodeJS.Signals> {
    this.child.kill('SIGTERM')
    return this.ended
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

export interface StartOptions {
  role?: 'api' | 'worker'
  env?: Record<string, string>
  folder?: string
  key?: string
  /** Give the process back as soon as it runs, ready or not. */
  early?: boolean
}

/** A folder that is removed when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fitserve-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Starts the service on a free port and waits until it is ready; it is ended when the test ends. */
export async function start({ role, env = {}, folder, key, early }: StartOptions = {}): Promise<Service> {
  if (!existsSync(MAIN)) throw new Error('dist/ is missing: run npm test or npm run build')
  const data = folder ?? (await temporaryFolder())
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'].includes(name),
    ),
  )
  const child = spawn(process.execPath, [MAIN, ...(role ? [role] : [])], {
    cwd: data,
    env: { ...inherited, DATA_DIR: data, PORT: '0', LOG_LEVEL: 'info', WORKERS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const service = new Service(data, child, key)
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) await service.kill()
  })
  if (!early) await ready(service, role === 'worker' ? 'worker.json' : 'server.json')
  return service
}

async function ready(service: Service, file: string): Promise<void> {
  let ended = false
  void service.ended.then(() => {
    ended = true
  })
  for (const until = Date.now() + 30_000; Date.now() < until; await wait(20)) {
    if (ended) throw new Error(`the service ended at its start:\n${service.output}`)
    const address = await readFile(join(service.folder, file), 'utf8').then(JSON.parse, () => undefined)
    if (address?.pid !== service.pid) continue
    service.url = address.url
    return
  }
  throw new Error(`the service was not ready in 30 s:\n${service.output}`)
}

/** A free port on loopback. */
export function freePort(): Promise<number> {
  return new Promise((answer, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? answer(address.port) : reject(new Error('no port')),
      )
    })
  })
}

/** Processes below a process, by pid, from /proc. */
export async function descendants(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const found = children.trim().split(' ').filter(Boolean).map(Number)
  return [...found, ...(await Promise.all(found.map(descendants))).flat()]
}

/** Whether a process is there (a zombie is not). */
export async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return status !== '' && !/State:\s+Z/.test(status)
}

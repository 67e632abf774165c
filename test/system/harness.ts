import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, inject } from 'vitest'
import { z } from 'zod'
import { bound } from '../helpers/bound.ts'
import { copyEmptyQueue } from '../helpers/queue-template.ts'
import { temporaryFolder } from '../helpers/temporary.ts'

export { descendants } from '../helpers/processes.ts'
export { temporaryFolder } from '../helpers/temporary.ts'

export const ROOT = resolve(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'dist/main.js')
export const EXAMPLES = join(ROOT, 'examples')

/** The parts of a job, a model and `server.json` that tests read. */
const Job = z.object({
  id: z.string(),
  model: z.string(),
  attempt: z.number(),
  reused: z.boolean(),
  state: z.enum(['queued', 'active', 'cancelling', 'completed', 'failed', 'cancelled']),
  version: z.number().nullable(),
  error: z.object({ type: z.string(), detail: z.string() }).nullable(),
  progress: z.object({ phase: z.string(), epoch: z.number().nullable() }).nullable(),
})
export type Job = z.output<typeof Job>
const Model = z.object({
  versions: z.array(z.object({ version: z.number(), job: z.string() })),
  aliases: z.record(z.string(), z.unknown()),
})
const Address = z.object({ url: z.string(), pid: z.number() })

export interface Answer {
  status: number
  headers: Headers
  /** Parsed where it is JSON, else the text. */
  body: unknown
}

/** Releases what the tests of a file have opened, the newest first. */
const endings: (() => Promise<unknown>)[] = []

/** Runs `end` when all tests of the file are over. */
export function whenOver(end: () => Promise<unknown>): void {
  endings.push(end)
}
afterAll(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

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

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  async request(path: string, options: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(options.headers)
    if (this.#key) headers.set('authorization', `Bearer ${this.#key}`)
    const response = await fetch(this.url + path, { ...options, headers })
    const text = await response.text()
    const json = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '')
    const body: unknown = json && text !== '' ? JSON.parse(text) : text
    return { status: response.status, headers: response.headers, body }
  }

  post(path: string, json: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(json),
    })
  }

  /** Uploads a file of CSV. */
  async upload(name: string, path: string, headers: Record<string, string> = {}): Promise<void> {
    const answer = await this.request(`/datasets?name=${name}`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', ...headers },
      body: new Uint8Array(await readFile(path)),
    })
    if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${JSON.stringify(answer.body)}`)
  }

  /** Orders a job that is accepted. */
  async submit(job: object, headers: Record<string, string> = {}): Promise<Job> {
    const answer = await this.post('/jobs', job, headers)
    if (answer.status !== 202) throw new Error(`job: ${answer.status} ${JSON.stringify(answer.body)}`)
    return Job.parse(answer.body)
  }

  async job(id: string): Promise<Job> {
    return Job.parse((await this.request(`/jobs/${id}`)).body)
  }

  /** Waits until a job is as wanted. Fails after `seconds`, or when the job has ended in another state. */
  async until(id: string, wanted: (job: Job) => boolean, seconds = 180): Promise<Job> {
    for (const until = Date.now() + seconds * 1000; Date.now() < until; await wait(25)) {
      const job = await this.job(id)
      if (wanted(job)) return job
      if (hasEnded(job)) throw new Error(`the job has ended: ${JSON.stringify(job)}\n${this.output}`)
    }
    throw new Error(`the job ${id} was not as wanted after ${seconds} s\n${this.output}`)
  }

  /** Waits for a job's end. */
  finished(id: string, seconds = 180): Promise<Job> {
    return this.until(id, hasEnded, seconds)
  }

  /** Waits until a job has trained some epochs. */
  fitting(id: string, epochs = 2): Promise<Job> {
    return this.until(id, ({ progress }) => progress?.phase === 'fit' && (progress.epoch ?? 0) >= epochs)
  }

  async model(name: string): Promise<z.output<typeof Model>> {
    return Model.parse((await this.request(`/models/${name}`)).body)
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals> {
    this.child.kill(signal)
    return this.ended
  }
}

function hasEnded({ state }: Job): boolean {
  return ['completed', 'failed', 'cancelled'].includes(state)
}

export interface StartOptions {
  role?: 'api' | 'worker'
  env?: Record<string, string>
  /** A temporary one by default, in which the embedded queue is ready unless the start is early. */
  folder?: string
  key?: string
  /** Limit on the address space of each process, in MB; none by default. */
  addressSpaceMb?: number
  /** Limit on open files (`ulimit -n`). */
  openFiles?: number
  /** Returns as soon as the process runs, before it is ready. */
  early?: boolean
}

/** Makes a folder for a service, in which the embedded queue is ready, so that the service starts soon. */
export async function dataFolder(): Promise<string> {
  const folder = await temporaryFolder()
  await copyEmptyQueue(inject('sharedFolder'), join(folder, 'queue'))
  return folder
}

/** Starts the service on a free port and waits until it is ready; it is ended when the tests are over. */
export async function start(options: StartOptions = {}): Promise<Service> {
  const { role, env = {}, folder, key, early, addressSpaceMb, openFiles } = options
  if (!existsSync(MAIN)) throw new Error('dist/ is missing: run npm test or npm run build')
  const isEmbedded = env['REDIS_URL'] === undefined && env['DATABASE_URL'] === undefined
  const data = folder ?? (await (isEmbedded && !early ? dataFolder() : temporaryFolder()))
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'].includes(name),
    ),
  )
  const command = bound(process.execPath, [MAIN, ...(role ? [role] : [])]).flat()
  const limits =
    (addressSpaceMb === undefined ? '' : `ulimit -v ${addressSpaceMb * 1024} && `) +
    (openFiles === undefined ? '' : `ulimit -n ${openFiles} && `)
  const child = spawn('sh', ['-c', `${limits}exec "$@"`, 'sh', ...command], {
    cwd: ROOT,
    env: {
      ...inherited,
      DATA_DIR: data,
      // None of those that may be installed in the clone.
      VECTORS_DIR: join(data, 'vectors'),
      PORT: '0',
      LOG_LEVEL: 'info',
      WORKERS: '1',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const service = new Service(data, child, key)
  endings.push(async () => {
    if (service.running) await service.stop('SIGKILL')
  })
  if (!early) await ready(service, role !== 'worker')
  return service
}

/** Waits until the service is ready: `server.json` says so, or the log for a worker, which serves nothing. */
export async function ready(service: Service, serves = true): Promise<void> {
  for (const until = Date.now() + 120_000; Date.now() < until; await wait(20)) {
    if (!service.running) throw new Error(`the service ended at its start:\n${service.output}`)
    if (!serves && service.output.includes('"msg":"ready"')) return
    const text = await readFile(join(service.folder, 'server.json'), 'utf8').catch(() => undefined)
    const address = serves && text !== undefined ? addressIn(text) : undefined
    if (address?.pid !== service.pid) continue
    service.url = address.url
    return
  }
  throw new Error(`the service was not ready in time:\n${service.output}`)
}

/** Reads the address in the text of `server.json`; undefined for a damaged file that an earlier process has left. */
function addressIn(text: string): z.output<typeof Address> | undefined {
  try {
    return Address.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Tells whether a process exists and is no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return status !== '' && !/State:\s+Z/.test(status)
}

/** Paths of the files that a process has mapped into its memory. */
export async function loadedLibraries(pid: number): Promise<string[]> {
  const maps = await readFile(`/proc/${pid}/maps`, 'utf8').catch(() => '')
  return [...new Set(maps.match(/\/\S+$/gm) ?? [])]
}

/** Memory that a process has resident, in MB. */
export async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

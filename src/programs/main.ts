// Must be the first import: it limits the young generation before the other modules are loaded.
import '../runtime/young-generation.ts'

import { mkdir, mkdtemp, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import { buildApp } from '../api/app.ts'
import { callMetrics } from '../api/metrics/calls.ts'
import { newMetrics } from '../api/metrics/registry.ts'
import {
  alignChores,
  openApiParts,
  openChores,
  openShared,
  openWorkerPool,
  type Shared,
  startReconciling,
} from '../compose.ts'
import { type Config, ConfigError, loadConfig } from '../config/config.ts'
import { FitserveError } from '../errors.ts'
import { openAccess, openTls } from '../reloading.ts'
import { openFiles, openFilesLimit } from '../runtime/open-files.ts'
import { openLog } from '../runtime/open-log.ts'
import { openTracing } from '../runtime/open-tracing.ts'
import { runHelpersAtLowerPriority } from '../runtime/priority.ts'
import { Closing } from '../runtime/shutdown.ts'
import type { Tracing } from '../runtime/tracing.ts'
import { letYoungGenerationGrow } from '../runtime/young-generation.ts'
import { DISK_FULL, isDiskFull, unless } from '../store/folder-errors.ts'
import { VERSION } from '../version.ts'

const SERVER_FILE = 'server.json'

type Role = 'all' | 'api' | 'worker'

/** Time for running requests to finish once the process accepts no more connections, in ms. */
const REQUESTS_MS = 5_000
/** Files that a process opens at its start, where it holds the embedded queue itself, and where another server does. */
const FILES_AT_START = { embedded: 160, server: 48 }
/** Files and pipes that are left to uploads, jobs and versions beside the connections. */
const FILES_AT_WORK = 48
/** Connections for which there must be room. */
const LEAST_CONNECTIONS = 16
/** Time until `server.json` is tried again on a disk that was full, in ms. */
const ANNOUNCE_AGAIN_MS = 5_000

async function main(): Promise<void> {
  const role = roleOf(process.argv[2])
  const config = loadConfig(process.env)
  checkRole(role, config)
  const log = await openLog(config.logLevel, config.logFormat)
  const closing = new Closing(log, role === 'worker' ? 0 : drainMs(config))
  closing.onSignal()
  try {
    await start(role, config, log, closing)
  } catch (error) {
    // A start that fails because everything is being closed is no failure.
    if (closing.begun) return
    await closing.run()
    throw error
  }
}

/** Opens part after part, and stops once the process is to end. */
async function start(role: Role, config: Config, log: Logger, closing: Closing): Promise<void> {
  await makeWritable(config.dataDir).catch((cause: NodeJS.ErrnoException) => {
    const message = `DATA_DIR is ${JSON.stringify(config.dataDir)}, and must be a writable folder (${cause.code})`
    throw new ConfigError(message, { cause })
  })
  checkOpenFiles(config)
  const tracing = await openTracing(config.traces, role, (reason) =>
    log.warn({ reason }, 'traces cannot be sent'),
  )
  closing.part(async () => tracing?.close())
  // A process with workers only opens no port, and nobody could ask it.
  const metrics = role === 'worker' ? undefined : newMetrics()
  const shared = await openShared(config, log, metrics && callMetrics(metrics))
  closing.part(() => shared.store.close())
  closing.part(() => shared.queue.close())
  // A process that was killed may have left its file.
  if (role !== 'worker') await rm(join(config.dataDir, SERVER_FILE), { force: true })
  if (closing.begun) return
  const trainsHere = role === 'all' && config.workers > 0
  const api = metrics && (await serve(config, shared, { metrics, tracing, trainsHere, log, closing }))
  if (closing.begun) return
  if (role !== 'api' && config.workers > 0) {
    const pool = await openWorkerPool(config, shared, tracing, () => api?.published())
    closing.work(() => pool.close())
  }
  const alignment = startReconciling(shared, api?.align)
  closing.work(() => alignment.close())
  if (closing.begun) return
  if (api) await announce(config.dataDir, api.url, log, closing)
  letYoungGenerationGrow()
  if (api) runHelpersAtLowerPriority()
  log.info(api ? { role, url: api.url } : { role, workers: config.workers }, 'ready')
}

/** Refuses a limit on open files with which the service starts but soon fails, in whatever it opens next. */
function checkOpenFiles({ queue }: Config): void {
  const limit = openFilesLimit()
  const atStart = queue.type === 'embedded' ? FILES_AT_START.embedded : FILES_AT_START.server
  const needed = atStart + FILES_AT_WORK + LEAST_CONNECTIONS
  if (limit === undefined || limit >= needed) return
  throw new ConfigError(
    `This process may open ${limit} files, pipes and connections (ulimit -n), and needs at least ${needed}. Raise the limit: ulimit -n 4096, LimitNOFILE=4096 in a systemd unit, or --ulimit nofile=4096 for a container.`,
  )
}

/** Returns the connections for which there is room beside files, once the parts of the service are open. */
function roomForConnections(): number | undefined {
  const limit = openFilesLimit()
  if (limit === undefined) return undefined
  return Math.max(LEAST_CONNECTIONS, limit - (openFiles() ?? FILES_AT_START.embedded) - FILES_AT_WORK)
}

/**
 * Makes a folder if it is missing, and tries whether it can be written. A full disk passes: what needs room says so.
 */
async function makeWritable(folder: string): Promise<void> {
  await makeFolder(folder)
  await unless(DISK_FULL, async () => rmdir(await mkdtemp(join(folder, '.try-'))))
}

/** Makes a folder and those above it. Node's recursive mkdir never ends where a system answers ENOENT below an existing
 * folder, as in /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return
    if (code !== 'ENOENT' || dirname(folder) === folder) throw error
    await makeFolder(dirname(folder))
    // Another process may have made it meanwhile.
    await mkdir(folder).catch(async (again: NodeJS.ErrnoException) => {
      if (again.code !== 'EEXIST') throw again
    })
  }
}

interface ServeParts {
  metrics: Registry
  tracing: Tracing | undefined
  /** Whether this process also trains. */
  trainsHere: boolean
  log: Logger
  closing: Closing
}

/** Opens the API. Returns its address, a function to call after a publication by this process, and its comparisons. */
async function serve(
  config: Config,
  shared: Shared,
  { metrics, tracing, trainsHere, log, closing }: ServeParts,
) {
  const api = await openApiParts(config, shared, trainsHere)
  const { serving, datasets, archives, evaluations, inspections, thresholds, plots } = api
  closing.part(() => datasets.close())
  closing.part(() => serving.close())
  closing.part(async () => plots.close())
  closing.part(async () => evaluations.close())
  closing.part(async () => inspections.close())
  closing.part(async () => thresholds.close())
  closing.part(async () => archives.close())
  const { store, queue, models } = shared
  const maxConnections = roomForConnections()
  const access = await openAccess(config, api.audit, log, closing)
  const tls = openTls(config, log, closing)
  const shownParts = { ...api, models, store, queue }
  const app = await buildApp({
    ...shownParts,
    config,
    access,
    tls,
    version: VERSION,
    log,
    metrics,
    tracing,
    maxConnections,
  })
  closing.work(async () => {
    const late = setTimeout(() => app.server.closeAllConnections(), drainMs(config) + REQUESTS_MS)
    await app.close().finally(() => clearTimeout(late))
  })
  // The framework does not know that its server speaks TLS.
  const withScheme = (address: string) => (tls ? address.replace(/^http:/, 'https:') : address)
  const listened = app.listen({
    host: config.host,
    port: config.port,
    listenTextResolver: (address) => `Server listening at ${withScheme(address)}`,
  })
  const heard = await listened.catch((error: unknown) => {
    throw cannotListen(config, error)
  })
  const url = withScheme(heard)
  const chores = await openChores(config, shared, api)
  closing.work(() => chores.close())
  // A change that is missed here is found by the next read of the change feed.
  const published = () => void serving.refresh().catch(() => undefined)
  return { url, published, align: () => alignChores(shared, api) }
}

/** Writes the service's address and process id to a file, which is removed at the end. */
async function announce(dataDir: string, url: string, log: Logger, closing: Closing): Promise<void> {
  const file = join(dataDir, SERVER_FILE)
  const content = JSON.stringify({ url, pid: process.pid })
  // Another process that shares the folder may have written its own file since.
  closing.work(async () => {
    // A file that is gone or cannot be read is not ours to remove.
    const current = await readFile(file, 'utf8').catch(() => undefined)
    if (current === content) await rm(file, { force: true })
  })
  const write = async () => {
    await writeFile(`${file}.${process.pid}`, content)
    await rename(`${file}.${process.pid}`, file)
  }
  const writeLater = () => {
    const timer = setTimeout(() => {
      if (closing.begun) return
      write().catch((error: unknown) => {
        if (isDiskFull(error)) writeLater()
        else log.warn({ err: error }, 'server.json could not be written')
      })
    }, ANNOUNCE_AGAIN_MS)
    timer.unref()
  }
  await write().catch((error: unknown) => {
    if (!isDiskFull(error)) throw error
    log.warn({ url }, 'the disk of DATA_DIR is full: server.json is written once there is room')
    writeLater()
  })
}

/** Returns an error that says what the operating system's refusal means for PORT and HOST. */
function cannotListen({ host, port }: Config, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const remedy: Record<string, string> = {
    EADDRINUSE: 'is in use by another process. Stop it, or set another PORT (0 picks a free one).',
    EACCES: 'is not allowed for this user. Ports below 1024 need root: set another PORT.',
    EADDRNOTAVAIL: 'cannot be used: HOST is not an address of this machine.',
    ENOTFOUND: 'cannot be used: HOST is not known.',
  }
  const said = typeof code === 'string' ? remedy[code] : undefined
  return said ? new ConfigError(`PORT ${port} on HOST ${host} ${said}`) : error
}

function drainMs({ drainSeconds }: Config): number {
  return drainSeconds * 1000
}

function roleOf(argument: string | undefined): Role {
  if (argument === undefined) return 'all'
  if (argument === 'api' || argument === 'worker') return argument
  throw new ConfigError(
    `Unknown role ${JSON.stringify(argument)}. Use api, worker, or none for everything in one process.`,
  )
}

function checkRole(role: Role, config: Config): void {
  if (role === 'all') return
  if (config.queue.type === 'embedded')
    throw new ConfigError(
      `The role ${role} needs a queue that other processes reach: set REDIS_URL or DATABASE_URL. Without a role, npm start runs everything in one process.`,
    )
  if (role === 'worker' && config.workers === 0)
    throw new ConfigError('WORKERS is 0, and must be at least 1 in the role worker')
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) console.error(error.message)
  else if (error instanceof FitserveError) {
    const why = error.cause instanceof Error ? ` (${error.cause.message})` : ''
    console.error(`${error.message}${why}`)
  } else console.error(error)
  process.exit(1)
})

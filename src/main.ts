import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import closeWithGrace from 'close-with-grace'
import { type Logger, pino } from 'pino'
import { buildApp } from './api/app.ts'
import { keepAligned, openApiParts, openShared, openWorkerPool, type Shared } from './compose.ts'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { FitserveError } from './errors.ts'
import { VERSION } from './version.ts'

type Role = 'all' | 'api' | 'worker'
type Close = () => Promise<unknown>

/** Everything is closed within this time, in milliseconds; whatever is not is left. */
const CLOSE_MS = 9_000

async function main(): Promise<void> {
  const role = roleOf(process.argv[2])
  const config = loadConfig(process.env)
  if (role !== 'all' && config.queue.type === 'embedded')
    throw new ConfigError(
      `The role ${role} needs a queue that other processes reach: set REDIS_URL (or DATABASE_URL). Without a role, npm start runs everything in one process.`,
    )
  const log = pino({ level: config.logLevel })
  await mkdir(config.dataDir, { recursive: true })
  const closes: Close[] = []
  closeWithGrace({ delay: CLOSE_MS, logger: false }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'ending after an error')
    else log.info({ signal }, 'closing')
    for (const close of closes.reverse())
      await close().catch((error: unknown) => log.error({ err: error }, 'not closed'))
    log.info('closed')
  })
  const shared = await openShared(config, log)
  closes.push(
    () => shared.store.close(),
    () => shared.queue.close(),
  )
  const published = role === 'worker' ? () => {} : await serve(config, shared, log, closes)
  if (role !== 'api' && config.workers > 0) {
    const pool = await openWorkerPool(config, shared, published)
    closes.push(() => pool.close())
  }
  const alignment = keepAligned(shared)
  closes.push(() => alignment.close())
  if (role === 'worker') log.info({ workers: config.workers }, 'ready')
}

/** Opens the API; gives what tells it of a publication in this process. */
async function serve(config: Config, shared: Shared, log: Logger, closes: Close[]): Promise<() => void> {
  const { serving, datasets, jobs } = await openApiParts(config, shared)
  closes.push(
    () => jobs.close(),
    () => datasets.close(),
    () => serving.close(),
  )
  const { store, queue, models } = shared
  const app = await buildApp({ config, datasets, jobs, models, serving, store, queue, version: VERSION, log })
  closes.push(() => app.close())
  const url = await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
    throw cannotListen(config, error)
  })
  const file = join(config.dataDir, 'server.json')
  await writeFile(`${file}.${process.pid}`, JSON.stringify({ url, pid: process.pid }))
  await rename(`${file}.${process.pid}`, file)
  closes.push(() => rm(file, { force: true }))
  log.info({ url }, 'ready')
  return () => void serving.refresh().catch(() => undefined)
}

/** What the operating system's refusals mean for the two settings. */
function cannotListen({ host, port }: Config, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const remedy: Record<string, string> = {
    EADDRINUSE: 'is in use by another process. Stop it, or set another PORT (0 picks a free one).',
    EACCES: 'is not for this user. Ports below 1024 are for root: set another PORT.',
    EADDRNOTAVAIL: 'cannot be had: HOST is no address of this machine.',
    ENOTFOUND: 'cannot be had: HOST is not known.',
  }
  const said = typeof code === 'string' ? remedy[code] : undefined
  return said ? new ConfigError(`PORT ${port} on HOST ${host} ${said}`) : error
}

function roleOf(argument: string | undefined): Role {
  if (argument === undefined) return 'all'
  if (argument === 'api' || argument === 'worker') return argument
  throw new ConfigError(
    `Unknown role ${JSON.stringify(argument)}. Use api, worker, or none for everything in one process.`,
  )
}

main().catch((error: unknown) => {
  const known = error instanceof ConfigError || error instanceof FitserveError
  console.error(known ? error.message : error)
  process.exit(1)
})

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { createRedisBackend, Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { PREFIX, QUEUE_NAME } from '../../../src/jobs/queue/bullmq-backend.ts'
import { SCHEMA } from '../../../src/jobs/queue/postgres.ts'
import type { Store } from '../../../src/store/contract.ts'
import { createFolderStore } from '../../../src/store/folder.ts'
import { createS3Store } from '../../../src/store/s3/s3.ts'
import { skipsPostgres, startPostgres } from '../../jobs/queue/postgres-server.ts'
import { skipsRedis, startRedis } from '../../jobs/queue/redis-server.ts'
import { BUCKET, CREDENTIALS, skipsS3, startS3 } from '../../store/s3-server.ts'
import { descendants, type Service, start, temporaryFolder, whenOver } from '../harness.ts'

export const KINDS = ['redis+s3', 'embedded', 'redis+folder', 'postgres+folder'] as const
/** Whether the servers of a deployment are installed here. */
export function hasServers(kind: Kind): boolean {
  if (kind === 'embedded') return true
  if (kind === 'postgres+folder') return !skipsPostgres
  return !skipsRedis && (kind === 'redis+folder' || !skipsS3)
}
export type Kind = (typeof KINDS)[number]
export type Victim = 'api' | 'worker' | 'child' | 'queue' | 'store'

/** A job as the queue knows it. */
export interface QueueEntry {
  id: string
  state: string
}

/** A whole deployment of processes that are killed one at a time, each of which comes back at once. */
export interface Fleet {
  readonly kind: Kind
  readonly victims: readonly Victim[]
  /** The folder on this disk in which the store's files are, on S3 too. */
  readonly files: string
  /** Settings by which another process joins it. */
  readonly env: Record<string, string>
  /** The process that answers; another one after it was killed. */
  readonly api: Service
  readonly worker: Service
  /** Ends it by SIGKILL and starts it again. False where there was none, such as a job's process without a job. */
  kill(victim: Victim): Promise<boolean>
  /** A view of the store of its own, closed when the tests are over. */
  openStore(): Promise<Store>
  /** Whatever the queue holds; of the embedded one only when no process has it. */
  queued(): Promise<QueueEntry[]>
  stop(): Promise<(number | NodeJS.Signals)[]>
}

interface Server {
  start(): Promise<void>
  stop(signal?: NodeJS.Signals): Promise<void>
  close(): Promise<void>
}

/**
 * @param options.env settings for all its processes; `workerEnv` for the worker alone
 * @param options.fill puts what is to be there into the store's folder, before any process is started
 * @param options.lasting whether a Redis keeps what it has when it is killed
 */
export async function startFleet(
  kind: Kind,
  options: {
    env?: Record<string, string>
    workerEnv?: Record<string, string>
    lasting?: boolean
    fill?: (files: string) => Promise<void>
  } = {},
): Promise<Fleet> {
  const { env: more = {}, workerEnv = {}, lasting = false } = options
  const shared = await temporaryFolder()
  const s3 = kind === 'redis+s3' ? await opened(startS3()) : undefined
  const redis = kind.startsWith('redis') ? await opened(startRedis({ lasting })) : undefined
  const postgres = kind.startsWith('postgres') ? await opened(startPostgres()) : undefined
  const files = s3 ? join(s3.objects, 'store') : shared
  await options.fill?.(files)
  const env: Record<string, string> = {
    CHECKPOINT_SECONDS: '0',
    ...more,
    ...(s3?.env ?? { STORE_URL: `file:${shared}` }),
    ...(redis ? { REDIS_URL: redis.url } : {}),
    ...(postgres ? { DATABASE_URL: postgres.url } : {}),
  }
  const folders = { api: await temporaryFolder(), worker: await temporaryFolder() }
  const embedded = kind === 'embedded'
  const run = (role: 'api' | 'worker') => {
    const own = role === 'worker' ? { ...env, ...workerEnv } : env
    return start({ ...(embedded ? {} : { role }), env: own, folder: folders[role] })
  }
  let api = await run('api')
  let worker = embedded ? api : await run('worker')
  const server: Server | undefined = redis ?? postgres
  const servers: Partial<Record<Victim, Server | undefined>> = { queue: server, store: s3 }

  return {
    kind,
    env,
    files,
    victims: embedded
      ? ['api', 'child']
      : ['api', 'worker', 'child', 'queue', ...(s3 ? (['store'] as const) : [])],
    get api() {
      return api
    },
    get worker() {
      return worker
    },
    async kill(victim) {
      if (victim === 'child') return killJob(worker)
      const own = servers[victim]
      if (own) {
        // A PostgreSQL without its first process waits for the others; by this signal all of them crash at once.
        await own.stop(own === postgres ? 'SIGQUIT' : 'SIGKILL')
        await own.start()
      } else if (victim === 'api') {
        await api.stop('SIGKILL')
        api = await run('api')
        if (embedded) worker = api
      } else {
        await worker.stop('SIGKILL')
        worker = await run('worker')
      }
      return true
    },
    async openStore() {
      const store = s3
        ? await createS3Store({
            bucket: BUCKET,
            prefix: 'store/',
            endpoint: s3.endpoint,
            region: 'us-east-1',
            credentials: { ...CREDENTIALS, sessionToken: undefined },
            cacheLimit: 2 ** 30,
            cacheFolder: await temporaryFolder(),
          })
        : await createFolderStore(shared)
      whenOver(() => store.close())
      return store
    },
    async queued() {
      if (redis) return queuedOnRedis(redis.url)
      if (!postgres) return queuedInFolder(join(folders.api, 'queue', 'database'))
      const { rows } = await postgres.query(
        `SELECT id, state FROM ${SCHEMA}.job WHERE queue = '${QUEUE_NAME}'`,
      )
      return rows as QueueEntry[]
    },
    stop: () => Promise.all((embedded ? [api] : [worker, api]).map((each) => each.stop())),
  }
}

async function opened<T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> {
  const server = await starting
  whenOver(() => server.close())
  return server
}

/** Processes of a worker that run jobs or wait for one. */
export async function jobProcesses(worker: Service): Promise<number[]> {
  const found: number[] = []
  for (const pid of await descendants(worker.pid)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.includes('bullmq')) found.push(pid)
  }
  return found
}

async function killJob(worker: Service): Promise<boolean> {
  const pids = await jobProcesses(worker)
  for (const pid of pids)
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  return pids.length > 0
}

const STATES = [
  'waiting',
  'active',
  'delayed',
  'prioritized',
  'waiting-children',
  'completed',
  'failed',
] as const

async function queuedOnRedis(url: string): Promise<QueueEntry[]> {
  const connection = new Redis(url, { maxRetriesPerRequest: null })
  const queue = new Queue(QUEUE_NAME, { connection, prefix: PREFIX }, createRedisBackend)
  try {
    const found: QueueEntry[] = []
    for (const state of STATES)
      for (const job of await queue.getJobs([state], 0, -1)) if (job?.id) found.push({ id: job.id, state })
    return found
  } finally {
    await queue.close()
    connection.disconnect()
  }
}

async function queuedInFolder(dataDir: string): Promise<QueueEntry[]> {
  const database = await PGlite.create({ dataDir })
  try {
    const select = 'SELECT id, state FROM bullmq.job WHERE queue = $1'
    return (await database.query<QueueEntry>(select, [QUEUE_NAME])).rows
  } finally {
    await database.close()
  }
}

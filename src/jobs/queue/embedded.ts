import { mkdir } from 'node:fs/promises'
import type { PGlite } from '@electric-sql/pglite'
import { type BackendFactory, type ConnectionOptions, createPostgresBackend } from 'bullmq'
import { FitserveError } from '../../errors.ts'
import { HOW_TO_GET_ROOM, hasAddressSpace } from '../../runtime/kernel-memory.ts'
import { type BullBackend, QUEUE_NAME } from './bullmq-backend.ts'
import { type BullQueueOptions, createBullQueue } from './bullmq-queue.ts'
import { MAX_LOST_WORKERS } from './bullmq-worker.ts'
import type { JobQueue } from './contract.ts'
import { openDatabase } from './embedded-database.ts'
import { lockFolder } from './folder-lock.ts'
import { createPglitePool } from './pglite-pool.ts'

/** Options of the embedded queue. */
export interface EmbeddedQueueOptions extends BullQueueOptions {
  /** Folder of the database. It is made if it is missing; one process uses it at a time. */
  folder: string
}

/**
 * Opens the queue within this process: BullMQ's PostgreSQL backend on PGlite, kept in a folder.
 * @throws FitserveError `queue-unavailable` if another process uses the folder, or it cannot be used
 */
export async function createEmbeddedQueue(options: EmbeddedQueueOptions): Promise<JobQueue> {
  const { folder } = options
  await mkdir(folder, { recursive: true }).catch((cause) => refuse(cause))
  const unlock = await lockFolder(folder).catch((cause) => refuse(cause))
  try {
    const database = await openDatabase(folder)
    await releaseActive(database)
    return createBullQueue(embeddedBackend(database, unlock), options)
  } catch (error) {
    await unlock()
    return refuse(error, hasAddressSpace() ? '' : ` It needs a memory of WebAssembly. ${HOW_TO_GET_ROOM}`)
  }
}

function refuse(cause: unknown, why = ''): never {
  if (cause instanceof FitserveError) throw cause
  const message = `The embedded queue in DATA_DIR cannot be opened.${why}`
  throw new FitserveError('queue-unavailable', message, { cause })
}

/** Frees the jobs that count as running: they died with the process that used the folder before. */
async function releaseActive(database: PGlite): Promise<void> {
  const tooOften = 'The processes that ran the job ended too often.'
  await database.query(
    `UPDATE job
        SET state = 'waiting', lock_token = NULL, locked_until_ms = NULL, stalled_marked = false,
            stalled_count = stalled_count + 1,
            deferred_failure = CASE WHEN stalled_count >= $1 THEN $2 ELSE deferred_failure END
      WHERE state = 'active'`,
    [MAX_LOST_WORKERS, tooOften],
  )
}

function embeddedBackend(database: PGlite, unlock: () => Promise<void>): BullBackend {
  return {
    factory: createPostgresBackend as unknown as BackendFactory,
    connection: createPglitePool(async () => database) as unknown as ConnectionOptions,
    drainDelay: 5,
    reachable: async () => {},
    ping: () => database.query('SELECT 1'),
    reconnect: () => {},
    async newestEvent() {
      const sql = 'SELECT coalesce(max(id), 0)::text AS id FROM event WHERE queue = $1'
      const { rows } = await database.query<{ id: string }>(sql, [QUEUE_NAME])
      return rows[0]?.id ?? '0'
    },
    async close() {
      await database.close()
      await unlock()
    },
  }
}

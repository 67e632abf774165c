import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { type BackendFactory, type ConnectionOptions, createPostgresBackend } from 'bullmq'
import { FitserveError } from '../../errors.ts'
import { HOW_TO_GET_ROOM, hasAddressSpace } from '../../runtime/kernel-memory.ts'
import { withTimeout } from '../../runtime/with-timeout.ts'
import { type BullBackend, QUEUE_NAME } from './bullmq-backend.ts'
import { type BullQueueOptions, createBullQueue } from './bullmq-queue.ts'
import { MAX_LOST_WORKERS } from './bullmq-worker.ts'
import type { JobQueue } from './contract.ts'
import { DATABASE, openDatabase } from './embedded-database.ts'
import { findLackOfRoom, findTrouble, troubleOf } from './embedded-trouble.ts'
import { lockFolder } from './folder-lock.ts'
import { type Gate, openGate } from './gate.ts'
import { createPglitePool } from './pglite-pool.ts'

/** Options of the embedded queue. */
export interface EmbeddedQueueOptions extends BullQueueOptions {
  /** Folder of the database. It is made if it is missing; one process uses it at a time. */
  folder: string
  /** Called when the database can be used again after a failure that `onError` was given. Default: ignored. */
  onRecovered?: (() => void) | undefined
}

/** Limit on the growing wait between two tries to open the database, in ms. */
const LONGEST_WAIT_MS = 5_000
/** Time for which a failed statement counts as the state of the queue, in ms: workers ask again more often. */
const RECENT_MS = 5_000
/** Limit on a try to open the database that is under way when the queue is closed, in ms. */
const CLOSE_MS = 1_000

/** An open database and the lock on its folder. */
interface Opened {
  database: PGlite
  unlock: () => Promise<void>
}

/**
 * Opens the queue within this process: BullMQ's PostgreSQL backend on PGlite, kept in a folder. After a transient
 * failure, such as a full disk, it is tried again in the background: calls fail until then.
 * @throws FitserveError `queue-unavailable` if another process uses the folder, or it cannot be used for good
 */
export async function createEmbeddedQueue(options: EmbeddedQueueOptions): Promise<JobQueue> {
  const { folder } = options
  const state = createState(folder, () => options.onRecovered?.())
  const gate = openGate(state.open, {
    lasting: (error) => (isTrouble(error) ? undefined : refusalOf(error)),
    onError: (error) => options.onError?.(error),
    longestWaitMs: LONGEST_WAIT_MS,
  })
  await gate.tried
  return createBullQueue(embeddedBackend(state, gate), options)
}

/** Returns what is known of the database in a folder, and a function that opens it. */
function createState(folder: string, onRecovered: () => void) {
  let opened: Opened | undefined
  let opening: Promise<void> | undefined
  let closed = false
  let trouble: FitserveError | undefined
  let failed: { trouble: FitserveError; at: number } | undefined
  let isTesting = false
  const open = async () => {
    const wasInTrouble = trouble !== undefined
    try {
      opened = await openFolder(folder)
      trouble = undefined
      if (wasInTrouble) onRecovered()
    } catch (error) {
      trouble = isTrouble(error) ? error : troubleOf(error)
      throw trouble ?? error
    }
    if (closed) await close()
  }
  const close = async () => {
    closed = true
    // A failure of this try has been reported, and a later success closes the database itself.
    if (!opened) await withTimeout(opening ?? Promise.resolve(), CLOSE_MS, () => {}).catch(() => {})
    await opened?.database.close()
    await opened?.unlock()
  }
  return {
    open() {
      opening = open()
      return opening
    },
    close,
    database: () => opened?.database,
    /** Returns why the database is not open, if that is known. */
    trouble: () => trouble,
    /** Notes that a statement failed for a transient reason. */
    note(found: FitserveError) {
      failed = { trouble: found, at: performance.now() }
    },
    /**
     * Notes that a statement succeeded. If the last failure was a while ago, tests whether the disk can be used again: a
     * statement that only reads succeeds on a full disk too.
     */
    async noteSuccess() {
      const before = failed
      if (!before || isTesting || performance.now() - before.at < RECENT_MS) return
      isTesting = true
      const trouble = await findTrouble(folder, join(folder, DATABASE))
      isTesting = false
      if (failed !== before) return
      failed = trouble ? { trouble, at: performance.now() } : undefined
      if (!trouble) onRecovered()
    },
    /** Rejects if a statement failed a moment ago for a transient reason, or there is no room for the next. */
    async check() {
      if (failed && performance.now() - failed.at < RECENT_MS) throw failed.trouble
      const lack = await findLackOfRoom(folder)
      if (lack) throw lack
    },
  }
}

type State = ReturnType<typeof createState>

async function openFolder(folder: string): Promise<Opened> {
  await mkdir(folder, { recursive: true })
  const unlock = await lockFolder(folder)
  try {
    const database = await openDatabase(folder)
    await releaseActive(database)
    return { database, unlock }
  } catch (error) {
    await unlock()
    throw error
  }
}

/** Tells whether an error of this queue is a transient failure, such as a full disk. */
function isTrouble(error: unknown): error is FitserveError {
  return error instanceof FitserveError && troubleOf(error.cause) !== undefined
}

function refusalOf(cause: unknown): FitserveError {
  if (cause instanceof FitserveError) return cause
  const why = hasAddressSpace() ? '' : ` It needs a memory of WebAssembly. ${HOW_TO_GET_ROOM}`
  return new FitserveError('queue-unavailable', `The embedded queue in DATA_DIR cannot be opened.${why}`, {
    cause,
  })
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

function embeddedBackend(state: State, gate: Gate): BullBackend {
  const opened = async () => {
    await gate.passed
    const database = state.database()
    if (database === undefined) throw new Error('The database is not open')
    return database
  }
  const pool = createPglitePool(opened, { onTrouble: state.note, onSuccess: () => void state.noteSuccess() })
  return {
    factory: createPostgresBackend as unknown as BackendFactory,
    connection: pool as unknown as ConnectionOptions,
    drainDelay: 5,
    ownProcessOnly: true,
    reachable: (signal) => gate.wait(signal),
    trouble: state.trouble,
    async ping() {
      await state.check()
      await (await opened()).query('SELECT 1')
    },
    reconnect: () => {},
    async newestEvent() {
      const sql = 'SELECT coalesce(max(id), 0)::text AS id FROM event WHERE queue = $1'
      const { rows } = await (await opened()).query<{ id: string }>(sql, [QUEUE_NAME])
      return rows[0]?.id ?? '0'
    },
    async close() {
      gate.close()
      await state.close()
    },
  }
}

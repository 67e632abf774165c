import type { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { type AskOptions, HelperPool, HelperTimedOut, ownProgram } from '../runtime/helper-pool.ts'
import { HelperStopped } from '../runtime/helper-process.ts'
import {
  DistributionsResult,
  type DistributionsTask,
  OverlapResult,
  type OverlapTask,
  PageResult,
  type PageTask,
  ReadResult,
  type ReadTask,
  Reply,
  type Task,
  UnpackResult,
  type UnpackTask,
} from './messages.ts'

/** The part of a logger that this room needs. */
export interface Log {
  warn(details: object, message: string): void
}

/** How readers are run. */
export interface ReadersOptions {
  /** The readers' program; `.ts` is run by tsx. Default: this project's own. */
  path?: string | undefined
  /** Receives a warning for each reader that stopped in the middle of a task. Default: none. */
  log?: Log | undefined
  /** Milliseconds that a reader is kept without work. @default 60_000 */
  idleMs?: number | undefined
  /** Milliseconds after which a file counts as unreadable. @default 15 minutes */
  timeLimitMs?: number | undefined
  /** Milliseconds that a file or page may wait for its turn. @default 1 minute */
  maxWaitMs?: number | undefined
}

/** Reads files in child processes, so that a hostile file costs its reader and nothing else. */
export interface Readers {
  /** Starts a reader ahead of its task, so that it loads while the upload still comes in. */
  warm(): void
  /**
   * @throws FitserveError `invalid-dataset`, `payload-too-large`, `store-unavailable`, `overloaded`; the signal's reason
   */
  read(task: ReadTask, signal?: AbortSignal): Promise<ReadResult>
  /** @throws the same */
  unpack(task: UnpackTask, signal?: AbortSignal): Promise<UnpackResult>
  /** @throws FitserveError `overloaded`, `corrupt-artifact` */
  page(task: PageTask): Promise<PageResult>
  /** @throws the same */
  distributions(task: DistributionsTask): Promise<DistributionsResult>
  /** @throws the same */
  overlap(task: OverlapTask): Promise<OverlapResult>
  /** Ends all readers; tasks in hand are refused with `not-ready`. */
  close(): void
}

/** Heap of a reader, in MB; DuckDB's memory comes beside it. */
const HEAP_MB = 1024
/** Uploads that are read at once. */
const MAX_READS = 2
/** Tasks at once; one more than uploads may take, so that a short page need not wait for two long uploads. */
const MAX_TASKS = MAX_READS + 1
/** Milliseconds that a reader is kept without work: the next upload then need not wait for DuckDB to load. */
const IDLE_MS = 60_000
/** Milliseconds that an upload may be read. */
const TIME_LIMIT_MS = 15 * 60_000
/** Milliseconds that a task waits for its turn, as long as clients usually wait for an answer. */
const MAX_WAIT_MS = 60_000
/** Tasks that may wait; each upload among them has its file on disk. */
const MAX_WAITING = 64
/** Milliseconds that a page of rows or of distributions, or a comparison, may take. */
const PAGE_LIMIT_MS = 60_000
/** Tries of one task: a reader may die of another cause than its file, as when the machine is short of memory. */
const ATTEMPTS = 2

/** Starts readers as they are needed and keeps them warm for a while. */
export function createReaders({
  path,
  log,
  idleMs = IDLE_MS,
  timeLimitMs = TIME_LIMIT_MS,
  maxWaitMs = MAX_WAIT_MS,
}: ReadersOptions = {}): Readers {
  const pool = new HelperPool({
    program: path ?? ownProgram(import.meta.url, '../programs/read-dataset'),
    heapMb: HEAP_MB,
    maxHelpers: MAX_READS,
    idleMs,
    timeLimitMs,
    maxWaiting: MAX_WAITING,
    maxWaitMs,
    overloadedMessage:
      'Large files are being read, and the wait for a turn has become too long. Try again later.',
  })

  const ask = async (task: Task, options: AskOptions): Promise<unknown> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return resultOf(Reply.parse(await pool.ask(task, options)))
      } catch (error) {
        const stopped = error instanceof HelperTimedOut ? error.cause : error
        if (stopped instanceof HelperStopped) {
          const details = { err: stopped, stderr: stopped.lastWords, task: task.kind }
          log?.warn(details, 'a data set reader stopped')
        }
        if (!(error instanceof HelperStopped) || attempt === ATTEMPTS) throw error
      }
    }
  }

  const readingFile = async <T>(
    schema: z.ZodType<T>,
    task: ReadTask | UnpackTask,
    signal?: AbortSignal,
  ): Promise<T> => {
    try {
      return checked(schema, await ask(task, { signal }))
    } catch (error) {
      if (error instanceof HelperTimedOut) {
        const limit = `the limit of ${Math.ceil(timeLimitMs / 60_000)} minutes`
        throw new FitserveError('invalid-dataset', `Reading the file took longer than ${limit}`, {
          cause: error,
        })
      }
      throw stoppedAs('invalid-dataset', 'The file could not be read: the reader stopped', error)
    }
  }

  const readingTable = async <T>(
    schema: z.ZodType<T>,
    task: PageTask | DistributionsTask | OverlapTask,
  ): Promise<T> => {
    try {
      const options = { maxHelpers: MAX_TASKS, timeLimitMs: PAGE_LIMIT_MS }
      return checked(schema, await ask(task, options))
    } catch (error) {
      if (error instanceof HelperTimedOut)
        throw new FitserveError('overloaded', 'The rows took too long to read', { cause: error })
      throw stoppedAs('corrupt-artifact', 'The rows of the data set could not be read', error)
    }
  }

  return {
    warm: () => pool.warm(),
    read: (task, signal) => readingFile(ReadResult, task, signal),
    unpack: (task, signal) => readingFile(UnpackResult, task, signal),
    page: (task) => readingTable(PageResult, task),
    distributions: (task) => readingTable(DistributionsResult, task),
    overlap: (task) => readingTable(OverlapResult, task),
    close: () => pool.close(),
  }
}

/** Returns what a reader found, or throws its refusal. */
function resultOf(reply: Reply): unknown {
  switch (reply.kind) {
    case 'done':
      return reply.result
    case 'refused':
      throw new FitserveError(reply.code, reply.message, {
        problems: reply.problems as FitserveError['problems'],
      })
    case 'failed':
      throw new FitserveError('internal', 'The file could not be read', { cause: new Error(reply.message) })
  }
}

/** Checks what a reader sent and returns it untouched: zod's copy would lose a key named `__proto__`. */
function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  schema.parse(value)
  return value as T
}

/** Turns the end of a reader into an error for the client; other errors pass. */
function stoppedAs(code: 'invalid-dataset' | 'corrupt-artifact', message: string, error: unknown): unknown {
  return error instanceof HelperStopped ? new FitserveError(code, message, { cause: error }) : error
}

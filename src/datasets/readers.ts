import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { FitserveError } from '../errors.ts'
import { HelperProcess, HelperStopped } from '../runtime/helper-process.ts'
import { PageResult, type PageTask, ReadResult, type ReadTask, Reply, type Task } from './messages.ts'

/** What this room needs of a logger. */
export interface Log {
  warn(details: object, message: string): void
}

export interface ReadersOptions {
  /** The child's program; `.ts` is run by tsx. */
  path?: string | undefined
  log?: Log | undefined
  idleMs?: number | undefined
  /** After so long a file counts as unreadable. */
  timeLimitMs?: number | undefined
}

/** Reads files in child processes, so that a hostile one costs its reader and nothing else. */
export interface Readers {
  /** Starts a reader ahead of its task, so that it loads while the upload still comes in. */
  warm(): void
  /** @throws FitserveError `invalid-dataset`, `payload-too-large`, `store-unavailable`; the signal's reason */
  read(task: ReadTask, signal?: AbortSignal): Promise<ReadResult>
  page(task: PageTask): Promise<PageResult>
  /** Ends all readers; tasks in hand are refused. */
  close(): void
}

const HEAP_MB = 1024
const MAX_READS = 2
/** One more than reads may take: a page is short and need not wait for two long uploads. */
const MAX_READERS = MAX_READS + 1
const PAGE_LIMIT_MS = 60_000
/** A reader may die of what is not its file's fault: the machine is short of memory, and it is the first to go. */
const ATTEMPTS = 2

/** Starts readers as they are needed and keeps them warm for a while. */
export function createReaders(options: ReadersOptions = {}): Readers {
  const path = options.path ?? ownProgram()
  const idleMs = options.idleMs ?? 60_000
  const timeLimitMs = options.timeLimitMs ?? 15 * 60_000
  const idle = new Map<HelperProcess, NodeJS.Timeout>()
  const busy = new Set<HelperProcess>()
  let waiting: { most: number; start: () => void; drop: (error: Error) => void }[] = []
  let places = 0
  let closed = false

  const take = (): HelperProcess => {
    for (const [reader, timer] of idle) {
      clearTimeout(timer)
      idle.delete(reader)
      if (!reader.ended) return reader
    }
    return new HelperProcess(path, HEAP_MB)
  }

  /** A place is counted before its reader is there, so that nobody slips in between. */
  const acquire = async (most: number, signal?: AbortSignal): Promise<HelperProcess> => {
    if (closed) throw stopping()
    signal?.throwIfAborted()
    if (places < most) places++
    else await turn(most, signal)
    const reader = take()
    busy.add(reader)
    return reader
  }

  const turn = (most: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const waiter = { most, start: resolve, drop: reject }
      waiting.push(waiter)
      const leave = () => {
        waiting = waiting.filter((other) => other !== waiter)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
    })

  const keep = (reader: HelperProcess): void => {
    const timer = setTimeout(() => {
      idle.delete(reader)
      reader.kill()
    }, idleMs)
    timer.unref()
    idle.set(reader, timer)
  }

  const release = (reader: HelperProcess): void => {
    busy.delete(reader)
    places--
    if (!reader.ended && !closed) keep(reader)
    const next = waiting.findIndex(({ most }) => places < most)
    if (next === -1) return
    places++
    waiting.splice(next, 1)[0]!.start()
  }

  const once = async (task: Task, most: number, limitMs: number, signal?: AbortSignal): Promise<unknown> => {
    const reader = await acquire(most, signal)
    const kill = () => reader.kill()
    let late = false
    const timer = setTimeout(() => {
      late = true
      kill()
    }, limitMs)
    signal?.addEventListener('abort', kill)
    try {
      if (signal?.aborted) kill()
      const reply = Reply.parse(await reader.run(task))
      if (reply.kind === 'done') return reply.result
      throw reply.kind === 'refused'
        ? new FitserveError(reply.code, reply.message, problemsOf(reply))
        : fault(reply)
    } catch (error) {
      signal?.throwIfAborted()
      if (closed) throw stopping()
      if (error instanceof HelperStopped) {
        options.log?.warn(
          { err: error, stderr: error.lastWords, task: task.kind },
          'a data set reader stopped',
        )
      }
      throw late ? new TookTooLong() : error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', kill)
      release(reader)
    }
  }

  const run = async (task: Task, most: number, limitMs: number, signal?: AbortSignal): Promise<unknown> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(task, most, limitMs, signal)
      } catch (error) {
        if (!(error instanceof HelperStopped) || attempt === ATTEMPTS) throw error
      }
    }
  }

  return {
    warm() {
      if (!closed && idle.size === 0 && busy.size < MAX_READS) keep(new HelperProcess(path, HEAP_MB))
    },
    async read(task, signal) {
      try {
        return checked(ReadResult, await run(task, MAX_READS, timeLimitMs, signal))
      } catch (error) {
        if (error instanceof TookTooLong) {
          const limit = `the limit of ${Math.ceil(timeLimitMs / 60_000)} minutes`
          throw new FitserveError('invalid-dataset', `To read the file took longer than ${limit}`)
        }
        throw stoppedAs('invalid-dataset', 'The file could not be read: the reader stopped', error)
      }
    },
    async page(task) {
      try {
        return checked(PageResult, await run(task, MAX_READERS, PAGE_LIMIT_MS))
      } catch (error) {
        if (error instanceof TookTooLong)
          throw new FitserveError('overloaded', 'The rows took too long to read')
        throw stoppedAs('corrupt-artifact', 'The rows of the data set could not be read', error)
      }
    },
    close() {
      closed = true
      for (const waiter of waiting.splice(0)) waiter.drop(stopping())
      for (const timer of idle.values()) clearTimeout(timer)
      for (const reader of [...idle.keys(), ...busy]) reader.kill()
      idle.clear()
    },
  }
}

class TookTooLong extends Error {}

function ownProgram(): string {
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  return fileURLToPath(new URL(`../programs/read-dataset${ending}`, import.meta.url))
}

/** Checks what a reader sent and gives it back untouched: zod's copy would lose a key named `__proto__`. */
function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  schema.parse(value)
  return value as T
}

function problemsOf({
  problems,
}: Extract<Reply, { kind: 'refused' }>): ConstructorParameters<typeof FitserveError>[2] {
  return { problems: problems as FitserveError['problems'] }
}

function fault({ message }: Extract<Reply, { kind: 'failed' }>): FitserveError {
  return new FitserveError('internal', 'The file could not be read', { cause: new Error(message) })
}

function stoppedAs(code: 'invalid-dataset' | 'corrupt-artifact', message: string, error: unknown): unknown {
  return error instanceof HelperStopped ? new FitserveError(code, message, { cause: error }) : error
}

function stopping(): FitserveError {
  return new FitserveError('not-ready', 'The service is stopping')
}

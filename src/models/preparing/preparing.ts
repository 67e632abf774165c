import { Worker } from 'node:worker_threads'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import { growHeapFor } from '../../runtime/heap-growth.ts'
import { inTurns } from '../../runtime/steps.ts'
import { threadProgram } from '../../runtime/thread-program.ts'
import type { PredictorFiles, PreparedModel, TabledFiles } from '../files/prepared.ts'
import { owning } from '../own-memory.ts'
import { openedPredictor, type Predictor, predictorSteps } from '../predictor.ts'

/**
 * Bytes of `encoder.json` above which a thread reads it: starting one takes as much processor time as reading two
 * megabytes. Weights need no reading, so they do not count.
 */
const LARGE_BYTES = 2 ** 20

/** A thread's message about the model that it was given. */
export type PreparingReply =
  | { kind: 'prepared'; model: PreparedModel }
  | { kind: 'failed'; code: ErrorCode | null; message: string; cause: string | null }

/** Options of a preparer, which tests change. */
export interface PreparerOptions {
  /** Bytes of `encoder.json` from which a thread reads it. Default: 1 MiB */
  largeBytes?: number | undefined
  /** Program of the thread. Default: `preparing-thread` beside this file */
  program?: URL
}

/** Builds predictors from the files of versions. */
export interface Preparer {
  /**
   * Builds a predictor.
   * @param read returns the files, whose bytes become the preparer's own; it may be called twice
   * @throws FitserveError `corrupt-artifact`; `not-ready` if the preparer was closed meanwhile; whatever `read` throws
   */
  prepare(read: () => Promise<PredictorFiles | TabledFiles>): Promise<Predictor>
  /** Stops reading; what is being prepared fails with `not-ready`. */
  close(): Promise<void>
}

/**
 * Returns a preparer. It reads a large model in a thread, so that neither the work nor its garbage holds up the event loop. A
 * small model, and one whose tables are kept in a file, it reads in steps. A thread exists only while a large model is read,
 * and one at a time.
 */
export function createPreparer({
  largeBytes = LARGE_BYTES,
  program = threadProgram(import.meta.url, 'preparing-thread'),
}: PreparerOptions = {}): Preparer {
  let last: Promise<unknown> = Promise.resolve()
  let running: Worker | undefined
  let closed = false
  const inThread = async (files: PredictorFiles): Promise<PreparedModel> => {
    checkOpen(closed)
    const owned = { encoder: owning(files.encoder), model: files.model, weights: owning(files.weights) }
    const transferList = [owned.encoder.buffer, owned.weights.buffer]
    const worker = new Worker(program, { workerData: owned, transferList, execArgv: [], env: {} })
    running = worker
    try {
      return await answerOf(worker)
    } finally {
      running = undefined
    }
  }
  return {
    async prepare(read) {
      const files = await read()
      if ('tables' in files) {
        growHeapFor(files.tables.byteLength + files.weights.byteLength)
        return inTurns(predictorSteps(files))
      }
      if (files.encoder.byteLength < largeBytes) return inTurns(predictorSteps(files))
      growHeapFor(files.encoder.byteLength + files.weights.byteLength)
      const prepared = last.then(() => inThread(files))
      last = prepared.catch(() => {})
      try {
        return await inTurns(openedPredictor(await prepared))
      } catch (error) {
        checkOpen(closed)
        if (error instanceof FitserveError) throw error
        // No thread could be started, or it died and the bytes with it.
        return inTurns(predictorSteps(await read()))
      }
    },
    async close() {
      closed = true
      await running?.terminate()
      await last
    },
  }
}

function checkOpen(closed: boolean): void {
  if (closed) throw new FitserveError('not-ready', 'The service is shutting down.')
}

function answerOf(worker: Worker): Promise<PreparedModel> {
  return new Promise((resolve, reject) => {
    worker.once('message', (reply: PreparingReply) => {
      if (reply.kind === 'prepared') return resolve(reply.model)
      const cause = reply.cause === null ? {} : { cause: new Error(reply.cause) }
      reject(
        reply.code === null ? new Error(reply.message) : new FitserveError(reply.code, reply.message, cause),
      )
    })
    worker.once('messageerror', reject)
    worker.once('error', reject)
    worker.once('exit', () =>
      reject(new Error('The thread that was reading a model ended before it was done')),
    )
  })
}

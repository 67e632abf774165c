import { pathToFileURL } from 'node:url'
import { type ChildPool, DelayedError, type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import { hasRoom, NARROW } from '../../runtime/kernel-memory.ts'
import { settledWithin } from '../../runtime/settled-within.ts'
import { wasAborted } from '../records/failed-reason.ts'
import { attemptsOf, type BullBackend, type BullWorker, QUEUE_NAME, type Settings } from './bullmq-backend.ts'
import { watchChildren } from './children.ts'
import type { WorkerPool, WorkOptions } from './contract.ts'
import { LIFELINE } from './lifeline.ts'

/**
 * A worker that dies lets go of its jobs when their locks end, and the next look after that (two, since a
 * job is marked on the first) gives them to others: 9 s + 3 s at most.
 */
const LOCK_MS = 9_000
const STALLED_INTERVAL_MS = 3_000
/** How many workers a job may take down with it before it fails. */
export const MAX_LOST_WORKERS = 25
/** When a job is asked for again where it could not be told whether it may begin. */
const ASK_AGAIN_MS = 2_000
/** How long running jobs may take to stop by themselves before their process is killed. */
const STOP_MS = 2_500
/** How long a close may take at all, also where the queue is away and jobs cannot be handed back. */
const CLOSE_MS = 5_000
/** How long children that have nothing to do may take to end. */
const CLEAN_MS = 1_000

/** Why a job's signal was aborted, as its process reads it in `signal.reason`. */
export const SHUTDOWN = 'shutdown'
export const LOCK_LOST = 'lock-lost'

/** Takes jobs, each in a child process of its own; see `JobQueue.work`. */
export function startWorker(
  backend: BullBackend,
  settings: Settings,
  work: WorkOptions,
  onError: (error: Error) => void,
): WorkerPool {
  // As an address: a child imports it, and a path may have a # or ? in it.
  const processor = pathToFileURL(work.processor)
  const worker: BullWorker = new Worker(
    QUEUE_NAME,
    processor,
    {
      ...settings,
      autorun: false,
      concurrency: work.concurrency,
      drainDelay: backend.drainDelay,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_INTERVAL_MS,
      maxStalledCount: MAX_LOST_WORKERS,
      runRetryDelay: 1_000,
      useWorkerThreads: false,
      workerForkOptions: { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: childArguments(work) },
    },
    backend.factory,
  )
  const pool = { closing: false }
  handBackOnClose(worker, pool)
  // Also where all are admitted: another worker, with other settings, may have let the job wait.
  admitFirst(worker, work.admit ?? (async () => null), onError)
  const unwatch = watchChildren(
    childrenOf(worker),
    work.guard,
    onError,
    work.warm ? processor.href : undefined,
  )
  worker.on('error', onError)
  worker.on('lockRenewalFailed', (ids) => {
    // Another worker has the job or soon will: the store would refuse what this one does from now on.
    for (const id of ids) worker.cancelJob(id, LOCK_LOST)
  })
  worker.on('completed', (job) => job.id && work.onCompleted?.(job.id))
  worker.on('failed', (job, error) => {
    // Without an end the job waits for its next attempt.
    if (job?.id && job.finishedOn) work.onFailed?.(job.id, error)
  })
  worker.run().catch(onError)

  let closed: Promise<void> | undefined
  return {
    close() {
      pool.closing = true
      closed ??= stop(worker, onError).finally(unwatch)
      return closed
    },
  }
}

/** While the pool closes, a job that ends without a result goes back to the queue and counts as no failure. */
function handBackOnClose(worker: BullWorker, pool: { closing: boolean }): void {
  const sandboxed = worker['processFn']
  const handBack = async (job: Job, token: string | undefined): Promise<never> => {
    // Where the lock is lost, another worker has the job already.
    await job.moveToWait(token).catch(() => {})
    throw new WaitingError()
  }
  worker['processFn'] = async (job, token, signal) => {
    if (pool.closing) return handBack(job, token)
    // Lines of an attempt that was cut off say nothing about this one.
    if (attemptsOf(job) > 1) await job.clearLogs(0)
    try {
      return await sandboxed(job, token, signal)
    } catch (error) {
      const final = error instanceof Error && error.name === 'UnrecoverableError'
      if (pool.closing && !final) return handBack(job, token)
      // Another attempt would fill its memory as well.
      if (error instanceof Error && wasAborted(error.message)) throw new UnrecoverableError(error.message)
      throw error
    }
  }
}

/** A job that is not admitted waits a while; that is no attempt, and lets others pass. */
function admitFirst(
  worker: BullWorker,
  admit: NonNullable<WorkOptions['admit']>,
  onError: (error: Error) => void,
): void {
  const process = worker['processFn']
  worker['processFn'] = async (job, token, signal) => {
    const wait = await admit(job.id ?? '').catch((error: Error) => {
      onError(error)
      return ASK_AGAIN_MS
    })
    const { passed = 0 } = job.data
    if (wait === null) {
      if (passed > 0) await job.updateData({ ...job.data, begun: job.attemptsStarted })
      return process(job, token, signal)
    }
    await job.updateData({ ...job.data, passed: passed + 1 })
    await job.moveToDelayed(Date.now() + wait, token)
    throw new DelayedError()
  }
}

async function stop(worker: BullWorker, onError: (error: Error) => void): Promise<void> {
  const children = childrenOf(worker)
  const closed = worker.close()
  worker.cancelAllJobs(SHUTDOWN)
  const killTimer = setTimeout(() => {
    for (const child of Object.values(children.retained)) child.kill('SIGKILL').catch(onError)
  }, STOP_MS)
  const done = await settledWithin(CLOSE_MS, closed)
  clearTimeout(killTimer)
  if (done) return
  // The queue is away. Its other workers, or this one's next life, find the jobs by their locks.
  await settledWithin(CLEAN_MS, children.clean().catch(onError))
}

/** BullMQ keeps them to itself. */
function childrenOf(worker: BullWorker): ChildPool {
  return worker['childPool'] as ChildPool
}

/**
 * This process's own arguments, without a debugger's port; the size of the heap; what lets a child do with a short address
 * space, where this process has one; and what ends a child with its parent.
 */
function childArguments({ heapMb }: WorkOptions): string[] {
  const own = process.execArgv.filter((argument) => !argument.startsWith('--inspect'))
  const heap = heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`]
  return [...own, ...heap, ...(hasRoom() ? [] : [NARROW]), '--import', LIFELINE]
}

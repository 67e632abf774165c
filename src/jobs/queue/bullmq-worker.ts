import { hostname } from 'node:os'
import { pathToFileURL } from 'node:url'
import { type ChildPool, DelayedError, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import { hasAddressSpace, NARROW } from '../../runtime/kernel-memory.ts'
import type { Tracing } from '../../runtime/tracing.ts'
import { withTimeout } from '../../runtime/with-timeout.ts'
import { wasAborted } from '../records/failed-reason.ts'
import {
  attemptsOf,
  type BullBackend,
  type BullJob,
  type BullProcessor,
  type BullWorker,
  QUEUE_NAME,
  type Settings,
} from './bullmq-backend.ts'
import { watchChildren } from './children.ts'
import type { WorkerPool, WorkOptions } from './contract.ts'
import { LIFELINE } from './lifeline.ts'

/**
 * Life of a worker's lease of a job, which it renews, in ms. The jobs of a worker that died are free when their leases
 * have ended; the next check for stalled jobs marks them and the one after it gives them to others, after 9 s + 3 s at
 * most.
 */
const LOCK_MS = 9_000
/** Interval at which workers check for stalled jobs, in ms. */
const STALLED_INTERVAL_MS = 3_000
/**
 * Workers that a job may take down with it before it fails. A high number, since a job is not to blame for a machine
 * that restarts.
 */
export const MAX_LOST_WORKERS = 25
/** Delay of a job after its admission could not be decided, for instance because the store was down, in ms. */
const ASK_AGAIN_MS = 2_000
/** Time that running jobs have to stop by themselves before their process is killed, in ms. */
const STOP_MS = 2_500
/** Limit on a whole close, in ms, also if the queue is down and jobs cannot be handed back. */
const CLOSE_MS = 5_000
/** Time that idle children have to end, in ms. */
const CLEAN_MS = 1_000

/** Reason of a job's aborted signal (`signal.reason` in its process): the worker closes. */
export const SHUTDOWN = 'shutdown'
/** Reason of a job's aborted signal: the worker lost its claim, so that another one has the job or soon will. */
export const LOCK_LOST = 'lock-lost'

/** Takes jobs and runs each in a child process of its own; see `JobQueue.work`. */
export function startWorker(
  backend: BullBackend,
  settings: Settings,
  work: WorkOptions,
  onError: (error: Error) => void,
): WorkerPool {
  // As a URL: a child imports it, and a path may contain # or ?.
  const processor = pathToFileURL(work.processor)
  const worker: BullWorker = new Worker(
    QUEUE_NAME,
    processor,
    {
      ...settings,
      // BullMQ keeps it with the jobs that the worker takes.
      name: `${hostname()}:${process.pid}`,
      autorun: false,
      concurrency: work.concurrency,
      drainDelay: backend.drainDelay,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_INTERVAL_MS,
      maxStalledCount: MAX_LOST_WORKERS,
      runRetryDelay: 1_000,
      useWorkerThreads: false,
      workerForkOptions: {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        execArgv: childArguments(work),
        ...(work.env ? { env: { ...work.env } } : {}),
      },
    },
    backend.factory,
  )
  const pool = { closing: false }
  // Also if all jobs are admitted here: another worker, with other settings, may have made the job wait.
  const admit = work.admit ?? (async () => null)
  // A private member of BullMQ's Worker, read in 6.7.0 (classes/worker.js): its constructor sets it to the sandbox for
  // a processor that is a file, and it is called with each job that the worker takes.
  worker['processFn'] = withOwnSteps(worker['processFn'], { admit, pool, onError, tracing: work.tracing })
  const unwatch = watchChildren(
    childrenOf(worker),
    work.guard,
    onError,
    work.warm ? processor.href : undefined,
  )
  worker.on('error', onError)
  worker.on('lockRenewalFailed', (ids) => {
    // Another worker has the job or soon will, and the store refuses whatever this attempt still writes.
    for (const id of ids) worker.cancelJob(id, LOCK_LOST)
  })
  worker.on('completed', (job) => job.id && work.onCompleted?.(job.id))
  worker.on('failed', (job, error) => {
    // A failed job without a finish time waits for its next attempt.
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

interface ProcessorSteps {
  admit: NonNullable<WorkOptions['admit']>
  /** `closing` becomes true when the pool begins to close. */
  pool: { readonly closing: boolean }
  onError: (error: Error) => void
  tracing: WorkOptions['tracing']
}

/**
 * Puts the queue's own steps around BullMQ's processor, which runs a job in a child process:
 *
 * 1. Admit: a job that may not begin yet waits a while. That is no attempt, and lets other jobs pass.
 * 2. Closing: a pool that closes begins no job and hands it back to the queue.
 * 3. Run: the job's attempt, in a child process.
 * 4. Classify the error: hand the job back, end it for good, or let BullMQ try it again.
 */
function withOwnSteps(
  inChild: BullProcessor,
  { admit, pool, onError, tracing }: ProcessorSteps,
): BullProcessor {
  const runInChild = tracing ? traced(inChild, tracing) : inChild
  return async (job, token, signal) => {
    await admitOrDelay(job, token, admit, onError)
    if (pool.closing) return handBack(job, token)
    // The log lines of an attempt that was cut off say nothing about this one.
    if (attemptsOf(job) > 1) await job.clearLogs(0)
    try {
      return await runInChild(job, token, signal)
    } catch (error) {
      switch (verdictOn(error, pool.closing)) {
        case 'hand back':
          return handBack(job, token)
        case 'give up':
          throw new UnrecoverableError(error instanceof Error ? error.message : String(error))
        case 'as thrown':
          throw error
      }
    }
  }
}

/** Returns a processor that makes a span of each attempt, and hands it to the child with the job. */
function traced(run: BullProcessor, tracing: Tracing): BullProcessor {
  return async (job, token, signal) => {
    const span = tracing.begin('job', 'consumer', job.data.trace, {
      'messaging.system': 'bullmq',
      'messaging.destination.name': QUEUE_NAME,
      'fitserve.job.id': job.id ?? '',
      'fitserve.job.attempt': attemptsOf(job),
      'fitserve.job.waited_ms': Date.now() - job.timestamp,
    })
    // Only in this process: in the queue the data stay those of the order.
    job.data = { ...job.data, trace: span.context }
    try {
      const result = await run(job, token, signal)
      span.end()
      return result
    } catch (error) {
      span.end(error instanceof Error ? error.message : String(error))
      throw error
    }
  }
}

/**
 * Returns when the job may begin.
 * @throws DelayedError after the job was put back into the queue, which BullMQ takes for "not done, not failed"
 */
async function admitOrDelay(
  job: BullJob,
  token: string | undefined,
  admit: ProcessorSteps['admit'],
  onError: (error: Error) => void,
): Promise<void> {
  const waitMs = await admit(job.id ?? '').catch((error: Error) => {
    onError(error)
    return ASK_AGAIN_MS
  })
  const { passed = 0 } = job.data
  if (waitMs === null) {
    if (passed > 0) await job.updateData({ ...job.data, begun: job.attemptsStarted })
    return
  }
  await job.updateData({ ...job.data, passed: passed + 1 })
  await job.moveToDelayed(Date.now() + waitMs, token)
  throw new DelayedError()
}

/** Puts a job back into the queue, where the next worker takes it. It does not count as failed. */
async function handBack(job: BullJob, token: string | undefined): Promise<never> {
  // Fails if the lease is lost, and then another worker has the job already.
  await job.moveToWait(token).catch(() => {})
  throw new WaitingError()
}

/** Decides what follows from the error that an attempt ended with. */
function verdictOn(error: unknown, closing: boolean): 'hand back' | 'give up' | 'as thrown' {
  if (error instanceof Error && error.name === 'UnrecoverableError') return 'as thrown'
  if (closing) return 'hand back'
  // The process ran out of memory, and another attempt would as well.
  if (error instanceof Error && wasAborted(error.message)) return 'give up'
  return 'as thrown'
}

/** Closes a worker: aborts its jobs, kills the processes that do not stop in time, and gives up after `CLOSE_MS`. */
async function stop(worker: BullWorker, onError: (error: Error) => void): Promise<void> {
  const children = childrenOf(worker)
  const closed = worker.close().catch(onError)
  worker.cancelAllJobs(SHUTDOWN)
  const killTimer = setTimeout(() => {
    for (const child of Object.values(children.retained)) child.kill('SIGKILL').catch(onError)
  }, STOP_MS)
  const done = await withTimeout(
    closed.then(() => true),
    CLOSE_MS,
    () => false,
  )
  clearTimeout(killTimer)
  if (done) return
  // The queue is down. Other workers, or this one after its restart, find the jobs by their expired leases.
  await withTimeout(children.clean().catch(onError), CLEAN_MS, () => undefined)
}

/** Returns BullMQ's pool of child processes, a private member of its Worker (read in 6.7.0). */
function childrenOf(worker: BullWorker): ChildPool {
  return worker['childPool'] as ChildPool
}

/**
 * Returns the arguments that Node starts a child with: this process's own without a debugger's port, the size of the
 * heap, the flag for a narrow address space if this process has one, and the code that ends a child with its parent.
 */
function childArguments({ heapMb }: WorkOptions): string[] {
  const own = process.execArgv.filter((argument) => !argument.startsWith('--inspect'))
  const heap = heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`]
  return [...own, ...heap, ...(hasAddressSpace() ? [] : [NARROW]), '--import', LIFELINE]
}

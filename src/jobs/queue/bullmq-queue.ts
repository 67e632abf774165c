import { type FlowJob, FlowProducer, type Job, Queue } from 'bullmq'
import { FitserveError } from '../../errors.ts'
import { withTimeout } from '../../runtime/with-timeout.ts'
import {
  attemptsOf,
  type BullBackend,
  type BullQueue,
  isInDoubt,
  PREFIX,
  QUEUE_NAME,
  type Settings,
} from './bullmq-backend.ts'
import { createBullChores } from './bullmq-chores.ts'
import { createQueueEventFeed } from './bullmq-events.ts'
import { startWorker } from './bullmq-worker.ts'
import type { JobQueue, QueuedJob, QueueState, RunningInQueue, WorkerPool, WorkOptions } from './contract.ts'

/** Options that all backends share. */
export interface BullQueueOptions {
  /** Called when something fails in the background, such as a connection that is lost. Default: ignored. */
  onError?: ((error: Error) => void) | undefined
  /** Milliseconds before a job is tried again for the first time; each further pause is twice as long. Default: 500 */
  retryMs?: number | undefined
}

/** Limit on a call, in ms; after it the queue counts as down. */
const CALL_MS = 3_000
/** Limit on the close of one part of the queue, in ms. */
const CLOSE_MS = 1_000
/** Milliseconds before the second attempt of a job, about. */
const RETRY_MS = 500
/** Attempts of a job in a round: some crashes pass, and a job that always crashes must not occupy workers for long. */
const ATTEMPTS = 5
/** The lowest priority of BullMQ. It takes jobs without a priority first; here they come last. */
const LOWEST_PRIORITY = 2 ** 21 - 1
/** Ended jobs that the queue remembers: for a day (in seconds), and at most 1000. */
const KEEP = { age: 24 * 3600, count: 1_000 }
/** Newest log lines that the queue keeps of an attempt. */
const MAX_LOG_LINES = 100_000
/** Waiting jobs of each kind among which the oldest is searched, and how many of them are read. */
const MAX_SEARCHED = 10_000
const MAX_READ = 10

/** Creates the queue over any server that BullMQ runs on. */
export function createBullQueue(backend: BullBackend, options: BullQueueOptions = {}): JobQueue {
  const onError = (error: Error) => options.onError?.(error)
  const { retryMs = RETRY_MS } = options
  const settings: Settings = { connection: backend.connection, prefix: PREFIX }
  const queue: BullQueue = new Queue(QUEUE_NAME, settings, backend.factory)
  queue.on('error', onError)
  const flows = new FlowProducer(settings, backend.factory)
  flows.on('error', onError)
  const call = callWithin(CALL_MS, backend)
  const events = createQueueEventFeed(backend, settings, queue, onError)
  const chores = createBullChores(backend, settings, { call, onError })
  let pool: WorkerPool | undefined
  let closing: Promise<void> | undefined

  return {
    chores,
    add: (job) => call(async () => void (await queue.add('train', job.data, jobOptions(job, retryMs)))),
    addFlow: (job, children) => call(async () => void (await flows.add(flowOf(job, children, retryMs)))),
    find: (id) => call(() => stateOf(queue, id)),
    held: (id) => call(async () => (await (await queue.getJob(id))?.getState()) === 'active'),
    remove: (id) => call(() => removeWaiting(queue, id)),
    forget: (id) => call(() => forgetEnded(queue, id)),
    log: (id, start = 0) => call(async () => (await queue.getJobLogs(id, start, -1, true)).logs),
    subscribe: events.subscribe,
    async work(work: WorkOptions) {
      if (pool) throw new Error('This process works already')
      const started = startWorker(backend, settings, work, onError)
      pool = {
        async close() {
          await started.close()
          pool = undefined
        },
      }
      return pool
    },
    counts: () => call(() => countsOf(queue)),
    oldestWaiting: () => call(() => oldestWaiting(queue)),
    workers: () =>
      call(async () => (backend.ownProcessOnly ? Number(pool !== undefined) : queue.getWorkersCount())),
    running: (most) => call(() => runningIn(queue, most)),
    next: (most) => call(() => nextIn(queue, most)),
    ping: () => call(async () => void (await backend.ping())),
    close() {
      closing ??= (async () => {
        await pool?.close()
        // If the queue is down each of these waits for it; the connections are ended below in any case.
        for (const part of [events, flows, chores, queue])
          await withTimeout(part.close().catch(onError), CLOSE_MS, () => undefined)
        await backend.close().catch(onError)
      })()
      return closing
    },
  }
}

function jobOptions(job: QueuedJob, retryMs: number) {
  return {
    jobId: job.id,
    priority: Math.min(job.priority ?? LOWEST_PRIORITY, LOWEST_PRIORITY),
    attempts: ATTEMPTS,
    backoff: { type: 'exponential', delay: retryMs, jitter: 0.5 },
    removeOnComplete: KEEP,
    removeOnFail: KEEP,
    keepLogs: MAX_LOG_LINES,
  }
}

/**
 * Returns BullMQ's flow of a job and its children. A child that fails does not fail its parent: the parent runs in any
 * case, and reads in the store how its children ended.
 */
function flowOf(job: QueuedJob, children: readonly QueuedJob[], retryMs: number): FlowJob {
  const node = ({ id, data, ...rest }: QueuedJob) => {
    const { jobId, ...opts } = jobOptions({ id, data, ...rest }, retryMs)
    return { name: 'train', queueName: QUEUE_NAME, data, opts: { ...opts, jobId } }
  }
  const nodes = children.map((child) => {
    const { opts, ...rest } = node(child)
    return { ...rest, opts: { ...opts, ignoreDependencyOnFailure: true } }
  })
  // A family that has begun is finished before another one begins.
  return { ...node({ priority: LOWEST_PRIORITY - 1, ...job }), children: nodes }
}

const STATES: Record<string, QueueState['state']> = {
  waiting: 'waiting',
  'waiting-children': 'waiting',
  delayed: 'waiting',
  prioritized: 'waiting',
  paused: 'waiting',
  active: 'active',
  completed: 'completed',
  failed: 'failed',
}

async function stateOf(queue: BullQueue, id: string): Promise<QueueState | undefined> {
  const job: Job | undefined = await queue.getJob(id)
  const state = job && STATES[await job.getState()]
  if (job === undefined || state === undefined) return undefined
  // A job that will wait again is not reported as running for the moment in which its admission is decided.
  const inDoubt = state === 'active' && isInDoubt(job)
  const attempt = attemptsOf(job) - (inDoubt ? 1 : 0)
  return {
    state: inDoubt ? 'waiting' : state,
    attempt,
    // BullMQ begins with 0.
    progress: job.progress === 0 ? null : job.progress,
    startedAt: attempt > 0 ? (job.processedOn ?? null) : null,
    failedReason: job.failedReason || null,
  }
}

/** Counts jobs. Those that wait for others are left out, since a worker could not take them. */
async function countsOf(queue: BullQueue): Promise<{ waiting: number; active: number }> {
  const { active = 0, ...waiting } = await queue.getJobCounts('active', 'waiting', 'prioritized', 'delayed')
  return { waiting: Object.values(waiting).reduce((sum, count) => sum + count, 0), active }
}

/**
 * Finds the job that waits longest by the ids, which begin with the time of the order (UUIDv7): the order of the queue is
 * that of priorities. A job that is tried or ordered again has an older id than it waits, so the oldest few are read.
 */
async function oldestWaiting(queue: BullQueue): Promise<number | null> {
  const ids = await queue.getRanges(['waiting', 'prioritized', 'delayed'], 0, MAX_SEARCHED - 1, true)
  const oldest = ids.toSorted().slice(0, MAX_READ)
  const jobs: (Job | undefined)[] = await Promise.all(oldest.map((id) => queue.getJob(id)))
  const times = jobs.flatMap((job) => (job === undefined ? [] : [job.timestamp]))
  return times.length === 0 ? null : Math.min(...times)
}

async function runningIn(queue: BullQueue, most: number): Promise<RunningInQueue[]> {
  const jobs: (Job | undefined)[] = await queue.getActive(0, most - 1)
  return jobs.flatMap((job) => {
    // A job that ended in between is gone, and one in doubt may be made to wait again.
    if (job?.id === undefined || isInDoubt(job)) return []
    return [{ id: job.id, worker: job.processedBy ?? null, startedAt: job.processedOn ?? null }]
  })
}

async function nextIn(queue: BullQueue, most: number): Promise<string[]> {
  // BullMQ returns as many of each state.
  const ids = await queue.getRanges(['prioritized', 'waiting', 'delayed'], 0, most - 1, true)
  return ids.slice(0, most)
}

async function removeWaiting(queue: BullQueue, id: string): Promise<boolean> {
  const job: Job | undefined = await queue.getJob(id)
  if (job === undefined || STATES[await job.getState()] !== 'waiting') return false
  try {
    await job.remove()
    return true
  } catch (error) {
    // A worker has taken it meanwhile, or a job that it waits for is running.
    const state = await job.getState()
    if (STATES[state] !== 'waiting' || state === 'waiting-children') return false
    throw error
  }
}

async function forgetEnded(queue: BullQueue, id: string): Promise<void> {
  const job: Job | undefined = await queue.getJob(id)
  const state = job && STATES[await job.getState()]
  if (state === 'completed' || state === 'failed') await job?.remove({ removeChildren: false })
}

/** Returns a function that runs a call, which fails with `queue-unavailable` if there is no answer in time. */
function callWithin(ms: number, backend: BullBackend) {
  return async <T>(work: () => Promise<T>): Promise<T> => {
    const trouble = backend.trouble?.()
    if (trouble) throw trouble
    const away = new AbortController()
    let asked = false
    const done = (async () => {
      await backend.reachable(away.signal)
      asked = true
      return work()
    })()
    try {
      return await withTimeout(done, ms, () => {
        away.abort()
        if (asked) backend.reconnect()
        throw new Error(`No answer within ${ms} ms`)
      })
    } catch (cause) {
      if (cause instanceof FitserveError) throw cause
      throw new FitserveError('queue-unavailable', 'The queue cannot be reached.', { cause })
    }
  }
}

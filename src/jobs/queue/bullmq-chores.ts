import { type Job, Queue, Worker } from 'bullmq'
import { withTimeout } from '../../runtime/with-timeout.ts'
import {
  type BullBackend,
  CHORES_NAME,
  type ChoreBull,
  type ChoreWorker,
  type Settings,
} from './bullmq-backend.ts'
import type { Chore, ChoreData, ChoreQueue, ChoreState, ChoreWork, Repeating } from './chores.ts'

type Call = <T>(work: () => Promise<T>) => Promise<T>
type ChoreJob = Job<ChoreData, unknown, string>

/** Chores that run at once in one process; most of the time they wait for an answer. */
const AT_ONCE = 8
/** Life of a process's lease of a chore, in ms, which it renews. */
const LOCK_MS = 15_000
/** Interval at which processes check for chores whose process has died, in ms. */
const STALLED_INTERVAL_MS = 5_000
/** Processes that a chore may take down with it before it fails. */
const MAX_LOST = 25
/** Attempts of a repeating chore that fails: after 1 s, 2 s, 4 s, …, about 9 minutes in all. */
const REPEATED = { attempts: 10, backoff: { type: 'exponential', delay: 1_000 } }
/**
 * Ended chores are remembered for an hour (in seconds), so that a process that has not seen the end adds none again.
 */
const KEEP = { age: 3_600, count: 10_000 }
/** Repeating chores in one page. BullMQ makes a call for each of them, all at once. */
const PAGE = 200
/** Limit on the close of a worker, in ms. */
const CLOSE_MS = 3_000

/** Creates the queue of chores: a queue of BullMQ's, with its job schedulers for what repeats. */
export function createBullChores(
  backend: BullBackend,
  settings: Settings,
  how: { call: Call; onError: (error: Error) => void },
): ChoreQueue & { close(): Promise<void> } {
  const { call, onError } = how
  const queue: ChoreBull = new Queue(CHORES_NAME, settings, backend.factory)
  queue.on('error', onError)

  return {
    add: ({ id, data, attempts, pauseMs }) =>
      call(async () => {
        const backoff = { type: 'exponential', delay: pauseMs, jitter: 0.2 }
        await queue.add('chore', data, {
          jobId: id,
          attempts,
          backoff,
          removeOnComplete: KEEP,
          removeOnFail: KEEP,
        })
      }),
    find: (id) => call(() => stateOf(queue, id)),
    repeat: (id, { cron, timeZone }, data) =>
      call(async () => {
        const opts = { ...REPEATED, removeOnComplete: KEEP, removeOnFail: KEEP }
        await queue.upsertJobScheduler(id, { pattern: cron, tz: timeZone }, { name: 'chore', data, opts })
      }),
    stopRepeating: (id) => call(async () => void (await queue.removeJobScheduler(id))),
    async repeating() {
      const found = new Map<string, Repeating>()
      for (let from = 0; ; from += PAGE) {
        const page = await call(() => queue.getJobSchedulers(from, from + PAGE - 1, true))
        for (const { key, pattern = '', tz = '', next = null } of page)
          found.set(key, { id: key, cron: pattern, timeZone: tz, next: Number.isFinite(next) ? next : null })
        if (page.length < PAGE) return [...found.values()]
      }
    },
    async work(handle, options = {}) {
      const worker = startWorker(backend, settings, handle, options, onError)
      return { close: () => withTimeout(worker.close().catch(onError), CLOSE_MS, () => undefined) }
    },
    close: () => queue.close(),
  }
}

function startWorker(
  backend: BullBackend,
  settings: Settings,
  handle: (chore: Chore) => Promise<void>,
  { onFailed }: ChoreWork,
  onError: (error: Error) => void,
) {
  const worker: ChoreWorker = new Worker(
    CHORES_NAME,
    async (job: ChoreJob) => handle(choreOf(job)),
    {
      ...settings,
      autorun: false,
      concurrency: AT_ONCE,
      drainDelay: backend.drainDelay,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_INTERVAL_MS,
      maxStalledCount: MAX_LOST,
      runRetryDelay: 1_000,
    },
    backend.factory,
  )
  worker.on('error', onError)
  worker.on('failed', (job, error) => job && onFailed?.({ id: job.id ?? '', data: job.data }, error))
  worker.run().catch(onError)
  return worker
}

function choreOf(job: ChoreJob): Chore {
  const attempt = job.attemptsMade + 1
  const last = attempt >= (job.opts.attempts ?? 1)
  return { id: job.id ?? '', data: job.data, attempt, last, due: dueOf(job) }
}

/**
 * Returns the time that a chore was due. BullMQ puts it at the end of the job's id:
 * `repeat:<scheduler>:<milliseconds>`.
 */
function dueOf({ id = '', repeatJobKey }: ChoreJob): number | null {
  const [, due] = repeatJobKey === undefined ? [] : (/:(\d+)$/.exec(id) ?? [])
  return due === undefined ? null : Number(due)
}

const STATES: Record<string, ChoreState['state']> = { active: 'active', completed: 'ended', failed: 'ended' }

async function stateOf(queue: ChoreBull, id: string): Promise<ChoreState | undefined> {
  const job = await queue.getJob(id)
  const state = job && (await job.getState())
  if (!job || state === undefined || state === 'unknown') return undefined
  const failures = job.attemptsMade - (state === 'completed' ? 1 : 0)
  return { state: STATES[state] ?? 'waiting', failures, reason: job.failedReason || null }
}

import type { Tracing } from '../../runtime/tracing.ts'
import type { ChoreQueue } from './chores.ts'

/**
 * The interface of the queue, which hands jobs to workers, and chores (chores.ts) to the processes that take them. It
 * only moves jobs and is no record of them: what a job is and how it ended is kept in the store, and whatever a queue
 * loses is put in again (worker/reconcile.ts). Connections, keys and locks are outside of this contract.
 *
 * Start reading at backends.ts, the registry of backends; then bullmq-queue.ts, which all of them share,
 * bullmq-worker.ts (the steps around a job) and children.ts (its processes). test/contracts/queue.ts tries every
 * backend.
 */

/**
 * A queue of jobs. A call rejects with `FitserveError('queue-unavailable')` within a few seconds if the queue cannot be
 * reached; it does not wait forever.
 */
export interface JobQueue {
  /** Small work beside the jobs, on the same server. */
  readonly chores: ChoreQueue
  /** Puts a job in. Does nothing if one of that id is there. */
  add(job: QueuedJob): Promise<void>
  /**
   * Puts a job in together with jobs that come before it, all or none. The job waits, without occupying a worker, until
   * each of them has ended, well or not. Jobs that are there already stay as they are.
   */
  addFlow(job: QueuedJob, children: readonly QueuedJob[]): Promise<void>
  /** Returns the state of a job; undefined if the queue never knew it or has forgotten it. */
  find(id: string): Promise<QueueState | undefined>
  /** Tells whether a worker has the job, also one that has not admitted it (yet). */
  held(id: string): Promise<boolean>
  /** Takes a waiting job out. Returns false if it does not wait (any more), or waits for others that are running. */
  remove(id: string): Promise<boolean>
  /** Forgets a job that has ended, so that it can be added again. */
  forget(id: string): Promise<void>
  /** Returns the lines that the running attempt has logged, oldest first, from the index `start` (default: 0) on. */
  log(id: string, start?: number): Promise<string[]>
  /** Calls back on every progress and end of any job, also of other processes' workers, until unsubscribed. */
  subscribe(listener: (event: QueueEvent) => void): () => void
  /** Begins to take jobs, each in a child process that runs `processor`. One pool at a time. */
  work(options: WorkOptions): Promise<WorkerPool>
  /** Returns the number of jobs that a worker could take, and of those that a worker has. */
  counts(): Promise<{ waiting: number; active: number }>
  /** Returns since when the job waits that a worker could take and that waits longest, in ms since 1970; null: none waits. */
  oldestWaiting(): Promise<number | null>
  /** Returns the number of processes that take jobs. */
  workers(): Promise<number>
  /** Returns jobs that a worker has and has admitted. @param most limit on them */
  running(most: number): Promise<RunningInQueue[]>
  /** Returns the ids of jobs that a worker could take, about in the order in which they come. @param most limit on them */
  next(most: number): Promise<string[]>
  /** Rejects if the queue does not answer. */
  ping(): Promise<void>
  /** Closes the pool of workers and the connections. Never rejects. */
  close(): Promise<void>
}

/** A job as it is put into the queue. */
export interface QueuedJob {
  /** Id of the job; the same in the store. */
  id: string
  /** Small, since the record is in the store. */
  data: {
    jobId: string
    /** A `traceparent`, which the trace of the job's attempts goes on from. Default: each begins one of its own. */
    trace?: string
  }
  /** Jobs of priority 1 come first. Default: last. */
  priority?: number
}

/** A job that a worker has. */
export interface RunningInQueue {
  id: string
  /** Machine and process id of the worker, as `host:pid`; null for one of an earlier release. */
  worker: string | null
  /** Start of the attempt, in milliseconds since 1970; null where the queue does not tell. */
  startedAt: number | null
}

/** State of a job in the queue. */
export interface QueueState {
  /** A job that a worker has and does not admit is `waiting`. */
  state: 'waiting' | 'active' | 'completed' | 'failed'
  /** Number of attempts that have begun. */
  attempt: number
  /** The newest progress that the job reported, as it reported it. */
  progress: unknown
  /** Start of the running or last attempt, in milliseconds since 1970. */
  startedAt: number | null
  /** Why the last attempt failed, for the log only. */
  failedReason: string | null
}

/** Something that happened to a job, in any process. `reason` is for the log only. */
export type QueueEvent =
  | { type: 'active'; id: string }
  | { type: 'progress'; id: string; progress: unknown }
  | { type: 'completed'; id: string }
  | { type: 'failed'; id: string; reason: string }
  | { type: 'removed'; id: string }

/** Options of a pool of workers. */
export interface WorkOptions {
  /** Path of the module that a child process runs. Its default export is BullMQ's sandboxed processor. */
  processor: string
  /** Maximum number of child processes. */
  concurrency: number
  /** Whether a first child is started at once, so that the first job need not wait for it. Default: false. */
  warm?: boolean
  /**
   * Asked before an attempt begins. Returns null to let it begin, or the milliseconds after which to ask again: until
   * then the job waits, other jobs pass, and no attempt is counted. Asked again if it rejects. Default: every job may
   * begin.
   */
  admit?: ((id: string) => Promise<number | null>) | undefined
  /** Watches the child processes. Default: none. */
  guard?: Guard
  /** Size of a child process's JavaScript heap, in MB. Default: Node's own choice. */
  heapMb?: number | undefined
  /** Environment of the child processes. Default: this process's own. */
  env?: Readonly<Record<string, string>> | undefined
  /** Records each attempt as a span, which continues in the child. Default: none is recorded. */
  tracing?: Tracing | undefined
  /** Called in the worker's own process when an attempt has ended well. */
  onCompleted?: (id: string) => void
  /** Called in the worker's own process when a job has no attempt left, also after a child process crashed. */
  onFailed?: (id: string, error: Error) => void
}

/** A job in a worker's process. */
export interface RunningJob {
  id: string
  /** Number of the attempt, from 1. */
  attempt: number
  /** Seconds since the attempt began. */
  seconds: number
  /** Resident memory of its process, in bytes; null if the system does not tell (other than Linux). */
  bytes: number | null
}

/** Decides which training processes are to be killed. */
export interface Guard {
  /** Asked twice a second. Returns null, or what to do once the process has been killed. */
  check(job: RunningJob): Promise<(() => Promise<void>) | null>
  /** Called when the job is no longer in this worker. */
  forget(id: string): void
}

/** A running pool of workers. */
export interface WorkerPool {
  /** Takes no more jobs, hands running ones back to the queue (they do not count as failed), ends the children. */
  close(): Promise<void>
}

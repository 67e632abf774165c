import type { ChoreQueue } from './chores.ts'

/**
 * The queue's one interface: what this project needs of BullMQ, whatever it runs on. Outside of it are
 * connections, keys and locks. A queue that cannot be reached rejects with
 * `FitserveError('queue-unavailable')` within a few seconds rather than waiting for ever.
 */
export interface JobQueue {
  /** Small work beside the jobs, on the same server. */
  readonly chores: ChoreQueue
  /** Puts a job in; no second time under the same id. */
  add(job: QueuedJob): Promise<void>
  /**
   * Puts a job in together with others that come before it, all or none: it waits, in no worker, until each of
   * them has ended, well or not. Those that are there already stay as they are.
   */
  addFlow(job: QueuedJob, children: readonly QueuedJob[]): Promise<void>
  /** What the queue knows of a job; undefined where it never knew or has forgotten. */
  find(id: string): Promise<QueueState | undefined>
  /** Whether a worker has the job, also one that has not admitted it (yet). */
  held(id: string): Promise<boolean>
  /** Takes a waiting job out; false where it is not waiting (any more), or waits for others that are running. */
  remove(id: string): Promise<boolean>
  /** Forgets a job that has ended, so that it can be added again. */
  forget(id: string): Promise<void>
  /** Lines that the running attempt has logged, oldest first, from `start` on. */
  log(id: string, start?: number): Promise<string[]>
  /** Calls back on every progress and end of any job, also of other processes' workers, until unsubscribed. */
  subscribe(listener: (event: QueueEvent) => void): () => void
  /** Begins to take jobs, each in a child process that runs `processor`. One pool at a time. */
  work(options: WorkOptions): Promise<WorkerPool>
  /** How many jobs wait to be taken, and how many are in a worker. */
  counts(): Promise<{ waiting: number; active: number }>
  /** Rejects where the queue does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface QueuedJob {
  id: string
  /** Small: the record is in the store. */
  data: { jobId: string }
  /** 1 first; absent: last. */
  priority?: number
}

export interface QueueState {
  /** A job that a worker has and does not admit is waiting. */
  state: 'waiting' | 'active' | 'completed' | 'failed'
  /** How often an attempt was begun. */
  attempt: number
  /** The newest progress that the job reported, as it reported it. */
  progress: unknown
  /** Milliseconds since 1970, when the running or last attempt began. */
  startedAt: number | null
  /** Why the last attempt failed, for the log only. */
  failedReason: string | null
}

export type QueueEvent =
  | { type: 'active'; id: string }
  | { type: 'progress'; id: string; progress: unknown }
  | { type: 'completed'; id: string }
  | { type: 'failed'; id: string; reason: string }
  | { type: 'removed'; id: string }

export interface WorkOptions {
  /** Path of the module that a child process runs: its default export is BullMQ's sandboxed processor. */
  processor: string
  /** Number of child processes. */
  concurrency: number
  /** Whether a first child is started at once, so that the first job need not wait for it. */
  warm?: boolean
  /**
   * Asked before an attempt begins: null, or after how many milliseconds it is to be asked again; the job waits
   * meanwhile, others pass, and no attempt is counted. Absent: every job may begin. One that rejects is asked again.
   */
  admit?: ((id: string) => Promise<number | null>) | undefined
  /** Watches the child processes; absent: nobody does. */
  guard?: Guard
  /** Size of a child process's JavaScript heap, in MB; absent: Node's own choice. */
  heapMb?: number | undefined
  /** Called in the worker's own process when an attempt has ended well. */
  onCompleted?: (id: string) => void
  /** Called in the worker's own process when no attempt is left, also when a child process crashed. */
  onFailed?: (id: string, error: Error) => void
}

/** A job in a worker's process. */
export interface RunningJob {
  id: string
  attempt: number
  /** Since the attempt began. */
  seconds: number
  /** Resident memory of its process; null where the system does not tell. */
  bytes: number | null
}

/** Decides which processes are to be ended by force. */
export interface Guard {
  /** Asked twice a second: null, or what is to be done when the process has been ended. */
  look(job: RunningJob): Promise<(() => Promise<void>) | null>
  /** The job is no longer in this worker. */
  forget(id: string): void
}

export interface WorkerPool {
  /** Takes no more jobs, hands running ones back to the queue (they do not count as failed), ends the children. */
  close(): Promise<void>
}

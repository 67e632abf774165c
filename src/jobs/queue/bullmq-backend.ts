import type { BackendFactory, ConnectionOptions, IQueueBackend, Queue, QueueEvents, Worker } from 'bullmq'
import type { ChoreData } from './chores.ts'
import type { QueuedJob } from './contract.ts'

export const QUEUE_NAME = 'jobs'
export const CHORES_NAME = 'chores'
/** All keys of Redis in one hash slot, so that a cluster accepts scripts over several of them. */
export const PREFIX = '{fitserve}'

/**
 * What is kept with a job. `passed`: how often a worker took it and had to let it wait after all, which BullMQ counts as
 * attempts; `begun`: the last one that was none of these, by BullMQ's count, known only after some that were.
 */
type Data = QueuedJob['data'] & { passed?: number; begun?: number }
/** BullMQ's classes without a server in their types. */
export type BullQueue = Queue<Data, unknown, string, Data, unknown, string, IQueueBackend>
export type ChoreBull = Queue<ChoreData, unknown, string, ChoreData, unknown, string, IQueueBackend>
export type ChoreWorker = Worker<ChoreData, unknown, string, IQueueBackend>
export type BullWorker = Worker<Data, unknown, string, IQueueBackend>
export type BullEvents = QueueEvents<unknown, IQueueBackend>

/** What BullMQ's classes are made with, whichever server they run on. */
export interface Settings {
  connection: ConnectionOptions
  prefix: string
}

/** What differs between the servers that BullMQ runs on. */
export interface BullBackend {
  factory: BackendFactory
  connection: ConnectionOptions
  /** Resolves once the server can be asked; it may wait for ever. */
  reachable(signal: AbortSignal): Promise<void>
  ping(): Promise<unknown>
  /** A call got no answer: whatever connection it was on may be dead. */
  reconnect(): void
  /** Id of the newest event, from which on this process listens. */
  newestEvent(queue: BullQueue): Promise<string>
  /** Seconds after which an idle worker looks by itself, where the server does not tell it of every job. */
  drainDelay: number
  close(): Promise<void>
}

type Counted = { attemptsStarted: number; data: Data }

/** Whether a worker that has the job may yet let it wait, as it did before. */
export function isInDoubt({ attemptsStarted, data: { passed = 0, begun } }: Counted): boolean {
  return passed > 0 && begun !== attemptsStarted
}

/** How many attempts of a job have begun. */
export function attemptsOf({ attemptsStarted, data }: Counted): number {
  return Math.max(0, attemptsStarted - (data.passed ?? 0))
}

import type {
  BackendFactory,
  ConnectionOptions,
  IQueueBackend,
  Job,
  Processor,
  Queue,
  QueueEvents,
  Worker,
} from 'bullmq'

import type { FitserveError } from '../../errors.ts'
import type { ChoreData } from './chores.ts'
import type { QueuedJob } from './contract.ts'

/** Name of BullMQ's queue of jobs. */
export const QUEUE_NAME = 'jobs'
/** Name of BullMQ's queue of chores. */
export const CHORES_NAME = 'chores'
/**
 * Prefix of all keys on Redis. The braces put them in one hash slot, as scripts over several keys need on a cluster.
 */
export const PREFIX = '{fitserve}'

/** The data that BullMQ keeps with a job. */
type Data = QueuedJob['data'] & {
  /** Times that a worker took the job and then made it wait; BullMQ counts them as attempts. Default: 0. */
  passed?: number
  /** The last real attempt by BullMQ's count; absent until a job that had to wait has begun. */
  begun?: number
}
/** BullMQ's queue of jobs, without a server in its type. */
export type BullQueue = Queue<Data, unknown, string, Data, unknown, string, IQueueBackend>
/** BullMQ's worker on the queue of jobs. */
export type BullWorker = Worker<Data, unknown, string, IQueueBackend>
/** A job in the hands of BullMQ's worker. */
export type BullJob = Job<Data, unknown, string>
/** The function that BullMQ's worker calls with each job. */
export type BullProcessor = Processor<Data, unknown, string>
/** BullMQ's events of the queue of jobs. */
export type BullEvents = QueueEvents<unknown, IQueueBackend>
/** BullMQ's queue of chores. */
export type ChoreBull = Queue<ChoreData, unknown, string, ChoreData, unknown, string, IQueueBackend>
/** BullMQ's worker on the queue of chores. */
export type ChoreWorker = Worker<ChoreData, unknown, string, IQueueBackend>

/** The options that every class of BullMQ is made with. */
export interface Settings {
  /** The connection of the backend. */
  connection: ConnectionOptions
  /** `PREFIX`. */
  prefix: string
}

/** The differences between the servers that BullMQ runs on. */
export interface BullBackend {
  /** Creates BullMQ's own backend; passed to every class of BullMQ. */
  factory: BackendFactory
  /** The connection, passed to every class of BullMQ. */
  connection: ConnectionOptions
  /** Resolves once the server can be asked, which may take forever; rejects when the signal is aborted. */
  reachable(signal: AbortSignal): Promise<void>
  /** Returns why the server cannot be asked now, if that is known: calls then fail at once. Default: never known. */
  trouble?(): FitserveError | undefined
  /** Rejects if the server does not answer. */
  ping(): Promise<unknown>
  /** Replaces the connections, after a call got no answer: the one it was on may be dead. */
  reconnect(): void
  /** Returns the id of the newest event, from which on this process listens. */
  newestEvent(queue: BullQueue): Promise<string>
  /** True where no other process can take jobs, and the server does not list its workers. Default: false. */
  ownProcessOnly?: boolean
  /** Seconds after which an idle worker asks for a job by itself, since the server may not tell it of every one. */
  drainDelay: number
  /** Ends all connections. */
  close(): Promise<void>
}

type Counted = { attemptsStarted: number; data: Data }

/** Tells whether the worker that has the job may still make it wait, as it did before. */
export function isInDoubt({ attemptsStarted, data: { passed = 0, begun } }: Counted): boolean {
  return passed > 0 && begun !== attemptsStarted
}

/** Returns the number of attempts that have begun, without the times when the job had to wait. */
export function attemptsOf({ attemptsStarted, data }: Counted): number {
  return Math.max(0, attemptsStarted - (data.passed ?? 0))
}

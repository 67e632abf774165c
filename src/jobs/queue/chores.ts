/**
 * Small work beside the jobs: what is due at times, and what is to be tried until it succeeds. It runs within one of
 * the processes that take it. Like the queue of jobs it is a motor and no memory: whoever needs a chore puts it in
 * again where it was lost. Calls reject with `FitserveError('queue-unavailable')` where there is no answer.
 */
export interface ChoreQueue {
  /** Puts a chore in; nothing where one of that id is known, also where it has ended within the last hour. */
  add(chore: NewChore): Promise<void>
  /** How far a chore is; undefined where it is not known (any more). */
  find(id: string): Promise<ChoreState | undefined>
  /** Puts the chore in at each of the times from now on; takes the place of what was said of that id before. */
  repeat(id: string, times: Times, data: ChoreData): Promise<void>
  /** No more from now on; nothing where it is not known. */
  stopRepeating(id: string): Promise<void>
  /** All that is put in at times. */
  repeating(): Promise<Repeating[]>
  /** Begins to take chores, a few at once; what rejects is tried again. */
  work(handle: (chore: Chore) => Promise<void>, options?: ChoreWork): Promise<{ close(): Promise<void> }>
}

/** What is said of a chore besides its id: small, and checked by whoever handles it. */
export type ChoreData = Readonly<Record<string, unknown>>

export interface NewChore {
  /** Without colons. */
  id: string
  data: ChoreData
  /** How often it is tried, with pauses of so many milliseconds that double. */
  attempts: number
  pauseMs: number
}

/** A cron expression and the time zone that it is read in. */
export interface Times {
  cron: string
  timeZone: string
}

export interface Repeating extends Times {
  id: string
  /** Milliseconds since 1970 when it is due next; null: unknown. */
  next: number | null
}

export interface Chore {
  id: string
  data: ChoreData
  /** Counts from 1. */
  attempt: number
  /** Whether this attempt is the last. */
  last: boolean
  /** When it was due, in milliseconds since 1970; null for what was put in by hand. */
  due: number | null
}

export interface ChoreState {
  state: 'waiting' | 'active' | 'ended'
  /** Attempts that have failed. */
  failures: number
  /** Why the last one failed, for people. */
  reason: string | null
}

export interface ChoreWork {
  /** Hears of each attempt that failed. */
  onFailed?: (chore: Pick<Chore, 'id' | 'data'>, error: Error) => void
}

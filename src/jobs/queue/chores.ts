/**
 * A queue of small work beside the jobs: work that is due at times, and work that is tried until it succeeds. A chore
 * runs within one of the processes that take chores. Like the queue of jobs it is no record: the code that needs a
 * chore puts it in again if it was lost. Calls reject with `FitserveError('queue-unavailable')` if the queue
 * does not answer.
 */
export interface ChoreQueue {
  /** Puts a chore in. Does nothing if one of that id is known, also if it ended within the last hour. */
  add(chore: NewChore): Promise<void>
  /** Returns the state of a chore; undefined if it is not known (any more). */
  find(id: string): Promise<ChoreState | undefined>
  /** Puts the chore in at each of the times from now on. Replaces an earlier repetition of that id. */
  repeat(id: string, times: Times, data: ChoreData): Promise<void>
  /** Ends a repetition. Does nothing if it is not known. */
  stopRepeating(id: string): Promise<void>
  /** Returns all repetitions. */
  repeating(): Promise<Repeating[]>
  /** Begins to take chores, a few at once. A chore whose handler rejects is tried again. */
  work(handle: (chore: Chore) => Promise<void>, options?: ChoreWork): Promise<{ close(): Promise<void> }>
}

/** The content of a chore: small, and checked by the code that handles it. */
export type ChoreData = Readonly<Record<string, unknown>>

/** A chore to be put in. */
export interface NewChore {
  /** Must not contain colons. */
  id: string
  data: ChoreData
  /** Maximum number of attempts. */
  attempts: number
  /** Pause after the first failed attempt, in ms; it doubles with each further one. */
  pauseMs: number
}

/** A cron expression and the time zone (of the IANA database) that it is read in. */
export interface Times {
  cron: string
  timeZone: string
}

/** A chore that is put in at times. */
export interface Repeating extends Times {
  id: string
  /** When it is due next, in milliseconds since 1970; null if unknown. */
  next: number | null
}

/** A chore in the hands of its handler. */
export interface Chore {
  id: string
  data: ChoreData
  /** Number of the attempt, from 1. */
  attempt: number
  /** Whether this attempt is the last. */
  last: boolean
  /** When it was due, in milliseconds since 1970; null for a chore that does not repeat. */
  due: number | null
}

/** State of a chore in the queue. */
export interface ChoreState {
  state: 'waiting' | 'active' | 'ended'
  /** Number of failed attempts. */
  failures: number
  /** Why the last attempt failed, as a sentence for people; null if none did. */
  reason: string | null
}

/** Options of a worker that takes chores. */
export interface ChoreWork {
  /** Called after each failed attempt. */
  onFailed?: (chore: Pick<Chore, 'id' | 'data'>, error: Error) => void
}

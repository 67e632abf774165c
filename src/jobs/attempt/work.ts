import type { AttemptRun } from './attempt-run.ts'

/** What an attempt gives to the work of its kind. */
export interface Work {
  run: AttemptRun
  /** Fires when the attempt is to stop. */
  signal: AbortSignal
  /** Does a step of the work, unless the attempt is to stop. @throws the signal's reason */
  step<T>(work: () => Promise<T>): Promise<T>
  /** Runs the parts that have no outcome, one after the other. */
  runLeftChildren(): Promise<void>
}

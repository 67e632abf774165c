import type { AttemptRun } from './attempt-run.ts'

/** Parameters of the work of an attempt. */
export interface Work {
  run: AttemptRun
  /** Fires when the attempt is to stop. */
  signal: AbortSignal
  /** Runs a step of the work unless the attempt is to stop. @throws the signal's reason */
  step<T>(work: () => Promise<T>): Promise<T>
  /** Runs the parts that have no outcome, one after the other. */
  runLeftChildren(): Promise<void>
}

import { FitserveError } from '../errors.ts'
import { withTimeout } from '../runtime/with-timeout.ts'

/** The time until which a client waits for its answer. */
export interface Deadline {
  /** Milliseconds that are left; negative after the deadline. */
  leftMs(): number
  /** Returns whether the client has gone away. */
  gone(): boolean
}

/**
 * Drops work that no client waits for. @throws FitserveError `deadline-exceeded`; `cancelled` where the client is gone
 */
export function checkDeadline(deadline: Deadline | undefined): void {
  if (!deadline) return
  if (deadline.gone()) throw new FitserveError('cancelled', 'The client has gone away.')
  if (deadline.leftMs() <= 0) throw timeIsUp()
}

/** Waits for work until the deadline, if there is one. @throws FitserveError `deadline-exceeded` */
export async function withDeadline<T>(deadline: Deadline | undefined, work: T | Promise<T>): Promise<T> {
  if (!deadline || !(work instanceof Promise)) return work
  return withTimeout(work, Math.max(0, deadline.leftMs()), () => {
    throw timeIsUp()
  })
}

function timeIsUp(): FitserveError {
  return new FitserveError(
    'deadline-exceeded',
    'The time limit of this request has passed. No row was answered.',
  )
}

import { FitserveError } from '../errors.ts'

/** How long the one who asks will wait, and whether they still do. */
export interface Deadline {
  /** Milliseconds that are left; negative: none. */
  leftMs(): number
  /** Whether nobody waits for the answer any more. */
  gone(): boolean
}

/** @throws FitserveError `deadline-exceeded`, or `cancelled` where nobody waits: the work is dropped */
export function checkDeadline(deadline: Deadline | undefined): void {
  if (!deadline) return
  if (deadline.gone()) throw new FitserveError('cancelled', 'The client has gone away.')
  if (deadline.leftMs() <= 0) throw timeIsUp()
}

/** Waits for something no longer than the deadline says. @throws FitserveError `deadline-exceeded` */
export async function before<T>(deadline: Deadline | undefined, work: T | Promise<T>): Promise<T> {
  if (!deadline || !(work instanceof Promise)) return work
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(timeIsUp()), Math.max(0, deadline.leftMs()))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function timeIsUp(): FitserveError {
  return new FitserveError('deadline-exceeded', 'The time for this request is up. Nothing was answered.')
}

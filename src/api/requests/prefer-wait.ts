import type { Jobs, JobView } from '../../jobs/contract.ts'

/** Longest time that a request waits for a job, in seconds: more is cut. */
export const MAX_WAIT = 300

/**
 * Returns the seconds that a client prefers to wait (RFC 7240, section 4.3), at most `MAX_WAIT`; null if it says nothing of it.
 * Preferences that are not known, or malformed, are ignored, as that RFC says.
 */
export function secondsToWait(prefer: string | undefined): number | null {
  for (const preference of prefer?.split(',') ?? []) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d+)"?\s*(?:;|$)/i.exec(preference) ?? []
    if (seconds !== undefined) return Math.min(Number(seconds), MAX_WAIT)
  }
  return null
}

/**
 * Returns a job once it has ended, or as it is after some seconds.
 * @param signal ends the waiting
 */
export async function jobAfter(
  jobs: Pick<Jobs, 'events' | 'get'>,
  id: string,
  seconds: number,
  signal: AbortSignal,
): Promise<JobView> {
  // The timer holds its controller. `AbortSignal.any` holds none of its signals, so that one of `AbortSignal.timeout` may be
  // collected as garbage before its time, and the wait would not end.
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), seconds * 1000)
  const either = AbortSignal.any([signal, limit.signal])
  try {
    for await (const event of jobs.events(id, null, either)) if (event.event !== 'progress') return event.data
  } finally {
    clearTimeout(timer)
  }
  return jobs.get(id)
}

import { FitserveError } from '../../errors.ts'
import type { JobError } from './records.ts'

/** What may pass, and did not pass in all attempts of a job. */
const CODES = ['store-unavailable', 'queue-unavailable'] as const

/** Returns an error as a job's outcome and its view have it. */
export function jobError(error: FitserveError): JobError {
  const title = error.code.charAt(0).toUpperCase() + error.code.slice(1).replaceAll('-', ' ')
  return { type: `urn:fitserve:${error.code}`, title, detail: error.message }
}

/** An error whose code survives the way through the queue, which keeps the message alone. */
export function withCode(error: FitserveError): Error {
  return Object.assign(new Error(`[${error.code}] ${error.message}`, { cause: error.cause }), {
    stack: error.stack,
  })
}

/** Whether a process ended itself by SIGABRT, as V8 and TensorFlow do where there is no memory left for them. */
export function wasAborted(reason: string): boolean {
  return /exit code: (134\b|\S+ signal: SIGABRT)/.test(reason)
}

/** How a job ended for which no attempt is left, by what the queue kept of the last one. */
export function gaveUp(reason: string | null, attempts: number): JobError {
  const [, code, message = ''] = /^\[([a-z-]+)\] (.*)$/s.exec(reason ?? '') ?? []
  const known = CODES.find((each) => each === code)
  if (known) return jobError(new FitserveError(known, `In each of ${attempts} attempts: ${message}`))
  if (wasAborted(reason ?? ''))
    return jobError(
      new FitserveError(
        'out-of-memory',
        "The job's process was aborted, which is how one ends whose memory is full. Fewer words or rows, smaller layers or smaller batches need less; JOB_MEMORY of the service sets the size of its heap.",
      ),
    )
  const crashed = reason === null || /exit code|signal|stalled|too often/i.test(reason)
  return jobError(
    crashed
      ? new FitserveError(
          'job-crashed',
          'The process that trained the model ended again and again without saying why; most often it ran out of memory. Use fewer words, smaller layers or smaller batches.',
        )
      : new FitserveError(
          'internal',
          'Each attempt failed by a mistake of this program, which the log tells.',
        ),
  )
}

import { FitserveError } from '../../errors.ts'
import type { JobError } from './records.ts'

/** Codes of temporary failures that may have outlasted all attempts of a job. */
const CODES = ['store-unavailable', 'queue-unavailable'] as const

/** Returns an error as a job's outcome and its view have it. */
export function jobError(error: FitserveError): JobError {
  const title = error.code.charAt(0).toUpperCase() + error.code.slice(1).replaceAll('-', ' ')
  return { type: `urn:fitserve:${error.code}`, title, detail: error.message }
}

/** Returns an error with its code in the message, which is all that the queue keeps of it. */
export function withCode(error: FitserveError): Error {
  return Object.assign(new Error(`[${error.code}] ${error.message}`, { cause: error.cause }), {
    stack: error.stack,
  })
}

/** Tells whether a process ended itself by SIGABRT, as V8 and TensorFlow do when they are out of memory. */
export function wasAborted(reason: string): boolean {
  return /exit code: (134\b|\S+ signal: SIGABRT)/.test(reason)
}

/** Returns the error of a job that has no attempt left, from the message that the queue kept of the last one. */
export function gaveUp(reason: string | null, attempts: number): JobError {
  const [, code, message = ''] = /^\[([a-z-]+)\] (.*)$/s.exec(reason ?? '') ?? []
  const known = CODES.find((each) => each === code)
  if (known) return jobError(new FitserveError(known, `In each of ${attempts} attempts: ${message}`))
  if (wasAborted(reason ?? ''))
    return jobError(
      new FitserveError(
        'out-of-memory',
        "The job's process was aborted, as happens when its memory is full. Fewer words or rows, smaller layers or smaller batches need less; JOB_MEMORY of the service sets the size of its heap.",
      ),
    )
  const crashed = reason === null || /exit code|signal|stalled|too often/i.test(reason)
  return jobError(
    crashed
      ? new FitserveError(
          'job-crashed',
          'The training process ended unexpectedly in every attempt, most likely because it ran out of memory. Use fewer words, smaller layers or smaller batches.',
        )
      : new FitserveError(
          'internal',
          'Every attempt failed with an internal error. The log of the service has the details.',
        ),
  )
}

import type { ErrorCode } from '../../errors.ts'

/** The one place where an error gets its status and title. */
export const PROBLEMS: Readonly<Record<ErrorCode, { status: number; title: string }>> = {
  'invalid-json': { status: 400, title: 'Not valid JSON' },
  'invalid-query': { status: 400, title: 'Bad query' },
  'invalid-request': { status: 400, title: 'Bad request' },
  'invalid-rows': { status: 400, title: 'Bad rows' },
  'invalid-dataset': { status: 422, title: 'Bad data set' },
  'invalid-job': { status: 422, title: 'Bad job' },
  'invalid-archive': { status: 422, title: 'Bad archive' },
  'invalid-schedule': { status: 422, title: 'Bad schedule' },
  'payload-too-large': { status: 413, title: 'Too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'not-acceptable': { status: 406, title: 'Not acceptable' },
  'request-timeout': { status: 408, title: 'The request came too slowly' },
  'headers-too-large': { status: 431, title: 'Headers too large' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'unknown-dataset': { status: 404, title: 'Unknown data set' },
  'unknown-job': { status: 404, title: 'Unknown job' },
  'unknown-model': { status: 404, title: 'Unknown model' },
  'unknown-version': { status: 404, title: 'Unknown version' },
  'unknown-alias': { status: 404, title: 'Unknown alias' },
  'unknown-schedule': { status: 404, title: 'No schedule' },
  'dataset-in-use': { status: 409, title: 'Data set in use' },
  'version-in-use': { status: 409, title: 'Version in use' },
  'job-finished': { status: 409, title: 'Job has finished' },
  'job-not-retryable': { status: 409, title: 'Job cannot be retried' },
  'idempotency-key-reused': { status: 409, title: 'Idempotency-Key reused' },
  'nothing-to-roll-back': { status: 409, title: 'Nothing to roll back to' },
  unauthorized: { status: 401, title: 'No valid API key' },
  forbidden: { status: 403, title: 'Not allowed' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'training-failed': { status: 500, title: 'Training failed' },
  'loss-not-finite': { status: 500, title: 'The loss is no finite number' },
  'out-of-memory': { status: 500, title: 'Out of memory' },
  'job-timed-out': { status: 500, title: 'The job timed out' },
  'job-crashed': { status: 500, title: 'The job crashed' },
  cancelled: { status: 409, title: 'Cancelled' },
  'not-ready': { status: 503, title: 'Not ready' },
  'deadline-exceeded': { status: 503, title: 'Time is up' },
  overloaded: { status: 503, title: 'Overloaded' },
  'queue-unavailable': { status: 503, title: 'Queue unavailable' },
  'store-unavailable': { status: 503, title: 'Store unavailable' },
  'corrupt-artifact': { status: 500, title: 'Damaged file' },
  internal: { status: 500, title: 'Internal error' },
}

/** The stable name of an error in an answer. */
export function problemType(code: ErrorCode): string {
  return `urn:fitserve:${code}`
}

import type { ErrorCode } from '../errors.ts'

/** Status and title of each error code; no other place sets them. */
export const PROBLEMS: Readonly<Record<ErrorCode, { status: number; title: string }>> = {
  'invalid-json': { status: 400, title: 'Invalid JSON' },
  'invalid-query': { status: 400, title: 'Invalid query' },
  'invalid-request': { status: 400, title: 'Invalid request' },
  'invalid-rows': { status: 400, title: 'Invalid rows' },
  'invalid-dataset': { status: 422, title: 'Invalid data set' },
  'invalid-job': { status: 422, title: 'Invalid job' },
  'invalid-archive': { status: 422, title: 'Invalid archive' },
  'invalid-schedule': { status: 422, title: 'Invalid schedule' },
  'payload-too-large': { status: 413, title: 'Payload too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'request-timeout': { status: 408, title: 'Request timeout' },
  'headers-too-large': { status: 431, title: 'Headers too large' },
  'precondition-failed': { status: 412, title: 'Precondition failed' },
  'range-not-satisfiable': { status: 416, title: 'Range not satisfiable' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'Method not allowed' },
  'unknown-dataset': { status: 404, title: 'Unknown data set' },
  'unknown-job': { status: 404, title: 'Unknown job' },
  'unknown-prediction': { status: 404, title: 'Unknown prediction' },
  'unknown-model': { status: 404, title: 'Unknown model' },
  'unknown-version': { status: 404, title: 'Unknown version' },
  'unknown-alias': { status: 404, title: 'Unknown alias' },
  'unknown-schedule': { status: 404, title: 'Unknown schedule' },
  'dataset-in-use': { status: 409, title: 'Data set in use' },
  'version-in-use': { status: 409, title: 'Version in use' },
  'job-finished': { status: 409, title: 'Job already finished' },
  'job-not-retryable': { status: 409, title: 'Job not retryable' },
  'no-result': { status: 409, title: 'No result' },
  'idempotency-key-reused': { status: 409, title: 'Idempotency-Key reused' },
  'nothing-to-roll-back': { status: 409, title: 'Nothing to roll back' },
  unauthorized: { status: 401, title: 'Unauthorized' },
  forbidden: { status: 403, title: 'Forbidden' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'training-failed': { status: 500, title: 'Training failed' },
  'loss-not-finite': { status: 500, title: 'Loss not finite' },
  'prediction-failed': { status: 500, title: 'Prediction failed' },
  'out-of-memory': { status: 500, title: 'Out of memory' },
  'job-timed-out': { status: 500, title: 'Job timed out' },
  'job-crashed': { status: 500, title: 'Job crashed' },
  cancelled: { status: 409, title: 'Cancelled' },
  'not-ready': { status: 503, title: 'Not ready' },
  'deadline-exceeded': { status: 503, title: 'Deadline exceeded' },
  overloaded: { status: 503, title: 'Overloaded' },
  'queue-unavailable': { status: 503, title: 'Queue unavailable' },
  'source-unavailable': { status: 502, title: 'Source unavailable' },
  'store-unavailable': { status: 503, title: 'Store unavailable' },
  'corrupt-artifact': { status: 500, title: 'Corrupt artifact' },
  internal: { status: 500, title: 'Internal error' },
}

/** Returns the `type` of the problem with this code: a stable URN. */
export function problemType(code: ErrorCode): string {
  return `urn:fitserve:${code}`
}

/** Returns the message of a problem with a full stop; some come without one. */
export function sentence(text: string): string {
  return /[.?!…]$/.test(text) ? text : `${text}.`
}

import { FitserveError } from '../../errors.ts'
import { reaching } from '../folder-errors.ts'

const KEYS = 'The store does not accept its access keys.'
const ENDED = 'The access keys of the store have expired.'
const CLOCK = "This machine's clock and the store's are too far apart."
const REGION = "The store's bucket is in another region than the one that is set."
const AWAY = 'The store cannot be reached.'
const BUSY = 'The store is overloaded or reports an internal error.'

/** S3's codes and Node's, as sentences that name neither host nor bucket nor key. */
const SENTENCES: Record<string, string> = {
  NoSuchBucket: "The store's bucket does not exist.",
  InvalidAccessKeyId: KEYS,
  SignatureDoesNotMatch: KEYS,
  InvalidToken: KEYS,
  InvalidSecurity: KEYS,
  ExpiredToken: ENDED,
  ExpiredTokenException: ENDED,
  TokenRefreshRequired: ENDED,
  CredentialsProviderError: 'No access keys for the store were found.',
  AccessDenied: 'The access keys of the store lack a permission that is needed.',
  AccountProblem: 'The access keys of the store lack a permission that is needed.',
  RequestTimeTooSkewed: CLOCK,
  RequestExpired: CLOCK,
  RequestInTheFuture: CLOCK,
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  TemporaryRedirect: REGION,
  ECONNREFUSED: AWAY,
  ENOTFOUND: AWAY,
  EAI_AGAIN: AWAY,
  EHOSTUNREACH: AWAY,
  ENETUNREACH: AWAY,
  ECONNRESET: AWAY,
  EPIPE: AWAY,
  ETIMEDOUT: AWAY,
  EPROTO: AWAY,
  ERR_STREAM_PREMATURE_CLOSE: AWAY,
  TimeoutError: 'The store does not answer in time.',
  AbortError: 'The store does not answer in time.',
  SlowDown: BUSY,
  ServiceUnavailable: BUSY,
  InternalError: BUSY,
  QuotaExceeded: 'The store is full.',
}

/** What a status means when the answer has no code: the answer to a HEAD has no body that could hold one. */
const STATUSES: Record<number, string> = {
  301: REGION,
  401: KEYS,
  403: 'The access keys of the store lack a permission that is needed.',
  429: BUSY,
  507: 'The store is full.',
}

/** Runs calls of S3 and of the local disk. Turns their errors into `store-unavailable`. */
export async function reachingS3<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isOfS3(error)) throw unavailable(error)
    return reaching(() => Promise.reject(error))
  }
}

/** Returns the code of an error of S3 or of Node, or else its name. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** Returns the HTTP status with which S3 refused a call, or 0. */
export function statusOf(error: unknown): number {
  const status = metadataOf(error)?.['httpStatusCode']
  return typeof status === 'number' ? status : 0
}

/** Returns whether the request was sent more than once: an earlier one may have done what the last could not. */
export function wasRepeated(error: unknown): boolean {
  const attempts = metadataOf(error)?.['attempts']
  return typeof attempts !== 'number' || attempts > 1
}

function metadataOf(error: unknown): Record<string, unknown> | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined
  return error.$metadata as Record<string, unknown>
}

/** Returns whether an error came from the S3 client. It marks its errors, except those in the middle of a body. */
function isOfS3(error: unknown): boolean {
  return metadataOf(error) !== undefined || Object.hasOwn(SENTENCES, codeOf(error))
}

/** Returns the error for callers. Its cause, for logs, holds only a code: the client's messages name hosts and keys. */
function unavailable(error: unknown): FitserveError {
  const code = codeOf(error)
  const status = statusOf(error)
  const sentence =
    (Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined) ??
    (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)
      ? 'The certificate of the store is not trusted.'
      : (STATUSES[status] ?? (status >= 500 ? BUSY : 'The store gave an unexpected response.')))
  const cause = new Error(status > 0 ? `${code}, HTTP ${status}` : code)
  return new FitserveError('store-unavailable', sentence, { cause })
}

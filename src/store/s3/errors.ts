import { FitserveError } from '../../errors.ts'
import { reaching } from '../folder-errors.ts'

const KEYS = 'The store does not accept its access keys.'
const ENDED = 'The access keys of the store have expired.'
const CLOCK = "This machine's clock and the store's are too far apart."
const REGION = "The store's bucket is in another region than the one that is set."
const AWAY = 'The store cannot be reached.'
const BUSY = 'The store is overloaded or has a fault of its own.'

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
  CredentialsProviderError: 'There are no access keys for the store.',
  AccessDenied: 'The access keys of the store do not allow what is needed.',
  AccountProblem: 'The access keys of the store do not allow what is needed.',
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

/** What an answer without a code means: one to a HEAD has no body to hold it. */
const STATUSES: Record<number, string> = {
  301: REGION,
  401: KEYS,
  403: 'The access keys of the store do not allow what is needed.',
  429: BUSY,
  507: 'The store is full.',
}

/** Runs calls of S3 and of the local disk; what fails there becomes `store-unavailable`. */
export async function reachingS3<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isOfS3(error)) throw unavailable(error)
    return reaching(() => Promise.reject(error))
  }
}

/** The code of an error of S3 or of Node, or its name. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

/** The HTTP status of an answer that S3 has refused with, or 0. */
export function statusOf(error: unknown): number {
  const status = metadataOf(error)?.['httpStatusCode']
  return typeof status === 'number' ? status : 0
}

/** Whether the request was sent more than once, so that an earlier one may have done what this one could not. */
export function wasRepeated(error: unknown): boolean {
  const attempts = metadataOf(error)?.['attempts']
  return typeof attempts !== 'number' || attempts > 1
}

function metadataOf(error: unknown): Record<string, unknown> | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined
  return error.$metadata as Record<string, unknown>
}

/** The client marks what it throws, but for what happens in the middle of a body. */
function isOfS3(error: unknown): boolean {
  return metadataOf(error) !== undefined || Object.hasOwn(SENTENCES, codeOf(error))
}

/** The cause is for logs: a code and no more, since messages and requests of the client name hosts and keys. */
function unavailable(error: unknown): FitserveError {
  const code = codeOf(error)
  const status = statusOf(error)
  const sentence =
    (Object.hasOwn(SENTENCES, code) ? SENTENCES[code] : undefined) ??
    (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)
      ? 'The certificate of the store is not trusted.'
      : (STATUSES[status] ?? (status >= 500 ? BUSY : 'The store does not answer as it should.')))
  const cause = new Error(status > 0 ? `${code}, HTTP ${status}` : code)
  return new FitserveError('store-unavailable', sentence, { cause })
}

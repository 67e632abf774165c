/**
 * The closed list of error codes. A code is part of the HTTP contract (`urn:fitserve:<code>`), but this file does not know
 * HTTP: the API maps codes to statuses in one table.
 */
export type ErrorCode =
  // invalid requests
  | 'invalid-json'
  | 'invalid-query'
  | 'invalid-request'
  | 'invalid-rows'
  | 'invalid-dataset'
  | 'invalid-job'
  | 'invalid-archive'
  | 'invalid-schedule'
  | 'payload-too-large'
  | 'unsupported-media-type'
  | 'not-acceptable'
  | 'request-timeout'
  | 'headers-too-large'
  // unknown things
  | 'not-found'
  | 'method-not-allowed'
  | 'unknown-dataset'
  | 'unknown-job'
  | 'unknown-model'
  | 'unknown-version'
  | 'unknown-alias'
  | 'unknown-schedule'
  // conflicts
  | 'dataset-in-use'
  | 'version-in-use'
  | 'job-finished'
  | 'job-not-retryable'
  | 'idempotency-key-reused'
  | 'nothing-to-roll-back'
  // access
  | 'unauthorized'
  | 'forbidden'
  | 'rate-limited'
  // reasons for which a job fails
  | 'training-failed'
  | 'loss-not-finite'
  | 'out-of-memory'
  | 'job-timed-out'
  | 'job-crashed'
  | 'cancelled'
  // unavailable or damaged parts
  | 'not-ready'
  | 'overloaded'
  | 'deadline-exceeded'
  | 'queue-unavailable'
  | 'store-unavailable'
  | 'corrupt-artifact'
  | 'internal'

/** A problem of one field: a JSON pointer into the request, or a line and column of a file, and a sentence. */
export interface FieldProblem {
  path?: string
  line?: number
  column?: string
  message: string
}

/** Options of a `FitserveError`. */
export interface FitserveErrorOptions extends ErrorOptions {
  /** The problems of single fields. Default: none. */
  problems?: readonly FieldProblem[]
}

/**
 * An error that the client can act upon. `message` is a sentence for the client, without a stack, a file path or the
 * message of a library; the underlying error is its `cause`, which is logged.
 */
export class FitserveError extends Error {
  override readonly name = 'FitserveError'
  readonly code: ErrorCode
  readonly problems: readonly FieldProblem[]

  constructor(code: ErrorCode, message: string, options: FitserveErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.problems = options.problems ?? []
  }
}

/** Returns the work's result, or undefined if it throws `corrupt-artifact`. */
export async function unlessDamaged<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FitserveError && error.code === 'corrupt-artifact') return undefined
    throw error
  }
}

/** Largest number of names in a message, so that it stays readable. */
const MAX_LISTED = 20
/** Largest number of characters of a name in a message; names come from the client and may be long. */
const MAX_NAME = 64

/** Details of the message about an unknown thing. */
export interface UnknownOptions {
  /** Name of the owner of the thing, such as the model of an alias. */
  of?: string | undefined
  /** Names that exist, in the order to list them. Absent: the message lists none. */
  known?: readonly (string | number)[] | undefined
}

/**
 * Returns the error about a thing that does not exist:
 * `There is no alias "best" of "imdb". Known: latest, production.`
 * @param what kind of thing, as a noun: `model`, `version`
 * @param asked its name, which is clipped, or its number
 */
export function unknown(
  code: ErrorCode,
  what: string,
  asked: string | number,
  { of, known }: UnknownOptions = {},
): FitserveError {
  const owner = of === undefined ? '' : ` of ${quoted(of)}`
  const list = known === undefined ? '' : ` ${listKnown(known)}`
  return new FitserveError(code, `There is no ${what} ${quoted(asked)}${owner}.${list}`)
}

/** Returns a name in quotes and clipped, for a message; a number is returned as it is. */
export function quoted(name: string | number): string {
  if (typeof name === 'number') return String(name)
  return JSON.stringify(name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name)
}

/** Returns the sentence that lists what exists: `Known: a, b.`, at most 20 of them. */
export function listKnown(known: readonly (string | number)[]): string {
  if (known.length === 0) return 'None exists yet.'
  const more = known.length > MAX_LISTED ? ` and ${known.length - MAX_LISTED} more` : ''
  return `Known: ${known.slice(0, MAX_LISTED).join(', ')}${more}.`
}

/**
 * The closed list of what can go wrong. A code is part of the HTTP contract (`urn:fitserve:<code>`), but
 * this file knows nothing of HTTP: the API maps codes to statuses in one table.
 */
export type ErrorCode =
  // what a caller sent
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
  // what is not there
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
  // who may
  | 'unauthorized'
  | 'forbidden'
  | 'rate-limited'
  // how a job ends
  | 'training-failed'
  | 'loss-not-finite'
  | 'out-of-memory'
  | 'job-timed-out'
  | 'job-crashed'
  | 'cancelled'
  // parts that are away or damaged
  | 'not-ready'
  | 'overloaded'
  | 'deadline-exceeded'
  | 'queue-unavailable'
  | 'store-unavailable'
  | 'corrupt-artifact'
  | 'internal'

/** One field at fault: a JSON pointer into what was sent, or a line and column of a file. */
export interface FieldProblem {
  path?: string
  line?: number
  column?: string
  message: string
}

export interface FitserveErrorOptions extends ErrorOptions {
  /** The fields at fault, for people and programs. */
  problems?: readonly FieldProblem[]
}

/**
 * An error that its reader can act upon. `message` is a sentence for the client: no stack, no file path, no
 * other library's raw message; what happened underneath travels as `cause` and is logged.
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

/** The work's result, or undefined where what it reads is damaged. */
export async function unlessDamaged<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FitserveError && error.code === 'corrupt-artifact') return undefined
    throw error
  }
}

/** Names that a message lists at most, so that it stays readable. */
const MAX_LISTED = 20
/** Characters of a name that a message repeats at most: it comes from the client. */
const MAX_NAME = 64

/** What a message says about something that was asked for and is not there. */
export interface UnknownOptions {
  /** What the thing would belong to, for instance the model of an alias. */
  of?: string | undefined
  /** What could be asked for instead, in the order to list it. Absent: the message does not say. */
  known?: readonly (string | number)[] | undefined
}

/**
 * Returns the error about something that was asked for and is not there:
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

/** Returns a number as it is, and a name in quotes, clipped, as messages repeat it. */
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

/**
 * The closed list of error codes. A code is part of the HTTP contract (`urn:fitserve:<code>`), but this file does not
 * know HTTP: the API maps codes to statuses in one table.
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
  | 'request-timeout'
  | 'headers-too-large'
  | 'precondition-failed'
  | 'range-not-satisfiable'
  // unknown things
  | 'not-found'
  | 'method-not-allowed'
  | 'unknown-dataset'
  | 'unknown-job'
  | 'unknown-prediction'
  | 'unknown-model'
  | 'unknown-version'
  | 'unknown-alias'
  | 'unknown-schedule'
  // conflicts
  | 'dataset-in-use'
  | 'version-in-use'
  | 'job-finished'
  | 'job-not-retryable'
  | 'no-result'
  | 'idempotency-key-reused'
  | 'nothing-to-roll-back'
  // access
  | 'unauthorized'
  | 'forbidden'
  | 'rate-limited'
  // reasons for which a job fails
  | 'training-failed'
  | 'loss-not-finite'
  | 'prediction-failed'
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
  | 'source-unavailable'
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
  /** Number of problems that were found, where only the first are in `problems`. Default: those in `problems`. */
  total?: number
  /** The model that the error is about, where something of a model is unknown. */
  model?: string | undefined
}

/**
 * An error that the client can act upon. `message` is a sentence for the client, without a stack, a file path or the
 * message of a library; the underlying error is its `cause`, which is logged.
 */
export class FitserveError extends Error {
  override readonly name = 'FitserveError'
  readonly code: ErrorCode
  readonly problems: readonly FieldProblem[]
  /** Number of problems that were found; `problems` has the first of them. */
  readonly total: number
  /** The model of which something is unknown; undefined for other errors. */
  readonly model: string | undefined

  constructor(code: ErrorCode, message: string, options: FitserveErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.problems = options.problems ?? []
    this.total = options.total ?? this.problems.length
    this.model = options.model
  }
}

/** Problems of one request that an answer describes, unless it says otherwise. */
export const MAX_PROBLEMS = 100

/**
 * Problems of a request, of which the first are described and the others only counted. How many there are grows with
 * what a client sends; the memory and the time to describe them must not.
 */
export class ProblemList {
  readonly #most: number
  readonly #first: FieldProblem[] = []
  #total = 0

  /** @param most problems that are described. Default: 100 */
  constructor(most = MAX_PROBLEMS) {
    this.#most = most
  }

  /** The problems that are described. */
  get first(): readonly FieldProblem[] {
    return this.#first
  }

  /** Number of all problems. */
  get total(): number {
    return this.#total
  }

  /** Counts a problem, and describes it if there is room. */
  add(describe: () => FieldProblem): void {
    this.#total += 1
    if (this.#first.length < this.#most) this.#first.push(describe())
  }

  /** Returns the described problems, and one more that counts the others. @param path of what they are part of */
  told(path: string): FieldProblem[] {
    const others = this.#total - this.#first.length
    if (others === 0) return [...this.#first]
    return [
      ...this.#first,
      {
        path,
        message:
          others === 1
            ? 'There is one more problem.'
            : `There are ${others.toLocaleString('en')} more problems.`,
      },
    ]
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
  /** Name of the model that the thing belongs to, such as the model of an alias. */
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
  const model = code === 'unknown-model' ? String(asked) : of
  return new FitserveError(code, `There is no ${what} ${quoted(asked)}${owner}.${list}`, { model })
}

/** Returns a name in quotes and clipped, for a message; a number is returned as it is. */
export function quoted(name: string | number): string {
  if (typeof name === 'number') return String(name)
  return JSON.stringify(clipped(name))
}

/** Returns the sentence that lists what exists: `Known: a, b.`, at most 20 of them. */
export function listKnown(known: readonly (string | number)[]): string {
  return known.length === 0 ? 'None exists yet.' : `Known: ${listNames(known)}.`
}

/** Returns names with commas between them, for a message; the first 20 and the number of the others, each clipped. */
export function listNames(names: readonly (string | number)[], most = MAX_LISTED): string {
  return listEach(names, most, (name) => clipped(String(name)))
}

/** Does the same with each name in quotes. */
export function listQuoted(names: readonly string[]): string {
  return listEach(names, MAX_LISTED, quoted)
}

/** Returns items with commas between them, as `show` writes them; the first `most` and the number of the others. */
export function listEach<T>(items: readonly T[], most: number, show: (item: T) => string): string {
  const shown = items.slice(0, most).map(show)
  const more = items.length > most ? ` and ${items.length - most} more` : ''
  return `${shown.join(', ')}${more}`
}

/** Returns a text as messages show it: its first `most` characters, and an ellipsis where there are more. @default 64 */
export function clipped(text: string, most = MAX_NAME): string {
  return text.length > most ? `${text.slice(0, most)}…` : text
}

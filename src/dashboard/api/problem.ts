import type { components } from './openapi.ts'

type Problem = components['schemas']['Problem']
export type Fault = NonNullable<Problem['errors']>[number]

/** The service refused a request, and says why. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  /** The code of the problem without its prefix, for example `unknown-model`. */
  readonly code: string
  readonly title: string
  /** What is wrong with which field or line. */
  readonly faults: readonly Fault[]

  constructor(status: number, { type, title, detail, errors = [] }: Partial<Problem>) {
    super(detail ?? title ?? `HTTP ${status}`)
    this.status = status
    this.code = type?.replace('urn:fitserve:', '') ?? 'unknown'
    this.title = title ?? `HTTP ${status}`
    this.faults = errors
  }

  /** Reads the body of an answer, which is a problem unless something between page and service answered. */
  static of(status: number, body: unknown): ProblemError {
    return new ProblemError(status, isProblem(body) ? body : {})
  }
}

/** The service did not answer. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  constructor(cause: unknown) {
    super('The service does not answer.', { cause })
  }
}

/** Returns what was thrown as an error. */
export function errorOf(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause))
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'type' in body && 'title' in body
}

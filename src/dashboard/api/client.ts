import createClient from 'openapi-fetch'
import { rememberRequest } from './calls.ts'
import { currentKey } from './key.ts'
import type { components, paths } from './openapi.ts'
import { ProblemError, UnreachableError } from './problem.ts'

/** The schemas of the API by name. */
export type Schemas = components['schemas']

/** Where the service is: the page may be shown below a path of a proxy. */
export const SERVICE = new URL('.', document.baseURI).href.replace(/\/$/, '')

/** Returns the header with the API key, if there is one. */
export function keyHeader(): Record<string, string> {
  const key = currentKey()
  return key === null ? {} : { authorization: `Bearer ${key}` }
}

let onRefused: () => void = () => {}

/** Sets what is called when the service refuses the key that a request was sent with. */
export function whenKeyRefused(listener: () => void): void {
  onRefused = listener
}

/** Calls `fetch` with the API key, and says in one way that the service cannot be reached. */
export async function send(input: Request | string, options?: RequestInit): Promise<Response> {
  const request = new Request(input, options)
  for (const [header, value] of Object.entries(keyHeader())) request.headers.set(header, value)
  const answered = rememberRequest(request)
  try {
    const sentWith = currentKey()
    const response = await fetch(request)
    answered(response.status)
    if (response.status === 401 && sentWith !== null && sentWith === currentKey()) onRefused()
    return response
  } catch (cause) {
    if (request.signal.aborted) throw cause
    throw new UnreachableError(cause)
  }
}

/** The calls of the API, typed by openapi.yaml. */
export const api = createClient<paths>({ baseUrl: SERVICE, fetch: send })

/** Returns the answer of a call. @throws {ProblemError} where the service refuses it */
export async function answerOf<Answer>(
  call: Promise<
    { data: Answer; error?: never; response: Response } | { data?: never; error: unknown; response: Response }
  >,
): Promise<Answer> {
  const answer = await call
  if ('error' in answer) throw ProblemError.of(answer.response.status, answer.error)
  return answer.data
}

/** Returns a response if it is a good one. @throws {ProblemError} otherwise */
export async function goodResponse(call: Promise<Response>): Promise<Response> {
  const response = await call
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => undefined)
  throw ProblemError.of(response.status, body)
}

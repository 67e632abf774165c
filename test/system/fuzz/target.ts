import type { Draws } from './random.ts'

/** A request as a client sends it. */
export interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query, as they stand in the request. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
}

/** What came back. */
export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

/** A reader or a route that is fuzzed. */
export interface Target {
  readonly name: string
  /** Inputs for each one that other targets get. Default: 1 */
  readonly share?: number
  /** Returns the next request. */
  next(draws: Draws): Sent
  /** Returns what takes back what a request has made, so that nothing piles up. */
  undo?(answer: Answered): Sent | null
}

/** A request without a body. */
export function bodiless(method: Sent['method'], path: string): Sent {
  return { method, path, headers: {}, body: null }
}

/** Returns what deletes the version of a model that a request has made. */
export function deletionOfVersion(model: string, { status, body }: Answered): Sent | null {
  if (status !== 201) return null
  const [, version = ''] = /"version":(\d+)/.exec(body.toString()) ?? []
  return bodiless('DELETE', `/models/${model}/versions/${version}`)
}

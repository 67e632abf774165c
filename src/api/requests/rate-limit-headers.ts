import type { FastifyReply } from 'fastify'

/** A limit, and how much of it is left. */
export interface RateLimitState {
  /** Name of what is counted. */
  name: 'requests' | 'rows'
  /** Limit in each window. */
  quota: number
  /** Length of a window, in seconds. */
  windowS: number
  left: number
  /** Seconds until the whole quota is there again. */
  resetS: number
}

/**
 * Adds a limit to the headers `RateLimit` and `RateLimit-Policy` of an answer, which list all that apply
 * (draft-ietf-httpapi-ratelimit-headers-10).
 */
export function addRateLimit(reply: FastifyReply, state: RateLimitState): void {
  const { name, quota, windowS, left, resetS } = state
  append(reply, 'ratelimit-policy', `"${name}";q=${quota};w=${windowS}`)
  append(reply, 'ratelimit', `"${name}";r=${Math.max(0, left)};t=${resetS}`)
}

function append(reply: FastifyReply, header: string, item: string): void {
  const before = reply.getHeader(header)
  reply.header(header, typeof before === 'string' ? `${before}, ${item}` : item)
}

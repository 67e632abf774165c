import type { FastifyReply, FastifyRequest } from 'fastify'
import { FitserveError } from '../../errors.ts'
import type { Deadline } from '../../serving/deadline.ts'

const HEADER = 'x-request-timeout-ms'
/**
 * Milliseconds for which work goes on after a client has closed its side of the connection. It may be waiting for its
 * answer (`nc -N`), or gone: the two look alike until the answer is sent.
 */
const HALF_CLOSED_MS = 5_000
/** Limit on a client's own deadline: a day. */
const MAX_MS = 86_400_000

/**
 * Reads how long the client waits, in milliseconds; undefined if it does not say. @throws FitserveError
 * `invalid-request`
 */
export function requestTimeout({ headers }: FastifyRequest): number | undefined {
  const sent = headers[HEADER]
  if (sent === undefined) return undefined
  if (typeof sent === 'string' && /^[1-9]\d{0,7}$/.test(sent) && Number(sent) <= MAX_MS) return Number(sent)
  const message = `X-Request-Timeout-Ms must be a whole number of milliseconds from 1 to ${MAX_MS}.`
  throw new FitserveError('invalid-request', message, { problems: [{ path: `/headers/${HEADER}`, message }] })
}

/** Returns a request's deadline, counted from its arrival, including the time of its body. */
export function deadlineOf(reply: Pick<FastifyReply, 'raw' | 'elapsedTime'>, milliseconds: number): Deadline {
  let halfClosedAt: number | undefined
  return {
    leftMs: () => milliseconds - reply.elapsedTime,
    gone: () => {
      if (reply.raw.destroyed) return true
      if (!reply.raw.socket?.readableEnded) return false
      halfClosedAt ??= reply.elapsedTime
      return reply.elapsedTime - halfClosedAt > HALF_CLOSED_MS
    },
  }
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import { FitserveError } from '../../errors.ts'
import type { Deadline } from '../../serving/deadline.ts'

const HEADER = 'x-request-timeout-ms'
const MAX_MS = 86_400_000

/** For how long a client says that it will wait, in milliseconds. @throws FitserveError `invalid-request` */
export function requestTimeout({ headers }: FastifyRequest): number | undefined {
  const sent = headers[HEADER]
  if (sent === undefined) return undefined
  if (typeof sent === 'string' && /^[1-9]\d{0,7}$/.test(sent) && Number(sent) <= MAX_MS) return Number(sent)
  const message = `X-Request-Timeout-Ms must be a whole number of milliseconds from 1 to ${MAX_MS}.`
  throw new FitserveError('invalid-request', message, { problems: [{ path: `/headers/${HEADER}`, message }] })
}

/** Counts from the request's arrival, its body included. */
export function deadlineOf(reply: FastifyReply, milliseconds: number): Deadline {
  return {
    leftMs: () => milliseconds - reply.elapsedTime,
    gone: () => reply.raw.destroyed,
  }
}

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import { PROBLEMS, problemType } from '../problem-table.ts'
import { type App, JSON_TYPE } from '../route-config.ts'

export const PROBLEM_JSON = 'application/problem+json'
/** Seconds, where nobody knows better. */
const RETRY_AFTER = '5'
const MAX_PROBLEMS = 1000

/** Errors of the framework that have a better name than their status. */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid-request',
  FST_ERR_BAD_URL: 'invalid-request',
  FST_ERR_NOT_FOUND: 'not-found',
}
const STATUS_ERRORS: Readonly<Record<number, ErrorCode>> = {
  404: 'not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  429: 'rate-limited',
}

/** Turns every error into an answer, in one place. */
export function useProblems(app: App): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
}

/** Answers an error. What is no `FitserveError` and no client's fault is logged and says nothing of itself. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = understood(error, request)
  const { status } = PROBLEMS[known.code]
  if (status >= 500) logFailure(error, known, status, request)
  return sendProblem(reply, known)
}

/** Answers one problem; `extra` are further members of it. */
export function sendProblem(
  reply: FastifyReply,
  error: FitserveError,
  extra: Record<string, unknown> = {},
): FastifyReply {
  const { status, title } = PROBLEMS[error.code]
  if ((status === 503 || status === 429) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', RETRY_AFTER)
  // The framework closes the connection where a body was refused, before the client has read why.
  reply.removeHeader('connection')
  const errors = error.problems.slice(0, MAX_PROBLEMS)
  const problem = {
    type: problemType(error.code),
    title,
    status,
    detail: error.message,
    instance: reply.request.id,
    ...(errors.length > 0 ? { errors } : {}),
    ...extra,
  }
  return reply.code(status).type(PROBLEM_JSON).send(JSON.stringify(problem))
}

function understood(error: unknown, request: FastifyRequest): FitserveError {
  if (error instanceof FitserveError) return error
  if (!(error instanceof Error)) return internal(error)
  const { code = '', statusCode = 500 } = error as Error & { code?: unknown; statusCode?: number }
  const named = FRAMEWORK_CODES[String(code)]
  if (named) return new FitserveError(named, detailOf(named, request), { cause: error })
  // Only a fault that a library of this room raised about a request has such a status.
  if (!/^FST_/.test(String(code)) || statusCode < 400 || statusCode >= 500) return internal(error)
  const byStatus = STATUS_ERRORS[statusCode] ?? 'invalid-request'
  return new FitserveError(byStatus, detailOf(byStatus, request), { cause: error })
}

function detailOf(code: ErrorCode, request: FastifyRequest): string {
  const { bodyLimit, config } = request.routeOptions
  if (code === 'payload-too-large') return `The body is larger than the limit of ${bodyLimit} bytes.`
  if (code === 'unsupported-media-type') {
    const types = config?.accepts ?? [JSON_TYPE]
    return `Send the body as ${types.join(', ')}, and say so in Content-Type.`
  }
  if (code === 'invalid-request') return 'The request cannot be read.'
  return `${PROBLEMS[code].title}.`
}

function internal(cause: unknown): FitserveError {
  return new FitserveError(
    'internal',
    'Something went wrong inside. The log has more, under this instance.',
    {
      cause,
    },
  )
}

function logFailure(error: unknown, known: FitserveError, status: number, request: FastifyRequest): void {
  const gone = request.raw.destroyed && !request.raw.complete
  if (gone) request.log.debug({ err: error }, 'client went away')
  else if (status === 500) request.log.error({ err: error }, 'request failed')
  else request.log.warn({ code: known.code, err: error }, 'request refused')
}

/** Answers what is no HTTP, comes too slowly or has too large headers: there is no request to answer yet. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const slow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
  const status = slow ? 408 : error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
  const body = JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: ${PROBLEM_JSON}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}

import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { clipped, type ErrorCode, type FieldProblem, FitserveError } from '../../errors.ts'
import { PROBLEMS, problemType, sentence } from '../problem-table.ts'
import { type App, JSON_TYPE } from '../route-config.ts'

/** Media type of a problem (RFC 9457). */
export const PROBLEM_JSON = 'application/problem+json'
/** Seconds in `Retry-After` where the code that refuses names no other time. */
const RETRY_AFTER = '5'
/** Errors listed in one problem: the default limit on rows in a request. The detail says how many there are. */
const MAX_PROBLEMS = 10_000
/** Characters of the paths and messages of all listed errors together. */
const MAX_TEXT = 4 * 2 ** 20
/** Characters of one message, and of the detail. */
const MAX_MESSAGE = 10_000

/** Codes of framework errors that are more exact than the status. */
const FRAMEWORK_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid-request',
}
const BAD_ADDRESS =
  'The address is malformed: write a percent sign as %25, and other bytes as % and two hexadecimal digits.'
const STATUS_ERRORS: Readonly<Record<number, ErrorCode>> = {
  // A path outside of the files that are served.
  403: 'not-found',
  404: 'not-found',
  405: 'method-not-allowed',
  412: 'precondition-failed',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  416: 'range-not-satisfiable',
  429: 'rate-limited',
}

/**
 * Answers every error that a route or hook throws by a problem (RFC 9457).
 * @param explain returns the error with what else is known of it. It must not fail
 */
export function useProblems(app: App, explain: (error: unknown) => Promise<unknown>): void {
  app.setErrorHandler(async (error, request, reply) => answerError(await explain(error), request, reply))
}

/** Answers an error with a problem. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, errorForClient(error, request))
}

/** Returns the error that the client gets. An unexpected error is logged, and its details are not sent. */
export function errorForClient(error: unknown, request: FastifyRequest): FitserveError {
  const known = understood(error, request)
  const { status } = PROBLEMS[known.code]
  if (status >= 500) logFailure(error, known, status, request)
  return known
}

/** Answers with a problem. @param extra further members of it */
export function sendProblem(
  reply: FastifyReply,
  error: FitserveError,
  extra: Record<string, unknown> = {},
): FastifyReply {
  prepareRefusal(reply, PROBLEMS[error.code].status)
  return reply.type(PROBLEM_JSON).send(JSON.stringify({ ...problemOf(error, reply.request.id), ...extra }))
}

/** Sets the status of a refusal, and the headers that go with it. */
export function prepareRefusal(reply: FastifyReply, status: number): void {
  if ((status === 503 || status === 429) && !reply.hasHeader('retry-after'))
    reply.header('retry-after', RETRY_AFTER)
  // The framework closes the connection where a body was refused, before the client has read why.
  reply.removeHeader('connection')
  // Hooks set it too, but none has seen a request whose address is malformed.
  reply.header('x-request-id', reply.request.id)
  reply.code(status)
}

function problemOf({ code, message, problems, total }: FitserveError, instance: string) {
  const { title, status } = PROBLEMS[code]
  const errors = listed(problems)
  const more =
    errors.length > 0 && errors.length < total
      ? ` Only the first ${errors.length} of ${total} errors are listed.`
      : ''
  return {
    type: problemType(code),
    title,
    status,
    detail: sentence(clipped(message, MAX_MESSAGE)) + more,
    instance,
    ...(errors.length > 0 ? { errors } : {}),
  }
}

/** Returns the first problems, as many as an answer has room for. */
function listed(problems: readonly FieldProblem[]): FieldProblem[] {
  const errors: FieldProblem[] = []
  let room = MAX_TEXT
  for (const problem of problems.slice(0, MAX_PROBLEMS)) {
    const shown = { ...problem, message: clipped(problem.message, MAX_MESSAGE) }
    room -= shown.message.length + (shown.path?.length ?? 0) + (shown.column?.length ?? 0)
    if (errors.length > 0 && room < 0) break
    errors.push(shown)
  }
  return errors
}

function understood(error: unknown, request: FastifyRequest): FitserveError {
  if (error instanceof FitserveError) return error
  if (!(error instanceof Error)) return internal(error)
  const { code = '', statusCode = 500 } = error as Error & { code?: unknown; statusCode?: number }
  if (code === 'FST_ERR_BAD_URL') return new FitserveError('invalid-request', BAD_ADDRESS, { cause: error })
  const named = FRAMEWORK_CODES[String(code)]
  if (named) return new FitserveError(named, detailOf(named, request), { cause: error })
  // Only errors of Fastify and its plugins about a request have such a status.
  const isOfRequest = /^FST_/.test(String(code)) || isOfFile(error)
  if (!isOfRequest || statusCode < 400 || statusCode >= 500) return internal(error)
  const byStatus = STATUS_ERRORS[statusCode] ?? 'invalid-request'
  return new FitserveError(byStatus, detailOf(byStatus, request), { cause: error })
}

/** Tells whether an error is about a request for a file of the documentation, such as a range that it has not. */
function isOfFile(error: Error): boolean {
  return 'expose' in error && 'status' in error
}

function detailOf(code: ErrorCode, request: FastifyRequest): string {
  const { bodyLimit, config } = request.routeOptions
  if (code === 'payload-too-large') return `The body exceeds the limit of ${bodyLimit} bytes.`
  if (code === 'unsupported-media-type') {
    const types = config?.accepts ?? [JSON_TYPE]
    return `Send the body as ${types.join(', ')}, and name the type in Content-Type.`
  }
  if (code === 'invalid-request') return 'The request is malformed.'
  if (code === 'not-found') return 'There is no such file.'
  if (code === 'precondition-failed')
    return 'The file is another one than the headers If-Match or If-Unmodified-Since ask for. Leave them out.'
  if (code === 'range-not-satisfiable')
    return 'The file has no bytes in the range that the header Range asks for. Leave it out.'
  return `${PROBLEMS[code].title}.`
}

function internal(cause: unknown): FitserveError {
  const detail = 'An internal error occurred. The log has details under this instance id.'
  return new FitserveError('internal', detail, { cause })
}

function logFailure(error: unknown, known: FitserveError, status: number, request: FastifyRequest): void {
  const gone = request.raw.destroyed && !request.raw.complete
  if (gone) request.log.debug({ err: error }, 'client went away')
  else if (status === 500) request.log.error({ err: error }, 'request failed')
  else request.log.warn({ code: known.code, err: error }, 'request refused')
}

/**
 * Answers bytes that are not HTTP, headers that arrive too slowly, and headers that are too large: no request exists
 * yet.
 * @param drainMs time for the client to read the answer and close the connection, which Node's server no longer limits
 */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket, drainMs: number): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOf(brokenRequest(error.code), randomUUID())
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: ${PROBLEM_JSON}\r\n` +
      `X-Request-Id: ${problem.instance}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  )
  const timer = setTimeout(() => socket.destroy(), drainMs)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
}

function brokenRequest(code: string | undefined): FitserveError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new FitserveError('request-timeout', 'The headers did not arrive in time.')
  if (code === 'HPE_HEADER_OVERFLOW')
    return new FitserveError('headers-too-large', 'The request line and headers together are too long.')
  return new FitserveError('invalid-request', 'The request is not valid HTTP/1.1.')
}

import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import { FitserveError, ProblemList } from '../../errors.ts'
import { pointer } from '../../recipe/index.ts'
import type { BodyMemory } from '../requests/body-memory.ts'
import { invalidJson } from '../requests/invalid-json.ts'
import { checkJson, FORM_LIMITS, parseJson, ROW_LIMITS } from '../requests/large-json.ts'
import { bodyReader } from '../requests/whole-body.ts'
import { type App, JSON_TYPE } from '../route-config.ts'

const REFUSED_KEYS = 'The keys "__proto__" and "constructor.prototype" are not accepted.'

/**
 * Reads JSON bodies and no others. An empty one is no body at all, since many clients send the type with every
 * request; a route that needs one says so.
 */
export function useJsonBodies(app: App, memory: BodyMemory): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  const read = bodyReader(app, memory, JSON_TYPE)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(JSON_TYPE, (request, payload, done) => {
    const own = request as FastifyRequest
    read(own, payload).then((bytes) => parseBody(own, bytes, done), done)
  })
  type Done = (error: Error | null, body?: unknown) => void
  const parseBody = (request: FastifyRequest, bytes: Buffer, done: Done) => {
    if (bytes.length === 0) return done(null, undefined)
    if (!isUtf8(bytes)) return done(new FitserveError('invalid-json', 'The body is not valid UTF-8.'))
    // Some clients begin with a byte order mark, which is no JSON.
    const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
    const streamed = request.route?.config.streamed ?? false
    if (streamed)
      parseJson(text, ROW_LIMITS).then((body) => {
        if (hasPrototype(body)) done(new FitserveError('invalid-json', REFUSED_KEYS))
        else done(null, body)
      }, done)
    else
      checkJson(text, FORM_LIMITS).then(() => {
        parse(request, text, (error, body) => {
          if (error) done(new FitserveError('invalid-json', whatIsWrong(text)))
          else done(null, body)
        })
      }, done)
  }
  app.addHook('onRoute', (route) => {
    if (route.schema?.body || route.config?.bodies) return
    route.preHandler = [refuseBody, ...[route.preHandler ?? []].flat()]
  })
}

/** Refuses a body where none is read: its content, such as the alias of a rollback, would be ignored silently. */
function refuseBody({ body }: { body: unknown }, _reply: unknown, done: (error?: Error) => void): void {
  const isObject = typeof body === 'object' && !Array.isArray(body)
  const keys = isObject ? Object.keys(body ?? {}) : body === undefined ? [] : ['']
  const message = 'This endpoint takes no body.'
  const problems = new ProblemList()
  for (const key of keys) problems.add(() => ({ path: key === '' ? '' : pointer([key]), message }))
  const { first, total } = problems
  done(total > 0 ? new FitserveError('invalid-request', message, { problems: first, total }) : undefined)
}

/**
 * Parses JSON; undefined if it is invalid, or has a top-level key that the framework's parser rejects (`__proto__`).
 * Keys inside of rows may have any name, since only a row's own keys are looked up there.
 */
export function plainJson(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text)
    return hasPrototype(body) ? undefined : body
  } catch {
    return undefined
  }
}

function hasPrototype(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, '__proto__')
}

function whatIsWrong(text: string): string {
  try {
    JSON.parse(text)
    return REFUSED_KEYS
  } catch (error) {
    return invalidJson(String(error), text.length, (position) => position)
  }
}

import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import { FitserveError } from '../../errors.ts'
import { pointer } from '../../recipe/index.ts'
import { type App, JSON_TYPE } from '../route-config.ts'

/** Limit on the nesting of a body. Schemas recurse, and no valid request is nested half as deep. */
const MAX_LEVELS = 64

/**
 * Reads JSON bodies and no others. An empty one is no body at all, since many clients send the type with every
 * request; a route that needs one says so.
 */
export function useJsonBodies(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (request, bytes: Buffer, done) => {
    if (bytes.length === 0) return done(null, undefined)
    if (!isUtf8(bytes)) return done(new FitserveError('invalid-json', 'The body is not valid UTF-8.'))
    const text = bytes.toString('utf8')
    // Typed as if another framework could have made it.
    const streamed = (request as FastifyRequest).route?.config.streamed ?? false
    if (streamed) {
      const body = plainJson(text)
      if (body !== undefined) return done(null, body)
    }
    parse(request as FastifyRequest, text, (error, body) => {
      if (error) done(new FitserveError('invalid-json', whatIsWrong(text)))
      else if (!streamed && isDeeper(body, MAX_LEVELS))
        done(new FitserveError('invalid-json', `The body is nested deeper than ${MAX_LEVELS} levels.`))
      else done(null, body)
    })
  })
  app.addHook('onRoute', (route) => {
    if (route.schema?.body || route.config?.bodies) return
    route.preHandler = [refuseBody, ...[route.preHandler ?? []].flat()]
  })
}

/** Refuses a body where none is read: its content, such as the alias of a rollback, would be ignored silently. */
function refuseBody({ body }: { body: unknown }, _reply: unknown, done: (error?: Error) => void): void {
  const isObject = typeof body === 'object' && !Array.isArray(body)
  const keys = isObject ? Object.keys(body ?? {}) : body === undefined ? [] : ['']
  const problems = keys.map((key) => ({
    path: key === '' ? '' : pointer([key]),
    message: 'This endpoint takes no body.',
  }))
  const [problem] = problems
  done(problem && new FitserveError('invalid-request', problem.message, { problems }))
}

/**
 * Parses JSON; undefined if it is invalid, or has a top-level key that the framework's parser rejects (`__proto__`). Keys
 * inside of rows may have any name, since only a row's own keys are looked up there.
 */
export function plainJson(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && Object.hasOwn(body, '__proto__') ? undefined : body
  } catch {
    return undefined
  }
}

/** Tells whether a value is nested deeper, without recursion. Rows of predictions are exempt: nothing recurses into them. */
function isDeeper(body: unknown, levels: number): boolean {
  const open = [{ value: body, level: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, level } = next
    if (value === null || typeof value !== 'object') continue
    if (level === levels) return true
    for (const each of Object.values(value)) open.push({ value: each, level: level + 1 })
  }
  return false
}

function whatIsWrong(text: string): string {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''))
    return 'The keys "__proto__" and "constructor.prototype" are not accepted.'
  } catch (error) {
    const position = /at position (\d+)/.exec(String(error))?.[1]
    const end = position === undefined || Number(position) >= text.length
    return end
      ? 'The body is not valid JSON.'
      : `The body is not valid JSON: syntax error at character ${Number(position) + 1}.`
  }
}

import { isUtf8 } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import { FitserveError } from '../../errors.ts'
import { pointer } from '../../recipe/index.ts'
import { type App, JSON_TYPE } from '../route-config.ts'

/** More than any request has. What checks a value calls itself for each level. */
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
    if (!isUtf8(bytes)) return done(new FitserveError('invalid-json', 'The body is not UTF-8.'))
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

/** What stands in a body that nothing reads would be ignored, such as the alias of a rollback. */
function refuseBody({ body }: { body: unknown }, _reply: unknown, done: (error?: Error) => void): void {
  const isObject = typeof body === 'object' && !Array.isArray(body)
  const keys = isObject ? Object.keys(body ?? {}) : body === undefined ? [] : ['']
  const problems = keys.map((key) => ({
    path: key === '' ? '' : pointer([key]),
    message: 'There is nothing to say here: this address takes no body.',
  }))
  const [problem] = problems
  done(problem && new FitserveError('invalid-request', problem.message, { problems }))
}

/**
 * What a JSON text says whose own keys are none that the framework's parser refuses; undefined where one is, or the text
 * is no JSON. What is inside of rows may be called anything: nothing looks a key up there that is not the row's own.
 */
export function plainJson(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null && Object.hasOwn(body, '__proto__') ? undefined : body
  } catch {
    return undefined
  }
}

/** Without calling itself. Rows of predictions are not looked at here: nothing looks into what is in them. */
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
      : `The body is not valid JSON: it goes wrong at character ${Number(position) + 1}.`
  }
}

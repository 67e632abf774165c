import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../route-config.ts'

/** Methods of all routes. */
const METHODS = 'GET, HEAD, POST, PUT, DELETE'
/** Headers that clients send. */
const SENT =
  'Authorization, Content-Type, Idempotency-Key, If-Range, Last-Event-ID, Range, X-Request-Id, X-Request-Timeout-Ms'
/** Headers of answers that a page may read beside those that it always may. */
const SHOWN =
  'Accept-Ranges, Content-Disposition, Content-Range, ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id'
/** Seconds for which a browser need not ask again. */
const ASK_AGAIN_S = '600'

/**
 * Allows pages of the given origins to call, and answers a browser's question whether they may (Fetch standard, CORS
 * protocol). Cookies are not used, so no credentials are allowed; a page sends its key in `Authorization`. Pages of
 * other origins get no such header, so a browser does not show them an answer.
 */
export function useCors(app: App, origins: readonly string[]): void {
  if (origins.length === 0) return
  const allowed = new Set(origins)
  app.addHook('onRequest', (request, reply, done) => {
    // Also where the origin is not allowed: a cache must not give that answer to a page of another one.
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !allowed.has(origin)) return done()
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': SHOWN,
      'cross-origin-resource-policy': 'cross-origin',
    })
    if (isQuestion(request)) answer(reply)
    else done()
  })
}

/** A browser asks before it sends what a form could not send. */
function isQuestion({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
}

function answer(reply: FastifyReply): void {
  reply
    .code(204)
    .headers({
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': SENT,
      'access-control-max-age': ASK_AGAIN_S,
    })
    .send()
}

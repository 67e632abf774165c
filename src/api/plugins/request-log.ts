import { isReading } from '../requests/methods.ts'
import type { App } from '../route-config.ts'

/**
 * Sends the request's id with every response, and logs changes at `info`, reads and predictions at `debug`.
 * @returns whether reads and predictions are logged
 */
export function useRequestLog(app: App): boolean {
  const verbose = app.log.level === 'debug' || app.log.level === 'trace'
  app.decorateRequest('route')
  app.addHook('onRequest', (request, reply, done) => {
    request.route = request.routeOptions
    reply.header('x-request-id', request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, caller } = request
    const quiet = isReading(method) || request.route?.url?.endsWith('/predict')
    if (quiet && !verbose) return done()
    const entry = {
      method,
      url: request.url.slice(0, 500),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime * 10) / 10,
      ...(caller ? { key: caller.name } : {}),
    }
    request.log[quiet ? 'debug' : 'info'](entry, 'answered')
    done()
  })
  return verbose
}

import type { Tracing } from '../../runtime/tracing.ts'
import type { App } from '../route-config.ts'

/**
 * Makes a span of each request, but for health checks and metrics. It continues the trace of the client that sends
 * `traceparent`, and goes on in the jobs that the request orders.
 */
export function useTracing(app: App, tracing: Tracing | undefined): void {
  app.decorateRequest('span')
  if (!tracing) return
  app.addHook('onRequest', (request, _reply, done) => {
    const { method, headers, routeOptions } = request
    const route = routeOptions.url
    if (!routeOptions.config.vital) {
      const { traceparent } = headers
      const parent = typeof traceparent === 'string' ? traceparent : undefined
      request.span = tracing.begin(route === undefined ? method : `${method} ${route}`, 'server', parent, {
        'http.request.method': method,
        ...(route === undefined ? {} : { 'http.route': route }),
        'url.path': request.url.split('?', 1)[0]?.slice(0, 500) ?? '',
        'fitserve.request.id': request.id,
      })
    }
    done()
  })
  app.addHook('onResponse', (request, { statusCode }, done) => {
    request.span?.set({ 'http.response.status_code': statusCode })
    request.span?.end(statusCode >= 500 ? `answered by ${statusCode}` : undefined)
    done()
  })
}

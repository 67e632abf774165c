import { Gauge, type Registry } from 'prom-client'
import { whenClosed } from '../requests/when-closed.ts'
import type { App } from '../route-config.ts'
import { type Durations, TypedHistogram } from './typed-histogram.ts'

/** Returns where the durations of requests of one kind are counted. */
export type Timer = (method: string, route: string, status: number) => Durations

/** Label of all requests that no route takes. */
const NO_ROUTE = 'none'
/** Methods that have series of their own: a client may send any. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const OTHER_METHOD = 'other'

/** Counts and times requests by route, method and status. */
export function useRequestMetrics(app: App, registry: Registry): Timer {
  const histogram = new TypedHistogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registry,
  })
  const known = new Map<string, Durations>()
  const timer: Timer = (method, route, status) => {
    const key = `${method} ${status} ${route}`
    const durations = known.get(key) ?? histogram.series({ method, route, status: String(status) })
    known.set(key, durations)
    return durations
  }
  let running = 0
  new Gauge({
    name: 'fitserve_http_requests_running',
    help: 'Requests that are being answered, without single predictions, which are answered as they arrive.',
    registers: [registry],
    collect() {
      this.set(running)
    },
  })
  app.addHook('onRequest', (_request, reply, done) => {
    running += 1
    // Also where the client has gone, and no answer is sent.
    whenClosed(reply.raw, () => {
      running -= 1
    })
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const method = METHODS.has(request.method) ? request.method : OTHER_METHOD
    timer(method, request.route?.url ?? NO_ROUTE, reply.statusCode).observe(reply.elapsedTime / 1000)
    done()
  })
  return timer
}

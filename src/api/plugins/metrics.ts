import { collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { App } from '../route-config.ts'

/** Counts one request. */
export type Observe = (seconds: number) => void
/** Returns the function that counts and times requests of one kind. */
export type Timer = (method: string, route: string, status: number) => Observe

/** Counts and times requests by route, method and status. Returns the registry that `GET /metrics` reads. */
export function useMetrics(app: App, given: Registry | undefined): { registry: Registry; timer: Timer } {
  const registry = given ?? new Registry()
  if (!given) collectDefaultMetrics({ register: registry })
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last byte of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  })
  const timer: Timer = (method, route, status) => {
    const child = histogram.labels(method, route, String(status))
    return (seconds) => child.observe(seconds)
  }
  const children = new Map<string, Observe>()
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.route?.url ?? 'none'
    const key = `${request.method} ${reply.statusCode} ${route}`
    let observe = children.get(key)
    if (!observe) {
      observe = timer(request.method, route, reply.statusCode)
      children.set(key, observe)
    }
    observe(reply.elapsedTime / 1000)
    done()
  })
  return { registry, timer }
}

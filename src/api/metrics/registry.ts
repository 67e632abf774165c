import { collectDefaultMetrics, Registry } from 'prom-client'

/** Returns a new collection of metrics with those of the process itself: processor, memory, event loop, files. */
export function newMetrics(): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  return registry
}

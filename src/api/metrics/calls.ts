import { Counter, type Registry } from 'prom-client'
import { FitserveError } from '../../errors.ts'
import type { OnCall } from '../../runtime/timed-calls.ts'
import { type Durations, TypedHistogram } from './typed-histogram.ts'

/** Upper bounds in seconds: a folder answers in less than a millisecond, a distant bucket in tenths of a second. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counts and times the calls of this process to store and queue; see `timedCalls`. */
export function callMetrics(registry: Registry): { store: OnCall; queue: OnCall } {
  return { store: ofPart(registry, 'store'), queue: ofPart(registry, 'queue') }
}

function ofPart(registry: Registry, part: 'store' | 'queue'): OnCall {
  const histogram = new TypedHistogram({
    name: `fitserve_${part}_call_duration_seconds`,
    help: `Time of the calls of this process to the ${part}, by operation.`,
    labelNames: ['operation'],
    buckets: BUCKETS,
    registry,
  })
  const errors = new Counter({
    name: `fitserve_${part}_errors_total`,
    help: `Calls of this process to the ${part} that failed, by operation and code.`,
    labelNames: ['operation', 'code'] as const,
    registers: [registry],
  })
  const known = new Map<string, Durations>()
  return (operation, seconds, error) => {
    const durations = known.get(operation) ?? histogram.series({ operation })
    known.set(operation, durations)
    durations.observe(seconds)
    if (error === undefined) return
    errors.inc({ operation, code: error instanceof FitserveError ? error.code : 'internal' })
  }
}

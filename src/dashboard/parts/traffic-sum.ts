import type { components } from '../api/openapi.ts'

/** What one process of the service says of its predictions. */
export type ProcessTraffic = components['schemas']['Traffic']

/** What all processes that have answered say together. */
export interface ServiceTraffic {
  /** Processes that have answered. */
  processes: number
  /** Seconds that the rates and times span; of several processes, the longest. */
  seconds: number
  items: readonly ModelTraffic[]
}

export interface ModelTraffic {
  model: string
  requestsPerSecond: number
  rowsPerSecond: number
  /** Milliseconds within which half of the requests were answered, and 99 in 100; of several processes, the longest. */
  p50Ms: number | null
  p99Ms: number | null
  /** Since the processes started. */
  requests: number
}

/** Adds up what processes have answered, the busiest model first. */
export function sumOf(processes: readonly ProcessTraffic[]): ServiceTraffic {
  const byModel = new Map<string, ModelTraffic>()
  for (const { seconds, items } of processes) {
    const span = Math.max(1, seconds)
    for (const { model, recent, total } of items) {
      const before = byModel.get(model)
      byModel.set(model, {
        model,
        requestsPerSecond: (before?.requestsPerSecond ?? 0) + recent.requests / span,
        rowsPerSecond: (before?.rowsPerSecond ?? 0) + recent.rows / span,
        p50Ms: longerOf(before?.p50Ms, recent.p50Ms),
        p99Ms: longerOf(before?.p99Ms, recent.p99Ms),
        requests: (before?.requests ?? 0) + total.requests,
      })
    }
  }
  return {
    processes: processes.length,
    seconds: Math.max(0, ...processes.map(({ seconds }) => seconds)),
    items: [...byModel.values()].toSorted(
      (a, b) => b.requestsPerSecond - a.requestsPerSecond || b.requests - a.requests,
    ),
  }
}

/** Returns the longer of two times; null where there is none. */
function longerOf(one: number | null | undefined, other: number | null): number | null {
  if (one === null || one === undefined) return other
  return other === null ? one : Math.max(one, other)
}

/** One value of a metric. */
export interface Sample {
  name: string
  labels: Readonly<Record<string, string>>
  value: number
}

/** Reads the text form of Prometheus: a sample a line. */
export function samplesIn(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []
    return name === undefined ? [] : [{ name, labels: labelsIn(labels), value: Number(value) }]
  })
}

function labelsIn(text: string): Record<string, string> {
  const pairs = text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)
  return Object.fromEntries(
    [...pairs].map(([, name = '', value = '']) => [name, value.replaceAll(/\\(.)/g, '$1')]),
  )
}

/** Requests of a route in a time. */
export interface Traffic {
  route: string
  /** Requests since the process started. */
  count: number
  /** Upper bounds in seconds of the quickest half and of 99 in 100; null: there were none. */
  median: number | null
  slowest: number | null
}

/** Returns what the routes of predictions have done, by the histogram of their times. */
export function trafficOf(samples: readonly Sample[]): Traffic[] {
  const own = samples.filter(
    ({ name, labels }) =>
      name.startsWith('http_request_duration_seconds') && labels['route']?.includes('predict'),
  )
  const routes = [...new Set(own.map(({ labels }) => labels['route'] ?? ''))]
  const traffic = routes.map((route) => {
    const ofRoute = own.filter(({ labels }) => labels['route'] === route)
    const buckets = new Map<number, number>()
    for (const { name, labels, value } of ofRoute) {
      if (!name.endsWith('_bucket')) continue
      const bound = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le'])
      buckets.set(bound, (buckets.get(bound) ?? 0) + value)
    }
    const count = buckets.get(Number.POSITIVE_INFINITY) ?? 0
    return { route, count, median: boundOf(buckets, count * 0.5), slowest: boundOf(buckets, count * 0.99) }
  })
  // Some routes are counted from 0 on.
  return traffic.filter(({ count }) => count > 0)
}

/** Returns the smallest bound below which so many requests are. */
function boundOf(buckets: ReadonlyMap<number, number>, wanted: number): number | null {
  if (wanted === 0) return null
  const [bound] = [...buckets].toSorted(([a], [b]) => a - b).find(([, count]) => count >= wanted) ?? [null]
  return bound
}

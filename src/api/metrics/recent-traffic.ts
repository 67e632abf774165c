import { randomUUID } from 'node:crypto'
import type { App } from '../route-config.ts'
import type { ModelFigures, Traffic, TrafficFigures } from '../traffic.ts'
import { PREDICTION_BUCKETS, type PredictionMetrics } from './predictions.ts'
import { quantileOf } from './quantile.ts'

/** Milliseconds between two snapshots of the counts. */
const STEP_MS = 5_000
/** Snapshots that are kept: figures are those of the last minute. */
const MAX_SNAPSHOTS = 13

/** The counts of a model at a time. */
interface Counts {
  /** Requests up to each bound of the buckets and, last, all of them. */
  upTo: readonly number[]
  rows: number
}

interface Snapshot {
  at: number
  counts: ReadonlyMap<string, Counts>
}

/** Tells how much each model has answered lately, by snapshots of the counts that metrics are made of. */
export class RecentTraffic implements Traffic {
  readonly process = randomUUID()
  readonly #metrics: Pick<PredictionMetrics, 'read'>
  readonly #snapshots: Snapshot[] = []

  constructor(metrics: Pick<PredictionMetrics, 'read'>) {
    this.#metrics = metrics
    this.look()
  }

  /** Takes a snapshot. */
  look(): void {
    this.#snapshots.push(this.#now())
    if (this.#snapshots.length > MAX_SNAPSHOTS) this.#snapshots.shift()
  }

  read(): { seconds: number; models: ModelFigures[] } {
    const now = this.#now()
    const before = this.#snapshots[0]
    const models = [...now.counts].map(([model, counts]) => ({
      model,
      recent: figuresOf(since(counts, before?.counts.get(model))),
      total: figuresOf(counts),
    }))
    models.sort((a, b) => b.recent.requests - a.recent.requests || b.total.requests - a.total.requests)
    return { seconds: before ? (now.at - before.at) / 1000 : 0, models }
  }

  #now(): Snapshot {
    return { at: performance.now(), counts: this.#metrics.read() }
  }
}

/** Keeps the figures of the last minute while the service listens. */
export function useRecentTraffic(app: App, metrics: PredictionMetrics): Traffic {
  const traffic = new RecentTraffic(metrics)
  let timer: ReturnType<typeof setInterval> | undefined
  app.addHook('onListen', async () => {
    timer = setInterval(() => traffic.look(), STEP_MS).unref()
  })
  app.addHook('onClose', async () => clearInterval(timer))
  return traffic
}

/** Returns what was counted after an earlier look; all of it where that look knew nothing of the model. */
function since(now: Counts, before: Counts | undefined): Counts {
  if (!before) return now
  return {
    upTo: now.upTo.map((count, bucket) => count - (before.upTo[bucket] ?? 0)),
    rows: now.rows - before.rows,
  }
}

function figuresOf({ upTo, rows }: Counts): TrafficFigures {
  const quantile = (share: number) => {
    const seconds = quantileOf(upTo, PREDICTION_BUCKETS, share)
    return seconds === null ? null : seconds * 1000
  }
  return { requests: upTo.at(-1) ?? 0, rows, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

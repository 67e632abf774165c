import { z } from 'zod'
import { unlessDamaged } from '../errors.ts'
import { PRODUCTION } from '../registry/alias-moves.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { forgetOldest } from '../runtime/forget-oldest.ts'
import { inParallel } from '../runtime/in-parallel.ts'

/** Versions whose metrics are kept. */
const MAX_KEPT = 5_000
/** Manifests that are read at once. */
const READS_AT_ONCE = 8
/** Limit on the metrics of a version. A manifest that was imported may have any. */
const MAX_METRICS = 30

/** The part of a manifest that is shown. Absent in those of earlier releases. */
const WithMetrics = z.looseObject({ metrics: z.record(z.string(), z.number().nullable()).default({}) })

/** Metrics by name; null: the metric is undefined on the rows. */
type Metrics = Record<string, number | null>

/** The metrics of a model's newest versions, the newest first. */
export interface Trend {
  model: string
  versions: { version: number; metrics: Metrics }[]
}

/** Tells the metrics of versions. A version never changes, so each manifest is read once. */
export class Trends {
  readonly #models: Pick<ModelRegistry, 'head' | 'manifest'>
  readonly #kept = new Map<string, Metrics>()

  constructor(models: Pick<ModelRegistry, 'head' | 'manifest'>) {
    this.#models = models
  }

  /**
   * Returns the metrics of the newest versions of models, and those of `production` where it is older. Unknown models
   * and damaged manifests are left out.
   * @param count limit on the newest versions of each
   */
  async of(models: readonly string[], count: number): Promise<Trend[]> {
    const trends = new Map<string, Trend>()
    await inParallel(models, READS_AT_ONCE, async (model) => {
      const trend = await unlessDamaged(() => this.#trendOf(model, count))
      if (trend) trends.set(model, trend)
    })
    return models.flatMap((model) => trends.get(model) ?? [])
  }

  async #trendOf(model: string, count: number): Promise<Trend | undefined> {
    const head = await this.#models.head(model)
    if (!head) return undefined
    const { versions, aliases } = head.state
    const served = aliases[PRODUCTION]?.version
    const newest = versions.slice(-count)
    const shown = versions.filter((entry) => newest.includes(entry) || entry.version === served)
    const found: Trend['versions'] = []
    for (const entry of shown.toReversed()) {
      const metrics = await unlessDamaged(() => this.#metricsOf(model, entry))
      if (metrics) found.push({ version: entry.version, metrics })
    }
    return { model, versions: found }
  }

  async #metricsOf(model: string, entry: VersionEntry): Promise<Metrics | undefined> {
    const key = `${model}/${entry.artifacts}`
    const known = this.#kept.get(key)
    if (known) return known
    const { data } = WithMetrics.safeParse(await this.#models.manifest(model, entry))
    if (!data) return undefined
    const metrics = Object.fromEntries(Object.entries(data.metrics).slice(0, MAX_METRICS))
    this.#kept.set(key, metrics)
    forgetOldest(this.#kept, MAX_KEPT)
    return metrics
  }
}

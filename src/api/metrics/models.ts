import { Gauge, type Registry } from 'prom-client'
import { z } from 'zod'
import type { ModelRegistry } from '../../registry/registry.ts'
import { inParallel } from '../../runtime/in-parallel.ts'
import type { ModelHealth, Serving } from '../../serving/contract.ts'
import { MAX_MODELS, OTHERS } from './model-labels.ts'

/** Manifests that are read at once. */
const AT_ONCE = 4
/** Limit on the figures of a version. A manifest that was imported may have any. */
const MAX_FIGURES = 30

/** The part of a manifest that is shown. Absent in those of earlier releases. */
const WithMetrics = z.looseObject({ metrics: z.record(z.string(), z.number().nullable()).optional() })

interface Sources {
  serving: Pick<Serving, 'health' | 'loaded'>
  models: Pick<ModelRegistry, 'entry' | 'manifest'>
}

/** Adds gauges of the models: versions, memory, and how good the newest version of each was when it was trained. */
export function useModelMetrics(registry: Registry, { serving, models }: Sources): void {
  const registers = [registry]
  const shown = () => serving.health().models.slice(0, MAX_MODELS)
  const perModel = (name: string, help: string, read: (model: ModelHealth) => number | null) =>
    new Gauge({
      name,
      help,
      labelNames: ['model'] as const,
      registers,
      collect() {
        this.reset()
        for (const model of shown()) {
          const value = read(model)
          if (value !== null) this.set({ model: model.name }, value)
        }
      },
    })
  new Gauge({
    name: 'fitserve_models',
    help: 'Models of this process: ok, or failing because their newest state cannot be loaded.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const all = serving.health().models
      const failing = all.filter(({ fault }) => fault !== null).length
      this.set({ state: 'ok' }, all.length - failing)
      this.set({ state: 'failing' }, failing)
    },
  })
  perModel(
    'fitserve_model_failing',
    '1 if the newest state of the model cannot be loaded, else 0.',
    (model) => (model.fault === null ? 0 : 1),
  )
  perModel('fitserve_model_newest_version', 'Number of the newest version.', ({ newest }) => newest)
  perModel(
    'fitserve_model_production_version',
    'Number of the version that answers by default. Absent: there is none.',
    ({ version }) => version,
  )
  new Gauge({
    name: 'fitserve_models_memory_bytes',
    help: 'Size of all versions in memory.',
    registers,
    collect() {
      this.set(serving.health().models.reduce((sum, { name }) => sum + bytesOf(serving, name), 0))
    },
  })
  new Gauge({
    name: 'fitserve_model_memory_bytes',
    help: 'Size of the versions in memory, by model ("*": further models).',
    labelNames: ['model'] as const,
    registers,
    collect() {
      this.reset()
      for (const { name } of shown()) this.set({ model: name }, bytesOf(serving, name))
      const others = serving.health().models.slice(MAX_MODELS)
      if (others.length > 0)
        this.set(
          { model: OTHERS },
          others.reduce((sum, { name }) => sum + bytesOf(serving, name), 0),
        )
    },
  })
  const figures = new NewestFigures(models)
  new Gauge({
    name: 'fitserve_model_metric',
    help: 'Metrics of the newest version, on the rows that measured it when it was trained, by model and metric.',
    labelNames: ['model', 'metric'] as const,
    registers,
    async collect() {
      const found = await figures.of(shown())
      this.reset()
      for (const [model, values] of found)
        for (const [metric, value] of values) this.set({ model, metric }, value)
    },
  })
}

function bytesOf(serving: Sources['serving'], model: string): number {
  return serving.loaded(model).reduce((sum, { bytes }) => sum + bytes, 0)
}

/** The metrics of each model's newest version. A version never changes, so each manifest is read once. */
class NewestFigures {
  readonly #models: Sources['models']
  #known = new Map<string, { version: number; values: [string, number][] }>()

  constructor(models: Sources['models']) {
    this.#models = models
  }

  /** Returns metrics by model. A manifest that cannot be read now is left out, and tried again at the next call. */
  async of(wanted: readonly ModelHealth[]): Promise<[string, [string, number][]][]> {
    const names = new Set(wanted.map(({ name }) => name))
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name)
    await inParallel(wanted, AT_ONCE, async ({ name, newest }) => {
      if (newest === null || this.#known.get(name)?.version === newest) return
      const values = await this.#read(name, newest).catch(() => undefined)
      if (values) this.#known.set(name, { version: newest, values })
    })
    return wanted.flatMap(({ name, newest }) => {
      const known = this.#known.get(name)
      return known && known.version === newest ? [[name, known.values]] : []
    })
  }

  async #read(model: string, version: number): Promise<[string, number][]> {
    const manifest = await this.#models.manifest(model, await this.#models.entry(model, version))
    const { metrics = {} } = WithMetrics.parse(manifest)
    return Object.entries(metrics)
      .filter((entry): entry is [string, number] => entry[1] !== null)
      .slice(0, MAX_FIGURES)
  }
}

import { Gauge, type Registry } from 'prom-client'
import type { AppDependencies } from '../dependencies.ts'

/** Adds gauges of the queue, the store and the models in memory, read at each `GET /metrics`. */
export function useGauges(
  registry: Registry,
  { queue, serving, store }: Pick<AppDependencies, 'queue' | 'serving' | 'store'>,
): void {
  const registers = [registry]
  new Gauge({
    name: 'fitserve_queue_up',
    help: '1 if the queue is reachable, else 0.',
    registers,
    async collect() {
      this.set(
        await queue.ping().then(
          () => 1,
          () => 0,
        ),
      )
    },
  })
  new Gauge({
    name: 'fitserve_jobs',
    help: 'Jobs, folds and trials in the queue, waiting or active. Absent while the queue is unreachable.',
    labelNames: ['state'] as const,
    registers,
    async collect() {
      this.reset()
      const counts = await queue.counts().catch(() => undefined)
      if (counts === undefined) return
      this.set({ state: 'waiting' }, counts.waiting)
      this.set({ state: 'active' }, counts.active)
    },
  })
  new Gauge({
    name: 'fitserve_store_free_bytes',
    help: 'Bytes that still fit into the folder of the store. Absent for a bucket, and while the folder is unreachable.',
    registers,
    async collect() {
      this.reset()
      const free = await store.freeBytes().catch(() => undefined)
      if (free === undefined) this.remove()
      else this.set(free)
    },
  })
  new Gauge({
    name: 'fitserve_models',
    help: 'Models of this process: ok, or failing because their newest state cannot be loaded.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      const { models } = serving.health()
      const failing = models.filter(({ fault }) => fault !== null).length
      this.set({ state: 'ok' }, models.length - failing)
      this.set({ state: 'failing' }, failing)
    },
  })
  new Gauge({
    name: 'fitserve_models_memory_bytes',
    help: 'Size of all versions in memory.',
    registers,
    collect() {
      const versions = serving.health().models.flatMap(({ name }) => serving.loaded(name))
      this.set(versions.reduce((sum, { bytes }) => sum + bytes, 0))
    },
  })
}

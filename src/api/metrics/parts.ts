import { statfs } from 'node:fs/promises'
import { Gauge, type Registry } from 'prom-client'
import { withTimeout } from '../../runtime/with-timeout.ts'
import type { AppDependencies } from '../dependencies.ts'

/** Limit on a question to the store or a disk, in ms: a scrape usually waits for 10 seconds. */
const ASK_MS = 3_000

interface Sources extends Pick<AppDependencies, 'queue' | 'store' | 'version'> {
  /** The folder of everything that is kept on this machine. Absent: no disk is measured. */
  dataDir: string | undefined
  overloaded: () => boolean
}

/** Adds gauges of the queue, the store, the disk and this process, read at each `GET /metrics`. */
export function usePartMetrics(registry: Registry, sources: Sources): void {
  const { queue, store, dataDir, overloaded, version } = sources
  const registers = [registry]
  new Gauge({
    name: 'fitserve_build_info',
    help: 'Always 1; the version of the service.',
    labelNames: ['version'] as const,
    registers,
  }).set({ version }, 1)
  gauge('fitserve_overloaded', '1 while requests are refused because the event loop is late, else 0.', () =>
    Number(overloaded()),
  )
  gauge('fitserve_queue_up', '1 if the queue is reachable, else 0.', () => answers(queue))
  gauge('fitserve_store_up', '1 if the store is reachable, else 0.', () => answers(store))
  gauge(
    'fitserve_workers',
    'Processes that take jobs from the queue. Absent while the queue is unreachable.',
    () => queue.workers(),
  )
  gauge(
    'fitserve_jobs_oldest_waiting_seconds',
    'For how long the job waits that a worker could take and that waits longest; 0: none waits. Absent while the queue is unreachable.',
    async () => {
      const since = await queue.oldestWaiting()
      return since === null ? 0 : Math.max(0, Date.now() - since) / 1000
    },
  )
  gauge(
    'fitserve_store_free_bytes',
    'Bytes that still fit into the folder of the store. Absent for a bucket, and while the folder is unreachable.',
    () => inTime(store.freeBytes()),
  )
  gauge('fitserve_data_free_bytes', 'Bytes that still fit onto the disk of DATA_DIR.', async () => {
    const disk = await diskOf(dataDir)
    return disk && disk.bavail * disk.bsize
  })
  gauge('fitserve_data_size_bytes', 'Size of the disk of DATA_DIR.', async () => {
    const disk = await diskOf(dataDir)
    return disk && disk.blocks * disk.bsize
  })
  new Gauge({
    name: 'fitserve_jobs',
    help: 'Jobs, folds and trials in the queue, waiting or active. Absent while the queue is unreachable.',
    labelNames: ['state'] as const,
    registers,
    async collect() {
      const counts = await queue.counts().catch(() => undefined)
      this.reset()
      if (counts === undefined) return
      this.set({ state: 'waiting' }, counts.waiting)
      this.set({ state: 'active' }, counts.active)
    },
  })

  /** Adds a gauge without labels, which is absent where its value is undefined or cannot be read. */
  function gauge(name: string, help: string, read: () => number | Promise<number | undefined>): void {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        const value = await Promise.resolve()
          .then(read)
          .catch(() => undefined)
        this.reset()
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
  }
}

async function answers(part: { ping(): Promise<void> }): Promise<number> {
  return withTimeout(
    part.ping().then(
      () => 1,
      () => 0,
    ),
    ASK_MS,
    () => 0,
  )
}

async function diskOf(folder: string | undefined) {
  return folder === undefined ? undefined : inTime(statfs(folder))
}

function inTime<T>(work: Promise<T>): Promise<T | undefined> {
  return withTimeout(work, ASK_MS, () => undefined)
}

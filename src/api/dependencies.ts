import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { ApiKey } from '../access.ts'
import type { Datasets } from '../datasets/contract.ts'
import type { Plots } from '../evaluation/plots/plotter.ts'
import type { Jobs } from '../jobs/contract.ts'
import type { JobQueue } from '../jobs/queue/contract.ts'
import type { Schedules } from '../jobs/schedules/contract.ts'
import type { Audit } from '../registry/audit.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import type { Serving } from '../serving/contract.ts'
import type { GarbageCollector } from '../upkeep/garbage/garbage.ts'
import type { Archives } from '../versions/archives.ts'
import type { Evaluations } from '../versions/evaluations.ts'

/** The settings that the API reads. */
export interface ApiConfig {
  /** Empty: everybody may do everything, which is for loopback only. */
  apiKeys: readonly ApiKey[]
  /** Rows in one predict request. */
  maxBatch: number
  /** Bytes of a JSON body, and of one line of a stream. */
  bodyLimit: number
  /** Bytes of an upload after decompression. */
  maxUpload: number
  /** Milliseconds for a prediction whose client says no other time. */
  requestTimeoutMs: number
  /** Requests a minute for each key or address; 0: no limit. */
  rateLimit: number
}

/** The parts of the service that routes answer from. */
export interface Rooms {
  archives: Archives
  audit: Audit
  datasets: Datasets
  evaluations: Evaluations
  garbage: GarbageCollector
  jobs: Jobs
  models: ModelRegistry
  plots: Plots
  queue: JobQueue
  schedules: Schedules
  serving: Serving
  store: { ping(): Promise<void> }
}

/** What the API is built from. */
export interface AppDependencies extends Rooms {
  config: ApiConfig
  /** This project's version. */
  version: string
  log: FastifyBaseLogger
  /** What `GET /metrics` answers; other rooms may have gauges in it already. Absent: the API makes its own. */
  metrics?: Registry | undefined
}

/** What routes are built from: the rooms, and what the hooks ahead of the routes know. */
export interface RouteDependencies extends AppDependencies {
  /** What `GET /metrics` answers. */
  registry: Registry
  /** Tells whether the process is ending. */
  draining: () => boolean
  /** Tells whether requests are refused because the event loop is late. */
  overloaded: () => boolean
  /** Milliseconds of silence after which a stream of events sends a comment. */
  heartbeatMs: number
}

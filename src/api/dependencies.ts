import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { Access } from '../access.ts'
import type { Datasets } from '../datasets/contract.ts'
import type { Plots } from '../evaluation/plots/plotter.ts'
import type { Jobs } from '../jobs/contract.ts'
import type { JobQueue } from '../jobs/queue/contract.ts'
import type { Schedules } from '../jobs/schedules/contract.ts'
import type { Audit } from '../registry/audit.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import type { TlsFiles } from '../runtime/tls-files.ts'
import type { Tracing } from '../runtime/tracing.ts'
import type { Serving } from '../serving/contract.ts'
import type { GarbageCollector } from '../upkeep/garbage/garbage.ts'
import type { Archives } from '../versions/archives.ts'
import type { Evaluations } from '../versions/evaluations.ts'
import type { Inspections } from '../versions/inspections.ts'
import type { Signatures } from '../versions/signatures.ts'
import type { Thresholds } from '../versions/thresholds.ts'
import type { Trends } from '../versions/trends.ts'
import type { BodyMemory } from './requests/body-memory.ts'
import type { MethodsAt } from './requests/methods.ts'
import type { RowQuota } from './requests/row-quota.ts'
import type { Traffic } from './traffic.ts'

/** The settings that the API reads. */
export interface ApiConfig {
  /** Origins of pages elsewhere that may call, such as `https://app.example`. */
  corsOrigins: readonly string[]
  /** Limit on the rows of one predict request. */
  maxBatch: number
  /** Limit on a JSON body, and on one line of a stream, in bytes. */
  bodyLimit: number
  /** Limit on an upload after decompression, in bytes. */
  maxUpload: number
  /** Time limit of a prediction in milliseconds, unless the client sets another. */
  requestTimeoutMs: number
  /** Seconds for which a process that is to end goes on accepting connections. */
  drainSeconds: number
  /** Limit on requests a minute by one key or address; 0: no limit. */
  rateLimit: number
  /** Address or name that the gRPC service listens on. Default: 127.0.0.1. */
  host?: string
  /** Folder of everything that is kept on this machine, whose disk is measured. Default: none is. */
  dataDir?: string
  /** Port of the gRPC service; 0 picks a free one. Default: there is none. */
  grpcPort?: number | undefined
}

/** The parts of the service that routes answer from. */
export interface Rooms {
  archives: Archives
  audit: Audit
  datasets: Datasets
  evaluations: Evaluations
  inspections: Inspections
  garbage: GarbageCollector
  jobs: Jobs
  models: ModelRegistry
  plots: Plots
  queue: JobQueue
  schedules: Schedules
  serving: Serving
  thresholds: Thresholds
  store: {
    ping(): Promise<void>
    freeBytes(): Promise<number | undefined>
  }
}

/** The rooms, settings and log that the API is built from. */
export interface AppDependencies extends Rooms {
  config: ApiConfig
  /** Finds out who calls. */
  access: Access
  /** Certificate and private key of the server. Absent: it speaks plain HTTP. */
  tls?: TlsFiles | undefined
  /** This project's version. */
  version: string
  log: FastifyBaseLogger
  /** Metrics that `GET /metrics` answers. Calls to store and queue may be counted there already. Default: new ones. */
  metrics?: Registry | undefined
  /** Records requests as spans. Absent: no traces are sent. */
  tracing?: Tracing | undefined
  /** Connections at most. Absent: as many as come. */
  maxConnections?: number | undefined
}

/** The rooms, and the state of the hooks ahead of the routes. */
export interface RouteDependencies extends AppDependencies {
  /** Metrics that `GET /metrics` answers. */
  registry: Registry
  /** Tells whether the process is ending. */
  draining: () => boolean
  /** Tells whether requests are refused because the event loop is late. */
  overloaded: () => boolean
  /** Returns the methods that the path of a request has; none if no route has this path. */
  methodsAt: MethodsAt
  /** Bounds the bodies that are held in memory, together. */
  bodyMemory: BodyMemory
  /** Counts the rows of callers with a limit. */
  rowQuota: RowQuota
  /** Signatures of versions. The last ones that were requested are cached. */
  signatures: Signatures
  /** The metrics of versions. */
  trends: Trends
  /** Counts of each model's predictions. */
  traffic: Traffic
  /** Milliseconds of silence after which a stream of events sends a comment. */
  heartbeatMs: number
}

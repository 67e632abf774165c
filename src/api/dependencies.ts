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

export type ApiModels = Pick<
  ModelRegistry,
  | 'heads'
  | 'head'
  | 'log'
  | 'setAlias'
  | 'removeAlias'
  | 'deleteVersion'
  | 'deleteModel'
  | 'rollback'
  | 'entry'
  | 'manifest'
  | 'readArtifact'
>

/** Everything that the API answers from, each as small as its routes need it. */
export interface AppDependencies {
  config: ApiConfig
  datasets: Pick<Datasets, 'upload' | 'get' | 'list' | 'rows' | 'rejects' | 'delete'>
  jobs: Pick<
    Jobs,
    'submit' | 'dryRun' | 'retrain' | 'retry' | 'get' | 'list' | 'history' | 'trials' | 'cancel' | 'events'
  >
  archives: Archives
  audit: Audit
  evaluations: Pick<Evaluations, 'evaluate' | 'list'>
  garbage: GarbageCollector
  models: ApiModels
  plots: Pick<Plots, 'prepare'>
  schedules: Pick<Schedules, 'set' | 'get' | 'remove'>
  serving: Pick<Serving, 'predict' | 'predictNow' | 'loaded' | 'refresh' | 'health'>
  store: { ping(): Promise<void> }
  queue: Pick<JobQueue, 'ping' | 'counts'>
  /** This project's version. */
  version: string
  log: FastifyBaseLogger
  /** Where `GET /metrics` reads; other rooms' gauges may be in it already. Absent: an own one. */
  metrics?: Registry | undefined
}

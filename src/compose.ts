import { totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import { untilServed } from './api/served-jobs.ts'
import type { Config } from './config/config.ts'
import { jobEnvironment } from './config/job-environment.ts'
import { createDatasets } from './datasets/datasets.ts'
import { keptTables } from './datasets/kept-tables.ts'
import { createPlots } from './evaluation/plots/plotter.ts'
import type { Jobs } from './jobs/contract.ts'
import type { MemoryLimit } from './jobs/orders/order-limits.ts'
import { openQueue } from './jobs/queue/backends.ts'
import { choreHandler } from './jobs/queue/chore-handler.ts'
import type { WorkerPool } from './jobs/queue/contract.ts'
import { queueLog } from './jobs/queue/queue-log.ts'
import { JobRecords } from './jobs/records/records.ts'
import { createSchedules } from './jobs/schedules/schedules.ts'
import { createJobs } from './jobs/service.ts'
import { findEnd } from './jobs/views/ends.ts'
import { urlFault } from './jobs/webhooks/rules.ts'
import { Webhooks } from './jobs/webhooks/webhooks.ts'
import { createAdmission } from './jobs/worker/admission.ts'
import { createGuard } from './jobs/worker/guard.ts'
import { RECONCILE_MS, Reconciler } from './jobs/worker/reconcile.ts'
import { installedVectorSets } from './models/vector-sets.ts'
import { createAudit } from './registry/audit.ts'
import { openChangeFeed } from './registry/change-feed.ts'
import { createModelRegistry } from './registry/registry.ts'
import { ownProgram } from './runtime/helper-pool.ts'
import { type OnCall, timedCalls } from './runtime/timed-calls.ts'
import type { Tracing } from './runtime/tracing.ts'
import { createServing } from './serving/serving.ts'
import type { Store } from './store/contract.ts'
import { createFolderStore } from './store/folder.ts'
import { collectionChore } from './upkeep/garbage/chore.ts'
import { COLLECTION_TIMES, createGarbageCollector } from './upkeep/garbage/garbage.ts'
import { ENGINE } from './version.ts'
import { createArchives } from './versions/archives.ts'
import { createEvaluations } from './versions/evaluations.ts'
import { createInspections } from './versions/inspections.ts'
import { createThresholds } from './versions/thresholds.ts'

/** Name of the chore that collects garbage. */
const GARBAGE = 'garbage'
const HOUR_MS = 3_600_000

/** Calls to the store that are timed: those that answer when the work is done. */
const STORE_CALLS = new Set([
  'create',
  'createFromFile',
  'read',
  'has',
  'children',
  'delete',
  'ping',
] as const)
/** Calls to the queue that are timed. */
const QUEUE_CALLS = new Set(['add', 'addFlow', 'find', 'remove', 'log', 'counts', 'ping'] as const)

/**
 * Opens the parts that every role shares: store, queue, registry, and what is written about jobs.
 * @param calls called after each call to store and queue; absent in processes without metrics
 */
export async function openShared(config: Config, log: Logger, calls?: { store: OnCall; queue: OnCall }) {
  const openedStore = await openStore(config, { check: true })
  const openedQueue = await openQueue(config.queue, queueLog(log))
  const store = calls ? timedCalls(openedStore, STORE_CALLS, calls.store) : openedStore
  const queue = calls ? timedCalls(openedQueue, QUEUE_CALLS, calls.queue) : openedQueue
  const models = createModelRegistry(store, { keepVersions: config.keepVersions })
  const records = new JobRecords(store, models)
  const webhooks = new Webhooks({ store, records, chores: queue.chores })
  const reconciler = new Reconciler(records, queue)
  return { store, queue, records, webhooks, models, reconciler, log }
}

/** The parts that every role shares. */
export type Shared = Awaited<ReturnType<typeof openShared>>

/**
 * Opens the store alone, as a training process does. The S3 client is loaded only where it is used.
 * @param check tries at once what a bucket allows, and fails if it cannot be used
 */
export async function openStore({ store }: Config, { check = false } = {}): Promise<Store> {
  if (store.type === 'folder') return createFolderStore(store.folder)
  const { createS3Store } = await import('./store/s3/s3.ts')
  return createS3Store({ ...store, check })
}

/**
 * Returns the memory that a process of a job has; undefined where the workers are on machines that this process does not
 * know.
 */
function jobMemory(setting: number | null, trainsHere: boolean): MemoryLimit | undefined {
  if (setting !== null) return { mb: setting, source: 'JOB_MEMORY' }
  if (!trainsHere) return undefined
  const bytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)
  return { mb: Math.floor(bytes / 2 ** 20), source: 'this machine' }
}

/** Opens what the API role needs beyond the shared parts. @param trainsHere whether this process has the workers too */
export async function openApiParts(config: Config, shared: Shared, trainsHere: boolean) {
  const { store, queue, records, webhooks, models, log } = shared
  const serving = await createServing({
    models,
    ...(config.modelMemory === undefined ? {} : { maxBytes: config.modelMemory }),
    // Rows of ten of the largest requests.
    maxWaiting: 10 * config.maxBatch,
    onSwap: (model, version) => log.info({ model, version }, 'serving version'),
    onFault: (model, err) => log.error({ model, err }, 'version cannot be served'),
    onUnreachable: (err) => log.warn({ err }, 'the models in the store cannot be read'),
  })
  // Data sets and jobs depend on each other: before a deletion data sets ask which jobs use a data set,
  // and an order asks what a data set holds. So `jobs` is set after `datasets` has been given a way to it.
  let jobs: Jobs | undefined
  const datasets = createDatasets({
    store,
    maxUploadBytes: config.maxUpload,
    sources: config.sources,
    inUse: async (id) => (await jobs?.datasetInUse(id)) ?? null,
    log,
  })
  const checks = {
    dataset: (idOrName: string) => datasets.get(idOrName),
    webhookFault: (url: string) => urlFault(url, config.webhooks),
    vectorSets: () => installedVectorSets(config.vectorsDir),
    memory: jobMemory(config.jobs.limits.memoryMb, trainsHere),
  }
  jobs = createJobs({
    ...checks,
    datasetStands: (id) => datasets.stands(id),
    store,
    records,
    queue,
    models,
    webhooks,
    workers: Math.max(1, config.workers),
    maxWaitingJobs: config.maxWaitingJobs,
    versionExists: async (model, job) =>
      (await models.head(model))?.state.versions.some((entry) => entry.job === job) ?? false,
    engine: JSON.stringify(ENGINE),
  })
  const { chores } = queue
  const schedules = createSchedules({
    models,
    chores,
    checks,
    changes: openChangeFeed(store),
    retrain: (model, body, by, id) => jobs.retrain(model, body, by, { id }),
    isOpen: async (id) => (await records.find(id)) !== undefined && !(await records.hasEnded(id)),
    completedAt: (id) => records.completedAt(id),
  })
  const evaluations = createEvaluations({
    store,
    models,
    table: keptTables(store),
    dataset: (idOrName) => datasets.get(idOrName),
    program: ownProgram(import.meta.url, './programs/evaluate-version'),
  })
  const inspections = createInspections({
    store,
    models,
    table: keptTables(store),
    program: ownProgram(import.meta.url, './programs/inspect-version'),
  })
  const thresholds = createThresholds({
    store,
    models,
    table: keptTables(store),
    program: ownProgram(import.meta.url, './programs/set-threshold'),
  })
  const archives = createArchives({
    store,
    models,
    maxBytes: config.maxUpload,
    program: ownProgram(import.meta.url, './programs/check-archive'),
  })
  const audit = createAudit(store)
  const garbage = createGarbageCollector({
    store,
    records,
    ageMs: config.garbageHours * HOUR_MS,
    predictionMs: config.predictionDays === null ? null : config.predictionDays * 24 * HOUR_MS,
  })
  return {
    serving,
    datasets,
    jobs,
    archives,
    audit,
    evaluations,
    inspections,
    thresholds,
    schedules,
    garbage,
    plots: createPlots(),
  }
}

/** What the API role needs beyond the shared parts. */
export type ApiParts = Awaited<ReturnType<typeof openApiParts>>

/** Sets the queue's repeating chores (retrains by schedule, garbage) where they are missing or differ. */
export async function alignChores(
  { queue }: Shared,
  { schedules }: Pick<ApiParts, 'schedules'>,
): Promise<void> {
  await schedules.align()
  const { cron, timeZone } = COLLECTION_TIMES
  const known = (await queue.chores.repeating()).find(({ id }) => id === GARBAGE)
  if (known?.cron !== cron || known.timeZone !== timeZone)
    await queue.chores.repeat(GARBAGE, COLLECTION_TIMES, { kind: GARBAGE })
}

/** Starts to work on chores: retrains by schedule, webhooks, garbage. */
export function openChores(
  config: Config,
  { queue, webhooks, log }: Shared,
  { schedules, garbage, audit, serving }: Pick<ApiParts, 'schedules' | 'garbage' | 'audit' | 'serving'>,
) {
  const served = untilServed(() => serving)
  const collect = collectionChore({
    garbage,
    audit,
    onCollected: (report) => log.info(report, 'garbage collected'),
    onNotAudited: (err) => log.error({ err }, 'not audited'),
  })
  const handle = choreHandler({
    retrain: (chore) => schedules.run(chore),
    webhook: (chore) => webhooks.run(chore, config.webhooks, served),
    [GARBAGE]: collect,
  })
  return queue.chores.work(handle, {
    onFailed: ({ id }, { message }) => log.warn({ chore: id, reason: message }, 'chore failed'),
  })
}

/** Logs how a job ended: a failure as a warning, but for folds and trials, whose job tells of its own end. */
function logEnd({ records, log }: Shared, id: string): void {
  findEnd(records, id).then(
    (end) => {
      if (!end) return
      const { id: job, request, ...about } = end
      const line = { job, ...about, ...(request === null ? {} : { reqId: request }) }
      if (end.state === 'failed' && end.parent === null) log.warn(line, 'job failed')
      else log.info(line, `job ${end.state}`)
    },
    (err: unknown) => log.warn({ job: id, err }, 'the outcome of a job cannot be read'),
  )
}

/** Starts the pool of training processes. @param published called when a job of this pool has completed */
export function openWorkerPool(
  config: Config,
  shared: Shared,
  tracing: Tracing | undefined,
  published: () => void,
): Promise<WorkerPool> {
  const { store, records, queue, webhooks, reconciler, log } = shared
  const { perModel } = config.jobs
  // A webhook that is missed here is found when queue and store are compared.
  const report = (id: string) => void webhooks.ended(id).catch(() => undefined)
  return queue.work({
    processor: fileURLToPath(new URL('./programs/train-job.js', import.meta.url)),
    concurrency: config.workers,
    warm: true,
    admit: perModel === null ? undefined : createAdmission({ store, records, queue, limit: perModel }),
    guard: createGuard(records, config.jobs.limits),
    heapMb: config.jobs.limits.memoryMb ?? undefined,
    env: jobEnvironment(process.env),
    tracing,
    onCompleted(id) {
      logEnd(shared, id)
      published()
      report(id)
    },
    onFailed(id, err) {
      log.error({ job: id, err }, 'job given up')
      reconciler.giveUp(id).then(
        () => {
          logEnd(shared, id)
          report(id)
        },
        (error: unknown) => log.error({ job: id, err: error }, 'the outcome of a job could not be written'),
      )
    },
  })
}

/**
 * Starts to compare queue and store, now and at intervals, and to restore what one of them has lost.
 * @param more further comparisons, run after each
 */
export function startReconciling(
  shared: Shared,
  more: () => Promise<void> = async () => {},
): { close: () => Promise<void> } {
  const { webhooks, reconciler, log } = shared
  const stopped = new AbortController()
  let running: Promise<void> | undefined
  const run = async () => {
    try {
      const { requeued, ended } = await reconciler.run(stopped.signal)
      if (requeued.length > 0) log.warn({ jobs: requeued }, 'jobs queued again that the queue had lost')
      if (ended.length > 0) log.warn({ jobs: ended }, 'jobs ended that the queue had given up')
      for (const id of ended) logEnd(shared, id)
      await webhooks.align()
      await more()
    } catch (err) {
      log.warn({ err }, 'queue and store could not be compared')
    }
  }
  const start = () => {
    running ??= run().finally(() => {
      running = undefined
    })
  }
  start()
  const timer = setInterval(start, RECONCILE_MS)
  return {
    async close() {
      clearInterval(timer)
      stopped.abort()
      await running
    },
  }
}

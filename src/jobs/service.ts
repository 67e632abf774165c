import { FitserveError, unknown, unlessDamaged } from '../errors.ts'
import { boundedHistory } from '../evaluation/history.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { sharedLooks } from '../runtime/shared-looks.ts'
import { cancelJob } from './cancel.ts'
import type { JobEvent, JobLogEntry, JobSubmission, Jobs, JobView, TrainingJobView } from './contract.ts'
import { datasetsUsed } from './orders/datasets-used.ts'
import { dryRun } from './orders/dry-run.ts'
import { type PredictionPlanDependencies, planPrediction } from './orders/plan-prediction.ts'
import { planTraining, type TrainingPlanDependencies } from './orders/plan-training.ts'
import { retrainOrder } from './orders/retrain.ts'
import { retryJob } from './orders/retry.ts'
import { type Plan, type SubmitDependencies, submit } from './orders/submit.ts'
import { waitingLimit } from './orders/waiting-limit.ts'
import type { JobQueue } from './queue/contract.ts'
import type { JobOutcome, JobRecord, JobRecords } from './records/records.ts'
import { watchEnds } from './views/ends.ts'
import { jobEvents } from './views/events.ts'
import { historyOfJob } from './views/job-history.ts'
import { LatestJobs } from './views/latest.ts'
import { trialsOf } from './views/leaderboard.ts'
import { JobList } from './views/list.ts'
import { deleteResult, predictionView, resultOf } from './views/predictions.ts'
import { EndedJobs, endedView, newJobView, runningView } from './views/views.ts'
import { workloads } from './views/workload.ts'
import type { Webhooks } from './webhooks/webhooks.ts'

// The life of a job, and the folder that looks after each part of it:
//
//   POST /jobs ──► order ─────► record ─────► queue ─────► attempt ─────► publication ──► outcome ──► webhook
//                  orders/      records/      queue/       attempt/       attempt/        records/    webhooks/
//                  checks and   in the store  hands it     a child        one entry in    written     a chore that
//                  completes    before the    to a worker  process        the model's     once per    is repeated
//                  the recipe   answer                     trains         log             round       until it arrives
//                                  ▲              │            │
//                                  └── worker/reconcile.ts ────┘  queues again what the queue has lost
//
// - The store is the source of truth and the queue only moves jobs on: a record without an outcome that the queue has
//   lost is queued again, so an acknowledged job is never lost.
// - A worker (queue/bullmq-worker.ts) runs each attempt in a child process whose program is programs/train-job.ts;
//   `openWorkerPool` in compose.ts puts the two together.
// - A publication adds an entry to the model's log and a note to the change feed (registry/). The API processes
//   read the feed once a second, load the new version and serve it (serving/follower.ts).
// - An attempt that crashes or whose worker is lost is followed by the next one, up to the queue's limit. Each has a
//   number of its own; a fence keeps an outdated attempt from writing.
// - A job with folds or trials is a family (family/, search/): its parts run first, as jobs of their own, and the job
//   itself then sums them up or trains the winner.
// - There are two kinds of job, trainings and predictions (`JobKind` in records/records.ts). All of this is the same for
//   both; where they differ, a table has a function for each: the plan (orders/plan-*.ts), the work of an attempt
//   (attempt/*-work.ts), progress, history and view (views/). The parts of a prediction answer ranges of rows, and the
//   job itself joins their files to the result (predictions/).
// - A retry that a client asks for begins a new round: the same record, and one more outcome.
// - views/ shows a job to clients: from the record and the outcome, and from the queue while it runs.

/** Dependencies of `createJobs`. */
export interface JobsDependencies
  extends Omit<SubmitDependencies, 'refuseWhereFull'>,
    TrainingPlanDependencies,
    PredictionPlanDependencies {
  records: JobRecords
  queue: JobQueue
  models: Pick<ModelRegistry, 'entry' | 'manifest' | 'readArtifact'>
  /** Number of processes that a job's parts are spread over, for the estimates of a dry run. */
  workers: number
  /** Waiting jobs, folds and trials from which orders of clients are refused. */
  maxWaitingJobs: number
  webhooks: Pick<Webhooks, 'ended' | 'viewOf'>
}

/** Builds the interface of jobs: orders and outcomes come from the store, progress from the queue. */
export function createJobs(dependencies: JobsDependencies): Jobs {
  const { store, records, queue } = dependencies
  const ended = new EndedJobs(records)
  const refuseWhereFull = waitingLimit(queue, dependencies.maxWaitingJobs)

  const findWithOutcome = async (id: string) => {
    const record = await records.find(id)
    const outcome = record && (await ended.outcome(id))
    if (!record || outcome?.refused) throw unknown('unknown-job', 'job', id)
    return { record, outcome }
  }
  const find = async (id: string): Promise<JobRecord> => (await findWithOutcome(id)).record
  const show = async (record: JobRecord, outcome: JobOutcome | undefined): Promise<JobView> => {
    const view = outcome ? endedView(record, outcome) : await runningView(record, { records, queue, ended })
    return { ...view, webhook: await dependencies.webhooks.viewOf(record) }
  }
  const viewOf = async (record: JobRecord) => show(record, await ended.outcome(record.id))
  const get = sharedLooks(async (id) => {
    const { record, outcome } = await findWithOutcome(id)
    return show(record, outcome)
  })
  const latest = new LatestJobs(records, get)
  const listed = new JobList({ records, queue, ended, show })
  const eventsOf = jobEvents({ queue, view: get })
  const ordered = async (submission: JobSubmission, plan: () => Promise<Plan>): Promise<JobView> => {
    const { record, from } = await submit({ ...dependencies, refuseWhereFull }, submission, plan)
    latest.changed()
    if (from === 'new') return newJobView(record)
    // A client that repeats a refused order wants it to be taken now.
    if (submission.idempotencyKey !== null && (await ended.outcome(record.id))?.refused) {
      try {
        await retryJob(dependencies, record, submission.by)
      } catch (error) {
        const lost = error instanceof FitserveError && error.code === 'job-not-retryable'
        if (!lost || (await ended.outcome(record.id))?.refused) throw error
        // Another request with this key was faster. The order is acknowledged once it is in the queue.
        return ordered(submission, plan)
      }
    }
    return { ...(await viewOf(record)), reused: from === 'reused' }
  }

  const train = async (submission: JobSubmission): Promise<TrainingJobView> => {
    const view = await ordered(submission, () => planTraining(dependencies, submission))
    // An Idempotency-Key answers with the job of an equal body, which is of the same kind.
    if (view.kind !== 'training') throw new TypeError('Expected a job that trains')
    return view
  }
  const findPrediction = async (id: string) => {
    const found = await findWithOutcome(id).catch((error: unknown) => {
      throw error instanceof FitserveError && error.code === 'unknown-job' ? unknownPrediction(id) : error
    })
    const { record, outcome } = found
    if (record.kind !== 'prediction' || record.parent !== null) throw unknownPrediction(id)
    return { record, outcome }
  }
  const showPrediction = async (view: JobView) => predictionView(store, await findPrediction(view.id), view)

  return {
    submit: train,
    async predict(submission) {
      const { body } = submission
      // The body of an order to train may read the same, and an Idempotency-Key must not answer with its job.
      const order = { ...submission, body: { prediction: body } }
      return showPrediction(await ordered(order, () => planPrediction(dependencies, body)))
    },
    async prediction(id) {
      await findPrediction(id)
      return showPrediction(await get(id))
    },
    result: async (id) => resultOf(store, await findPrediction(id)),
    deleteResult: async (id, by) => deleteResult(store, await findPrediction(id), by),
    dryRun: (body) => dryRun(dependencies, body, dependencies.workers),
    async retrain(model, body, by, own = {}) {
      const { order, contract } = await retrainOrder(dependencies, model, body)
      return train({ ...own, body: order, contract, by, idempotencyKey: null })
    },
    get,
    latest: (model) => latest.of(model),
    list: (page, filter) => listed.page(page, filter),
    async history(id) {
      const { record, outcome } = await findWithOutcome(id)
      return boundedHistory(await historyOfJob(record, outcome, { records, queue }))
    },
    trials: async (id, page) => trialsOf(await find(id), page, { records, viewOf }),
    async cancel(id, by) {
      const record = await find(id)
      await cancelJob({ records, queue }, record, by)
      latest.changed()
      // Where the queue is down, the next comparison of webhooks and outcomes finds this one.
      await dependencies.webhooks.ended(id).catch(() => undefined)
      return viewOf(record)
    },
    async retry(id, by) {
      const record = await find(id)
      await retryJob(dependencies, record, by)
      latest.changed()
      return viewOf(record)
    },
    async *events(id, lastEventId, signal): AsyncIterable<JobEvent> {
      const { children } = await find(id)
      yield* eventsOf({ id, parts: new Set(children), lastEventId, signal })
    },
    async log(id) {
      const { createdAt: at, createdBy: by } = await find(id)
      const ordered: JobLogEntry = { at, event: 'ordered', by, attempt: null, detail: null }
      const later = (await records.marks(id)).toSorted((a, b) => (a.at < b.at ? 1 : -1))
      return [...later, ordered]
    },
    workload: workloads({ queue, records }),
    onEnd: (listener) => watchEnds({ queue, records }, listener),
    async datasetInUse(datasetId) {
      for (const id of await ended.openIds()) {
        const record = await unlessDamaged(() => records.find(id))
        if (!record || record.parent !== null) continue
        if (datasetsUsed(record).some(({ id: used }) => used === datasetId))
          return `the job ${id} of the model "${record.model}"`
      }
      return null
    },
  }
}

function unknownPrediction(id: string): FitserveError {
  return unknown('unknown-prediction', 'prediction', id)
}

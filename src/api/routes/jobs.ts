import { mayUse } from '../../access.ts'
import type { ErrorCode } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { logOrder, originOf } from '../requests/order.ts'
import { jobAfter, secondsToWait } from '../requests/prefer-wait.ts'
import { missingBody } from '../requests/validation.ts'
import { whileConnected } from '../requests/while-connected.ts'
import { whileServing } from '../requests/while-serving.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { PageQuery, pageOf } from '../schemas/common.ts'
import {
  AnyJobView,
  DryRunView,
  HistoryView,
  JobLogView,
  JobParams,
  JobRequest,
  JobsQuery,
  JobViewSchema,
  SubmitHeaders,
  SubmitQuery,
  TrialView,
} from '../schemas/jobs.ts'

const UNAVAILABLE: readonly ErrorCode[] = ['queue-unavailable', 'store-unavailable']
/** Errors of the routes that take an order. */
const ORDER: readonly ErrorCode[] = [
  'invalid-json',
  'invalid-request',
  'invalid-job',
  'payload-too-large',
  'unsupported-media-type',
  ...UNAVAILABLE,
]
/** Errors of every route of one job. */
const ONE: readonly ErrorCode[] = ['unknown-job', ...UNAVAILABLE]

/** Orders on the data sets of the folder `examples`. */
const ORDERS = {
  minimal: {
    summary: 'The service chooses the recipe',
    value: { model: 'reviews', dataset: 'reviews' },
  },
  full: {
    summary: 'A recipe of its own, promoted if it is better',
    value: {
      model: 'houses',
      dataset: 'houses',
      promote: 'ifBetter',
      priority: 10,
      limits: { seconds: 600, memoryMb: 2048 },
      recipe: {
        target: 'median_house_value',
        scaling: 'standard',
        layers: [
          { units: 64, activation: 'relu' },
          { units: 64, dropout: 0.2 },
        ],
        optimizer: { type: 'adam', learningRate: 0.003 },
        loss: { type: 'meanAbsoluteError' },
        metrics: [{ type: 'mae' }, { type: 'r2' }],
        epochs: 20,
        batchSize: 64,
        validation: { split: 0.2 },
        earlyStopping: { monitor: 'valLoss', patience: 5 },
        seed: 7,
      },
    },
  },
}

/** Adds the routes that order, show and cancel jobs. */
export function jobRoutes(app: App, { jobs }: AppDependencies): void {
  const serving = whileServing(app)

  route(app, {
    endpoint: 'POST /jobs',
    summary: 'Train a model',
    description:
      'Queues a job and returns at once. Follow it with `GET /jobs/{id}` or `GET /jobs/{id}/events`, or send `Prefer: wait=30` to wait up to 30 seconds for its end. If you leave out the recipe, the service chooses one from the columns. If an equal job has completed before, it is returned with `reused: true`; `force` trains again. `?dryRun=true` does the same as `POST /dry-run`.',
    operation: 'submitJob',
    tag: 'jobs',
    role: 'train',
    query: SubmitQuery,
    headers: SubmitHeaders,
    accepts: [JSON_TYPE],
    bodies: { [JSON_TYPE]: JobRequest },
    examples: ORDERS,
    answers: { 202: JobViewSchema },
    errors: [...ORDER, 'idempotency-key-reused'],
    handler: async (request, reply) => {
      if (request.body === undefined) throw missingBody()
      if (request.query.dryRun === 'true') return jobs.dryRun(request.body)
      const { body, headers } = request
      const idempotencyKey = headers['idempotency-key'] ?? null
      const job = await jobs.submit({
        body,
        by: callerName(request),
        idempotencyKey,
        origin: originOf(request),
      })
      logOrder(request, job)
      reply.code(202).header('location', `/jobs/${job.id}`)
      const seconds = secondsToWait(headers.prefer)
      if (seconds === null) return reply.send(job)
      const signal = AbortSignal.any([whileConnected(reply), serving])
      // The order stands, so that a failure to follow it must not look like a refusal, which clients would repeat.
      const waited = await jobAfter(jobs, job.id, seconds, signal).catch((err: unknown) => {
        request.log.error({ err, job: job.id }, 'job not followed')
        return job
      })
      return reply.header('preference-applied', `wait=${seconds}`).send(waited)
    },
  })
  route(app, {
    endpoint: 'POST /dry-run',
    summary: 'Check an order without training',
    description:
      'Completes and checks the order of a job, and estimates its cost. Nothing is stored or queued. The answer has the recipe that would be trained, with every default filled in.',
    operation: 'checkJob',
    tag: 'jobs',
    role: 'train',
    readOnly: true,
    accepts: [JSON_TYPE],
    bodies: { [JSON_TYPE]: JobRequest },
    examples: ORDERS,
    answers: { 200: DryRunView },
    errors: ORDER,
    handler: (request) => {
      if (request.body === undefined) throw missingBody()
      return jobs.dryRun(request.body)
    },
  })
  route(app, {
    endpoint: 'GET /jobs',
    summary: 'List jobs',
    description:
      'Lists the newest jobs first. A page filtered by `state` may have fewer items than `limit`, even none, and still have a `next`: about 500 jobs are looked at for each page.',
    operation: 'listJobs',
    tag: 'jobs',
    role: 'train',
    query: JobsQuery,
    answers: { 200: pageOf(AnyJobView) },
    errors: UNAVAILABLE,
    handler: ({ caller, query }) => {
      const { limit, cursor, ...filter } = query
      const ofModel = caller?.models ? (model: string) => mayUse(caller, model) : undefined
      return jobs.list({ limit, cursor }, { ...filter, ofModel })
    },
  })
  route(app, {
    endpoint: 'GET /jobs/:id',
    summary: 'Show a job',
    description: 'Returns the state of a job and, once it is `completed`, the number of the new version.',
    operation: 'getJob',
    tag: 'jobs',
    role: 'train',
    params: JobParams,
    answers: { 200: AnyJobView },
    errors: ONE,
    handler: (request) => jobs.get(request.params.id),
  })
  route(app, {
    endpoint: 'GET /jobs/:id/history',
    summary: 'Show the metrics by epoch of a job, which may still be running',
    description: 'Grows with each epoch.',
    operation: 'getJobHistory',
    tag: 'jobs',
    role: 'train',
    params: JobParams,
    answers: { 200: HistoryView },
    errors: ONE,
    handler: (request) => jobs.history(request.params.id),
  })
  route(app, {
    endpoint: 'GET /jobs/:id/trials',
    summary: 'List the trials of a search, the best first',
    description: 'Each trial is one recipe of the search.',
    operation: 'listTrials',
    tag: 'jobs',
    role: 'train',
    params: JobParams,
    query: PageQuery,
    answers: { 200: pageOf(TrialView) },
    errors: ONE,
    handler: (request) => jobs.trials(request.params.id, request.query),
  })
  route(app, {
    endpoint: 'GET /jobs/:id/log',
    summary: 'List what happened to a job, newest first',
    description:
      'Returns the submission of the job and its newest 50 attempts and rounds: when they started, who cancelled or retried the job, and how it ended.',
    operation: 'getJobLog',
    tag: 'jobs',
    role: 'train',
    params: JobParams,
    answers: { 200: pageOf(JobLogView) },
    errors: ONE,
    handler: async (request) => ({ items: await jobs.log(request.params.id), next: null }),
  })
  route(app, {
    endpoint: 'POST /jobs/:id/retry',
    summary: 'Order a failed or cancelled job again',
    description: 'Starts another attempt with the same order.',
    operation: 'retryJob',
    tag: 'jobs',
    role: 'train',
    params: JobParams,
    answers: { 202: AnyJobView },
    errors: [...ONE, 'job-not-retryable'],
    handler: async (request, reply) => {
      const job = await jobs.retry(request.params.id, callerName(request))
      logOrder(request, job)
      return reply.code(202).header('location', `/jobs/${job.id}`).send(job)
    },
  })
  route(app, {
    endpoint: 'DELETE /jobs/:id',
    summary: 'Cancel a job',
    description: 'The state is `cancelling` until the training process has ended.',
    operation: 'cancelJob',
    tag: 'jobs',
    role: 'train',
    params: JobParams,
    answers: { 202: AnyJobView },
    errors: [...ONE, 'job-finished'],
    handler: async (request, reply) => {
      const job = await jobs.cancel(request.params.id, callerName(request))
      return reply.code(202).send(job)
    },
  })
}

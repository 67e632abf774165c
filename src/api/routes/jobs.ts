import type { ErrorCode } from '../../errors.ts'
import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { missingBody } from '../requests/validation.ts'
import { route } from '../route.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { PageQuery, pageOf } from '../schemas/common.ts'
import {
  AnyJobView,
  DryRunView,
  HistoryView,
  JobParams,
  JobRequest,
  JobsQuery,
  JobViewSchema,
  SubmitHeaders,
  SubmitQuery,
  TrialView,
} from '../schemas/jobs.ts'

const UNAVAILABLE: readonly ErrorCode[] = ['queue-unavailable', 'store-unavailable']
/** Errors of every route of one job. */
const ONE: readonly ErrorCode[] = ['unknown-job', ...UNAVAILABLE]

/** Adds the routes that order, show and cancel jobs. */
export function jobRoutes(app: App, { jobs }: AppDependencies): void {
  route(app, {
    endpoint: 'POST /jobs',
    summary: 'Train a model',
    operation: 'submitJob',
    tag: 'jobs',
    role: 'train',
    query: SubmitQuery,
    headers: SubmitHeaders,
    accepts: [JSON_TYPE],
    bodies: { [JSON_TYPE]: JobRequest },
    answers: { 200: DryRunView, 202: JobViewSchema },
    errors: [
      'invalid-json',
      'invalid-request',
      'invalid-job',
      'idempotency-key-reused',
      'payload-too-large',
      'unsupported-media-type',
      ...UNAVAILABLE,
    ],
    handler: async (request, reply) => {
      if (request.body === undefined) throw missingBody()
      if (request.query.dryRun === 'true') return jobs.dryRun(request.body)
      const { body, headers } = request
      const idempotencyKey = headers['idempotency-key'] ?? null
      const job = await jobs.submit({ body, by: callerName(request), idempotencyKey })
      return reply.code(202).header('location', `/jobs/${job.id}`).send(job)
    },
  })
  route(app, {
    endpoint: 'GET /jobs',
    summary: 'List jobs',
    operation: 'listJobs',
    tag: 'jobs',
    role: 'train',
    query: JobsQuery,
    answers: { 200: pageOf(AnyJobView) },
    errors: UNAVAILABLE,
    handler: (request) => {
      const { limit, cursor, ...filter } = request.query
      return jobs.list({ limit, cursor }, filter)
    },
  })
  route(app, {
    endpoint: 'GET /jobs/:id',
    summary: 'Show a job',
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
    endpoint: 'POST /jobs/:id/retry',
    summary: 'Order a failed or cancelled job again',
    operation: 'retryJob',
    tag: 'jobs',
    role: 'train',
    params: JobParams,
    answers: { 202: AnyJobView },
    errors: [...ONE, 'job-not-retryable'],
    handler: async (request, reply) => {
      const job = await jobs.retry(request.params.id, callerName(request))
      return reply.code(202).header('location', `/jobs/${job.id}`).send(job)
    },
  })
  route(app, {
    endpoint: 'DELETE /jobs/:id',
    summary: 'Cancel a job',
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

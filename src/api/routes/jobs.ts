import { JobBody } from '../../recipe/index.ts'
import type { AppDependencies } from '../dependencies.ts'
import { callerName } from '../requests/caller.ts'
import { missingBody } from '../requests/validation.ts'
import { type App, JSON_TYPE } from '../route-config.ts'
import { PageQuery, pageOf } from '../schemas/common.ts'
import {
  DryRunView,
  HistoryView,
  JobParams,
  JobsQuery,
  JobViewSchema,
  SubmitHeaders,
  SubmitQuery,
  TrialView,
} from '../schemas/jobs.ts'

const tags = ['jobs']
const UNAVAILABLE = ['queue-unavailable', 'store-unavailable'] as const
const ONE = { role: 'train', errors: ['unknown-job', ...UNAVAILABLE] } as const

/** Ordering, looking at and cancelling jobs. */
export function jobRoutes(app: App, { jobs }: AppDependencies): void {
  app.post(
    '/jobs',
    {
      config: {
        role: 'train',
        accepts: [JSON_TYPE],
        bodies: { [JSON_TYPE]: JobBody },
        errors: [
          'invalid-json',
          'invalid-request',
          'invalid-job',
          'idempotency-key-reused',
          'payload-too-large',
          'unsupported-media-type',
          ...UNAVAILABLE,
        ],
      },
      schema: {
        summary: 'Train a model',
        operationId: 'submitJob',
        tags,
        headers: SubmitHeaders,
        querystring: SubmitQuery,
        response: { 200: DryRunView, 202: JobViewSchema },
      },
    },
    async (request, reply) => {
      if (request.body === undefined) throw missingBody()
      if (request.query.dryRun === 'true') return jobs.dryRun(request.body)
      const { body, headers } = request
      const idempotencyKey = headers['idempotency-key'] ?? null
      const job = await jobs.submit({ body, by: callerName(request), idempotencyKey })
      return reply.code(202).header('location', `/jobs/${job.id}`).send(job)
    },
  )
  app.get(
    '/jobs',
    {
      config: { role: 'train', errors: UNAVAILABLE },
      schema: {
        summary: 'List jobs',
        operationId: 'listJobs',
        tags,
        querystring: JobsQuery,
        response: { 200: pageOf(JobViewSchema) },
      },
    },
    (request) => {
      const { limit, cursor, ...filter } = request.query
      return jobs.list({ limit, cursor }, filter)
    },
  )
  app.get(
    '/jobs/:id',
    {
      config: ONE,
      schema: {
        summary: 'Look at a job',
        operationId: 'getJob',
        tags,
        params: JobParams,
        response: { 200: JobViewSchema },
      },
    },
    (request) => jobs.get(request.params.id),
  )
  app.get(
    '/jobs/:id/history',
    {
      config: ONE,
      schema: {
        summary: 'Metrics per epoch, also of a running job',
        operationId: 'getJobHistory',
        tags,
        params: JobParams,
        response: { 200: HistoryView },
      },
    },
    (request) => jobs.history(request.params.id),
  )
  app.get(
    '/jobs/:id/trials',
    {
      config: ONE,
      schema: {
        summary: "A search's trials, the best first",
        operationId: 'listTrials',
        tags,
        params: JobParams,
        querystring: PageQuery,
        response: { 200: pageOf(TrialView) },
      },
    },
    (request) => jobs.trials(request.params.id, request.query),
  )
  app.post(
    '/jobs/:id/retry',
    {
      config: { ...ONE, errors: [...ONE.errors, 'job-not-retryable'] },
      schema: {
        summary: 'Order a failed or cancelled job again',
        operationId: 'retryJob',
        tags,
        params: JobParams,
        response: { 202: JobViewSchema },
      },
    },
    async (request, reply) => {
      const job = await jobs.retry(request.params.id, callerName(request))
      return reply.code(202).header('location', `/jobs/${job.id}`).send(job)
    },
  )
  app.delete(
    '/jobs/:id',
    {
      config: { ...ONE, errors: [...ONE.errors, 'job-finished'] },
      schema: {
        summary: 'Cancel a job',
        operationId: 'cancelJob',
        tags,
        params: JobParams,
        response: { 202: JobViewSchema },
      },
    },
    async (request, reply) => {
      const job = await jobs.cancel(request.params.id, callerName(request))
      return reply.code(202).send(job)
    },
  )
}

import { z } from 'zod'
import { JobError, Progress } from '../../jobs/records/records.ts'
import { Timestamp } from './common.ts'
import { named } from './registry.ts'
import { WarningView } from './warnings.ts'

/** The state of a job. */
export const JobStateView = named(
  'JobState',
  z.enum(['queued', 'active', 'cancelling', 'completed', 'failed', 'cancelled']),
)

/** Why a job failed. */
export const JobErrorView = named('JobError', JobError)

/** Progress of a running job. */
export const ProgressView = named('Progress', Progress)

const WebhookView = named(
  'JobWebhook',
  z.object({
    url: z.string().describe('The address, without its query.'),
    state: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.int(),
    status: z.int().nullable().describe('HTTP status of the last answer of the receiver.'),
    error: z.string().nullable().describe('Why the last attempt failed.'),
    at: Timestamp.nullable().describe('When the webhook was delivered or given up.'),
  }),
)

/** Fields of a job of any kind. */
export const jobFields = {
  id: z.uuid(),
  model: z.string(),
  dataset: z.string().describe('Id of the data set.'),
  datasetName: z.string(),
  state: JobStateView,
  attempt: z.int(),
  reused: z.boolean(),
  progress: ProgressView.nullable(),
  createdAt: Timestamp,
  startedAt: Timestamp.nullable(),
  finishedAt: Timestamp.nullable(),
  error: JobErrorView.nullable(),
  warnings: z.array(WarningView),
  priority: z.int().nullable().describe('Jobs with priority 1 run first, those with null last.'),
  limits: named(
    'JobLimits',
    z
      .object({ seconds: z.int().nullable(), memoryMb: z.int().nullable() })
      .describe('Limits of each process of the job, as ordered. The limits of the service apply as well.'),
  ),
  parent: z
    .uuid()
    .nullable()
    .describe('Id of the parent job, if this job is a fold, a trial or a range of rows.'),
  webhook: WebhookView.nullable().describe('The webhook that reports the end of the job; null: none.'),
}

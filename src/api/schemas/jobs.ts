import { z } from 'zod'
import { History } from '../../evaluation/history.ts'
import { JobError, Part, Progress } from '../../jobs/records/records.ts'
import { CompleteRecipe, Promote } from '../../recipe/index.ts'
import { PageQuery, Timestamp } from './common.ts'
import { named } from './registry.ts'

export const JobStateView = z.enum(['queued', 'active', 'cancelling', 'completed', 'failed', 'cancelled'])
export const ProgressView = named('Progress', Progress)
export const HistoryView = named('History', History)
export const RecipeView = named('CompleteRecipe', CompleteRecipe)

export const JobViewSchema = named(
  'Job',
  z.object({
    id: z.uuid(),
    model: z.string(),
    dataset: z.string().describe('Id of the data set.'),
    datasetName: z.string(),
    state: JobStateView,
    attempt: z.int(),
    reused: z.boolean(),
    promote: Promote,
    progress: ProgressView.nullable(),
    createdAt: Timestamp,
    startedAt: Timestamp.nullable(),
    finishedAt: Timestamp.nullable(),
    version: z.int().nullable(),
    error: JobError.nullable(),
    warnings: z.array(z.string()),
    priority: z.int().nullable().describe('1 first; null: last.'),
    limits: z
      .object({ seconds: z.int().nullable(), memoryMb: z.int().nullable() })
      .describe('What each of its processes may use, as it was ordered; the service may allow less.'),
    recipe: RecipeView,
    parent: z.uuid().nullable().describe('The job that this one is a fold or a trial of.'),
    part: Part.nullable(),
    webhook: z
      .object({
        url: z.string().describe('Without its query.'),
        state: z.enum(['pending', 'delivered', 'failed']),
        attempts: z.int(),
        status: z.int().nullable().describe("The receiver's last answer."),
        error: z.string().nullable().describe('Why the last attempt failed.'),
        at: Timestamp.nullable().describe('When it was delivered or given up.'),
      })
      .nullable()
      .describe('The report of its end, where one was ordered.'),
  }),
)

export const JobParams = z.object({ id: z.string().meta({ format: 'uuid' }) })

/** Headers are checked only here: all others pass. */
export const SubmitHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'Expected 1 to 255 printable ASCII characters')
    .describe('The same key and body answer with the same job for 24 hours.')
    .optional(),
})
export const EventHeaders = z.looseObject({
  'last-event-id': z.string().describe('The `id` of the last event that was seen.').optional(),
})

export const JobsQuery = PageQuery.extend({
  state: JobStateView.optional(),
  model: z.string().optional(),
  parent: z.string().describe('Folds and trials of this job.').optional(),
})

export const SubmitQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .describe('`true`: only check, complete and estimate; answers 200.')
    .optional(),
})

export const DryRunView = named(
  'DryRun',
  z.object({
    recipe: RecipeView,
    inputs: z.int().describe('Inputs of the network, at most.'),
    parameters: z.int(),
    estimated: z
      .object({ seconds: z.number(), memoryMb: z.number() })
      .describe('To a factor of two or three.'),
    warnings: z.array(z.string()),
  }),
)

export const TrialView = named(
  'Trial',
  z.object({
    id: z.uuid(),
    number: z.int(),
    params: z.record(z.string(), z.unknown()).describe('Values under the paths of `search.over`.'),
    state: JobStateView,
    stopped: z.boolean().describe('Whether it fell behind the others.'),
    score: z.number().nullable().describe("The search's metric at the epoch that counts."),
    epochs: z.int(),
    error: JobError.nullable().describe('Why it failed.'),
  }),
)

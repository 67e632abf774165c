import { z } from 'zod'
import { History } from '../../evaluation/history.ts'
import { TrainingPart } from '../../jobs/records/records.ts'
import { JobBody, Promote } from '../../recipe/index.ts'
import { PageQuery, Timestamp } from './common.ts'
import { JobErrorView, JobStateView, jobFields } from './job-fields.ts'
import { PredictionJobView } from './predictions.ts'
import { RecipeView } from './recipe.ts'
import { capitalized, named, UNDOCUMENTED } from './registry.ts'
import { WarningView } from './warnings.ts'

for (const part of TrainingPart.options) {
  const [kind = ''] = part.shape.kind.values
  named(`${capitalized(kind)}Part`, part)
}

/** Metrics by epoch. */
export const HistoryView = named('History', History)

/** A job that trains. */
export const JobViewSchema = named(
  'Job',
  z.object({
    ...jobFields,
    kind: z.literal('training'),
    promote: Promote,
    version: z.int().nullable(),
    recipe: RecipeView,
    part: TrainingPart.nullable(),
  }),
)

/** A job of any kind. */
export const AnyJobView = named('AnyJob', z.discriminatedUnion('kind', [JobViewSchema, PredictionJobView]))

/** Path parameters of the routes of one job. */
export const JobParams = z.object({ id: z.string().meta({ format: 'uuid' }) })

/** Headers of an order. Other headers are not checked. */
export const SubmitHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'Expected 1 to 255 printable ASCII characters')
    .describe('For 24 hours, the same key with the same body returns the same job.')
    .optional(),
  prefer: z
    .string()
    .describe(
      '`wait=30`: the answer waits up to 30 seconds (at most 300) for the job to end, and has the job as it is then. Its `state` tells whether it has ended.',
    )
    .optional(),
})

/** Headers of a request for a job's events. */
export const EventHeaders = z.looseObject({
  'last-event-id': z.string().describe('The `id` of the last event that the client has received.').optional(),
})

/** Query of the list of jobs. */
export const JobsQuery = PageQuery.extend({
  state: JobStateView.optional(),
  model: z.string().optional(),
  kind: z.enum(['training', 'prediction']).optional(),
  parent: z.string().describe('Id of a job: lists its folds, trials or ranges of rows.').optional(),
})

/** Query of an order. */
export const SubmitQuery = z.strictObject({
  dryRun: z.enum(['true', 'false']).meta(UNDOCUMENTED).optional(),
})

/** Body of an order. The jobs' room checks it. */
export const JobRequest = named('JobRequest', JobBody)

/** The answer to an order that is only checked. */
export const DryRunView = named(
  'DryRun',
  z.object({
    recipe: RecipeView,
    inputs: z.int().describe('Upper bound on the inputs of the network.'),
    parameters: z.int(),
    estimated: z
      .object({ seconds: z.number(), memoryMb: z.number() })
      .describe('Right within a factor of two or three.'),
    warnings: z.array(WarningView),
    notes: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .describe('What the fields of the recipe that divide, weight or decide rows do with this data set.'),
  }),
)

/** A trial of a search. */
export const TrialView = named(
  'Trial',
  z.object({
    id: z.uuid(),
    number: z.int(),
    params: z
      .record(z.string(), z.unknown())
      .describe('The values of this trial by the paths of `search.over`.'),
    state: JobStateView,
    stopped: z.boolean().describe('True if the trial was stopped early because it fell behind the others.'),
    score: z.number().nullable().describe('The metric of the search, at the epoch that was chosen.'),
    epochs: z.int(),
    error: JobErrorView.nullable().describe('Why the trial failed.'),
  }),
)

/** Something that happened to a job. */
export const JobLogView = named(
  'JobLogEntry',
  z.object({
    at: Timestamp,
    event: z
      .enum(['ordered', 'started', 'cancelRequested', 'retried', 'completed', 'failed', 'cancelled'])
      .describe('`started`: an attempt of it, or of its last step after folds or trials.'),
    by: z.string().nullable().describe('Name of the API key that requested it.'),
    attempt: z.int().nullable().describe('Number of the attempt that started.'),
    detail: z.string().nullable().describe('Why the job failed.'),
  }),
)

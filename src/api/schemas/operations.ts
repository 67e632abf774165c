import { z } from 'zod'
import { NAME_PATTERN } from '../../recipe/index.ts'
import { pageLimit, Timestamp } from './common.ts'
import { named } from './registry.ts'

const RunningJobView = named(
  'RunningJob',
  z.object({
    id: z.uuid(),
    model: z.string(),
    kind: z.enum(['training', 'prediction']),
    parent: z.uuid().nullable().describe('Id of the job that it is a part of.'),
    part: z
      .object({ kind: z.enum(['fold', 'trial', 'rows']), number: z.int() })
      .nullable()
      .describe('Which part of its parent it is, from 1.'),
    worker: z
      .string()
      .nullable()
      .describe('Machine and process id of the worker, as `host:pid`; null for one of an earlier release.'),
    startedAt: Timestamp.nullable(),
  }),
)

/** What workers do, and what waits for them. */
export const WorkloadView = named(
  'Workload',
  z.object({
    processes: z.int().describe('Processes that take jobs. Each may run several at once.'),
    waiting: z
      .int()
      .describe('Jobs that a worker could take. A key for some models has those of `next` counted.'),
    active: z.int().describe('Jobs that a worker has. A key for some models has those of `running` counted.'),
    running: z.array(RunningJobView).describe('At most 200 of the active jobs.'),
    next: z
      .array(z.object({ model: z.string(), jobs: z.int() }))
      .describe('The next 200 of the waiting jobs by model, the model with the most first.'),
  }),
)

const TrafficFiguresView = named(
  'TrafficFigures',
  z.object({
    requests: z.int().describe('Number of answered requests and parts of streams.'),
    rows: z.int().describe('Rows in them.'),
    p50Ms: z.number().nullable().describe('Median response time in milliseconds; null: no requests.'),
    p99Ms: z.number().nullable().describe('99th percentile of the response time in milliseconds.'),
  }),
)

/** What each model has answered. */
export const TrafficView = named(
  'Traffic',
  z.object({
    process: z
      .string()
      .describe(
        'Id of the process that answered; each process has its own counts. It changes with a restart.',
      ),
    seconds: z.number().describe('Seconds that `recent` spans: about 60, or fewer after a start.'),
    items: z
      .array(
        z.object({
          model: z.string().describe('`*`: all models beyond the first 200.'),
          recent: TrafficFiguresView,
          total: TrafficFiguresView.describe('Since the process started.'),
        }),
      )
      .describe('The busiest model first; models without requests are left out.'),
  }),
)

/** Limit on the models of a request for trends. */
const MAX_MODELS = 30
const NAME = NAME_PATTERN.source.replace(/^\^|\$$/g, '')
const NAMES = new RegExp(`^${NAME}(,${NAME}){0,${MAX_MODELS - 1}}$`)

/** Limit on the versions of each. */
const MAX_VERSIONS = 10

/** The query for trends. */
export const TrendsQuery = z.strictObject({
  models: z
    .string()
    .regex(NAMES, `Expected the names of 1 to ${MAX_MODELS} models, with commas between them`)
    .describe(`Names of models, at most ${MAX_MODELS}, with commas between them.`)
    .transform((text) => text.split(',')),
  versions: pageLimit(MAX_VERSIONS, 8),
})

/** The metrics of a model's newest versions. */
export const TrendView = named(
  'Trend',
  z.object({
    model: z.string(),
    versions: z
      .array(z.object({ version: z.int(), metrics: z.record(z.string(), z.number().nullable()) }))
      .describe('The newest first, followed by `production` if it is older.'),
  }),
)

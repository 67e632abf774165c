import { z } from 'zod'
import { Evaluation } from '../../evaluation/schema.ts'
import { ModelEvent, ScheduledRun } from '../../registry/model-log.ts'
import { AliasName, ModelName, Timestamp } from './common.ts'
import { named } from './registry.ts'

/** Path parameters of the routes of one version. */
export const VersionParams = z.object({
  name: ModelName,
  version: z.string().meta({ description: 'Number of a version, or an alias.', examples: ['production'] }),
})

/** Path parameters of the routes of one alias. */
export const AliasParams = z.object({ name: ModelName, alias: AliasName })

/** Body of a request to point an alias at a version. */
export const AliasBody = z.strictObject({ version: z.int().positive() })

const VersionSummary = z.object({
  version: z.int(),
  job: z.string(),
  createdAt: Timestamp,
  aliases: z.array(z.string()).describe('The aliases that point at this version.'),
})

/** A version in a list. */
export const VersionView = named('Version', VersionSummary)

const Aliases = z.record(z.string(), z.int()).describe('Version numbers by alias.')

const Loaded = z
  .array(z.object({ version: z.int(), bytes: z.int().describe('Approximate size in memory, in bytes.') }))
  .describe('Versions in the memory of the process that answers this request.')

/** A model in a list. */
export const ModelSummary = named(
  'ModelSummary',
  z.object({
    name: z.string(),
    latest: z.int().nullable().describe('The newest version.'),
    versions: z.int().describe('Number of versions.'),
    aliases: Aliases,
    loaded: Loaded,
    updatedAt: Timestamp,
  }),
)

/** The schedule of a model. */
export const ScheduleView = named(
  'Schedule',
  z.object({
    cron: z.string(),
    timeZone: z.string(),
    nextRun: Timestamp.nullable(),
    order: z.record(z.string(), z.unknown()).describe('The order of each run, as in a retrain.'),
    setAt: Timestamp,
    setBy: z.string().nullable().describe('Name of the API key; null: none was sent.'),
    lastRun: ScheduledRun.nullable().describe('The last run that was due, and what became of it.'),
  }),
)

/** A model with its versions. */
export const ModelView = named(
  'Model',
  z.object({
    name: z.string(),
    versions: z
      .array(VersionView)
      .describe('The newest 500 versions, newest first. `/models/{name}/versions` lists all.'),
    aliases: Aliases,
    schedule: ScheduleView.nullable(),
    loaded: Loaded,
    updatedAt: Timestamp,
  }),
)

/** A version's manifest, with its aliases and further evaluations. */
export const ManifestView = named(
  'Manifest',
  VersionSummary.extend({
    model: z.string(),
    attempt: z.int(),
    files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() })),
    evaluations: z
      .array(
        z.object({
          dataset: z.object({ id: z.string(), name: z.string() }),
          evaluatedAt: Timestamp,
          rows: z.int(),
          loss: z.number(),
          metrics: z.record(z.string(), z.number().nullable()),
        }),
      )
      .describe('Evaluations on further data sets, newest first.'),
  })
    .catchall(z.unknown())
    .describe('A version with its recipe, data set, metrics, sizes and times.'),
)

/** The evaluation of a version. */
export const EvaluationView = named('Evaluation', Evaluation)

/** Body of a request to evaluate a version. */
export const EvaluateBody = z.strictObject({
  dataset: z.string().min(1).describe('Id or name of a data set.'),
})

/** The move of an alias. */
export const AliasMoveView = named(
  'AliasMove',
  z.object({ alias: z.string(), version: z.int(), previous: z.int().nullable() }),
)

/** One generation of a model's log. */
export const LogEntryView = named(
  'LogEntry',
  z.object({
    generation: z.int(),
    at: Timestamp,
    by: z.string().nullable().describe('Name of the API key; null: none was sent.'),
    events: z.array(ModelEvent),
  }),
)

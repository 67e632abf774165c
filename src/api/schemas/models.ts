import { z } from 'zod'
import { Evaluation } from '../../evaluation/schema.ts'
import { ModelEvent, ScheduledRun } from '../../registry/model-log.ts'
import { AliasName, ModelName, Timestamp } from './common.ts'
import { named } from './registry.ts'

export const VersionParams = z.object({
  name: ModelName,
  version: z.string().meta({ description: 'A number or an alias.', examples: ['production'] }),
})
export const AliasParams = z.object({ name: ModelName, alias: AliasName })

export const AliasBody = z.strictObject({ version: z.int().positive() })

const VersionSummary = z.object({
  version: z.int(),
  job: z.string(),
  createdAt: Timestamp,
  aliases: z.array(z.string()).describe('The aliases that point here.'),
})
export const VersionView = named('Version', VersionSummary)

const Aliases = z.record(z.string(), z.int()).describe('Alias → version.')

const Loaded = z
  .array(z.object({ version: z.int(), bytes: z.int().describe('Roughly.') }))
  .describe('The versions in the memory of the process that answers.')

export const ModelSummary = named(
  'ModelSummary',
  z.object({
    name: z.string(),
    latest: z.int().nullable().describe('The newest version.'),
    versions: z.int().describe('How many there are.'),
    aliases: Aliases,
    loaded: Loaded,
    updatedAt: Timestamp,
  }),
)

export const ScheduleView = named(
  'Schedule',
  z.object({
    cron: z.string(),
    timeZone: z.string(),
    nextRun: Timestamp.nullable(),
    order: z.record(z.string(), z.unknown()).describe('What a run asks for, as in a retrain.'),
    setAt: Timestamp,
    setBy: z.string().nullable().describe('Name of the API key.'),
    lastRun: ScheduledRun.nullable().describe('What became of the last time that came.'),
  }),
)

export const ModelView = named(
  'Model',
  z.object({
    name: z.string(),
    versions: z.array(VersionView).describe('Newest first; beyond 500 see /versions.'),
    aliases: Aliases,
    schedule: ScheduleView.nullable(),
    loaded: Loaded,
    updatedAt: Timestamp,
  }),
)

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
      .describe('On further data sets, the newest first.'),
  })
    .catchall(z.unknown())
    .describe('Recipe, data set, metrics, sizes and times of a version.'),
)

export const EvaluationView = named('Evaluation', Evaluation)

export const EvaluateBody = z.strictObject({ dataset: z.string().min(1).describe('Id or name.') })

export const AliasMoveView = named(
  'AliasMove',
  z.object({ alias: z.string(), version: z.int(), previous: z.int().nullable() }),
)

export const LogEntryView = named(
  'LogEntry',
  z.object({
    generation: z.int(),
    at: Timestamp,
    by: z.string().nullable().describe('Name of the API key.'),
    events: z.array(ModelEvent),
  }),
)

import { z } from 'zod'
import {
  AnswerCosts,
  CalibrationFigures,
  ClassLevel,
  Evaluation,
  IntervalFigures,
  LearningCurvePoint,
  PrecisionRecallCurve,
  Reliability,
  Residuals,
  RocCurve,
  SetFigures,
  Slice,
  Slices,
  ThresholdTable,
} from '../../evaluation/schema.ts'
import { KeepVersions, ScheduleBody } from '../../jobs/schedules/body.ts'
import { MISSING_RULES } from '../../models/signature.ts'
import { NAME_PATTERN, NAME_RULE, RetrainBody, Task, Threshold } from '../../recipe/index.ts'
import { ColumnType } from '../../recipe/table.ts'
import { ModelEvent, ScheduledRun } from '../../registry/model-log.ts'
import { MAX_CONDITIONS_TEXT, readConditions } from '../../versions/conditions.ts'
import { AliasName, ModelName, PageQuery, Timestamp } from './common.ts'
import { capitalized, named, UNDOCUMENTED } from './registry.ts'

/** Path parameters of the routes of one version. */
export const VersionParams = z.object({
  name: ModelName,
  version: z.string().meta({ description: 'Number of a version, or an alias.', examples: ['production'] }),
})

/** Path parameters of the routes of one alias. */
export const AliasParams = z.object({ name: ModelName, alias: AliasName })

/** Body of a request to point an alias at a version. */
export const AliasBody = named('AliasRequest', z.strictObject({ version: z.int().positive() }))

/** Characters of a description, tags, and characters of a tag's value. */
const MAX_DESCRIPTION = 5_000
const MAX_TAGS = 20
const MAX_TAG_VALUE = 200

/** A character that says nothing, or half of one. */
const UNREADABLE = /\p{Cc}|\p{Surrogate}/u

/** Body of a request to describe a model or a version. */
export const DescriptionBody = named(
  'DescriptionRequest',
  z
    .strictObject({
      description: z
        .string()
        .max(MAX_DESCRIPTION)
        .refine((text) => !UNREADABLE.test(text.replace(/[\t\r\n]/g, '')), {
          error: 'Expected valid Unicode without control characters other than tabs and line breaks',
        })
        .nullable()
        .describe('What it is for, as plain text; null or empty: no description.')
        .optional(),
      tags: z
        .record(
          z.string().regex(NAME_PATTERN, NAME_RULE),
          z
            .string()
            .max(MAX_TAG_VALUE)
            .refine((value) => !UNREADABLE.test(value), {
              error: 'Expected one line of valid Unicode without control characters',
            }),
        )
        .refine((tags) => Object.keys(tags).length <= MAX_TAGS, `At most ${MAX_TAGS} tags are possible.`)
        .meta({ maxProperties: MAX_TAGS })
        .describe(
          'Values by key, which replace all tags before. A key follows the rules for names of models; a value is one line and may be empty.',
        )
        .optional(),
    })
    .meta({
      examples: [{ description: 'Reviews of films, in English.', tags: { team: 'search', stage: 'test' } }],
    }),
)

const Described = {
  description: z.string().nullable().describe('What it is for, as plain text; null: no description.'),
  tags: z.record(z.string(), z.string()).describe('Values by key.'),
}

/** The description and tags of a model or a version. */
export const DescriptionView = named('Description', z.object(Described))

const TAG = z
  .string()
  .min(1)
  .max(MAX_TAG_VALUE + 100)

/** Query of a list of models. */
export const ModelsQuery = PageQuery.extend({
  name: z.string().max(64).describe('Only models whose names contain this, ignoring case.').optional(),
  tag: TAG.describe(
    'Only models with this tag: `team`, or `team:search` for the tag with this value.',
  ).optional(),
})

/** Conditions in a query, as `readConditions` reads them. */
const Conditions = z
  .string()
  .max(MAX_CONDITIONS_TEXT)
  .transform((text, context) => {
    const read = readConditions(text)
    if ('conditions' in read) return read.conditions
    context.addIssue({ code: 'custom', message: read.fault })
    return z.NEVER
  })

/** Query of a list of versions. */
export const VersionsQuery = PageQuery.extend({
  tag: TAG.describe(
    'Only versions with this tag: `team`, or `team:search` for the tag with this value.',
  ).optional(),
  where: Conditions.describe(
    'Only versions that meet these conditions: `accuracy >= 0.9 and optimizer.type = adam`. Up to 10 conditions, joined by `and`. Each is a metric, a field of the recipe or `dataset`, one of `= != > >= < <= ~` (contains), and a value, which needs quotes if it contains `and` or an operator.',
  ).optional(),
})

const VersionSummary = z.object({
  version: z.int(),
  job: z.string(),
  createdAt: Timestamp,
  aliases: z.array(z.string()).describe('The aliases that point at this version.'),
  ...Described,
})

/** A version in a list. */
export const VersionView = named('Version', VersionSummary)

/** Body of a request for another threshold. */
export const ThresholdBody = named(
  'ThresholdRequest',
  z
    .strictObject({
      threshold: Threshold,
      promote: z
        .enum(['always', 'never'])
        .describe('Whether the new version becomes `production`. Default: `always`.')
        .optional(),
    })
    .meta({ examples: [{ threshold: { recall: 0.9 } }, { threshold: 0.3, promote: 'never' }] }),
)

/** A version with another threshold. */
export const ThresholdView = named(
  'ThresholdVersion',
  VersionSummary.extend({
    from: z.int().describe('The version whose network it has.'),
    threshold: z.number().describe('The probability from which it answers the positive class.'),
  }),
)

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
    description: z
      .string()
      .nullable()
      .describe('The beginning of the description, up to 200 characters; null: no description.'),
    tags: Described.tags,
    loaded: Loaded,
    updatedAt: Timestamp,
  }),
)

/** Body of a request for a schedule. The jobs' room checks it. */
export const ScheduleRequest = named('ScheduleRequest', ScheduleBody)

/** Body of a request to train production's recipe again; absent: without changes. */
export const RetrainRequest = named('RetrainRequest', RetrainBody).optional()

/** Body of a request for other settings of a model. */
export const SettingsBody = named(
  'SettingsRequest',
  z.strictObject({ keepVersions: KeepVersions.nullable() }).meta({
    description: 'Number of newest versions to keep; null: the setting `KEEP_VERSIONS`.',
    examples: [{ keepVersions: 10 }],
  }),
)

const KeptVersions = z
  .int()
  .nullable()
  .describe(
    'How many of its newest versions the model keeps, beside those that an alias points at; null: all.',
  )

/** The settings of a model. */
export const SettingsView = named(
  'Settings',
  z.object({
    keepVersions: KeptVersions,
    retired: z.array(z.int()).describe('Numbers of the versions that were retired for it, oldest first.'),
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
    ...Described,
    schedule: ScheduleView.nullable(),
    keepVersions: KeptVersions,
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
    lastFit: z
      .object({ epochs: z.int(), rows: z.int() })
      .nullable()
      .describe(
        'The fit on all rows that made the model, after the one that was evaluated. Null: the evaluated model is kept. Absent in versions of earlier releases.',
      )
      .optional(),
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

const Range = z
  .object({ min: z.number(), max: z.number() })
  .nullable()
  .describe('Smallest and largest value of the training rows; null: not known.')

const DateRange = z
  .object({ min: z.string(), max: z.string() })
  .describe('First and last date of the training rows, in ISO 8601.')

const Target = z
  .string()
  .nullable()
  .describe('Name of the target column; null: not known, or several targets.')

const LabelOutput = named(
  'LabelOutput',
  z.object({
    type: z.literal('label'),
    target: Target,
    classes: z.array(z.string()),
    positive: z
      .string()
      .nullable()
      .describe('The class whose probability `score` is; null: the predicted label.'),
    threshold: z
      .number()
      .nullable()
      .describe('Smallest probability for which the answer is the positive class.'),
    calibration: z
      .enum(['temperature', 'platt', 'isotonic'])
      .nullable()
      .describe("How the probabilities are calibrated; null: they are the network's own."),
  }),
)

const LabelsOutput = named(
  'LabelsOutput',
  z.object({
    type: z.literal('labels'),
    target: Target,
    classes: z.array(z.string()).describe('The labels that a row may have.'),
    thresholds: z
      .array(z.number())
      .describe('Probability from which each label is predicted, in the order of `classes`.'),
  }),
)

const ValueOutput = named('ValueOutput', z.object({ type: z.literal('value'), target: Target, range: Range }))

const ValuesOutput = named(
  'ValuesOutput',
  z.object({
    type: z.literal('values'),
    target: Target,
    targets: z.array(z.object({ name: z.string(), range: Range })).describe('The targets; each has a value.'),
  }),
)

/** An end of the range of a number, or of a date in ISO 8601. */
const End = z.union([z.number(), z.string()])

const NumberEnds = {
  minimum: z.number().describe('Smallest value of the training rows.').optional(),
  maximum: z.number().describe('Largest value of the training rows.').optional(),
}

const TargetView = named(
  'SignatureTarget',
  z
    .object({
      name: Target,
      type: z.enum(['number', 'category', 'list']),
      ...NumberEnds,
      classes: z
        .array(z.string())
        .describe('The classes, or the labels that a row may have, in the order of the probabilities.')
        .optional(),
      targets: z
        .array(z.object({ name: z.string(), ...NumberEnds }))
        .describe('Several numbers that are predicted together.')
        .optional(),
    })
    .describe('The column that the version predicts. `output` describes the prediction.'),
)

/** Query of the signature. `jsonschema` answers as the address `…/schema` does, which the document describes. */
export const SignatureQuery = z.strictObject({
  format: z.enum(['jsonschema']).meta(UNDOCUMENTED).optional(),
})

/** What a version takes and answers. */
export const SignatureView = named(
  'Signature',
  z.object({
    model: z.string(),
    version: z.int(),
    task: Task,
    inputs: z.array(
      z.object({
        name: z.string(),
        type: ColumnType,
        nullable: z.boolean().describe('Whether null (a missing value) is accepted.'),
        missing: z
          .enum(MISSING_RULES)
          .describe(
            'What a missing value counts as: `mean` or `median` of the training rows, the `value` of the recipe, a `bin` of its own, or `empty`, a text without words or none of the categories. `refuse`: such a row is refused.',
          ),
        minimum: End.describe('Smallest number, or first date, of the training rows.').optional(),
        maximum: End.describe('Largest number, or last date, of the training rows.').optional(),
        classes: z
          .array(z.union([z.string(), z.boolean()]))
          .describe('The same as `categories`.')
          .optional(),
        range: z.union([Range, DateRange]).optional(),
        format: z
          .string()
          .describe(
            'For a date: the format in the training file, as in `strptime`. ISO 8601 is accepted too.',
          )
          .optional(),
        categories: z
          .array(z.union([z.string(), z.boolean()]))
          .describe('The first 100 values of a category or boolean that training rows have.')
          .optional(),
        categoryCount: z.int().describe('Number of all such values.').optional(),
        unseen: z
          .enum(['other', 'refuse'])
          .describe('Whether other values are refused, or count as none of them.')
          .optional(),
      }),
    ),
    ignored: z
      .array(z.string())
      .describe(
        'Other columns of the training data, which a row may have. They are not read. The first 100.',
      ),
    target: TargetView,
    output: z.discriminatedUnion('type', [LabelOutput, LabelsOutput, ValueOutput, ValuesOutput]),
    example: z.record(z.string(), z.unknown()).describe('A row that the version answers.'),
    request: z
      .record(z.string(), z.unknown())
      .describe('A body with this row that `POST /predict` answers.')
      .meta({
        examples: [{ model: 'houses', version: 1, features: { rooms: 5, ocean_proximity: 'INLAND' } }],
      }),
  }),
)

named('RocCurve', RocCurve)
named('PrecisionRecallCurve', PrecisionRecallCurve)
named('Reliability', Reliability)
named('CalibrationFigures', CalibrationFigures)
named('Residuals', Residuals)
named('AnswerCosts', AnswerCosts)
named('ClassLevel', ClassLevel)
named('IntervalFigures', IntervalFigures)
named('LearningCurvePoint', LearningCurvePoint)
named('SetFigures', SetFigures)
named('Slice', Slice)
named('Slices', Slices)
named('ThresholdTable', ThresholdTable)

/** The JSON Schema of a row. */
export const RowSchemaView = named('RowSchema', z.record(z.string(), z.unknown()))

/** The evaluation of a version. */
export const EvaluationView = named('Evaluation', Evaluation)

/** Body of a request to evaluate a version. */
export const EvaluateBody = named(
  'EvaluateRequest',
  z.strictObject({ dataset: z.string().min(1).describe('Id or name of a data set.') }),
)

/** The move of an alias. */
export const AliasMoveView = named(
  'AliasMove',
  z.object({ alias: z.string(), version: z.int(), previous: z.int().nullable() }),
)

for (const event of ModelEvent.options) {
  const [type = ''] = event.shape.type.values
  named(`${capitalized(type)}Event`, event)
}

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

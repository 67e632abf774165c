import { z } from 'zod'
import { DatasetName } from '../../datasets/identity.ts'
import { PredictionBody } from '../../jobs/predictions/body.ts'
import { RowsPart } from '../../jobs/records/records.ts'
import { ResultFormat } from '../../prediction-contract.ts'
import { NAME_PATTERN_SOURCE, Timestamp } from './common.ts'
import { AppendQuery } from './datasets.ts'
import { jobFields } from './job-fields.ts'
import { ofText } from './predict.ts'
import { named } from './registry.ts'

/** Fields of a prediction in the list of jobs. */
const predictionFields = {
  ...jobFields,
  kind: z.literal('prediction'),
  version: z.int().describe('The version that predicts, fixed when the job was created.'),
  rows: z.int().describe('Rows of the data set.'),
  failedRows: z
    .int()
    .nullable()
    .describe('Rows that could not be predicted; their `error` says why. Null before the end.'),
  columns: z.array(z.string()),
  format: ResultFormat,
  scores: z.boolean(),
  notes: z.boolean(),
  interval: z.number().nullable(),
  set: z.number().nullable(),
  abstain: z.number().nullable(),
  prefix: z.string(),
  part: RowsPart.nullable(),
}

/** A prediction in the list of jobs. */
export const PredictionJobView = named('PredictionJob', z.object(predictionFields))

/** A prediction with its result. */
export const BatchPredictionView = named(
  'BatchPrediction',
  z.object({
    ...predictionFields,
    result: z
      .object({
        path: z.string().describe('Address of the file.'),
        mediaType: z.string(),
        bytes: z.int(),
        sha256: z.string(),
      })
      .nullable()
      .describe('The file with the predictions; null until the job has completed.'),
    deleted: z
      .object({
        at: Timestamp,
        by: z.string().nullable(),
        expired: z.boolean().describe('True if the result was older than PREDICTION_DAYS.'),
      })
      .nullable()
      .describe('When the result was deleted; null: it was not.'),
  }),
)

/** Body of an order. The jobs' room checks it. */
export const PredictionRequest = named('PredictionOrder', PredictionBody)

const { columns: _, dataset: __, model, format, prefix, ...others } = PredictionBody.shape
const Flag = z.enum(['true', 'false'])

/** Query of a file whose rows are to be answered: how it is read, and what the order says. */
export const PredictionFileQuery = AppendQuery.extend({
  model,
  name: DatasetName.meta({ pattern: NAME_PATTERN_SOURCE })
    .describe('Name of the data set that the file becomes. Default: that of the model, and `-input`.')
    .optional(),
  columns: z
    .string()
    .max(100_000)
    .describe(
      'Columns of the file that the result repeats ahead of the answer, in this order, separated by commas. A name with a comma is not possible here: upload the file as a data set.',
    )
    .optional(),
  format: format.unwrap().optional(),
  scores: Flag.describe('`true`: the scores of all classes. Default: `false`.').optional(),
  notes: Flag.describe(
    '`true`: notes on values outside of what the training rows taught. Default: `false`.',
  ).optional(),
  interval: ofText(others.interval),
  set: ofText(others.set),
  abstain: ofText(others.abstain),
  prefix: prefix.unwrap().optional(),
})

/** The query of an order that may be a file: the route checks it by `PredictionFileQuery`, or refuses it. */
export const HiddenQuery = z.looseObject({})

/** Returns the order that a query is, the name of its data set if it says one, and how the file is read. */
export function orderOfFile(query: z.output<typeof PredictionFileQuery>) {
  const { model, name, columns, format, scores, notes, interval, set, abstain, prefix, ...reading } = query
  const order = {
    model,
    columns: columns?.split(',').filter((column) => column !== ''),
    format,
    scores: scores && scores === 'true',
    notes: notes && notes === 'true',
    interval,
    set,
    abstain,
    prefix,
  }
  return { name, order, reading }
}

const INPUT = '-input'

/** Returns the name of the data set that an order's file becomes. @param model `NAME` or `NAME@VERSION`, which exists */
export function inputName(model: string): DatasetName {
  const [name = ''] = model.split('@', 1)
  return DatasetName.parse(`${name.slice(0, 64 - INPUT.length)}${INPUT}`)
}

/** Headers of a request for a result. */
export const ResultHeaders = z.looseObject({
  range: z.string().describe('Bytes of the file, such as `bytes=1000-`. One range at a time.').optional(),
  'if-range': z.string().describe('An `ETag`: of another file than this one, the whole is sent.').optional(),
})

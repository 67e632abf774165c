import { z } from 'zod'
import { PredictionBody } from '../../jobs/predictions/body.ts'
import { RowsPart } from '../../jobs/records/records.ts'
import { ResultFormat } from '../../prediction-contract.ts'
import { Timestamp } from './common.ts'
import { jobFields } from './job-fields.ts'
import { named } from './registry.ts'

/** Fields of a prediction in the list of jobs. */
const predictionFields = {
  ...jobFields,
  kind: z.literal('prediction'),
  version: z.int().describe('The version that answers, as it was when the prediction was ordered.'),
  rows: z.int().describe('Rows of the data set.'),
  failedRows: z
    .int()
    .nullable()
    .describe('Rows that could not be answered, whose `error` says why; null before the end.'),
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
      .describe('The file with the answers; null while there is none.'),
    deleted: z
      .object({
        at: Timestamp,
        by: z.string().nullable(),
        expired: z.boolean().describe('True if the result was older than PREDICTION_DAYS.'),
      })
      .nullable()
      .describe('When the result was deleted; null where it was not.'),
  }),
)

/** Body of an order. The jobs' room checks it. */
export const PredictionRequest = named('PredictionOrder', PredictionBody)

/** Headers of a request for a result. */
export const ResultHeaders = z.looseObject({
  range: z.string().describe('Bytes of the file, such as `bytes=1000-`. One range at a time.').optional(),
  'if-range': z.string().describe('An `ETag`: of another file than this one, the whole is sent.').optional(),
})

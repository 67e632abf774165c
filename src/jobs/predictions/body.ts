import { z } from 'zod'
import { isWellFormed } from '../../datasets/unicode.ts'
import { ResultFormat } from '../../prediction-contract.ts'
import { RUNNING_OPTIONS } from '../../recipe/index.ts'
import { UNCERTAINTY_OPTIONS } from '../../uncertainty-options.ts'

/** Limit on the columns that a result repeats: a data set has no more. */
const MAX_COLUMNS = 4_000

/** The body of `POST /predictions`. */
export const PredictionBody = z.strictObject({
  model: z
    .string()
    .min(1)
    .max(200)
    .describe(
      'Name of the model, alone or as `NAME@VERSION` with the number of a version or an alias. Default: the version in `production`. The version is fixed when the job is created.',
    ),
  dataset: z
    .string()
    .min(1)
    .max(200)
    .describe('Id of the data set, or the name under which it was uploaded.'),
  columns: z
    .array(z.string().min(1))
    .max(MAX_COLUMNS)
    .default([])
    .describe('Columns of the data set that the result repeats ahead of the answer, in this order.'),
  format: ResultFormat.default('csv'),
  scores: z
    .boolean()
    .default(false)
    .describe(
      'True: the scores of all classes, as columns `score_<class>`, or in NDJSON as the object `probabilities`.',
    ),
  notes: z
    .boolean()
    .default(false)
    .describe(
      'True: a column `notes` with notes on values outside of what the training rows taught, as JSON.',
    ),
  ...UNCERTAINTY_OPTIONS,
  prefix: z
    .string()
    .max(100)
    .refine((prefix) => isWellFormed(prefix) && !prefix.includes('\0'), {
      error: 'Expected valid Unicode without a NUL character, since names of columns hold none',
    })
    .default('')
    .describe("Stands before the names of the answer's columns, such as `predicted_`."),
  ...RUNNING_OPTIONS,
})
export type PredictionBody = z.output<typeof PredictionBody>

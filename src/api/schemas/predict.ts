import { z } from 'zod'
import { isDelimiter } from '../../datasets/read-options.ts'
import { UNCERTAINTY_OPTIONS } from '../../uncertainty-options.ts'
import { delimiterOf, UploadQuery } from './datasets.ts'
import { Explain, explanationFields } from './explanations.ts'
import { named, UNDOCUMENTED } from './registry.ts'

const VersionChoice = named(
  'VersionChoice',
  z
    .union([z.int().positive(), z.string()], { error: 'Expected a version: a number or an alias' })
    .describe('Number of a version, or an alias. Default: `production`.'),
)

const EXACTLY_ONE = 'Exactly one of `text`, `texts`, `features` and `rows` is given.'
const TEXT = { type: ['string', 'null'] }
const ROW = {
  type: 'object',
  description: 'A row by column name: texts, numbers and booleans. A missing value is null.',
  additionalProperties: true,
}

/** Fields of both bodies. The routes check which form a request has; the model checks the rows. */
const forms = {
  version: VersionChoice.optional(),
  text: z.unknown().meta(TEXT).optional(),
  texts: z.array(z.unknown().meta(TEXT)).optional(),
  features: z.unknown().meta(ROW).optional(),
  rows: z.array(z.unknown().meta(ROW)).optional(),
  onError: z
    .enum(['refuse', 'row'])
    .describe(
      '`refuse`, the default: one bad row refuses the request. `row`: bad rows get an error, the others a prediction.',
    )
    .optional(),
  notes: z
    .boolean()
    .describe(
      'True: each prediction has `notes` on values outside of what the training rows taught. Default: false.',
    )
    .optional(),
  explain: Explain.optional(),
  ...UNCERTAINTY_OPTIONS,
}

/** Body of a request to predict by the model that the path names. */
export const PredictModelBody = named('PredictModelRequest', z.strictObject(forms).describe(EXACTLY_ONE))

/** Body of a request to predict by any model. */
export const PredictBody = named(
  'PredictRequest',
  z
    .strictObject({
      model: z.string().describe('May be left out if there is only one model.').optional(),
      ...forms,
    })
    .describe(EXACTLY_ONE),
)

/** A checked body of a request to predict. */
export type PredictBody = z.output<typeof PredictBody>

/** Returns the schema of an option that a query has as text. */
export function ofText(option: z.ZodOptional<z.ZodNumber>) {
  const isNumber = (text: unknown): text is string =>
    typeof text === 'string' && text.trim() !== '' && Number.isFinite(Number(text))
  const number = (text: unknown) => (isNumber(text) ? Number(text) : text)
  return z.preprocess(number, option).describe(option.description ?? '')
}

/** Query of a stream. */
export const StreamQuery = z.strictObject({
  model: z.string().describe('May be left out if there is only one model.').optional(),
  version: z.string().describe('Number of a version, or an alias. Default: `production`.').optional(),
  interval: ofText(UNCERTAINTY_OPTIONS.interval),
  set: ofText(UNCERTAINTY_OPTIONS.set),
  abstain: ofText(UNCERTAINTY_OPTIONS.abstain),
})

/** Query of a stream by the model that the path names. */
export const StreamModelQuery = StreamQuery.omit({ model: true })

/** Query of a body of CSV. */
export const CsvQuery = StreamQuery.extend({
  delimiter: UploadQuery.shape.delimiter
    .unwrap()
    .refine((text) => isDelimiter(delimiterOf(text) ?? ''), 'Use one character, or tab.')
    .describe(
      'The character between the fields, or `tab`. Default: the one that the header shows, else a comma.',
    )
    .optional(),
  quotes: UploadQuery.shape.quotes,
  onError: forms.onError,
  notes: z
    .enum(['true', 'false'])
    .describe('`true`: notes on values outside of what the training rows taught. Default: `false`.')
    .optional(),
})

/** Query of a body of CSV by the model that the path names. */
export const CsvModelQuery = CsvQuery.omit({ model: true })

/** Query of `POST /predict`: that of a stream or of CSV, if the body is one. A JSON body names model and version itself. */
export const PredictQuery = z.strictObject({
  model: z.string().meta(UNDOCUMENTED).optional(),
  version: z.string().meta(UNDOCUMENTED).optional(),
  interval: StreamQuery.shape.interval.meta(UNDOCUMENTED),
  set: StreamQuery.shape.set.meta(UNDOCUMENTED),
  abstain: StreamQuery.shape.abstain.meta(UNDOCUMENTED),
  delimiter: CsvQuery.shape.delimiter.unwrap().meta(UNDOCUMENTED).optional(),
  quotes: CsvQuery.shape.quotes.unwrap().meta(UNDOCUMENTED).optional(),
  onError: z.enum(['refuse', 'row']).meta(UNDOCUMENTED).optional(),
  notes: z.enum(['true', 'false']).meta(UNDOCUMENTED).optional(),
})

/** Query of the same by the model that the path names. */
export const PredictModelQuery = PredictQuery.omit({ model: true })

const NOTE_CODES = [
  'outside-range',
  'unknown-category',
  'time-zone',
  'gap',
  'unknown-words',
  'cut-text',
] as const
const Note = named(
  'PredictionNote',
  z.object({
    feature: z.string().describe('The column of the value.'),
    code: z
      .enum(NOTE_CODES)
      .describe('`gap`, `unknown-words` and `cut-text` occur only with an explanation.'),
    message: z.string(),
    share: z
      .number()
      .describe('Share of the words of a text that the model does not know, or that are left out.')
      .optional(),
    min: z
      .union([z.number(), z.string()])
      .describe('Smallest number, or first date, of the training rows.')
      .optional(),
    max: z
      .union([z.number(), z.string()])
      .describe('Largest number, or last date, of the training rows.')
      .optional(),
  }),
)

const Notes = z.array(Note).describe('With `notes`: values outside the range of the training rows.')

const Labels = z
  .array(
    z.object({ label: z.string(), score: z.number().describe('Probability that the row has the label.') }),
  )
  .describe('The predicted labels, the most likely first; may be empty.')

const LabelsPrediction = named(
  'LabelsPrediction',
  z
    .object({
      labels: Labels,
      probabilities: z.record(z.string(), z.number()).describe('Probability of each label of the model.'),
      notes: Notes.optional(),
      ...explanationFields,
    })
    .describe('The answer of a model of the task multiLabel.'),
)

const Interval = named(
  'Interval',
  z
    .object({ low: z.number(), high: z.number(), level: z.number() })
    .describe(
      'Holds the true value in the share `level` of rows such as those that the version was measured on.',
    ),
)

const Intervals = z
  .record(z.string(), Interval)
  .describe('With `interval`: the prediction interval of each target.')

const SetLabels = Labels.describe('With `set`: the classes of the prediction set, the most likely first.')

const Abstained = z
  .boolean()
  .describe(
    'Where the request has `abstain`: whether the confidence is below it, so that the label should not be used.',
  )

const LabelPrediction = named(
  'LabelPrediction',
  z
    .object({
      label: z.string(),
      score: z
        .number()
        .describe('Probability of the positive class; with more than two classes, of the label.'),
      confidence: z.number().describe('Probability of the label.'),
      probabilities: z.record(z.string(), z.number()).describe('Probability of each class.'),
      labels: SetLabels.optional(),
      abstained: Abstained.optional(),
      notes: Notes.optional(),
      ...explanationFields,
    })
    .describe('The answer of a classifier.'),
)

const ValuePrediction = named(
  'ValuePrediction',
  z
    .object({
      value: z.number().describe('The predicted value, in the unit of the target.'),
      interval: Interval.optional(),
      notes: Notes.optional(),
      ...explanationFields,
    })
    .describe('The answer of a regression.'),
)

const ValuesPrediction = named(
  'ValuesPrediction',
  z
    .object({
      values: z
        .record(z.string(), z.number())
        .describe('The predicted value of each target, in its own unit.'),
      intervals: Intervals.optional(),
      notes: Notes.optional(),
      ...explanationFields,
    })
    .describe('The answer of a regression with several targets.'),
)

const FailedPrediction = named(
  'FailedPrediction',
  z
    .object({
      error: z.object({
        message: z.string(),
        errors: z.array(z.object({ path: z.string().optional(), message: z.string() })),
      }),
    })
    .describe('What is wrong with a row, with `onError: row` or in a stream.'),
)

const PredictionView = named(
  'Prediction',
  z.union([LabelPrediction, LabelsPrediction, ValuePrediction, ValuesPrediction, FailedPrediction]),
)

/** The answer to a request that is not a stream. */
export const PredictAnswer = named(
  'PredictAnswer',
  z
    .looseObject({
      model: z.string(),
      version: z.int(),
      predictions: z.array(PredictionView).optional(),
      label: z.string().optional(),
      score: z.number().optional(),
      confidence: z.number().optional(),
      probabilities: z.record(z.string(), z.number()).optional(),
      labels: Labels.optional(),
      value: z.number().optional(),
      values: z.record(z.string(), z.number()).optional(),
      interval: Interval.optional(),
      intervals: Intervals.optional(),
      abstained: Abstained.optional(),
      notes: Notes.optional(),
      ...explanationFields,
    })
    .describe(
      'Model, version, and either the fields of one prediction or `predictions`, in the order of the rows.',
    ),
)

/** The body of a request of CSV, and the answer to it. */
export const CsvLines = z
  .string()
  .describe('Lines of CSV (RFC 4180) below a line with the names of the columns.')

/** The answer to a stream. */
export const PredictionLines = z
  .string()
  .describe('One line of JSON, a Prediction, for each line that is not blank, in order.')

/** The body of a stream. */
export const RowLines = z
  .string()
  .describe(
    'One JSON object, a row, on each line. `{"text":…}` and `{"features":{…}}` are accepted as well. Blank lines are skipped.',
  )

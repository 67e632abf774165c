import { z } from 'zod'
import { named } from './registry.ts'

const VersionChoice = z
  .union([z.int().positive(), z.string()], { error: 'Expected a version: a number or an alias' })
  .describe('A number or an alias; `production` unless said.')

const EXAMPLES = [
  { text: 'A wonderful film' },
  { texts: ['A wonderful film', 'Two lost hours'], onError: 'row' },
]

/** For the documentation: which of the forms there is, is checked with a sentence of its own. */
const EXACTLY_ONE = {
  description: 'Exactly one of text, texts, features and rows.',
  oneOf: ['text', 'texts', 'features', 'rows'].map((form) => ({ required: [form] })),
}

const TEXT = { type: ['string', 'null'] }
const ROW = { type: 'object', description: 'A row under the column names of the model; null is a gap.' }

/** The routes check which rows a request has; the model checks what is in them. */
const forms = {
  version: VersionChoice.optional(),
  text: z.unknown().meta(TEXT).optional(),
  texts: z.array(z.unknown().meta(TEXT)).optional(),
  features: z.unknown().meta(ROW).optional(),
  rows: z.array(z.unknown().meta(ROW)).optional(),
  onError: z
    .enum(['refuse', 'row'])
    .describe('`row`: bad rows carry an error in their place, and the others are answered.')
    .optional(),
}

export const PredictModelBody = named(
  'PredictModelRequest',
  z.strictObject(forms).meta({ ...EXACTLY_ONE, examples: EXAMPLES }),
)

export const PredictBody = named(
  'PredictRequest',
  z
    .strictObject({
      model: z.string().describe('May be left out where the store holds one model.').optional(),
      ...forms,
    })
    .meta({ ...EXACTLY_ONE, examples: EXAMPLES.map((each) => ({ model: 'imdb', ...each })) }),
)
export type PredictBody = z.output<typeof PredictBody>

/** The query of a stream; a JSON body says the same itself. */
export const PredictQuery = z.strictObject({
  model: z.string().describe('Of a stream.').optional(),
  version: z.string().describe('Of a stream: a number or an alias.').optional(),
})
export const PredictModelQuery = PredictQuery.omit({ model: true })

const PredictionView = named(
  'Prediction',
  z.union([
    z.object({
      label: z.string(),
      score: z.number().describe('Probability of the positive class, or of the label where there are more.'),
      probabilities: z.record(z.string(), z.number()),
    }),
    z.object({ value: z.number().describe("In the target's own unit.") }),
    z.object({
      error: z.object({
        message: z.string(),
        errors: z.array(z.object({ path: z.string().optional(), message: z.string() })),
      }),
    }),
  ]),
)

export const PredictAnswer = named(
  'PredictAnswer',
  z
    .looseObject({
      model: z.string(),
      version: z.int(),
      predictions: z.array(PredictionView).optional(),
      label: z.string().optional(),
      score: z.number().optional(),
      probabilities: z.record(z.string(), z.number()).optional(),
      value: z.number().optional(),
    })
    .describe('One prediction beside model and version, or `predictions` in the order of the rows.'),
)

export const PredictionLines = z
  .string()
  .describe('A line with a Prediction for each line that is not blank, in order.')
export const RowLines = z
  .string()
  .describe(
    'A JSON object with a row on each line; `{"text":…}` and `{"features":{…}}` are taken as well. Blank lines are passed over.',
  )

import { z } from 'zod'
import { named } from './registry.ts'

const ExplainChoice = named(
  'ExplainOptions',
  z.strictObject({
    top: z
      .int()
      .min(1)
      .max(100_000)
      .describe('Number of contributions that are listed, the largest first. Default: all.')
      .optional(),
    label: z
      .string()
      .describe(
        'The class or label to explain. Default: of two classes the positive one, of several the predicted one, of labels the most likely.',
      )
      .optional(),
    target: z
      .string()
      .describe('The target to explain, where there are several. Default: the first.')
      .optional(),
  }),
)

/** What a request says of explanations. */
export const Explain = named(
  'Explain',
  z
    .union([z.boolean(), ExplainChoice])
    .describe(
      'True, or options: adds an explanation to each prediction. At most 1,000 rows. See docs/explaining.md.',
    ),
)

const Contribution = named(
  'Contribution',
  z.object({
    term: z.string().describe('A term of a text.').optional(),
    feature: z
      .string()
      .describe('The column; with a term only where the model has several columns.')
      .optional(),
    contribution: z.number().describe('What it adds to the explained number.'),
    spans: z
      .array(z.array(z.int()).length(2))
      .describe(
        'Places of the term in the text as it was sent, at most 100: start and end (excluded) in UTF-16 units.',
      )
      .optional(),
    count: z.int().describe('Number of all its places, if these are more than `spans`.').optional(),
    known: z
      .literal(false)
      .describe('False for a word that the model does not know and reads as any other unknown one.')
      .optional(),
  }),
)

const Explained = named(
  'Explained',
  z.object({
    label: z.string().describe('The explained class or label.').optional(),
    target: z.string().describe('The explained target, where there are several.').optional(),
    scale: z
      .enum(['logit', 'logProbability', 'value', 'logValue'])
      .describe(
        'Unit of all numbers: logit (before sigmoid or softmax), ln of an ordered class’s probability, the target’s own unit, or ln(1 + value).',
      ),
    output: z.number().describe('The explained number for the row: `base` + all contributions + `rest`.'),
    rest: z.number().describe('Sum of the contributions that are not listed.'),
    beforeCalibration: z
      .literal(true)
      .describe(
        'Where the answer is calibrated and `output` is the number before that: with ordered classes, and `isotonic` of several. Absent elsewhere.',
      )
      .optional(),
  }),
)

/** The fields that an explained prediction has beside its answer. */
export const explanationFields = {
  base: z
    .number()
    .describe(
      'With `explain`: the output for the empty row, whose texts have no words, whose numbers and dates are missing, and whose categories are unknown.',
    )
    .optional(),
  explanation: z
    .array(Contribution)
    .describe('With `explain`: what each term or feature adds to `base`, the largest first.')
    .optional(),
  explained: Explained.optional(),
}

import { z } from 'zod'
import { AnsweredRow, RowsQuestion } from '../../evaluation/answered-rows.ts'
import { VersionExplanation } from '../../evaluation/explanation.ts'
import { pageLimit } from './common.ts'
import { named } from './registry.ts'

/** Query of the rows behind a version's figures. */
export const RowsQuery = z.strictObject({
  kind: RowsQuestion.shape.kind.describe(
    '`worst`: largest loss or error. `uncertain`: two classes are almost equally likely. `mislabelled`: labels that are probably wrong, by confident learning. `cell`: a cell of the confusion matrix. `near`: for a regression, the rows nearest to a true and a predicted number.',
  ),
  actual: z
    .string()
    .max(1000)
    .describe('With `cell`: the class of the rows. With `near`: their true number.')
    .optional(),
  predicted: z
    .string()
    .max(1000)
    .describe('With `cell`: the predicted class. With `near`: the predicted number.')
    .optional(),
  format: z.enum(['json', 'ndjson', 'csv']).default('json'),
  limit: pageLimit(10_000),
  cursor: z.string().min(1).max(20).describe('The value of `next` from the previous page.').optional(),
})
export type RowsQuery = z.output<typeof RowsQuery>

/** A page of rows. */
export const AnsweredRowsView = named(
  'AnsweredRowPage',
  z.object({
    total: z.int().describe('Number of all rows of the order.'),
    likely: z.int().describe('With `mislabelled`: how many labels are likely errors.').optional(),
    items: z.array(named('AnsweredRow', AnsweredRow)),
    next: z.string().nullable().describe('`cursor` of the next page. Null: this is the last one.'),
  }),
)

/** What counts for a version. */
export const VersionExplanationView = named('VersionExplanation', VersionExplanation)

/** The same page as lines. */
export const RowsText = z.string().describe('The items of the page, one on each line.')

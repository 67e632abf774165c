import { z } from 'zod'

/** Which rows of a version are asked for, and in which order. */
export const RowsQuestion = z.object({
  kind: z.enum(['worst', 'uncertain', 'mislabelled', 'cell', 'near']),
  /** Classes of a cell of the confusion matrix; with `near`, numbers as they are written. */
  actual: z.string().optional(),
  predicted: z.string().optional(),
  /** Rows of the order that are passed over, and rows that are returned at most. */
  offset: z.int().min(0),
  limit: z.int().min(1).max(10_000),
})
export type RowsQuestion = z.infer<typeof RowsQuestion>

const Answer = z.union([z.string(), z.number(), z.array(z.string()), z.record(z.string(), z.number())])

/** A row by which a version is judged. */
export const AnsweredRow = z.object({
  /** Number of the row in the data set, from 0. */
  row: z.int(),
  /** By what the rows are ordered. */
  score: z.number(),
  actual: Answer,
  predicted: Answer,
  /** Probability of the answered class, and of the label. */
  confidence: z.number().optional(),
  probability: z.number().optional(),
  /** Whether confident learning counts the label among the errors. */
  likely: z.boolean().optional(),
  features: z.record(z.string(), z.unknown()),
})
export type AnsweredRow = z.infer<typeof AnsweredRow>

/** Rows behind the figures of a version. */
export const AnsweredRows = z.object({
  /** Number of all rows of the order. */
  total: z.int(),
  /** Number of likely label errors among them, where these are asked for. */
  likely: z.int().optional(),
  rows: z.array(AnsweredRow),
})
export type AnsweredRows = z.infer<typeof AnsweredRows>

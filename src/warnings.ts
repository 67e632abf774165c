import { z } from 'zod'

/**
 * The closed list of the codes of warnings, which are part of the HTTP contract. A warning never stops a job: it tells
 * people what they would want to know before they trust its result.
 */
export const WARNING_CODES = [
  // about the data set and the recipe, known before training
  'rows-without-target',
  'rare-class',
  'constant-target',
  'constant-column',
  'empty-column',
  'narrow-layer',
  'grid-cut',
  // about the trained model
  'overfitting',
  'target-leak',
  'equal-rows',
  'few-terms',
  'answers-one-class',
  'no-better-than-baseline',
  // about a promotion
  'not-promoted',
  'inputs-changed',
  // of a version that was trained before warnings had codes
  'other',
] as const

/** Code of a warning. */
export const WarningCode = z.enum(WARNING_CODES)
export type WarningCode = z.infer<typeof WarningCode>

/** A warning about a job or a version. */
export const Warning = z.object({
  code: WarningCode,
  /** A sentence for people, with the remedy. */
  message: z.string(),
  /** The column that it is about. Absent: it is about the whole. */
  column: z.string().optional(),
  /** Number of rows that it is about. Absent: it has none. */
  count: z.int().nonnegative().optional(),
})
export type Warning = z.infer<typeof Warning>

/** A warning as a job's files hold it: those of earlier releases are sentences, and later ones may have new codes. */
export const StoredWarning = z.preprocess(
  (value) => (typeof value === 'string' ? { code: 'other', message: value } : value),
  Warning.extend({ code: WarningCode.catch('other') }),
)

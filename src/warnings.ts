import { z } from 'zod'

/**
 * The closed list of the codes of warnings, which are part of the HTTP contract. A warning never stops a job: it tells
 * people what they would want to know before they trust its result.
 */
export const WARNING_CODES = [
  // about how an uploaded file was read
  'rejected-lines',
  'format-found',
  'sheet-found',
  'cell-errors',
  'formulas-without-result',
  'merged-cells',
  'empty-rows',
  'delimiter-found',
  'header-like-data',
  'outer-spaces',
  'one-column',
  'single-quotes',
  'total-row',
  'index-left-out',
  'nameless-columns',
  'duplicate-rows',
  // about what a column was taken for
  'placeholders',
  'empty-values',
  'mixed-values',
  'leading-zeros',
  'decimal-commas',
  'unclear-commas',
  'unclear-points',
  'number-forms',
  'mixed-units',
  'numbers-with-unit',
  'scaled-numbers',
  'times-of-day',
  'periods',
  'repeated-sentences',
  'times',
  'unclear-dates',
  'dates-as-numbers',
  'mixed-zones',
  'identifier-column',
  'row-number',
  // about the classes of a column
  'similar-classes',
  'merged-classes',
  'combined-classes',
  // about the data set and the recipe, known before training
  'target-by-position',
  'numeric-target',
  'weighted-probabilities',
  'rows-without-target',
  'rows-without-time',
  'rare-class',
  'placeholder-class',
  'constant-target',
  'constant-column',
  'empty-column',
  'coordinates-found',
  'trees-chosen',
  'narrow-layer',
  'grid-cut',
  // about the trained model
  'candidate-chosen',
  'vectors-left-out',
  'few-known-words',
  'budget-ended',
  'overfitting',
  'target-leak',
  'equal-rows',
  'few-terms',
  'cut-texts',
  'answers-one-class',
  'class-never-answered',
  'calibration-no-gain',
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

/** Lines of the file that a warning gives as examples, at most. */
export const MAX_EXAMPLE_LINES = 5

/** A warning about a data set, a job or a version. */
export const Warning = z.object({
  code: WarningCode,
  /** A sentence for people, with the remedy. */
  message: z.string(),
  /** The column that it is about. Absent: it is about the whole. */
  column: z.string().optional(),
  /** Number of rows that it is about. Absent: it has none. */
  count: z.int().nonnegative().optional(),
  /** Numbers of the first lines of the uploaded file that it is about; of a Parquet file, rows from 1. Absent: none. */
  lines: z.array(z.int().positive()).max(MAX_EXAMPLE_LINES).optional(),
})
export type Warning = z.infer<typeof Warning>

/** Codes of earlier releases that have another name now. */
const RENAMED: Readonly<Record<string, WarningCode>> = { identifier: 'identifier-column' }

/** A warning as a job's files hold it: those of earlier releases are sentences, and later ones may have new codes. */
export const StoredWarning = z.preprocess(
  (value) => (typeof value === 'string' ? { code: 'other', message: value } : value),
  Warning.extend({
    code: z.preprocess(
      (code) => (typeof code === 'string' && Object.hasOwn(RENAMED, code) ? RENAMED[code] : code),
      WarningCode.catch('other'),
    ),
  }),
)

/**
 * Joins lists of warnings. Of two with the same code and column the first is kept: a data set and a recipe may tell the
 * same.
 */
export function joinWarnings(...lists: readonly (readonly Warning[])[]): Warning[] {
  const seen = new Set<string>()
  return lists.flatMap((warnings) => {
    const known = new Set(seen)
    for (const { code, column } of warnings) seen.add(JSON.stringify([code, column]))
    return warnings.filter(({ code, column }) => !known.has(JSON.stringify([code, column])))
  })
}

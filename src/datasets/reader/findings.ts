import type { WarningCode } from '../../warnings.ts'

/** Something to tell of a column: `told.ts` makes the warning. */
export interface Finding {
  code: FindingCode
  /** Number of the values that it is about. */
  count: number
  /** SQL condition of the rows whose values are examples; absent: all rows. */
  where?: string
  /** The form of dates that it is about. */
  dates?: string
  /** The other form of dates that fits as well. */
  orElse?: string
}

/** Codes of the warnings that come from the values of a column. */
export type FindingCode = Extract<
  WarningCode,
  | 'placeholders'
  | 'empty-values'
  | 'mixed-values'
  | 'leading-zeros'
  | 'decimal-commas'
  | 'unclear-commas'
  | 'unclear-points'
  | 'number-forms'
  | 'mixed-units'
  | 'numbers-with-unit'
  | 'scaled-numbers'
  | 'times-of-day'
  | 'periods'
  | 'repeated-sentences'
  | 'times'
  | 'unclear-dates'
  | 'mixed-zones'
  | 'identifier-column'
>

/** Returns a finding about a number of values. */
export function finding(code: FindingCode, count: number, where?: string): Finding {
  return where === undefined ? { code, count } : { code, count, where }
}

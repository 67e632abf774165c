import { z } from 'zod'
import { nfcLookup } from '../normal-form.ts'
import { CellRules } from './cell-rules.ts'

/** Type of a column, which decides how its values are read. A `list` holds the labels of a row, and is a target only. */
export const ColumnType = z.enum(['number', 'boolean', 'category', 'text', 'date', 'datetime', 'list'])
export type ColumnType = z.infer<typeof ColumnType>

/** Types of columns that hold points in time. Their cells are texts of ISO 8601 (`isoText`). */
export type DateType = Extract<ColumnType, 'date' | 'datetime'>

/** Returns whether a column of the type holds points in time. */
export function isDateType(type: ColumnType | undefined): type is DateType {
  return type === 'date' || type === 'datetime'
}

/**
 * Returns a name for all types whose columns can be read alike: a text, a category and a list, a date and a datetime.
 */
export function readingOf(type: ColumnType | undefined): ColumnType | undefined {
  if (type === 'category' || type === 'list') return 'text'
  return type === 'datetime' ? 'date' : type
}

/** A value of a row; null is a gap. */
export type Cell = string | number | boolean | null
/** A row under its column names. */
export type Row = Readonly<Record<string, Cell>>

/** The values by which it was decided what a column is. */
export const DecidedBy = z.object({
  /** Number of the values that are there, without placeholders. */
  values: z.int().nonnegative(),
  /** Number of them that are of the column's type. The others are rejects. */
  fitting: z.int().nonnegative(),
  /**
   * The most frequent values that are not of the type, at most three, with the first of their lines; of a category or
   * text whose values are mostly numbers, those that are none. Absent: there are none.
   */
  others: z
    .array(z.object({ value: z.string(), rows: z.int().positive(), lines: z.array(z.int().positive()) }))
    .optional(),
})
export type DecidedBy = z.infer<typeof DecidedBy>

/**
 * Description of one column of a table, counted over all its rows. The type decides which keys are present: `classes` (rows of
 * each value) for `boolean`, `category` and a `text` whose sentences repeat, and for a `list` (rows of each item); `meanLength`
 * in characters and `compactScript` for `text`; `distinct` for all but those with `classes` (the API adds it and `frequent`),
 * and for a text without them only above 1,000; `leftOutAs` for `text` and `number`; `format`, `earliest` and `latest` for
 * `date` and `datetime`; the rest for `number`.
 */
export const ColumnDescription = z.object({
  name: z.string(),
  type: ColumnType,
  /** Rows without a value. */
  missing: z.int().nonnegative(),
  classes: z.record(z.string(), z.int().nonnegative()).optional(),
  meanLength: z.number().nonnegative().optional(),
  /**
   * Share of the letters of the first rows in scripts where a few characters make a word, and where words have no
   * spaces between them or particles attached: Han, kana, Hangul, Thai, … Absent: no such letters.
   */
  compactScript: z.number().min(0).max(1).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  mean: z.number().optional(),
  /**
   * Quantiles of the values by their share, between two values by linear interpolation; of more than 50,000 rows, those
   * of a sample of at least about as many. Absent in data sets that earlier releases have kept.
   */
  quantiles: z.record(z.string(), z.number()).optional(),
  /**
   * The most frequent of at most 20 different numbers, at most ten; the API adds those of `classes`. Absent in data sets that
   * earlier releases have kept.
   */
  frequent: z.array(z.object({ value: z.string(), rows: z.int().positive() })).optional(),
  /** Number of different values; of a text that does not repeat only above 1,000, and an estimate above 2,000. */
  distinct: z.int().nonnegative().optional(),
  /** True if every value is a whole number. */
  integer: z.boolean().optional(),
  /** The form that the file's dates have, as a pattern of `strptime`. */
  format: z.string().optional(),
  /** The first and the last point in time, in ISO 8601. Absent: there is none. */
  earliest: z.string().optional(),
  latest: z.string().optional(),
  /**
   * Why the column is no input unless a recipe names it: it counts the rows, it has another code in every row, or it is
   * a text that may be a point in time. Absent: it may be an input.
   */
  leftOutAs: z.enum(['row-number', 'identifier', 'time']).optional(),
  /** How its texts are read where that is more than plainly. Absent: plainly. */
  cells: CellRules.optional(),
  /** Absent in data sets that earlier releases have kept. */
  decidedBy: DecidedBy.optional(),
})
export type ColumnDescription = z.infer<typeof ColumnDescription>

/** The facts about a table that a recipe's defaults and checks need. */
export interface TableDescription {
  rows: number
  columns: readonly ColumnDescription[]
}

/** Returns a function that finds a table's columns by name, whatever normal form the name has (see `nfcLookup`). */
export function columnFinder({
  columns,
}: Pick<TableDescription, 'columns'>): (name: string) => ColumnDescription | undefined {
  return nfcLookup(columns.map((column) => [column.name, column] as const))
}

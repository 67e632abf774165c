import { isWellFormed } from '../unicode.ts'
import { MAX_COLUMN_NAME, MAX_COLUMNS } from './limits.ts'

/** Returns what is wrong with a column's name; undefined if it is good. Most texts are, `__proto__` included. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'A column has no name'
  if (name.length > MAX_COLUMN_NAME)
    return `A column's name exceeds the limit of ${MAX_COLUMN_NAME} characters`
  if (name.includes('\0')) return "A column's name contains a NUL character"
  if (!isWellFormed(name)) return "A column's name is not valid Unicode"
  return undefined
}

/** Message about a column of Parquet or Arrow that is no table's. */
export const NESTED =
  'The column is nested; expected plain values or lists of texts. Leave it out, or write its fields as columns of their own, or the file as NDJSON'
/** Message of the refusal of a file for its header. */
export const INVALID_HEADER = 'The header of the file is invalid'
/** Message about a table with more columns than `MAX_COLUMNS`. */
export const TOO_MANY_COLUMNS = `The table exceeds the limit of ${MAX_COLUMNS.toLocaleString('en')} columns. Leave out columns`

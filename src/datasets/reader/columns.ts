import { FitserveError } from '../../errors.ts'
import { MOST_NESTED } from '../../recipe/index.ts'
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
  'The column is nested in lists or maps; expected plain values, structures of them, or lists of texts. Leave it out, or write its values as columns of their own'
/** Message about a column of Parquet or Arrow of any other type. */
export const OTHER_VALUES = 'The column holds values other than texts, numbers, booleans, dates and times'
/** Message about two ways to the name of one column. */
export const FLATTENED_TWICE = 'Two keys have this name once nested objects are flattened; rename one'
/** Message about objects or structures that are nested too deep. */
export const TOO_DEEP = `Objects are nested in more than ${MOST_NESTED} others`
/** Message of the refusal of a file for its header. */
export const INVALID_HEADER = 'The header of the file is invalid'
/** Message about a table with more columns than `MAX_COLUMNS`. */
export const TOO_MANY_COLUMNS = `The table exceeds the limit of ${MAX_COLUMNS.toLocaleString('en')} columns. Leave out columns`

/** Returns the refusal of a file for one of its columns. */
export function badColumn(format: 'Parquet' | 'Arrow', column: string, message: string): FitserveError {
  return new FitserveError('invalid-dataset', `The ${format} file cannot be read as a table`, {
    problems: [{ column: column.slice(0, 200), message }],
  })
}

/**
 * Returns the message about two columns of a file with one name.
 * @param isField whether one of them is a field of a structure
 */
export function repeatedName(isField: boolean): string {
  return isField
    ? 'Two columns have this name once the fields of structures are flattened; rename one'
    : 'Two columns have the same name'
}

import { type ColumnType, isDateType } from './table.ts'

/**
 * Returns the query option of an upload that gives a column a type, for a message. In this option a name cannot contain
 * a comma.
 */
export function typesOption(name: string, type: ColumnType): string {
  return name.includes(',')
    ? `types=NAME:${type} after you have given it a NAME without a comma`
    : `types=${encodeURIComponent(name)}:${type}`
}

/**
 * Returns the query option of an upload that gives a column the form of its dates, for a message. In this option a name
 * cannot contain a comma.
 * @param pattern such as `%d.%m.%Y`
 */
export function datesOption(name: string, pattern: string): string {
  return name.includes(',')
    ? `dates=NAME:${pattern} after you have given it a NAME without a comma`
    : `dates=${encodeURIComponent(name)}:${pattern}`
}

/** Returns the query option of an upload with which a column is read as another one was, for a message. */
export function readingOption(column: {
  name: string
  type: ColumnType
  format?: string | undefined
}): string {
  const { name, type, format } = column
  // The values of another file may not decide the order of day and month.
  return isDateType(type) && format !== undefined ? datesOption(name, format) : typesOption(name, type)
}

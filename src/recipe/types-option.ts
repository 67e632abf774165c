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
  if (name.includes(',')) return `dates=NAME:${pattern} after you have given it a NAME without a comma`
  const written = encodeURIComponent(name)
  // A query with a percent sign that stands for itself is read as it is, so then its name must not be encoded.
  const isPlain = written === name && !pattern.includes(' ')
  return `dates=${written}:${isPlain ? pattern : encodeURIComponent(pattern)}`
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

import type { ColumnType } from './table.ts'

/**
 * Returns the query option of an upload that gives a column a type, for a message. In this option a name cannot contain
 * a comma.
 */
export function typesOption(name: string, type: ColumnType): string {
  return name.includes(',')
    ? `types=NAME:${type} after you have given it a NAME without a comma`
    : `types=${encodeURIComponent(name)}:${type}`
}

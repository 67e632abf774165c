import type { ColumnType } from '../../recipe/table.ts'

/*
 * Rows are compared by a hash of 64 bits. DuckDB's `hash` tells numbers apart, but gives one value to many texts in which the
 * same eight bytes stand twice, such as `0000002300000023`: of 60,000 such texts, 8,000. So texts are hashed by their MD5.
 */

/** Returns the SQL expression of a row's hash. @param values SQL, numbers or digests of texts */
export function rowHash(values: readonly string[]): string {
  return `hash(${values.join(', ')})`
}

/** Returns the SQL expression of what stands for a text in a row's hash; NULL for a gap. @param text SQL of type VARCHAR */
export function textDigest(text: string): string {
  return `md5_number(${text})`
}

/** Returns whether a table keeps the values of a column as texts. */
export function isKeptAsText(type: ColumnType): boolean {
  return type !== 'number' && type !== 'boolean'
}

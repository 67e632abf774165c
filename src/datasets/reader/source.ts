import { parquet } from './duckdb.ts'

/** The rows of a table that is being described. */
export interface Source {
  /** An SQL relation. */
  relation: string
  /** Its column that tells one row from another. */
  row: string
}

/** The rows of the staging table. */
export const STAGING: Source = { relation: 'staging', row: 'line' }

/** Returns the rows of a Parquet file. */
export function rowsOfFile(file: string): Source {
  return { relation: parquet(file, true), row: 'file_row_number' }
}

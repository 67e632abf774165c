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

/** Rows from which on figures that need not be exact are those of a sample of about as many rows. */
export const SAMPLE_ROWS = 50_000

/**
 * Returns the SQL condition of a sample of one in so many rows, always the same one. By a hash, since what repeats every few
 * rows would be seen always or never by steps.
 */
export function sampled({ row }: Source, step: number): string {
  return `hash(${row}) % ${step} = 0`
}

/** Returns the rows of a Parquet file. */
export function rowsOfFile(file: string): Source {
  return { relation: parquet(file, true), row: 'file_row_number' }
}

import type { Dialect } from './dialect.ts'

/** Columns up to which a table counts as narrow. */
const NARROW = 64
/** DuckDB's memory for a narrow table, in MB (D-51). */
const NARROW_MB = 512
/** DuckDB's memory for any other table, in MB. */
const WIDE_MB = 2_048

/**
 * Returns the memory that DuckDB may take to read a file, in MB; beyond it DuckDB spills to disk. DuckDB holds a block of
 * 256 KiB for each column, of which a table may have 4,000. A narrow table needs little memory, however many rows it has.
 * @param dialect of a CSV file, whose first line tells the width; undefined for another format
 */
export function readerMemoryMb(dialect: Dialect | undefined): number {
  // Any line of an NDJSON file may add columns, and Parquet does not show its width here.
  return !dialect || dialect.isLong ? WIDE_MB : tableMemoryMb(dialect.fields)
}

/** Returns the memory that DuckDB may take to write a table of so many columns, in MB. */
export function tableMemoryMb(columns: number): number {
  return columns <= NARROW ? NARROW_MB : WIDE_MB
}

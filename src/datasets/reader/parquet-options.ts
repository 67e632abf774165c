/**
 * Bytes of a row group before compression. With 32 MiB a reader of movie reviews takes 50 MB more memory, and the file
 * becomes no smaller.
 */
const ROW_GROUP_BYTES = 8 * 1024 * 1024
/** Bytes that DuckDB reserves for the dictionary of a column of texts as it writes a table: its default. */
const DICTIONARY_BYTES = 1024 * 1024
/** Bytes of all dictionaries together. With the default each, 4,000 columns of texts would need 4 GiB. */
const DICTIONARIES_BYTES = 256 * 1024 * 1024
/** Level of zstd: the first one takes half of the time of the third, its default, and a fifth more space for texts (D-271). */
const LEVEL = 1
/** Rows of a row group at most: DuckDB's default. */
const ROW_GROUP_MAX = 122_880
/** Rows of a row group at least: DuckDB's own minimum, the size of its vectors. */
const ROW_GROUP_MIN = 2_048

/**
 * Different values of a column of numbers and a row group up to which they are kept in a dictionary. DuckDB looks each number up
 * until there are more, of which its own limit is a fifth of the rows.
 */
const MOST_OF_DICTIONARY = 2_000

/** Size of a table that is to be written. */
export interface TableSize {
  rows: number
  columns: number
  /** Characters of all texts. */
  characters: number
  /** Whether all columns are numbers. Default: no */
  areNumbers?: boolean
}

/**
 * Returns the options of DuckDB's COPY to a Parquet file: row groups of a few megabytes, of which a reader and a writer hold
 * one, and dictionaries that fit into memory together. Numbers are compressed by snappy, whose files are a tenth larger and are
 * written in six tenths of the time and read in seven (D-317).
 */
export function parquetOptions({ rows, columns, characters, areNumbers = false }: TableSize): string {
  const bytes = 2 * characters + 8 * rows * columns
  const size = Math.round(ROW_GROUP_BYTES / (bytes / rows))
  const group = Math.min(ROW_GROUP_MAX, Math.max(ROW_GROUP_MIN, size))
  const dictionary = Math.min(DICTIONARY_BYTES, Math.floor(DICTIONARIES_BYTES / columns))
  const codec = areNumbers
    ? `snappy, DICTIONARY_SIZE_LIMIT ${MOST_OF_DICTIONARY}`
    : `zstd, COMPRESSION_LEVEL ${LEVEL}`
  return `FORMAT parquet, COMPRESSION ${codec}, ROW_GROUP_SIZE ${group}, STRING_DICTIONARY_PAGE_SIZE_LIMIT ${dictionary}`
}

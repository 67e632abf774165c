/** Characters of a CSV record, and bytes of a line. A quote that is never closed is noticed after this many. */
export const MAX_RECORD = 16 * 1024 * 1024
/** Columns of a table. DuckDB needs 256 KiB for each while it writes (see `memory.ts`). */
export const MAX_COLUMNS = 4_000
/** Characters of a column's name. */
export const MAX_COLUMN_NAME = 1_000
/** Bad lines that an answer lists. */
export const MAX_PROBLEMS = 100
/** Characters of a bad line that are kept. */
export const MAX_REJECT_TEXT = 1_000

/** Different values up to which a column becomes a category if the client gives no type. */
export const AUTO_CATEGORIES = 1_000
/** Mean length of its values, in characters, up to which it does. */
export const AUTO_CATEGORY_LENGTH = 64
/**
 * Mean number of words of its different values from which a column holds sentences and is a text, however few different
 * ones there are: "NEAR BAY" and "United States of America" have fewer on average, "where is my parcel" has more.
 */
export const SENTENCE_WORDS = 3
/** Classes of a column that the client calls a category: the description lists each of them. */
export const MAX_CATEGORIES = 100_000
/** Characters of all classes of a category together. */
export const MAX_CATEGORY_TEXT = 8 * 1024 * 1024

/** Characters of all classes of a table, with the numbers of their rows: a description is read as a whole. */
export const MAX_CLASSES_TEXT = 16 * 1024 * 1024

/** Columns in one SQL statement. Over a wide table many statements are slow, and so is a single one. */
export const COLUMNS_AT_ONCE = 100

/** Characters of one page of rows, so that an answer stays small in memory. */
export const MAX_PAGE_TEXT = 4 * 1024 * 1024
/** Characters of one text in a page of rows: of a table of a few texts, and of many. */
export const MAX_CELL_TEXT = 1024 * 1024
export const MIN_CELL_TEXT = 10_000

/** Characters of one CSV record or bytes of one line. A quote that nobody closes is found after so many. */
export const MAX_RECORD = 16 * 1024 * 1024
export const MAX_COLUMNS = 4_000
export const MAX_COLUMN_NAME = 1_000
/** Bad lines that an answer lists. */
export const MAX_PROBLEMS = 100
/** Characters of a bad line that are kept. */
export const MAX_REJECT_TEXT = 1_000

/** A column becomes a category by itself only below these. */
export const AUTO_CATEGORIES = 1_000
export const AUTO_CATEGORY_LENGTH = 64
/** The description lists every class, so a column that is called a category has limits too. */
export const MAX_CATEGORIES = 100_000
export const MAX_CATEGORY_TEXT = 8 * 1024 * 1024

/** Columns in one statement: many statements over a wide table are slow, and so is one for all of it. */
export const COLUMNS_AT_ONCE = 100

/** Characters of one page of rows. */
export const MAX_PAGE_TEXT = 4 * 1024 * 1024

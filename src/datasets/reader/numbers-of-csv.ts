import { beginningOf } from '../../runtime/read-whole.ts'
import type { DuckDb } from './duckdb.ts'
import { MOST_COLUMNS, type StagedRows, stageNumberRows } from './number-rows.ts'
import type { Staging } from './staging.ts'

/** Bytes at the beginning of the file that must have the lines ahead of the rows and the first row. */
const HEAD = 2 ** 20
const LF = 10
const CR = 13
/** Characters that stand in numbers or around fields. */
const NO_DELIMITER = /[\dEe.+"\r\n-]|[^\0-\x7f]/

/**
 * Fills the staging table, which has its columns, from a CSV file of numbers. Returns undefined, and leaves the table as it
 * was, unless each field behind the lines that are skipped is empty or a number as JSON writes them, there are two columns at
 * least, and all lines end alike. Other files may be plain all the same (plain-csv.ts).
 * @param options.skip lines ahead of the rows
 */
export async function stageNumbersOfCsv(
  db: DuckDb,
  path: string,
  staging: Staging,
  { delimiter, skip }: { delimiter: string; skip: number },
): Promise<StagedRows | undefined> {
  const names = staging.columns
  // A blank line would be a missing value of one column, and is no row of several.
  if (names.length < 2 || names.length > MOST_COLUMNS) return undefined
  if (delimiter.length !== 1 || NO_DELIMITER.test(delimiter)) return undefined
  const place = await placeOfRows(path, skip)
  if (place === undefined) return undefined
  const between = names.slice(1).map(() => Buffer.from(delimiter))
  const around = [Buffer.alloc(0), ...between, Buffer.from(place.lineEnd)]
  return stageNumberRows(db, path, staging, {
    from: place.from,
    lines: skip,
    names: [...names],
    around,
    isCsv: true,
  })
}

/** Returns where the first row of a file begins, and how it ends. */
async function placeOfRows(
  path: string,
  skip: number,
): Promise<{ from: number; lineEnd: string } | undefined> {
  const head = await beginningOf(path, HEAD)
  let from = 0
  for (let line = 0; line < skip; line++) {
    from = head.indexOf(LF, from) + 1
    if (from === 0) return undefined
  }
  // Without a line ahead of the rows there may be a byte order mark, with which no number begins.
  const end = head.indexOf(LF, from)
  if (end === -1) return undefined
  return { from, lineEnd: head[end - 1] === CR ? '\r\n' : '\n' }
}

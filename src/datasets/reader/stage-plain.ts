import { dirname, join } from 'node:path'
import { DOUBLE, DuckDBScalarFunction, INTEGER } from '@duckdb/node-api'
import { inPieces } from './csv-pieces.ts'
import { type DuckDb, literal, parquet, toNumber } from './duckdb.ts'
import { parquetOptions } from './parquet-options.ts'
import type { PlainCsv } from './plain-csv.ts'
import { CELLS_FILE, dropStaging, type StagedTexts, type Staging } from './staging.ts'

/*
 * Stages a plain CSV file (plain-csv.ts) by DuckDB's own reader:
 *
 *   cells     table, or Parquet file, of the file's columns c0, c1, …: numbers or texts
 *   staging   view of `cells` with the line of each row; of a wide table a table itself
 *
 * Numbers that are staged as numbers are neither kept as texts nor looked at again. Where the text of such a number is needed,
 * such as for the text of a bad line, all is staged again as texts.
 *
 * Long texts go to a Parquet file: as a table they would not fit into memory, and most tables of them are kept as they are
 * staged.
 *
 * DuckDB reads a file on several cores by guessing where lines begin, which fails in texts with line ends; and on one core it
 * keeps whatever stood in quotes with quotes in it until the file ends. So a file with line ends in its fields is copied into
 * pieces of whole records, each of which is read on one core.
 */

/** Bytes of the average field from which on rows are staged in a Parquet file. */
const LONG_FIELD = 64
/** Columns from which on a statement over a view takes noticeably longer than over a table, of which some need thousands. */
export const WIDE = 64

/** A CSV file that is plain, and how it is to be staged. */
export interface PlainFile {
  file: string
  delimiter: string
  /** Lines ahead of the rows. */
  skip: number
  /** Texts that are missing values where they are a whole field without quotes. */
  gaps: readonly string[]
  plain: PlainCsv
  /** For each column whether it is staged as numbers. */
  asNumbers: readonly boolean[]
}

/**
 * Fills the staging table, which has its columns, from a plain CSV file. Returns undefined, and leaves the table as it was, if
 * DuckDB does not read the file as expected; else the rows as texts, and the Parquet file that has them, if one has.
 */
export async function stagePlainCsv(
  db: DuckDb,
  staging: Staging,
  plainFile: PlainFile,
): Promise<{ texts: StagedTexts; file?: string } | undefined> {
  const { asNumbers, plain } = plainFile
  const names = asNumbers.map((_, index) => `c${index}`)
  const columns = names.join(', ')
  const line = addLines(db, plainFile)
  const isWide = names.length > WIDE
  const isLong = !isWide && plain.bytes >= LONG_FIELD * plain.records * names.length
  const stageRows = async (rows: string, parquetFile: string) => {
    if (isLong) {
      const size = { rows: plain.records, columns: names.length, characters: plain.bytes }
      const copy = `COPY (SELECT * FROM ${rows}) TO ${literal(parquetFile)} (${parquetOptions(size)})`
      await db.onAllCores(() => db.rows(copy))
      await db.rows(
        `CREATE VIEW staging AS SELECT ${line('file_row_number')} AS line, ${columns} FROM ${parquet(parquetFile, true)}`,
      )
    } else if (isWide) {
      const placed = `SELECT row_number() OVER () - 1 AS place, * FROM ${rows}`
      await db.rows(`CREATE TABLE staging AS SELECT ${line('place')} AS line, ${columns} FROM (${placed})`)
    } else {
      await db.onAllCores(() => db.rows(`CREATE TABLE cells AS SELECT * FROM ${rows}`))
      await db.rows(`CREATE VIEW staging AS SELECT ${line('rowid')} AS line, ${columns} FROM cells`)
    }
    const [[count] = []] = await db.rows(`SELECT count(*) FROM staging`)
    return toNumber(count)
  }
  const create = (numbers: readonly boolean[], parquetFile: string) =>
    withFiles(plainFile, (files, skip) => stageRows(readCsvOf(plainFile, files, skip, numbers), parquetFile))
  const file = join(dirname(plainFile.file), CELLS_FILE)
  const isStaged = await staging.replace(async () => {
    const found = await create(asNumbers, file).catch(() => undefined)
    if (found === plain.records) return found
    await dropStaging(db)
    return undefined
  })
  if (!isStaged) return undefined
  const restage = async () => {
    await dropStaging(db)
    await create(
      asNumbers.map(() => false),
      join(dirname(plainFile.file), 'texts.parquet'),
    )
  }
  return { texts: { restage }, ...(isLong && { file }) }
}

/** Hands over the files that DuckDB is to read in place of a plain file, and how many lines of each are to be skipped. */
function withFiles<T>(
  { file, skip, plain: { lines, starts } }: PlainFile,
  work: (files: string[], skip: number) => Promise<T>,
): Promise<T> {
  if (lines === null || starts.length === 1) return work([file], skip)
  return inPieces(file, starts, (pieces) => work(pieces, 0))
}

/** Returns the SQL table function that reads the rows of a plain file. @param files that have them, in order */
function readCsvOf(
  { delimiter, gaps, plain: { lineEnd, lines } }: PlainFile,
  files: readonly string[],
  skip: number,
  asNumbers: readonly boolean[],
): string {
  const columns = asNumbers.map((isNumber, index) => `'c${index}': '${isNumber ? 'DOUBLE' : 'VARCHAR'}'`)
  const newLine = lineEnd === '\n' ? '\\n' : '\\r\\n'
  // No field without quotes has any of these, and DuckDB refuses them.
  const nulls = ['', ...gaps.filter((text) => !text.includes(delimiter) && !/["\r\n]/.test(text))]
  const grammar = `delim=${literal(delimiter)}, quote='"', escape='"', nullstr=[${nulls.map(literal).join(', ')}], allow_quoted_nulls=false, new_line='${newLine}'`
  const reading = `header=false, skip=${skip}, auto_detect=false, parallel=${lines === null}, hive_partitioning=false`
  return `read_csv([${files.map(literal).join(', ')}], ${grammar}, ${reading}, columns={${columns.join(', ')}})`
}

/** Returns the SQL expression of a row's line by the row's place, from 0. */
function addLines({ connection }: DuckDb, { plain: { lines }, skip }: PlainFile): (place: string) => string {
  if (lines === null) return (place) => `CAST(${place} + ${skip + 1} AS DOUBLE)`
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'line_of',
      returnType: DOUBLE,
      parameterTypes: [INTEGER],
      mainFunction(_, input, output) {
        const places = input.getColumnVector(0)
        for (let row = 0; row < input.rowCount; row++)
          output.setItem(row, lines[Number(places.getItem(row))] ?? null)
        output.flush()
      },
    }),
  )
  return (place) => `line_of(CAST(${place} AS INTEGER))`
}

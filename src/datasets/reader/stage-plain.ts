import { DOUBLE, DuckDBScalarFunction, INTEGER } from '@duckdb/node-api'
import { type DuckDb, literal, toNumber } from './duckdb.ts'
import type { PlainCsv } from './plain-csv.ts'
import type { StagedTexts, Staging } from './staging.ts'

/*
 * Stages a plain CSV file (plain-csv.ts) by DuckDB's own reader:
 *
 *   cells     table of the file's columns c0, c1, …: numbers or texts
 *   staging   view of `cells` with the line of each row; of a wide table a table itself
 *   texts     view of the file itself, all columns as texts; read anew with each statement
 *
 * Numbers that are staged as numbers are neither kept as texts nor looked at again. What needs the text of such a number, such as
 * the text of a bad line, finds it in `texts`.
 */

/** Columns from which on a statement over a view takes noticeably longer than over a table, of which some need thousands. */
const WIDE = 64

/** A CSV file that is plain, and how it is to be staged. */
export interface PlainFile {
  file: string
  delimiter: string
  plain: PlainCsv
  /** For each column whether it is staged as numbers. */
  asNumbers: readonly boolean[]
}

/**
 * Fills the staging table, which has its columns and no rows, from a plain CSV file with a header. Returns undefined, and leaves
 * the table as it was, if DuckDB does not read the file as expected.
 */
export async function stagePlainCsv(
  db: DuckDb,
  staging: Staging,
  { file, delimiter, plain, asNumbers }: PlainFile,
): Promise<StagedTexts | undefined> {
  const rows = plain.records - 1
  const names = asNumbers.map((_, index) => `c${index}`)
  const columns = names.join(', ')
  const line = addLines(db, plain)
  const isWide = names.length > WIDE
  const sourceOf = (numbers: readonly boolean[]) => readCsvOf(file, delimiter, plain, numbers)
  /** SQL query of the rows with their lines, in one pass over the file. */
  const numbered = (numbers: readonly boolean[]) =>
    `SELECT ${line('place')} AS line, ${columns}
      FROM (SELECT row_number() OVER () - 1 AS place, * FROM ${sourceOf(numbers)})`
  const create = async (numbers: readonly boolean[]) => {
    if (isWide) await db.rows(`CREATE TABLE staging AS ${numbered(numbers)}`)
    else {
      await db.onAllCores(() => db.rows(`CREATE TABLE cells AS SELECT * FROM ${sourceOf(numbers)}`))
      await db.rows(`CREATE VIEW staging AS SELECT ${line('rowid')} AS line, ${columns} FROM cells`)
    }
    const [[count] = []] = await db.rows(`SELECT count(*) FROM staging`)
    return toNumber(count)
  }
  const drop = async () => {
    await db.rows(`DROP ${isWide ? 'TABLE' : 'VIEW'} IF EXISTS staging`)
    await db.rows('DROP TABLE IF EXISTS cells')
  }
  const isStaged = await staging.replace(async () => {
    const found = await create(asNumbers).catch(() => undefined)
    if (found === rows) return rows
    await drop()
    return undefined
  })
  if (!isStaged) return undefined
  const allTexts = asNumbers.map(() => false)
  await db.rows(`CREATE VIEW texts AS ${numbered(allTexts)}`)
  return {
    relation: 'texts',
    async restage() {
      await drop()
      await create(allTexts)
    },
  }
}

/** Returns the SQL table function that reads the rows of a plain file. */
function readCsvOf(
  file: string,
  delimiter: string,
  { lineEnd }: PlainCsv,
  asNumbers: readonly boolean[],
): string {
  const columns = asNumbers.map((isNumber, index) => `'c${index}': '${isNumber ? 'DOUBLE' : 'VARCHAR'}'`)
  const newLine = lineEnd === '\n' ? '\\n' : '\\r\\n'
  const grammar = `delim=${literal(delimiter)}, quote='"', escape='"', nullstr='', allow_quoted_nulls=false, new_line='${newLine}'`
  return `read_csv(${literal(file)}, ${grammar}, header=false, skip=1, auto_detect=false, hive_partitioning=false, columns={${columns.join(', ')}})`
}

/** Returns the SQL expression of a row's line by the row's place, from 0. */
function addLines({ connection }: DuckDb, { lines }: PlainCsv): (place: string) => string {
  if (lines === null) return (place) => `CAST(${place} + 2 AS DOUBLE)`
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'line_of',
      returnType: DOUBLE,
      parameterTypes: [INTEGER],
      mainFunction(_, input, output) {
        const places = input.getColumnVector(0)
        // The first record is the header.
        for (let row = 0; row < input.rowCount; row++)
          output.setItem(row, lines[Number(places.getItem(row)) + 1] ?? null)
        output.flush()
      },
    }),
  )
  return (place) => `line_of(CAST(${place} AS INTEGER))`
}

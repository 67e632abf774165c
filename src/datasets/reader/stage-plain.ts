import { DOUBLE, DuckDBScalarFunction, INTEGER } from '@duckdb/node-api'
import { type DuckDb, literal, toNumber } from './duckdb.ts'
import type { PlainCsv } from './plain-csv.ts'
import { dropStaging, type StagedTexts, type Staging } from './staging.ts'

/*
 * Stages a plain CSV file (plain-csv.ts) by DuckDB's own reader:
 *
 *   cells     table of the file's columns c0, c1, …: numbers or texts
 *   staging   view of `cells` with the line of each row; of a wide table a table itself
 *
 * Numbers that are staged as numbers are neither kept as texts nor looked at again. Where the text of such a number is needed, such
 * as for the text of a bad line, all is staged again as texts.
 */

/** Columns from which on a statement over a view takes noticeably longer than over a table, of which some need thousands. */
const WIDE = 64

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
 * DuckDB does not read the file as expected.
 */
export async function stagePlainCsv(
  db: DuckDb,
  staging: Staging,
  plainFile: PlainFile,
): Promise<StagedTexts | undefined> {
  const { asNumbers, plain } = plainFile
  const names = asNumbers.map((_, index) => `c${index}`)
  const columns = names.join(', ')
  const line = addLines(db, plainFile)
  const isWide = names.length > WIDE
  const create = async (numbers: readonly boolean[]) => {
    const rows = readCsvOf(plainFile, numbers)
    if (isWide) {
      const placed = `SELECT row_number() OVER () - 1 AS place, * FROM ${rows}`
      await db.rows(`CREATE TABLE staging AS SELECT ${line('place')} AS line, ${columns} FROM (${placed})`)
    } else {
      await db.onAllCores(() => db.rows(`CREATE TABLE cells AS SELECT * FROM ${rows}`))
      await db.rows(`CREATE VIEW staging AS SELECT ${line('rowid')} AS line, ${columns} FROM cells`)
    }
    const [[count] = []] = await db.rows(`SELECT count(*) FROM staging`)
    return toNumber(count)
  }
  const isStaged = await staging.replace(async () => {
    const found = await create(asNumbers).catch(() => undefined)
    if (found === plain.records) return found
    await dropStaging(db)
    return undefined
  })
  if (!isStaged) return undefined
  return {
    async restage() {
      await dropStaging(db)
      await create(asNumbers.map(() => false))
    },
  }
}

/** Returns the SQL table function that reads the rows of a plain file. */
function readCsvOf(
  { file, delimiter, skip, gaps, plain: { lineEnd } }: PlainFile,
  asNumbers: readonly boolean[],
): string {
  const columns = asNumbers.map((isNumber, index) => `'c${index}': '${isNumber ? 'DOUBLE' : 'VARCHAR'}'`)
  const newLine = lineEnd === '\n' ? '\\n' : '\\r\\n'
  // No field without quotes has any of these, and DuckDB refuses them.
  const nulls = ['', ...gaps.filter((text) => !text.includes(delimiter) && !/["\r\n]/.test(text))]
  const grammar = `delim=${literal(delimiter)}, quote='"', escape='"', nullstr=[${nulls.map(literal).join(', ')}], allow_quoted_nulls=false, new_line='${newLine}'`
  return `read_csv(${literal(file)}, ${grammar}, header=false, skip=${skip}, auto_detect=false, hive_partitioning=false, columns={${columns.join(', ')}})`
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

import { closeSync, fstatSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DOUBLE, type DuckDBDataChunk, DuckDBTableFunction } from '@duckdb/node-api'
import { orNullWithoutAddressSpace } from '../../runtime/kernel-memory.ts'
import { type DuckDb, literal, parquet } from './duckdb.ts'
import { writeNumbers } from './number-vectors.ts'
import { parquetOptions } from './parquet-options.ts'
import { RowMeasures } from './row-measures.ts'
import { type Block, NotWrittenAlike, RowReader, type WrittenRows } from './row-reader.ts'
import { WIDE } from './stage-plain.ts'
import { CELLS_FILE, type Staging } from './staging.ts'

/*
 * Stages the rows of a text file that are written alike and have numbers only: DuckDB gets numbers, and no texts. It asks for
 * them through a table function, chunk by chunk, and writes them to a Parquet file in its own thread, while this one reads rows
 * ahead:
 *
 *   this thread       file ── RowReader ──> blocks of rows ──> number_rows()
 *                                                 └──> RowMeasures
 *   DuckDB's thread   COPY (FROM number_rows()) TO cells.parquet
 *
 *   staging           view of that file with the line of each row; of a wide table a table itself
 */

/** Columns at most. */
export const MOST_COLUMNS = 1_000

/** Rows that were staged as numbers. */
export interface StagedRows {
  /** For each column whether it has numbers; others have no value at all. */
  areNumbers: boolean[]
  /** The Parquet file that has all rows as `staging` has them. Absent: none has. */
  file?: string
  /** What was measured of the columns on the way. */
  measures: RowMeasures
}

/**
 * Fills the staging table from a file. Returns undefined, and leaves the table as it was, unless there is a row, all rows are
 * written alike, and all values are numbers as JSON writes them, or missing.
 */
export async function stageNumberRows(
  db: DuckDb,
  path: string,
  staging: Staging,
  written: WrittenRows,
): Promise<StagedRows | undefined> {
  const { names, lines } = written
  const file = openSync(path, 'r')
  try {
    const reader = orNullWithoutAddressSpace(() => new RowReader(file, written))
    if (reader === null) return undefined
    const measures = new RowMeasures(names.length, lines + 1)
    const { size } = fstatSync(file)
    const rows = offerRows(db, reader, names.length, (block) => measures.add(block, size / reader.rowBytes))
    const cells = join(dirname(path), CELLS_FILE)
    const isWide = names.length > WIDE
    const isStaged = await staging.replace(async () => {
      const fill = isWide
        ? `CREATE TABLE staging AS SELECT CAST(row_number() OVER () + ${lines} AS DOUBLE) AS line, * FROM ${rows.relation}`
        : `COPY (SELECT * FROM ${rows.relation}) TO ${literal(cells)} (${parquetOptions({ rows: 1, columns: names.length, characters: 0, areNumbers: true })})`
      const isFilled = await rows.isReadBy(() => db.rows(fill))
      if (isFilled && reader.rows > 0) {
        if (!isWide) await viewOf(db, cells, lines, reader.areNumbers)
        return reader.rows
      }
      await db.rows('DROP TABLE IF EXISTS staging')
      await rm(cells, { force: true })
      return undefined
    }, names)
    if (!isStaged) return undefined
    const { areNumbers } = reader
    if (!isWide) return { areNumbers, measures, ...(!areNumbers.includes(false) && { file: cells }) }
    for (const [index, isNumber] of areNumbers.entries())
      if (!isNumber) await db.rows(`ALTER TABLE staging ALTER c${index} TYPE VARCHAR`)
    return { areNumbers, measures }
  } finally {
    closeSync(file)
  }
}

/**
 * Makes `staging` a view of a Parquet file. A column without any value is one of texts, as it is if its fields are read as
 * texts.
 */
async function viewOf(
  db: DuckDb,
  file: string,
  lines: number,
  areNumbers: readonly boolean[],
): Promise<void> {
  const columns = areNumbers.map((isNumber, index) =>
    isNumber ? `c${index}` : `CAST(c${index} AS VARCHAR) AS c${index}`,
  )
  await db.rows(
    `CREATE VIEW staging AS SELECT CAST(file_row_number + ${lines + 1} AS DOUBLE) AS line, ${columns.join(', ')}
      FROM ${parquet(file, true)}`,
  )
}

/** The rows of a reader as DuckDB asks for them. */
interface OfferedRows {
  /** The SQL relation of the columns c0, c1, … It can be read once. */
  relation: string
  /** Runs a statement that reads the rows. Returns false if they are not written alike. */
  isReadBy(run: () => Promise<unknown>): Promise<boolean>
}

/** Makes the rows of a reader a relation. @param look is shown each block that DuckDB has got */
function offerRows(
  { connection }: DuckDb,
  reader: RowReader,
  columns: number,
  look: (block: Block) => void,
): OfferedRows {
  let failure: unknown
  let isAhead = false
  // While DuckDB is at work on the chunks that it has, the next ones are read.
  const readAhead = () => {
    isAhead = false
    try {
      if (reader.readAhead()) plan()
    } catch (error) {
      failure = error
    }
  }
  const plan = () => {
    if (isAhead || failure !== undefined) return
    isAhead = true
    setImmediate(readAhead)
  }
  const fill = (chunk: DuckDBDataChunk) => {
    if (failure !== undefined) throw failure
    const block = reader.next()
    chunk.rowCount = block.rows
    if (block.rows === 0) return
    for (let column = 0; column < columns; column++)
      writeNumbers(chunk, column, block.values(column), block.hasGaps(column))
    look(block)
    plan()
  }
  connection.registerTableFunction(
    DuckDBTableFunction.create({
      name: 'number_rows',
      bindFunction(binding) {
        for (let column = 0; column < columns; column++) binding.addResultColumn(`c${column}`, DOUBLE)
      },
      initFunction: (start) => start.setMaxThreads(1),
      mainFunction(asked, chunk) {
        try {
          fill(chunk)
        } catch (error) {
          failure = error
          asked.setError('The rows are not written alike')
        }
      },
    }),
  )
  return {
    relation: 'number_rows()',
    async isReadBy(run) {
      try {
        await run()
        return true
      } catch (error) {
        if (failure instanceof NotWrittenAlike) return false
        throw failure ?? error
      }
    },
  }
}

import { createWriteStream } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { DuckDBAppender, DuckDBValue } from '@duckdb/node-api'
import type { AnswerColumn, JoinInput } from '../prediction-contract.ts'
import { itemsOf } from '../recipe/lists.ts'
import type { Cell, ColumnType } from '../recipe/table.ts'
import { valueIn } from './answer-values.ts'
import type { AnsweredChunk, ResultFile, ResultLayout } from './result-layout.ts'

/** DuckDB's memory while it writes, in MB; beyond it rows spill to disk. */
const MEMORY_MB = 512
/** How rows are compressed, as in data sets. */
const FORMAT = 'FORMAT parquet, COMPRESSION zstd'

/** Type of a column in the file. Notes are JSON. */
function typeOf(type: ColumnType | AnswerColumn['holds']): 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' {
  switch (type) {
    case 'number':
    case 'value':
    case 'score':
    case 'confidence':
    case 'class':
      return 'DOUBLE'
    case 'boolean':
      return 'BOOLEAN'
    default:
      return 'VARCHAR'
  }
}

/** Returns a list's cell as JSON. */
function listText(cell: Cell): Cell {
  return typeof cell === 'string' ? JSON.stringify(itemsOf(cell)) : cell
}

/** Opens a Parquet file for answers, by a table in DuckDB that spills to disk. */
export async function openParquetFile(path: string, { kept, answer }: ResultLayout): Promise<ResultFile> {
  const { BOOLEAN, DOUBLE, DuckDBDataChunk, VARCHAR } = await import('@duckdb/node-api')
  const { literal, openDuckDb } = await import('../datasets/reader/duckdb.ts')
  const folder = await mkdtemp(join(dirname(path), 'parquet-'))
  const db = await openDuckDb({ folder }, MEMORY_MB)
  const types = [...kept.map(({ type }) => typeOf(type)), ...answer.map(({ holds }) => typeOf(holds))]
  const names = [...kept, ...answer].map(({ name }) => name)
  await db.rows(`CREATE TABLE answers (${types.map((type, index) => `c${index} ${type}`).join(', ')})`)
  const appender: DuckDBAppender = await db.connection.createAppender('answers')
  const duckTypes = types.map((type) => ({ BOOLEAN, DOUBLE, VARCHAR })[type])
  const values = answer.map(valueIn)
  return {
    async write({ rows, kept: cells, answers }: AnsweredChunk) {
      const chunk = DuckDBDataChunk.create(duckTypes, rows)
      for (const [index, column] of cells.entries())
        chunk.setColumnValues(index, kept[index]?.type === 'list' ? column.map(listText) : column)
      for (const [index, of] of values.entries())
        chunk.setColumnValues(
          cells.length + index,
          answers.map((given): DuckDBValue => {
            const value = of(given)
            return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value ?? null)
          }),
        )
      appender.appendDataChunk(chunk)
    },
    async finish() {
      appender.closeSync()
      const selected = names.map((name, index) => `c${index} AS ${identifier(name)}`)
      const made = join(folder, 'made')
      await db.rows(`COPY (SELECT ${selected.join(', ')} FROM answers) TO ${literal(made)} (${FORMAT})`)
      await rename(made, path)
    },
    async close() {
      db.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Joins Parquet files to one, in their order. */
export async function joinParquet({ parts, file, folder, signal }: JoinInput): Promise<void> {
  const { literal, openDuckDb } = await import('../datasets/reader/duckdb.ts')
  const paths: string[] = []
  for (const [index, open] of parts.entries()) {
    const path = join(folder, String(index))
    await pipeline(await open(), createWriteStream(path), { signal })
    paths.push(path)
  }
  const db = await openDuckDb({ folder }, MEMORY_MB)
  try {
    const list = paths.map(literal).join(', ')
    const made = join(folder, 'made')
    await db.rows(
      `COPY (SELECT * FROM read_parquet([${list}], hive_partitioning=false)) TO ${literal(made)} (${FORMAT})`,
    )
    await rename(made, file)
  } finally {
    db.close()
  }
}

/** Returns a name as an SQL identifier. */
function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

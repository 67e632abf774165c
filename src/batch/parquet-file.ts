import { mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DuckDBAppender, DuckDBValue } from '@duckdb/node-api'
import { tableMemoryMb } from '../datasets/reader/memory.ts'
import { parquetOptions } from '../datasets/reader/parquet-options.ts'
import type { AnswerColumn, JoinInput } from '../prediction-contract.ts'
import { itemsOf } from '../recipe/lists.ts'
import type { Cell, ColumnType } from '../recipe/table.ts'
import { streamToFile } from '../runtime/stream-to-file.ts'
import { valueIn } from './answer-values.ts'
import type { AnsweredChunk, ResultFile, ResultLayout } from './result-layout.ts'

/** Type of a column in the file. Notes are JSON. */
function typeOf(type: ColumnType | AnswerColumn['holds']): 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' {
  switch (type) {
    case 'number':
    case 'value':
    case 'score':
    case 'confidence':
    case 'class':
    case 'target':
    case 'low':
    case 'high':
      return 'DOUBLE'
    case 'boolean':
    case 'abstained':
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
  // Beyond this memory rows spill to disk.
  const db = await openDuckDb({ folder }, tableMemoryMb(kept.length + answer.length))
  const types = [...kept.map(({ type }) => typeOf(type)), ...answer.map(({ holds }) => typeOf(holds))]
  const names = [...kept, ...answer].map(({ name }) => name)
  let appender: DuckDBAppender
  try {
    await db.rows(`CREATE TABLE answers (${types.map((type, index) => `c${index} ${type}`).join(', ')})`)
    appender = await db.connection.createAppender('answers')
  } catch (error) {
    db.close()
    throw error
  }
  const duckTypes = types.map((type) => ({ BOOLEAN, DOUBLE, VARCHAR })[type])
  const values = answer.map(valueIn)
  const size = { rows: 0, columns: types.length, characters: 0 }
  return {
    async write({ rows, kept: cells, answers }: AnsweredChunk) {
      const chunk = DuckDBDataChunk.create(duckTypes, rows)
      size.rows += rows
      for (const [index, column] of cells.entries()) {
        chunk.setColumnValues(index, kept[index]?.type === 'list' ? column.map(listText) : column)
        for (const cell of column) if (typeof cell === 'string') size.characters += cell.length
      }
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
      await db.rows(
        `COPY (SELECT ${selected.join(', ')} FROM answers) TO ${literal(made)} (${parquetOptions(size)})`,
      )
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
  const { literal, openDuckDb, toNumber } = await import('../datasets/reader/duckdb.ts')
  const paths: string[] = []
  for (const [index, open] of parts.entries()) {
    const path = join(folder, String(index))
    await streamToFile(path, await open(), { signal })
    paths.push(path)
  }
  // The width is not known yet, and the limit is no more than what a wide table needs.
  const db = await openDuckDb({ folder })
  try {
    const list = `[${paths.map(literal).join(', ')}]`
    const [size = []] = await db.rows(
      `SELECT sum(num_values) FILTER (column_id = 0), max(column_id) + 1, sum(total_uncompressed_size)
        FROM parquet_metadata(${list})`,
    )
    const options = parquetOptions({
      rows: toNumber(size[0]),
      columns: toNumber(size[1]),
      // Its estimate is two bytes for each character.
      characters: toNumber(size[2]) / 2,
    })
    const made = join(folder, 'made')
    await db.rows(
      `COPY (SELECT * FROM read_parquet(${list}, hive_partitioning=false)) TO ${literal(made)} (${options})`,
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

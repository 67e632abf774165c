import type { DuckDBDataChunk } from '@duckdb/node-api'
import { ISO_DATE } from '../dates.ts'
import { FitserveError } from '../errors.ts'
import {
  type Cell,
  type ColumnDescription,
  type ColumnType,
  columnFinder,
  type DateType,
  isDateType,
  type TableDescription,
} from '../recipe/table.ts'

/**
 * A column's values in the order of the rows. A missing value is null, among numbers NaN. A list is read as a category,
 * whose value holds its items (recipe/lists.ts).
 */
export type TableColumn =
  | { type: 'number'; values: Float64Array }
  | { type: 'boolean'; values: (boolean | null)[] }
  | { type: 'category' | 'text'; values: (string | null)[] }
  /** Texts of ISO 8601, and the form that they have in the file. */
  | { type: DateType; format: string; values: (string | null)[] }

/** A data set, or some of its columns, in memory. Columns are by name. */
export interface Table {
  rows: number
  columns: Map<string, TableColumn>
}

/** Receives the texts of a column one by one, so that they need not all be in memory. */
export interface TextTaker {
  add(text: string | null): void
}

/**
 * Reads a kept table, for training. It loads DuckDB when it is called, so the API process does not use it.
 * @param file a local copy of the data set's `data.parquet`
 * @param options.columns names of the columns to read, in any normal form; the table has them as given @default all
 * @param options.texts receivers of texts, by the column's name; the table then lacks these columns
 * @throws FitserveError `corrupt-artifact` if the file does not match the description
 */
export async function readTable(
  file: string,
  description: TableDescription,
  options: { columns?: readonly string[]; texts?: ReadonlyMap<string, TextTaker> } = {},
): Promise<Table> {
  const columnOf = columnFinder(description)
  const places = new Map(description.columns.map((column, index) => [column, `c${index}`]))
  const wanted = new Set(options.columns ?? description.columns.map(({ name }) => name))
  const chosen = [...wanted].map((name) => {
    const column = columnOf(name)
    const place = column && places.get(column)
    if (!place) throw new TypeError('Expected names of columns that the description has')
    const { type } = column
    return { name, fill: fillFor(column, description.rows, options.texts?.get(name)), place, type }
  })
  let rows = 0
  for await (const chunk of chunksOf(file, chosen)) {
    if (rows + chunk.rowCount > description.rows) throw damaged()
    for (const [index, { fill }] of chosen.entries()) fill.take(chunk, index, rows)
    rows += chunk.rowCount
  }
  if (rows !== description.rows) throw damaged()
  const columns = chosen.flatMap(({ name, fill }) => (fill.column ? [[name, fill.column] as const] : []))
  return { rows, columns: new Map(columns) }
}

/** Some rows of a table: the values of each column, in the order of the rows; a gap is null. */
export interface RowChunk {
  rows: number
  columns: Cell[][]
}

/**
 * Reads rows of a kept table chunk by chunk, each of up to 2,048 rows, so that not all are in memory.
 * @param columns names of the columns to read, in any normal form; each chunk has them in this order
 * @param range rows from `from`, which counts from 0, to before `to`
 * @throws FitserveError `corrupt-artifact` if the file does not match the description
 */
export async function* readRowRange(
  file: string,
  description: TableDescription,
  columns: readonly string[],
  range: { from: number; to: number },
): AsyncGenerator<RowChunk> {
  const columnOf = columnFinder(description)
  const chosen = columns.map((name) => {
    const column = columnOf(name)
    if (!column) throw new TypeError('Expected names of columns that the description has')
    return { place: `c${description.columns.indexOf(column)}`, type: column.type }
  })
  let rows = 0
  for await (const chunk of chunksOf(file, chosen, range)) {
    const values = chosen.map(({ type }, index): Cell[] => {
      const cells = new Array<Cell>(chunk.rowCount).fill(null)
      copy(chunk, index, cells, 0)
      return type === 'number' ? cells.map((cell) => (Number.isNaN(cell) ? null : cell)) : cells
    })
    rows += chunk.rowCount
    yield { rows: chunk.rowCount, columns: values }
  }
  if (rows !== range.to - range.from) throw damaged()
}

async function* chunksOf(
  file: string,
  columns: readonly { place: string; type: ColumnType }[],
  range?: { from: number; to: number },
): AsyncGenerator<DuckDBDataChunk> {
  const { eachChunk, openDuckDb, parquet, wholeText } = await import('./reader/duckdb.ts')
  const values = columns.map(({ place, type }) => {
    if (type === 'boolean') return place
    return type === 'number' ? `coalesce(${place}, 'nan'::DOUBLE)` : wholeText(place)
  })
  const db = await openDuckDb({ files: [file] })
  try {
    // DuckDB skips the groups of rows outside of the range. Without columns, the rows are still counted.
    const source = range
      ? `${parquet(file, true)} WHERE file_row_number >= ${range.from} AND file_row_number < ${range.to}`
      : parquet(file)
    const sql = `SELECT ${values.length > 0 ? values.join(', ') : '1'} FROM ${source}`
    const result = await db.connection.stream(sql)
    yield* eachChunk(result)
  } catch (error) {
    throw error instanceof FitserveError ? error : damaged(error)
  } finally {
    db.close()
  }
}

/** Loads DuckDB ahead of the first table. */
export async function loadTableReader(): Promise<void> {
  await import('./reader/duckdb.ts')
}

interface Fill {
  /** Null if a `TextTaker` receives the values. */
  column: TableColumn | null
  /** Copies column `index` of a chunk to the values from `row` on. */
  take(chunk: DuckDBDataChunk, index: number, row: number): void
}

function fillFor(
  { type, format = ISO_DATE }: ColumnDescription,
  rows: number,
  taker: TextTaker | undefined,
): Fill {
  if (type === 'number') return fillNumbers(rows)
  if (taker && type !== 'boolean') return handOn(taker)
  if (type === 'boolean') {
    const values = new Array<boolean | null>(rows).fill(null)
    return { column: { type, values }, take: (chunk, index, row) => copy(chunk, index, values, row) }
  }
  const values = new Array<string | null>(rows).fill(null)
  if (type === 'text') return { column: { type, values }, take: copyTo(values) }
  if (isDateType(type))
    return { column: { type, format, values }, take: type === 'date' ? copySharing(values) : copyTo(values) }
  return { column: { type: 'category', values }, take: copySharing(values) }
}

function fillNumbers(rows: number): Fill {
  const values = new Float64Array(rows)
  const take: Fill['take'] = (chunk, index, row) => {
    const vector = chunk.getColumnVector(index)
    for (let at = 0; at < chunk.rowCount; at++) values[row + at] = vector.getItem(at) as number
  }
  return { column: { type: 'number', values }, take }
}

function handOn(taker: TextTaker): Fill {
  const take: Fill['take'] = (chunk, index) => {
    const vector = chunk.getColumnVector(index)
    for (let at = 0; at < chunk.rowCount; at++) taker.add(vector.getItem(at) as string | null)
  }
  return { column: null, take }
}

function copyTo<T>(values: (T | null)[]): Fill['take'] {
  return (chunk, index, row) => copy(chunk, index, values, row)
}

function copy<T>(chunk: DuckDBDataChunk, index: number, values: (T | null)[], row: number): void {
  const vector = chunk.getColumnVector(index)
  for (let at = 0; at < chunk.rowCount; at++) values[row + at] = vector.getItem(at) as T | null
}

/** Copies values such that each class is one string in memory, for all rows that have it. */
function copySharing(values: (string | null)[]): Fill['take'] {
  const known = new Map<string, string>()
  return (chunk, index, row) => {
    copy(chunk, index, values, row)
    for (let at = row; at < row + chunk.rowCount; at++) {
      const value = values[at]
      if (typeof value !== 'string') continue
      const shared = known.get(value)
      if (shared === undefined) known.set(value, value)
      else values[at] = shared
    }
  }
}

function damaged(cause?: unknown): FitserveError {
  return new FitserveError('corrupt-artifact', 'The table of the data set is damaged', { cause })
}

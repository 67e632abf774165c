import {
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api'
import type { Reject } from '../contract.ts'
import { beginning } from '../unicode.ts'
import type { DuckDb } from './duckdb.ts'
import { MAX_REJECT_TEXT } from './limits.ts'
import type { RowMeasures } from './row-measures.ts'

/** The file in a task's folder in which rows may be staged, and which may become the table. */
export const CELLS_FILE = 'cells.parquet'

/** Rows of a chunk at most: the size of DuckDB's vectors. */
const ROWS = 2048
/** Cells of a chunk, so that chunks of wide tables have fewer rows. */
const CELLS = 256 * 1024
/** Characters after which a chunk is handed over. */
const CHARACTERS = 4 * 1024 * 1024

/** Columns of the table `staging` beside those of the file. */
const STAGED = ['line DOUBLE']

/** Creates the table of bad lines. `col` is the index of the column at fault. */
export const CREATE_REJECTS = 'CREATE TABLE rejects (line DOUBLE, col INTEGER, message VARCHAR, text VARCHAR)'

/**
 * Describes a file that has been read into `staging` (good rows, as text, with their lines) and `rejects` (bad lines).
 */
export interface Staged {
  columns: readonly StagedColumn[]
  /** Good rows. */
  rows: number
  /** Bad lines. */
  rejected: number
  /** The same rows as they are in the file, where columns of numbers were staged as numbers. Absent: `staging` has them. */
  texts?: StagedTexts
  /** The Parquet file that has all good rows as `staging` has them, as columns c0, c1, … Absent: none has. */
  file?: string
  /** What was measured of all columns as they were read, which are numbers or have no value. Absent: nothing was. */
  measures?: RowMeasures
}

/** The rows of a file as texts, which are read from the file when they are asked for. */
export interface StagedTexts {
  /** Fills `staging` with them. */
  restage(): Promise<void>
}

/**
 * A column of the table `staging`. There column i is called `ci`, so that no name from a file becomes part of an SQL
 * statement.
 */
export interface StagedColumn {
  name: string
  /**
   * `number`: the file itself has typed the values, so they are not parsed. `list`: the values are lists (lists.ts). Else
   * their type is found from the texts.
   */
  kind: 'text' | 'number' | 'list'
}

/** Drops `staging`, which is a view where stage-plain.ts has made it. */
export async function dropStaging(db: Pick<DuckDb, 'rows'>): Promise<void> {
  const views = await db.rows("SELECT 1 FROM duckdb_views() WHERE view_name = 'staging'")
  await db.rows(`DROP ${views.length > 0 ? 'VIEW' : 'TABLE'} IF EXISTS staging`)
  await db.rows('DROP TABLE IF EXISTS cells')
}

/**
 * Fills the tables `staging` and `rejects`. Rows go to DuckDB in chunks, and spill to disk there, so a file may be
 * larger than memory.
 */
export class Staging {
  readonly #connection: DuckDBConnection
  readonly #columns: string[] = []
  #appender: DuckDBAppender | undefined
  #lines: number[] = []
  #values: (string | null)[][] = []
  #characters = 0
  readonly #rejects: RejectBuffer
  rows = 0

  private constructor(connection: DuckDBConnection, rejects: RejectBuffer) {
    this.#connection = connection
    this.#rejects = rejects
  }

  /** Creates both tables, empty. @param keepRejects bad lines to keep at most; all are counted */
  static async open(connection: DuckDBConnection, keepRejects: number): Promise<Staging> {
    await connection.run(`CREATE TABLE staging (${STAGED})`)
    await connection.run(CREATE_REJECTS)
    const rejects = new RejectBuffer(await connection.createAppender('rejects'), keepRejects)
    const staging = new Staging(connection, rejects)
    // From the start: the first rows may have no value, as `{}` has none, and the columns come later.
    staging.#appender = await connection.createAppender('staging')
    return staging
  }

  get columns(): readonly string[] {
    return this.#columns
  }

  get rejected(): number {
    return this.#rejects.count
  }

  /** Adds columns. In rows that exist already their values are missing. */
  async addColumns(names: readonly string[]): Promise<void> {
    this.#closeAppender()
    const first = this.#columns.length
    const added = names.map((_, index) => `c${first + index} VARCHAR`)
    // A statement per column is slow with many columns; most files have all of their columns from the start.
    const statements =
      this.rows === 0
        ? [
            `CREATE OR REPLACE TABLE staging (${[...STAGED, ...this.#columns.map((_, i) => `c${i} VARCHAR`), ...added]})`,
          ]
        : added.map((column) => `ALTER TABLE staging ADD COLUMN ${column}`)
    await this.#connection.run(statements.join(';\n'))
    this.#columns.push(...names)
    this.#values = this.#columns.map(() => [])
    this.#appender = await this.#connection.createAppender('staging')
  }

  /** Adds a row. Its values are in the order of the columns. */
  add(line: number, values: readonly (string | null)[]): void {
    this.#lines.push(line)
    this.rows++
    for (let index = 0; index < this.#values.length; index++) {
      const value = values[index] ?? null
      this.#values[index]!.push(value)
      if (value !== null) this.#characters += value.length
    }
    const rows = Math.min(ROWS, Math.max(16, Math.floor(CELLS / this.#values.length)))
    if (this.#lines.length >= rows || this.#characters >= CHARACTERS) this.#flush()
  }

  /** Adds a bad line. @param column index of the column at fault, or null */
  reject(line: number, column: number | null, message: string, text: string): void {
    this.#rejects.add({ line, column, message, text: beginning(text, MAX_REJECT_TEXT) })
  }

  /**
   * Takes a table of all rows, which `fill` creates under the name `staging`, in place of the empty one. Returns whether it
   * could; if not, rows are added as before.
   * @param fill returns the number of rows, or undefined if it created nothing
   * @param columns names of the table's columns. Default: those that were added
   */
  async replace(
    fill: () => Promise<number | undefined>,
    columns: readonly string[] = this.#columns,
  ): Promise<boolean> {
    this.#closeAppender()
    await this.#connection.run('ALTER TABLE staging RENAME TO emptied')
    const rows = await fill()
    if (rows === undefined) {
      await this.#connection.run('ALTER TABLE emptied RENAME TO staging')
      this.#appender = await this.#connection.createAppender('staging')
      return false
    }
    await this.#connection.run('DROP TABLE emptied')
    this.#columns.splice(0, this.#columns.length, ...columns)
    this.rows = rows
    return true
  }

  close(): void {
    this.#closeAppender()
    this.#rejects.close()
  }

  #closeAppender(): void {
    this.#flush()
    this.#appender?.closeSync()
    this.#appender = undefined
  }

  #flush(): void {
    if (this.#lines.length === 0 || this.#appender === undefined) return
    const chunk = DuckDBDataChunk.create([DOUBLE, ...this.#columns.map(() => VARCHAR)], this.#lines.length)
    chunk.setColumnValues(0, this.#lines)
    this.#values.forEach((values, index) => {
      chunk.setColumnValues(index + 1, values)
    })
    this.#appender.appendDataChunk(chunk)
    this.#lines = []
    this.#values = this.#columns.map(() => [])
    this.#characters = 0
  }
}

type Rejected = Omit<Reject, 'column' | 'text'> & { column: number | null; text: string }

class RejectBuffer {
  readonly #appender: DuckDBAppender
  readonly #keep: number
  #buffer: Rejected[] = []
  count = 0

  constructor(appender: DuckDBAppender, keep: number) {
    this.#appender = appender
    this.#keep = keep
  }

  add(reject: Rejected): void {
    this.count++
    if (this.count > this.#keep) return
    this.#buffer.push(reject)
    if (this.#buffer.length >= ROWS) this.#flush()
  }

  close(): void {
    this.#flush()
    this.#appender.closeSync()
  }

  #flush(): void {
    const buffer = this.#buffer
    if (buffer.length === 0) return
    const chunk = DuckDBDataChunk.create([DOUBLE, INTEGER, VARCHAR, VARCHAR], buffer.length)
    chunk.setColumns([
      buffer.map(({ line }) => line),
      buffer.map(({ column }) => column),
      buffer.map(({ message }) => message),
      buffer.map(({ text }) => text),
    ])
    this.#appender.appendDataChunk(chunk)
    this.#buffer = []
  }
}

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
import { MAX_REJECT_TEXT } from './limits.ts'

const ROWS = 2048
const CELLS = 256 * 1024
const CHARACTERS = 4 * 1024 * 1024

/** What `staging` has beside the columns of the file. */
const STAGED = ['line DOUBLE']

/** Bad lines: `col` is the index of a column. */
export const CREATE_REJECTS = 'CREATE TABLE rejects (line DOUBLE, col INTEGER, message VARCHAR, text VARCHAR)'

/** A reader's output: every good row as text beside its line, every bad line with the reason. */
export interface Staged {
  columns: readonly StagedColumn[]
  /** Good rows. */
  rows: number
  /** Bad lines. */
  rejected: number
}

/**
 * A column of the table `staging`, where column i is called `ci` whatever its real name: no name from a file
 * is ever part of an SQL statement.
 */
export interface StagedColumn {
  name: string
  /** Numbers that came as such need no parsing, and their column is no other. */
  kind: 'text' | 'number'
}

/**
 * Fills the tables `staging` and `rejects`. Rows are handed to DuckDB in chunks, which spill to disk there, so
 * the size of a file is no matter of memory.
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

  /** @param keepRejects how many bad lines to remember; all are counted */
  static async open(connection: DuckDBConnection, keepRejects: number): Promise<Staging> {
    await connection.run(`CREATE TABLE staging (${STAGED})`)
    await connection.run(CREATE_REJECTS)
    const rejects = new RejectBuffer(await connection.createAppender('rejects'), keepRejects)
    return new Staging(connection, rejects)
  }

  get columns(): readonly string[] {
    return this.#columns
  }

  get rejected(): number {
    return this.#rejects.count
  }

  /** Rows that are there already have gaps in the new columns. */
  async addColumns(names: readonly string[]): Promise<void> {
    this.#flush()
    this.#appender?.closeSync()
    const first = this.#columns.length
    const added = names.map((_, index) => `c${first + index} VARCHAR`)
    // One statement for each column is slow where they are many, and most files have all of them from the start.
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

  /** Takes one row, its values in the order of the columns. */
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

  /** Takes one bad line; `column` is an index. */
  reject(line: number, column: number | null, message: string, text: string): void {
    this.#rejects.add({ line, column, message, text: beginning(text, MAX_REJECT_TEXT) })
  }

  close(): void {
    this.#flush()
    this.#appender?.closeSync()
    this.#rejects.close()
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

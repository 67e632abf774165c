import { type FileHandle, open } from 'node:fs/promises'
import { DOUBLE, type DuckDBAppender, DuckDBDataChunk } from '@duckdb/node-api'
import { z } from 'zod'
import { inNfc } from '../../normal-form.ts'
import { isObject } from '../../recipe/index.ts'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'
import { nameProblem } from './columns.ts'
import type { DuckDb } from './duckdb.ts'
import { foreignFormat } from './foreign.ts'
import type { Staging } from './staging.ts'

/*
 * Programs write the rows of a table all alike: the same keys in the same order, with the same spaces. Where all values are numbers
 * or null, a kernel (kernels/json-rows.ts) reads such rows in a twentieth of the time that JavaScript takes, and DuckDB gets them
 * as numbers. With the first row or value of any other kind, the file is read as in ndjson.ts from its beginning, which says
 * what is wrong, if anything.
 */

/** Bytes that are read from the file at once. */
const CHUNK = 2 ** 20
/** Bytes behind a piece that the kernel may read. */
const BEHIND = 16
/** Rows that are handed to DuckDB at once: the size of its vectors. */
const ROWS = 2_048
/** Columns at most. */
const MOST_COLUMNS = 1_000
/** Numbers that are handed to DuckDB at once, so that of wide tables these are fewer rows. */
const CELLS = 256 * 1024
/** Bytes of a number. */
const NUMBER = 8
/** Bytes between two columns beside their numbers: with a power of two all columns would meet in one place of the processor's cache. */
const APART = 64
/** Bytes of what the kernel is told of a number that it leaves to JavaScript. */
const NOTE = 16
/** Powers of ten that the kernel knows. */
const LEAST_POWER = -40
const GREATEST_POWER = 22
/** The least power whose inverse has 64 bits, which is rounded up. */
const MOST_EXACT = -27
/** Numbers nearer to zero are left to `readNdjson`, as are whole numbers beyond 2^53. */
const TINIEST = 1e-300
const LF = 10
const BOM = '\uFEFF'

const Kernels = z.object({ readJsonRows: KernelFunction })

/** Places of numbers in the kernel's state. */
const STATE_ROWS = 1
const STATE_MOST_ROWS = 2
const STATE_NOTED = 3
const STATE_READ = 4
const STATE = 64

/** Rows that were staged as numbers. */
export interface PlainJson {
  /** For each column whether it has numbers; others have no value at all. */
  areNumbers: boolean[]
}

/**
 * Fills the staging table, which has no columns yet, from a file with one JSON object per line. Returns undefined, and leaves the table as it was,
 * unless there are two rows at least, all are written alike, and all values are numbers that a double holds exactly as they are meant, or null.
 * @param mayBeNumber whether a column may be staged as numbers, by its name
 */
export async function stagePlainJson(
  db: DuckDb,
  path: string,
  staging: Staging,
  mayBeNumber: (name: string) => boolean,
): Promise<PlainJson | undefined> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, 0)
    const row = firstRow(buffer.subarray(0, bytesRead))
    if (row === undefined || !row.names.every(mayBeNumber)) return undefined
    const reader = orNullWithoutAddressSpace(() => new RowReader(row))
    if (reader === null) return undefined
    const columns = row.names.map((_, index) => `c${index} DOUBLE`)
    const isStaged = await staging.replace(async () => {
      await db.rows(`CREATE TABLE staging (line DOUBLE, ${columns.join(', ')})`)
      const rows = await append(db, reader, file)
      if (rows === undefined) await db.rows('DROP TABLE staging')
      return rows
    }, row.names)
    if (!isStaged) return undefined
    const { areNumbers } = reader
    // A column without any value is one of texts, as `readNdjson` stages it.
    for (const [index, isNumber] of areNumbers.entries())
      if (!isNumber) await db.rows(`ALTER TABLE staging ALTER c${index} TYPE VARCHAR`)
    return { areNumbers }
  } finally {
    await file.close()
  }
}

/** Appends all rows of a file. Returns their number; undefined if a row is none that the kernel reads. */
async function append(db: DuckDb, reader: RowReader, file: FileHandle): Promise<number | undefined> {
  const appender = await db.connection.createAppender('staging')
  try {
    return await reader.read(file, appender)
  } finally {
    appender.closeSync()
  }
}

/** How the first row of a file is written. */
interface FirstRow {
  /** Place of the first byte of the row in the file. */
  from: number
  names: string[]
  /** What is written before each value, and behind the last one to the end of the line. */
  around: Buffer[]
}

/** Returns how the first of two rows is written; undefined if other rows cannot be written alike, or have other values than numbers. */
function firstRow(head: Buffer): FirstRow | undefined {
  const end = head.indexOf(LF) + 1
  if (end === 0 || end === head.length || foreignFormat(head, 'ndjson') !== undefined) return undefined
  const line = head.toString('utf8', 0, end)
  const text = line.startsWith(BOM) ? line.slice(1) : line
  const pieces = piecesOf(text)
  if (pieces === undefined || pieces.names.length > MOST_COLUMNS) return undefined
  const { names, around } = pieces
  const isUsual = (name: string) =>
    nameProblem(name) === undefined && name === inNfc(name) && !name.includes('.') && !name.includes('\uFFFD')
  if (!names.every(isUsual) || new Set(names).size < names.length) return undefined
  const from = Buffer.byteLength(line) - Buffer.byteLength(text)
  return { from, names, around: around.map((each) => Buffer.from(each)) }
}

const KEY = /\s*[{,]\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*/y
const VALUE = /-?\d[\d.eE+-]*|null/y
const END = /\s*\}[ \t\r]*\n/y

/** Cuts a row of numbers into its keys and what is written around its values. */
function piecesOf(text: string): { names: string[]; around: string[] } | undefined {
  if (!isObject(parsed(text))) return undefined
  const names: string[] = []
  const around: string[] = []
  for (let at = 0; ; ) {
    KEY.lastIndex = at
    const key = KEY.exec(text)
    if (key === null) {
      END.lastIndex = at
      const end = END.exec(text)
      return end === null || names.length === 0 ? undefined : { names, around: [...around, end[0]] }
    }
    names.push(String(parsed(key[1] ?? '')))
    around.push(key[0])
    VALUE.lastIndex = at + key[0].length
    const value = VALUE.exec(text)
    if (value === null) return undefined
    at = VALUE.lastIndex
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads rows in the memory of a kernel, and hands them to DuckDB. */
class RowReader {
  readonly #readJsonRows: (...numbers: number[]) => number
  readonly #state: Int32Array
  readonly #values: Float64Array
  readonly #gaps: Int32Array
  readonly #noted: Int32Array
  readonly #bytes: Buffer
  readonly #places: Record<'state' | 'around' | 'powers' | 'values' | 'gaps' | 'noted' | 'bytes', number>
  readonly #stride: number
  readonly #columns: number
  readonly #from: number
  readonly #lineEnd: Buffer
  readonly #hasNumber: Uint8Array
  #rows = 0

  constructor({ from, names, around }: FirstRow) {
    const columns = names.length
    const most = Math.max(1, Math.min(ROWS, Math.floor(CELLS / columns)))
    const stride = most * NUMBER + APART
    const written = aroundFor(around)
    const layout = new MemoryLayout()
    const places = {
      state: layout.place(STATE),
      around: layout.place(written.length),
      powers: layout.place(powersOfFive.length),
      gaps: layout.place(4 * columns),
      values: layout.place(stride * columns),
      noted: layout.place(NOTE * most * columns),
      bytes: layout.place(2 * CHUNK + BEHIND),
    }
    const { exports, buffer } = openKernels(layout.bytes)
    this.#readJsonRows = Kernels.parse(exports).readJsonRows
    this.#places = places
    this.#stride = stride
    this.#columns = columns
    this.#from = from
    this.#lineEnd = around.at(-1) ?? Buffer.alloc(0)
    this.#state = new Int32Array(buffer, places.state, STATE / 4)
    this.#gaps = new Int32Array(buffer, places.gaps, columns)
    this.#values = new Float64Array(buffer, places.values, (stride * columns) / NUMBER)
    this.#noted = new Int32Array(buffer, places.noted, (NOTE * most * columns) / 4)
    this.#bytes = Buffer.from(buffer, places.bytes, 2 * CHUNK)
    this.#hasNumber = new Uint8Array(columns)
    this.#state.set([columns, 0, most])
    Buffer.from(buffer, places.around, written.length).set(written)
    Buffer.from(buffer, places.powers, powersOfFive.length).set(powersOfFive)
  }

  /** For each column whether it has a number. */
  get areNumbers(): boolean[] {
    return Array.from(this.#hasNumber, (has) => has === 1)
  }

  /** Reads a file to its end. Returns the number of its rows; undefined as soon as one is written in another way. */
  async read(file: FileHandle, appender: DuckDBAppender): Promise<number | undefined> {
    let left = 0
    for (let position = this.#from; ; ) {
      const { bytesRead } = await file.read(this.#bytes, left, CHUNK, position)
      position += bytesRead
      const isLast = bytesRead < CHUNK
      const length = isLast ? this.#withLineEnd(left + bytesRead) : left + bytesRead
      const end = this.#bytes.subarray(0, length).lastIndexOf(LF) + 1
      left = length - end
      if (left > CHUNK || (isLast && left > 0) || !this.#take(end, appender)) return undefined
      this.#bytes.copyWithin(0, end, length)
      if (isLast) break
    }
    this.#flush(appender)
    return this.#rows
  }

  /** Ends the last line of a file, which needs no line end, as the others end. Returns the length with it. */
  #withLineEnd(length: number): number {
    if (length === 0 || this.#bytes[length - 1] === LF) return length
    const behind = this.#lineEnd.subarray(this.#lineEnd.indexOf('}') + 1)
    return length + behind.copy(this.#bytes, length)
  }

  /** Reads whole lines. Returns false if one is written in another way. @param length of the lines in bytes */
  #take(length: number, appender: DuckDBAppender): boolean {
    const { state, bytes, around, powers, values, gaps, noted } = this.#places
    for (let at = 0; at < length; ) {
      const rows = this.#readJsonRows(
        state,
        bytes + at,
        length - at,
        around,
        powers,
        values,
        this.#stride,
        gaps,
        noted,
      )
      if (rows < 0 || !this.#readNoted(at)) return false
      at += this.#state[STATE_READ] ?? 0
      if (rows === this.#state[STATE_MOST_ROWS]) this.#flush(appender)
    }
    return true
  }

  /** Reads the numbers that the kernel leaves to JavaScript. @param from where the kernel's piece begins */
  #readNoted(from: number): boolean {
    const count = this.#state[STATE_NOTED] ?? 0
    for (let at = 0; at < 4 * count; at += 4) {
      const [column = 0, row = 0, place = 0, length = 0] = this.#noted.subarray(at, at + 4)
      const value = Number(this.#bytes.toString('latin1', from + place, from + place + length))
      const isUsual = value === 0 || (Math.abs(value) >= TINIEST && Math.abs(value) < 2 ** 53)
      if (!isUsual) return false
      this.#values[(column * this.#stride) / NUMBER + row] = value === 0 ? 0 : value
    }
    return true
  }

  /** Hands the rows that are there to DuckDB. */
  #flush(appender: DuckDBAppender): void {
    const rows = this.#state[STATE_ROWS] ?? 0
    if (rows === 0) return
    const chunk = DuckDBDataChunk.create(new Array(this.#columns + 1).fill(DOUBLE), rows)
    const lines = chunk.getColumnVector(0)
    for (let row = 0; row < rows; row++) lines.setItem(row, this.#rows + row + 1)
    lines.flush()
    for (let column = 0; column < this.#columns; column++) {
      const from = (column * this.#stride) / NUMBER
      const values = this.#values.subarray(from, from + rows)
      const vector = chunk.getColumnVector(column + 1)
      for (let row = 0; row < rows; row++) vector.setItem(row, values[row]!)
      // Behind a missing value each other would take longer.
      const isNumber = (value: number) => !Number.isNaN(value)
      if (this.#gaps[column] === 1)
        for (let row = 0; row < rows; row++) if (!isNumber(values[row]!)) vector.setItem(row, null)
      if (this.#hasNumber[column] === 0 && (this.#gaps[column] === 0 || values.some(isNumber)))
        this.#hasNumber[column] = 1
      vector.flush()
    }
    appender.appendDataChunk(chunk)
    this.#gaps.fill(0)
    this.#rows += rows
    this.#state[STATE_ROWS] = 0
  }
}

/** Returns what is written around values as the kernel reads it. */
function aroundFor(around: readonly Buffer[]): Buffer {
  return Buffer.concat(
    around.flatMap((piece) => {
      const length = Buffer.alloc(16)
      length.writeInt32LE(piece.length)
      const padded = Math.ceil(piece.length / 16) * 16
      const text = Buffer.alloc(padded)
      text.set(piece)
      return [length, text, Buffer.alloc(padded).fill(255, 0, piece.length)]
    }),
  )
}

/**
 * The first 128 bits of each power of five from `LEAST_POWER` to `GREATEST_POWER`, the higher 64 first: those from 5^−27 to 5^−1 are rounded up,
 * others cut off (Lemire, "Number parsing at a gigabyte per second", 2021).
 */
const powersOfFive = Buffer.alloc(16 * (GREATEST_POWER - LEAST_POWER + 1))
for (let power = LEAST_POWER; power <= GREATEST_POWER; power++) {
  const five = 5n ** BigInt(Math.abs(power))
  const bits = BigInt(five.toString(2).length)
  const inverse = (1n << (bits + 127n)) / five + (power < MOST_EXACT ? 0n : 1n)
  const first = power < 0 ? inverse : (five << 128n) >> bits
  powersOfFive.writeBigUInt64LE(first >> 64n, 16 * (power - LEAST_POWER))
  powersOfFive.writeBigUInt64LE(first & (2n ** 64n - 1n), 16 * (power - LEAST_POWER) + 8)
}

import { type FileHandle, open } from 'node:fs/promises'
import { DOUBLE, type DuckDBAppender, DuckDBDataChunk } from '@duckdb/node-api'
import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'
import type { DuckDb } from './duckdb.ts'
import { readWhole } from './read-whole.ts'
import type { Staging } from './staging.ts'

/*
 * Stages the rows of a text file that are written alike and have numbers only, by a kernel (kernels/number-rows.ts) that reads
 * them in one pass: DuckDB gets numbers, and no texts.
 */

/** Columns at most. */
export const MOST_COLUMNS = 1_000
/** Bytes that are read from the file at once. */
const CHUNK = 2 ** 20
/** Bytes behind a piece that the kernel may read. */
const BEHIND = 16
/** Rows that are handed to DuckDB at once: the size of its vectors. */
const ROWS = 2_048
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
/** Numbers nearer to zero are left to others. */
const TINIEST = 1e-300
/** Bytes of blank lines at the end of a file that are passed over. */
const BLANK_END = 16
const LF = 10

const Kernels = z.object({ readNumberRows: KernelFunction })

/** Places of numbers in the kernel's state. */
const STATE_ROWS = 1
const STATE_MOST_ROWS = 2
const STATE_NOTED = 3
const STATE_READ = 4
const STATE = 64

/** How the rows of a file are written. */
export interface WrittenRows {
  /** Place of the first byte of the first row in the file. */
  from: number
  /** Lines ahead of it. */
  lines: number
  names: readonly string[]
  /** What is written before each value, and behind the last one to the end of the line. */
  around: readonly Buffer[]
  /**
   * Whether they are lines of CSV: a missing value is empty in place of null, and any number is meant as a double. In JSON whole numbers
   * beyond 2^53 may be codes, and there is one zero.
   */
  isCsv: boolean
}

/** Rows that were staged as numbers. */
export interface StagedRows {
  /** For each column whether it has numbers; others have no value at all. */
  areNumbers: boolean[]
}

/**
 * Fills the staging table from a file. Returns undefined, and leaves the table as it was, unless there is a row, all rows are written
 * alike, and all values are numbers as JSON writes them, or missing.
 */
export async function stageNumberRows(
  db: DuckDb,
  path: string,
  staging: Staging,
  written: WrittenRows,
): Promise<StagedRows | undefined> {
  const { names, lines } = written
  const reader = orNullWithoutAddressSpace(() => new RowReader(written))
  if (reader === null) return undefined
  const file = await open(path)
  try {
    const columns = names.map((_, index) => `c${index} DOUBLE`)
    const isStaged = await staging.replace(async () => {
      await db.rows(`CREATE TABLE staging (line DOUBLE, ${columns.join(', ')})`)
      const rows = await append(db, reader, file, lines)
      if (rows) return rows
      await db.rows('DROP TABLE staging')
      return undefined
    }, names)
    if (!isStaged) return undefined
    const { areNumbers } = reader
    // A column without any value is one of texts, as it is if its fields are read as texts.
    for (const [index, isNumber] of areNumbers.entries())
      if (!isNumber) await db.rows(`ALTER TABLE staging ALTER c${index} TYPE VARCHAR`)
    return { areNumbers }
  } finally {
    await file.close()
  }
}

/** Appends all rows of a file. Returns their number; undefined if a row is none that the kernel reads. */
async function append(
  db: DuckDb,
  reader: RowReader,
  file: FileHandle,
  lines: number,
): Promise<number | undefined> {
  const appender = await db.connection.createAppender('staging')
  try {
    return await reader.read(file, appender, lines)
  } finally {
    appender.closeSync()
  }
}

/** Reads rows in the memory of a kernel, and hands them to DuckDB. */
class RowReader {
  readonly #readNumberRows: (...numbers: number[]) => number
  readonly #state: Int32Array
  readonly #values: Float64Array
  readonly #gaps: Int32Array
  readonly #noted: Int32Array
  readonly #bytes: Buffer
  readonly #places: Record<'state' | 'around' | 'powers' | 'values' | 'gaps' | 'noted' | 'bytes', number>
  readonly #stride: number
  readonly #columns: number
  readonly #from: number
  readonly #isCsv: boolean
  readonly #lineEnd: Buffer
  readonly #hasNumber: Uint8Array
  #lines = 0
  #rows = 0

  constructor({ from, names, around, isCsv }: WrittenRows) {
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
    this.#readNumberRows = Kernels.parse(exports).readNumberRows
    this.#places = places
    this.#stride = stride
    this.#columns = columns
    this.#from = from
    const last = around.at(-1) ?? Buffer.alloc(0)
    this.#lineEnd = last.subarray(last.indexOf('}') + 1)
    this.#state = new Int32Array(buffer, places.state, STATE / 4)
    this.#gaps = new Int32Array(buffer, places.gaps, columns)
    this.#values = new Float64Array(buffer, places.values, (stride * columns) / NUMBER)
    this.#noted = new Int32Array(buffer, places.noted, (NOTE * most * columns) / 4)
    this.#bytes = Buffer.from(buffer, places.bytes, 2 * CHUNK)
    this.#hasNumber = new Uint8Array(columns)
    this.#state.set([columns, 0, most, 0, 0, isCsv ? 1 : 0])
    this.#isCsv = isCsv
    Buffer.from(buffer, places.around, written.length).set(written)
    Buffer.from(buffer, places.powers, powersOfFive.length).set(powersOfFive)
  }

  /** For each column whether it has a number. */
  get areNumbers(): boolean[] {
    return Array.from(this.#hasNumber, (has) => has === 1)
  }

  /**
   * Reads a file to its end. Returns the number of its rows; undefined as soon as one is written in another way.
   * @param lines ahead of the rows
   */
  async read(file: FileHandle, appender: DuckDBAppender, lines: number): Promise<number | undefined> {
    this.#lines = lines
    let left = 0
    for (let position = this.#from; ; ) {
      const bytesRead = await readWhole(file, this.#bytes, { offset: left, length: CHUNK, position })
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

  /**
   * Ends the last line of a file, which needs no line end, as the others end, and leaves out a few blank lines behind it. Returns the length of
   * all lines.
   */
  #withLineEnd(length: number): number {
    const end = this.#lineEnd
    const isEnded = (at: number) => this.#bytes.subarray(Math.max(0, at - end.length), at).equals(end)
    let ended = length
    while (isEnded(ended) && length - ended < BLANK_END) ended -= end.length
    return ended === 0 ? 0 : ended + end.copy(this.#bytes, ended)
  }

  /** Reads whole lines. Returns false if one is written in another way. @param length of the lines in bytes */
  #take(length: number, appender: DuckDBAppender): boolean {
    const { state, bytes, around, powers, values, gaps, noted } = this.#places
    for (let at = 0; at < length; ) {
      const rows = this.#readNumberRows(
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

  /** What all numbers must be less than. */
  get #limit(): number {
    return this.#isCsv ? Number.POSITIVE_INFINITY : 2 ** 53
  }

  /** Reads the numbers that the kernel leaves to JavaScript. @param from where the kernel's piece begins */
  #readNoted(from: number): boolean {
    const count = this.#state[STATE_NOTED] ?? 0
    for (let at = 0; at < 4 * count; at += 4) {
      const [column = 0, row = 0, place = 0, length = 0] = this.#noted.subarray(at, at + 4)
      const value = Number(this.#bytes.toString('latin1', from + place, from + place + length))
      const isUsual = value === 0 || (Math.abs(value) >= TINIEST && Math.abs(value) < this.#limit)
      if (!isUsual) return false
      this.#values[(column * this.#stride) / NUMBER + row] = value === 0 && !this.#isCsv ? 0 : value
    }
    return true
  }

  /** Hands the rows that are there to DuckDB. */
  #flush(appender: DuckDBAppender): void {
    const rows = this.#state[STATE_ROWS] ?? 0
    if (rows === 0) return
    const chunk = DuckDBDataChunk.create(new Array(this.#columns + 1).fill(DOUBLE), rows)
    const lines = chunk.getColumnVector(0)
    for (let row = 0; row < rows; row++) lines.setItem(row, this.#lines + this.#rows + row + 1)
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

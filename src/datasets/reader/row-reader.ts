import { z } from 'zod'
import { KernelFunction, MemoryLayout, openKernels } from '../../runtime/kernel-memory.ts'
import { readWholeSync } from '../../runtime/read-whole.ts'

/*
 * Reads the rows of a text file that are written alike and have numbers only, by a kernel (kernels/number-rows.ts) that reads
 * them in one pass.
 */

/** Bytes that are read from the file at once. */
const CHUNK = 2 ** 20
/** Bytes behind a piece that the kernel may read. */
const BEHIND = 16
/** Rows of a block: the size of DuckDB's vectors. */
const ROWS = 2_048
/** Numbers of a block, so that of wide tables these are fewer rows. */
const CELLS = 256 * 1024
/** Bytes of the blocks that are read ahead. */
const AHEAD_BYTES = 12 * 2 ** 20
/** Bytes of a number. */
const NUMBER = 8
/**
 * Bytes between two columns beside their numbers: with a power of two all columns would meet in one place of the processor's
 * cache.
 */
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
   * Whether they are lines of CSV: a missing value is empty in place of null, and any number is meant as a double. In JSON
   * whole numbers beyond 2^53 may be codes, and there is one zero.
   */
  isCsv: boolean
}

/** Thrown where a row is written in another way than the first, or has a value that is no number. */
export class NotWrittenAlike extends Error {
  override readonly name = 'NotWrittenAlike'
}

/** Rows that have been read. */
export interface Block {
  rows: number
  /** The numbers of a column; NaN stands for a missing one. */
  values(column: number): Float64Array<ArrayBuffer>
  /** Whether a column has a missing number. */
  hasGaps(column: number): boolean
}

/** Where a block of rows is in the memory of the kernel. */
interface Place {
  values: number
  gaps: number
  rows: number
}

/**
 * Reads the rows of a file in blocks, some of them ahead of being asked for:
 *
 * ```
 *   file ── 1 MiB ──> bytes ── kernel ──> block ─┐
 *                                         block  ├─ a ring: `readAhead` fills it, `next` takes from it
 *                                         block ─┘
 * ```
 */
export class RowReader {
  readonly #readNumberRows: (...numbers: number[]) => number
  readonly #file: number
  readonly #buffer: ArrayBuffer
  readonly #state: Int32Array
  readonly #noted: Int32Array
  readonly #bytes: Buffer
  readonly #at: Record<'state' | 'around' | 'powers' | 'noted' | 'bytes', number>
  readonly #ring: readonly Place[]
  readonly #stride: number
  readonly #columns: number
  readonly #mostRows: number
  readonly #isCsv: boolean
  readonly #lineEnd: Buffer
  readonly #hasNumber: Uint8Array
  /** Place of the next byte of the file. */
  #position: number
  /** Where the next row and the last whole row in `#bytes` begin and end, and where all bytes that were read end. */
  #from = 0
  #end = 0
  #length = 0
  #isLast = false
  /** Blocks that were taken from the ring, and that were filled. One that was taken is free once the next is. */
  #taken = 0
  #filled = 0
  readonly #start: number
  /** Rows of all blocks that were taken, and that were filled. */
  rows = 0
  #rowsFilled = 0

  /** @param file descriptor of the file, which stays open until all rows are read */
  constructor(file: number, { from, names, around, isCsv }: WrittenRows) {
    const columns = names.length
    const most = Math.max(1, Math.min(ROWS, Math.floor(CELLS / columns)))
    const stride = most * NUMBER + APART
    const written = aroundFor(around)
    const layout = new MemoryLayout()
    this.#at = {
      state: layout.place(STATE),
      around: layout.place(written.length),
      powers: layout.place(powersOfFive.length),
      noted: layout.place(NOTE * most * columns),
      bytes: layout.place(2 * CHUNK + BEHIND),
    }
    const blocks = Math.max(2, Math.floor(AHEAD_BYTES / (stride * columns)))
    this.#ring = Array.from({ length: blocks }, () => ({
      values: layout.place(stride * columns),
      gaps: layout.place(4 * columns),
      rows: 0,
    }))
    const { exports, buffer } = openKernels(layout.bytes)
    this.#readNumberRows = Kernels.parse(exports).readNumberRows
    this.#file = file
    this.#buffer = buffer
    this.#stride = stride
    this.#columns = columns
    this.#mostRows = most
    this.#position = from
    this.#start = from
    const last = around.at(-1) ?? Buffer.alloc(0)
    this.#lineEnd = last.subarray(last.indexOf('}') + 1)
    this.#state = new Int32Array(buffer, this.#at.state, STATE / 4)
    this.#noted = new Int32Array(buffer, this.#at.noted, (NOTE * most * columns) / 4)
    this.#bytes = Buffer.from(buffer, this.#at.bytes, 2 * CHUNK)
    this.#hasNumber = new Uint8Array(columns)
    this.#state.set([columns, 0, most, 0, 0, isCsv ? 1 : 0])
    this.#isCsv = isCsv
    Buffer.from(buffer, this.#at.around, written.length).set(written)
    Buffer.from(buffer, this.#at.powers, powersOfFive.length).set(powersOfFive)
  }

  /** For each column whether a block that was taken has a number in it. */
  get areNumbers(): boolean[] {
    return Array.from(this.#hasNumber, (has) => has === 1)
  }

  /**
   * Takes the next block, which is valid until the next call; its rows are none behind the last one.
   * @throws NotWrittenAlike
   */
  next(): Block {
    if (this.#taken === this.#filled) this.#fill()
    const place = this.#placeOf(this.#taken)
    this.#taken += 1
    this.rows += place.rows
    const block = this.#blockOf(place)
    for (let column = 0; column < this.#columns; column++)
      if (this.#hasNumber[column] === 0 && hasNumber(block, column)) this.#hasNumber[column] = 1
    return block
  }

  /** Reads the next block unless the ring is full, or all is read. Returns whether it did. @throws NotWrittenAlike */
  readAhead(): boolean {
    // The block that was taken last is still in use.
    if (this.#filled - this.#taken >= this.#ring.length - 1 || this.#isRead) return false
    this.#fill()
    return true
  }

  /** Bytes of a row on average, as far as rows were read. */
  get rowBytes(): number {
    const bytes = this.#position - this.#start - (this.#length - this.#from)
    return bytes / Math.max(1, this.#rowsFilled)
  }

  get #isRead(): boolean {
    return this.#isLast && this.#from === this.#end
  }

  #placeOf(index: number): Place {
    return this.#ring[index % this.#ring.length] ?? { values: 0, gaps: 0, rows: 0 }
  }

  #blockOf({ values, gaps, rows }: Place): Block {
    return {
      rows,
      values: (column) => new Float64Array(this.#buffer, values + column * this.#stride, rows),
      hasGaps: (column) => new Int32Array(this.#buffer, gaps, this.#columns)[column] === 1,
    }
  }

  /** Reads rows into the next block until it is full, or all are read. */
  #fill(): void {
    const place = this.#placeOf(this.#filled)
    const { state, around, powers, noted, bytes } = this.#at
    this.#state[STATE_ROWS] = 0
    new Int32Array(this.#buffer, place.gaps, this.#columns).fill(0)
    while (this.#rowsRead < this.#mostRows) {
      if (this.#from === this.#end && !this.#readBytes()) break
      const { values, gaps } = place
      const from = this.#from
      const length = this.#end - from
      const rows = this.#readNumberRows(
        state,
        bytes + from,
        length,
        around,
        powers,
        values,
        this.#stride,
        gaps,
        noted,
      )
      if (rows < 0 || !this.#readNoted(place)) throw new NotWrittenAlike()
      this.#from += this.#state[STATE_READ] ?? 0
    }
    place.rows = this.#rowsRead
    this.#rowsFilled += place.rows
    this.#filled += 1
  }

  get #rowsRead(): number {
    return this.#state[STATE_ROWS] ?? 0
  }

  /**
   * Reads the next bytes of the file behind those of a row that has begun. Returns false if there is no whole row among them.
   */
  #readBytes(): boolean {
    if (this.#isLast) return false
    this.#bytes.copyWithin(0, this.#end, this.#length)
    const left = this.#length - this.#end
    const bytesRead = readWholeSync(this.#file, this.#bytes, {
      offset: left,
      length: CHUNK,
      position: this.#position,
    })
    this.#position += bytesRead
    this.#isLast = bytesRead < CHUNK
    const read = left + bytesRead
    this.#length = this.#isLast ? this.#withLineEnd(read) : read
    this.#from = 0
    this.#end = this.#bytes.subarray(0, this.#length).lastIndexOf(LF) + 1
    const rest = this.#length - this.#end
    if (rest > CHUNK || (this.#isLast && rest > 0)) throw new NotWrittenAlike()
    return this.#end > 0 || this.#readBytes()
  }

  /**
   * Ends the last line of a file, which needs no line end, as the others end, and leaves out a few blank lines behind it.
   * Returns the length of all lines.
   */
  #withLineEnd(length: number): number {
    const end = this.#lineEnd
    const isEnded = (at: number) => this.#bytes.subarray(Math.max(0, at - end.length), at).equals(end)
    let ended = length
    while (isEnded(ended) && length - ended < BLANK_END) ended -= end.length
    return ended === 0 ? 0 : ended + end.copy(this.#bytes, ended)
  }

  /** What all numbers must be less than. */
  get #limit(): number {
    return this.#isCsv ? Number.POSITIVE_INFINITY : 2 ** 53
  }

  /** Reads the numbers that the kernel leaves to JavaScript. Returns false if one cannot be read here. */
  #readNoted({ values }: Place): boolean {
    const count = this.#state[STATE_NOTED] ?? 0
    for (let at = 0; at < 4 * count; at += 4) {
      const [column = 0, row = 0, place = 0, length = 0] = this.#noted.subarray(at, at + 4)
      const from = this.#from + place
      const value = Number(this.#bytes.toString('latin1', from, from + length))
      const isUsual = value === 0 || (Math.abs(value) >= TINIEST && Math.abs(value) < this.#limit)
      if (!isUsual) return false
      const number = value === 0 && !this.#isCsv ? 0 : value
      new Float64Array(this.#buffer, values + column * this.#stride + row * NUMBER, 1)[0] = number
    }
    return true
  }
}

function hasNumber(block: Block, column: number): boolean {
  if (block.rows === 0) return false
  return !block.hasGaps(column) || block.values(column).some((value) => !Number.isNaN(value))
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
 * The first 128 bits of each power of five from `LEAST_POWER` to `GREATEST_POWER`, the higher 64 first: those from 5^−27 to
 * 5^−1 are rounded up, others cut off (Lemire, "Number parsing at a gigabyte per second", 2021).
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

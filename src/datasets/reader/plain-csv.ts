import { isUtf8 } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'
import { readWhole } from '../../runtime/read-whole.ts'

/*
 * Most large files are plain: they follow the grammar of csv-scanner.ts to the letter, and each line has as many fields as the
 * first. There is one way to read such a file, so DuckDB reads it, in a fifth of the time of the scanner. Whether a file is
 * plain is told by its bytes alone (kernels/csv.ts), before DuckDB sees it; any other file goes to the scanner, which says what
 * is wrong and where. The same look tells which columns hold plain numbers and nothing else, so that DuckDB reads them as
 * numbers at once, and on which lines the records begin.
 */

/** Bytes that are read from the file at once. */
const CHUNK = 2 ** 20
/** Bytes of a line that may be left over from the chunk before: the longest one of a plain file, and its end. */
const LEFT_OVER = CHUNK + 2
/** Bytes behind a piece that the kernel may read. */
const BEHIND = 16
/** Columns for which the kernel has a byte each. */
const COLUMNS = 4_096
/** Bytes of what the kernel keeps between two chunks. */
const STATE = 320
/** A record has two bytes at least, and its line a number of four. */
const LINES = 4 * ((CHUNK + LEFT_OVER) / 2 + 1)
/** Bytes from one of the records at which a file may be cut to the next. */
const PIECE = 16 * CHUNK
/** Bytes of blank lines at the end of a file that are passed over. */
const BLANK_END = 16
const LF = 10
const CR = 13
/** A byte order mark in UTF-8. */
const BOM = Buffer.from([0xef, 0xbb, 0xbf])
/** Bits that the kernel sets for a column. */
const HAS_NUMBER = 1

const Kernels = z.object({ startCsv: KernelFunction, lookAtCsv: KernelFunction })

/** What there is to know of a plain file. */
export interface PlainCsv {
  /** Records behind the lines that were skipped. */
  records: number
  lineEnd: '\n' | '\r\n'
  /** For each column whether it holds numbers in plain writing, gaps and nothing else, and at least one number. */
  areNumbers: boolean[]
  /** Number of the line in the file on which each record begins; null where each record is a line of its own. */
  lines: Uint32Array | null
  /** Bytes of the file behind the lines that were skipped. */
  bytes: number
  /** Where in the file, in bytes, the first record begins, and others about every 16 MiB. */
  starts: number[]
}

/** How a file is looked through. */
export interface LookOptions {
  /** One character of ASCII; with any other, no file is plain. */
  delimiter: string
  /** Lines at the beginning of the file that are skipped, whatever they hold. */
  skip: number
  /** Texts that count as gaps where they are a whole field without quotes. */
  gaps: readonly string[]
}

/**
 * Looks through a CSV file. Returns undefined unless it is plain behind the lines that are skipped: UTF-8; no NUL; quotes only
 * around whole fields; lines that all end alike, have as many fields as the first, and are neither empty, but for a few at the
 * end of the file, nor longer than a megabyte.
 */
export async function lookThrough(path: string, options: LookOptions): Promise<PlainCsv | undefined> {
  const { delimiter } = options
  if (delimiter.length !== 1 || delimiter.charCodeAt(0) >= 0x80) return undefined
  const look = orNullWithoutAddressSpace(() => new Look(options))
  if (look === null) return undefined
  const file = await open(path)
  try {
    return (await look.through(file)) ? look.found() : undefined
  } finally {
    await file.close()
  }
}

/** One pass through a file, in the memory of a kernel. */
class Look {
  readonly #lookAtCsv: (...numbers: number[]) => number
  readonly #state: Int32Array
  readonly #columns: Uint8Array
  readonly #lines: Uint32Array
  readonly #bytes: Buffer
  readonly #places: { state: number; columns: number; lines: number; bytes: number; gaps: number }
  readonly #skip: number
  #records = 0
  /** Bytes of the file that have been read. */
  #read = 0
  readonly #starts: number[] = []
  /** Numbers of lines by chunk, from the first chunk on in which a field has a line end. */
  #kept: Uint32Array[] | undefined
  #keptFrom = 0

  constructor({ delimiter, skip, gaps }: LookOptions) {
    const listed = listOf(gaps)
    const layout = new MemoryLayout()
    const places = {
      state: layout.place(STATE),
      columns: layout.place(COLUMNS),
      gaps: layout.place(listed.length),
      lines: layout.place(LINES),
      bytes: layout.place(CHUNK + LEFT_OVER + BEHIND),
    }
    const { exports, buffer } = openKernels(layout.bytes)
    const { startCsv, lookAtCsv } = Kernels.parse(exports)
    this.#lookAtCsv = lookAtCsv
    this.#places = places
    this.#skip = skip
    this.#state = new Int32Array(buffer, places.state, STATE / 4)
    this.#columns = new Uint8Array(buffer, places.columns, COLUMNS)
    this.#lines = new Uint32Array(buffer, places.lines, LINES / 4)
    this.#bytes = Buffer.from(buffer, places.bytes, CHUNK + LEFT_OVER)
    Buffer.from(buffer, places.gaps, listed.length).set(listed)
    startCsv(places.state, delimiter.charCodeAt(0))
  }

  /** Reads the file to its end. Returns false as soon as it is not plain. */
  async through(file: FileHandle): Promise<boolean> {
    let left = await this.#skipLines(file)
    this.#starts.push(this.#read - left)
    for (;;) {
      const begin = this.#read - left
      const bytesRead = await this.#readAt(file, left)
      const isLast = bytesRead < CHUNK
      const length = isLast ? this.#withoutBlankEnd(left + bytesRead) : left + bytesRead
      const end = this.#bytes.subarray(0, length).lastIndexOf(LF) + 1
      left = length - end
      if (left > LEFT_OVER || !this.#lookAt(end)) return false
      if (!isLast) this.#noteStart(begin + end - (this.#state[STATE_LINE_BYTES] ?? 0))
      this.#bytes.copyWithin(0, end, length)
      if (isLast) return this.#lookAtEnd(left)
    }
  }

  /** Reads a chunk of the file. Returns the number of its bytes. @param at their place in the memory */
  async #readAt(file: FileHandle, at: number): Promise<number> {
    const bytesRead = await readWhole(file, this.#bytes, { offset: at, length: CHUNK, position: null })
    this.#read += bytesRead
    return bytesRead
  }

  /** Takes a place in the file at which a record begins. */
  #noteStart(start: number): void {
    if (start - (this.#starts.at(-1) ?? 0) >= PIECE) this.#starts.push(start)
  }

  /** Returns the length of what is read at the end of a file without a few blank lines behind the last line. */
  #withoutBlankEnd(length: number): number {
    let end = length
    while (end > 0 && length - end < BLANK_END && isLineEnd(this.#bytes[end - 1])) end -= 1
    if (end === 0 || length - end === BLANK_END) return length
    // The end of the last line itself.
    if (this.#bytes[end] === CR) end += 1
    return Math.min(length, end + 1)
  }

  found(): PlainCsv {
    const width = (this.#state[STATE_WANTED] ?? 0) + 1
    return {
      records: this.#records,
      lineEnd: this.#state[STATE_LINE_END] === 2 ? '\r\n' : '\n',
      areNumbers: Array.from(this.#columns.subarray(0, width), (has) => has === HAS_NUMBER),
      lines: this.#kept === undefined ? null : this.#allLines(this.#kept),
      bytes: this.#read - (this.#starts[0] ?? 0),
      starts: this.#starts,
    }
  }

  /**
   * Passes over a byte order mark and the first lines.
   * @returns number of the bytes behind them that have been read, which are moved to the beginning of the memory
   */
  async #skipLines(file: FileHandle): Promise<number> {
    let skip = this.#skip
    let isFirst = true
    for (;;) {
      const bytesRead = await this.#readAt(file, 0)
      let from = isFirst && this.#bytes.subarray(0, bytesRead).indexOf(BOM) === 0 ? BOM.length : 0
      isFirst = false
      while (skip > 0 && from < bytesRead) {
        const end = this.#bytes.subarray(from, bytesRead).indexOf(LF)
        if (end === -1) from = bytesRead
        else {
          from += end + 1
          skip -= 1
        }
      }
      this.#bytes.copyWithin(0, from, bytesRead)
      if (skip === 0 || bytesRead === 0) return bytesRead - from
    }
  }

  /** Looks at whole lines. Returns false if the file is not plain. @param length of the lines in bytes */
  #lookAt(length: number): boolean {
    const { state, bytes, gaps, columns, lines } = this.#places
    const whole = this.#bytes.subarray(0, length)
    return (
      !whole.includes(0) &&
      isUtf8(whole) &&
      this.#note(this.#lookAtCsv(state, bytes, length, gaps, columns, lines))
    )
  }

  /** Looks at the last line, which needs no line end in the file. Returns whether the file is plain. */
  #lookAtEnd(length: number): boolean {
    if (length > 0) {
      if (this.#bytes[length - 1] === CR) return false
      const end = Buffer.from(this.#state[STATE_LINE_END] === 2 ? '\r\n' : '\n')
      if (length + end.length > LEFT_OVER) return false
      end.copy(this.#bytes, length)
      if (!this.#lookAt(length + end.length)) return false
    }
    return this.#state[STATE_LINE_BYTES] === 0
  }

  /** Takes what a kernel has returned. Returns false if the file is not plain. */
  #note(records: number): boolean {
    if (records < 0) return false
    const isLinePerRecord = this.#lines[records - 1] === this.#records + records
    if (records > 0 && this.#kept === undefined && !isLinePerRecord) {
      this.#kept = []
      this.#keptFrom = this.#records
    }
    this.#kept?.push(this.#lines.slice(0, records))
    this.#records += records
    return true
  }

  #allLines(kept: readonly Uint32Array[]): Uint32Array {
    const lines = new Uint32Array(this.#records)
    for (let record = 0; record < this.#keptFrom; record++) lines[record] = record + 1
    let at = this.#keptFrom
    for (const part of kept) {
      lines.set(part, at)
      at += part.length
    }
    if (this.#skip > 0) for (let record = 0; record < lines.length; record++) lines[record]! += this.#skip
    return lines
  }
}

/** Places of numbers in the kernel's state. */
const STATE_WANTED = 1
const STATE_LINE_BYTES = 5
const STATE_LINE_END = 9

/** Returns texts as the kernel reads them (kernels/csv.ts, `FIRST_BYTES`). */
function listOf(texts: readonly string[]): Buffer {
  const first = Buffer.alloc(256)
  const entries = texts.flatMap((text) => {
    const bytes = Buffer.from(text)
    first[bytes[0] ?? 0] = 1
    const length = Buffer.alloc(4)
    length.writeUInt32LE(bytes.length)
    return [length, bytes]
  })
  return Buffer.concat([first, ...entries, Buffer.alloc(4)])
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LF || byte === CR
}

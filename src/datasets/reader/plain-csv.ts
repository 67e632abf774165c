import { isUtf8 } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import { z } from 'zod'
import {
  KernelFunction,
  MemoryLayout,
  openKernels,
  orNullWithoutAddressSpace,
} from '../../runtime/kernel-memory.ts'

/*
 * Most large files are plain: they follow the grammar of csv-scanner.ts to the letter, and each line has as many fields as the
 * first. There is one way to read such a file, so DuckDB reads it, in a fifth of the time of the scanner. Whether a file is plain
 * is told by its bytes alone (kernels/csv.ts), before DuckDB sees it; any other file goes to the scanner, which says what is
 * wrong and where. The same look tells which columns hold plain numbers and nothing else, so that DuckDB reads them as numbers
 * at once, and on which lines the records begin.
 */

/** Bytes that are read from the file at once. */
const CHUNK = 2 ** 20
/** Bytes of a character of UTF-8 that may be left over from the chunk before, with room to spare. */
const LEFT_OVER = 16
/** Columns for which the kernel has a byte each. */
const COLUMNS = 4_096
/** Bytes of what the kernel keeps between two chunks. */
const STATE = 320
/** A record has two bytes at least, and its line a number of four. */
const LINES = 4 * (CHUNK / 2 + LEFT_OVER)
/** The first byte of a byte order mark in UTF-8. */
const BOM_START = 0xef
/** Bits that the kernel sets for a column. */
const HAS_NUMBER = 1

const Kernels = z.object({ startCsv: KernelFunction, lookAtCsv: KernelFunction, endCsv: KernelFunction })

/** What there is to know of a plain file. */
export interface PlainCsv {
  /** Records, the header included. */
  records: number
  lineEnd: '\n' | '\r\n'
  /** For each column whether it holds numbers in plain writing, gaps and nothing else, and at least one number. */
  areNumbers: boolean[]
  /** Number of the line on which each record begins; null where each record is a line of its own. */
  lines: Uint32Array | null
}

/**
 * Looks through a CSV file. Returns undefined unless it is plain: UTF-8 without a byte order mark; no NUL; quotes only around
 * whole fields; lines that all end alike, have as many fields as the first, and are neither empty nor longer than a megabyte;
 * a first line without line ends in it.
 * @param delimiter one character of ASCII; with any other, no file is plain
 */
export async function lookThrough(path: string, delimiter: string): Promise<PlainCsv | undefined> {
  const code = delimiter.charCodeAt(0)
  if (delimiter.length !== 1 || code >= 0x80) return undefined
  const look = orNullWithoutAddressSpace(() => new Look(code))
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
  readonly #endCsv: (...numbers: number[]) => number
  readonly #state: Int32Array
  readonly #columns: Uint8Array
  readonly #lines: Uint32Array
  readonly #bytes: Buffer
  readonly #places: { state: number; columns: number; lines: number; bytes: number }
  #records = 0
  /** Numbers of lines by chunk, from the first chunk on in which a field has a line end. */
  #kept: Uint32Array[] | undefined
  #keptFrom = 0

  constructor(delimiter: number) {
    const layout = new MemoryLayout()
    const places = {
      state: layout.place(STATE),
      columns: layout.place(COLUMNS),
      lines: layout.place(LINES),
      bytes: layout.place(CHUNK + 2 * LEFT_OVER),
    }
    const { exports, buffer } = openKernels(layout.bytes)
    const { startCsv, lookAtCsv, endCsv } = Kernels.parse(exports)
    this.#lookAtCsv = lookAtCsv
    this.#endCsv = endCsv
    this.#places = places
    this.#state = new Int32Array(buffer, places.state, STATE / 4)
    this.#columns = new Uint8Array(buffer, places.columns, COLUMNS)
    this.#lines = new Uint32Array(buffer, places.lines, LINES / 4)
    this.#bytes = Buffer.from(buffer, places.bytes, CHUNK + LEFT_OVER)
    startCsv(places.state, delimiter)
  }

  /** Reads the file to its end. Returns false as soon as it is not plain. */
  async through(file: FileHandle): Promise<boolean> {
    const { state, columns, lines, bytes } = this.#places
    let left = 0
    for (;;) {
      const { bytesRead } = await file.read(this.#bytes, left, CHUNK)
      const chunk = this.#bytes.subarray(0, left + bytesRead)
      if (bytesRead === 0) return left === 0 && this.#note(this.#endCsv(state, columns, lines))
      if (this.#records === 0 && chunk[0] === BOM_START) return false
      const end = endOfCharacters(chunk)
      const whole = chunk.subarray(0, end)
      if (whole.includes(0) || !isUtf8(whole)) return false
      if (!this.#note(this.#lookAtCsv(state, bytes, end, columns, lines))) return false
      left = chunk.length - end
      this.#bytes.copyWithin(0, end, chunk.length)
    }
  }

  found(): PlainCsv {
    const width = (this.#state[STATE_WANTED] ?? 0) + 1
    return {
      records: this.#records,
      lineEnd: this.#state[STATE_LINE_END] === 2 ? '\r\n' : '\n',
      areNumbers: Array.from(this.#columns.subarray(0, width), (has) => has === HAS_NUMBER),
      lines: this.#kept === undefined ? null : this.#allLines(this.#kept),
    }
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
    return lines
  }
}

/** Places of numbers in the kernel's state. */
const STATE_WANTED = 1
const STATE_LINE_END = 9

/** Returns the index behind the last character of UTF-8 that is whole. */
function endOfCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) break
    if (byte < 0xc0) continue
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
    return size > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

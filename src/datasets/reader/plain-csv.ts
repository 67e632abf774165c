import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'

/*
 * Most large files of numbers are plain: no field has quotes, and each line has as many fields as the first. There is one way
 * to read such a file, so DuckDB reads it, in a fifth of the time of csv-scanner.ts. Whether a file is plain is told by its bytes
 * alone, before DuckDB sees it; any other file goes to the scanner, which says what is wrong and where.
 */

const LF = 10
const CR = 13
const QUOTE = 34
const NUL = 0
/** The first byte of a byte order mark in UTF-8. */
const BOM_START = 0xef
/** Bytes of the longest line of a plain file: DuckDB reads no line above two megabytes. */
const LONGEST_LINE = 2 ** 20

/** Bytes that are read from the file at once. */
const CHUNK = 2 ** 20

/** What there is to know of a plain file. */
export interface PlainCsv {
  /** Lines, the header included. */
  lines: number
  lineEnd: '\n' | '\r\n'
}

/**
 * Looks through a CSV file. Returns undefined unless it is plain: UTF-8 without a byte order mark; no quotes and no NUL; lines
 * that all end alike, have as many fields as the first, and are neither empty nor long.
 * @param delimiter one character of ASCII; with any other, no file is plain
 */
export async function lookThrough(path: string, delimiter: string): Promise<PlainCsv | undefined> {
  const code = delimiter.charCodeAt(0)
  if (delimiter.length !== 1 || code >= 0x80) return undefined
  const lines = new PlainLines(code)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
    const bytes: Buffer = chunk
    if (!lines.add(bytes)) return undefined
    // A character may be cut where a chunk ends, but not where a line does.
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    const end = all.lastIndexOf(LF) + 1
    if (!isUtf8(all.subarray(0, end))) return undefined
    rest = all.subarray(end)
  }
  return isUtf8(rest) ? lines.end() : undefined
}

/** Counts the fields of lines. */
class PlainLines {
  readonly #delimiter: number
  /** Delimiters of the first line; −1 until it has ended. */
  #wanted = -1
  #found = 0
  /** Bytes of the line so far. */
  #length = 0
  #lines = 0
  #returns = 0
  #wasReturn = false
  #isFirst = true

  constructor(delimiter: number) {
    this.#delimiter = delimiter
  }

  /** Reads the next bytes. Returns false if the file is not plain. */
  add(bytes: Buffer): boolean {
    if (bytes.includes(QUOTE) || bytes.includes(NUL)) return false
    if (this.#isFirst && bytes[0] === BOM_START) return false
    this.#isFirst = false
    const delimiter = this.#delimiter
    let found = this.#found
    let start = -this.#length
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]
      if (byte === delimiter) found += 1
      else if (byte === CR) this.#returns += 1
      else if (byte === LF) {
        const wasReturn = at > 0 ? bytes[at - 1] === CR : this.#wasReturn
        if (!this.#endLine(found, at - start, wasReturn)) return false
        found = 0
        start = at + 1
      }
    }
    this.#found = found
    this.#length = bytes.length - start
    this.#wasReturn = bytes.at(-1) === CR
    return this.#length <= LONGEST_LINE
  }

  /** Returns what was found once all bytes have been read. */
  end(): PlainCsv | undefined {
    // A last line may end with the file.
    if (this.#length > 0 && !this.#endLine(this.#found, this.#length, this.#returns > 0)) return undefined
    const unended = this.#length > 0 ? 1 : 0
    if (this.#returns > 0 && this.#returns !== this.#lines - unended) return undefined
    return { lines: this.#lines, lineEnd: this.#returns > 0 ? '\r\n' : '\n' }
  }

  /** @param length of the line, without its line feed */
  #endLine(found: number, length: number, wasReturn: boolean): boolean {
    if (this.#wanted < 0) this.#wanted = found
    this.#lines += 1
    const isBlank = length === 0 || (length === 1 && this.#returns > 0)
    return found === this.#wanted && !isBlank && length <= LONGEST_LINE && wasReturn === this.#returns > 0
  }
}

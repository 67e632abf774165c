import type { Block } from './blocks.ts'
import { MAX_RECORD } from './limits.ts'

/*
 * A CSV file becomes records here, or bad lines with their numbers.
 *
 * The grammar is that of RFC 4180, read strictly, with LF or CRLF as line ends and one character of the client's choice
 * as the delimiter:
 *
 *   file   = record *(end record) [end]        end    = LF | CR LF
 *   record = field *(delimiter field)          field  = plain | quoted | nothing
 *   plain  = characters other than the delimiter, a quote, CR and LF
 *   quoted = " *(any character but a quote | "") "
 *
 * A field without characters is a missing value (null); `""` is an empty text. States of the scanner at a field:
 *
 *              ┌───────────── delimiter ──────────────┐
 *              v                                      │
 *   start ─> [field] ── first character is `"` ──> [quoted] ── closing quote, then end ──> record
 *              │                                      ├─ closing quote, then other text ─> bad line
 *              │                                      └─ no closing quote ───────────────> open (below)
 *              └── any other, or none ───────────> [plain] ── delimiter ────────────────> [field]
 *                                                     ├─ end ────────────────────────────> record
 *                                                     └─ `"` or CR inside ───────────────> bad line
 *
 * Blocks. The file comes in blocks of whole lines (`blocks.ts`), and `feed` appends each to the text that is not read yet.
 * A plain field cannot cross a line end, so it never needs another block. A quoted field may contain line ends and so
 * cross blocks; it is "open" then. `read` returns false, changes nothing, and starts the same record anew when more text is
 * there. That ends after `MAX_RECORD` characters, or with the file: then the record is bad.
 *
 *   block 1                  block 2
 *   1,"x⏎                    still x",2⏎ 3,y⏎
 *   ^ #at, #line: the record stays here until the quote is closed
 *
 * Line numbers. `#line` is the physical line at `#at`, counted from 1. A record moves it on by 1 and by the number of line
 * ends within its quoted fields, so a record has the number of its first line, and each later one is still exact. A bad
 * record moves on by one line only: scanning goes on at the line behind the one on which the record began. One open
 * quote thus costs one line and not the rest of the file. Broken bytes come with the block as faults by line; a record
 * that touches such a line is bad under its own first line, and the message names the broken one.
 *
 * Blank lines are counted (`#blanks`) and become records of one missing value when another record or bad line follows,
 * each by a call of `read` of its own: whoever calls can stop, and let others run. At the end of the file they are dropped.
 */

/** Code of a quote. */
const QUOTE = 0x22

/** A field's text. An empty field without quotes is null, a missing value; one with quotes is an empty text. */
export type Field = string | null

/**
 * Returns whether a record is a blank line, which is no row. In a table of one column it is a row with a missing value.
 * @param width fields of a row; undefined while they are not known, ahead of a header
 */
export function isBlankLine(fields: readonly Field[], width: number | undefined): boolean {
  return fields.length === 1 && fields[0] === null && width !== 1
}

/** Receives what the scanner finds, in the order of the file. */
export interface CsvSink {
  /** Takes a well-formed record with any number of fields. @param text returns the record's first line */
  record(line: number, fields: Field[], text: () => string): void
  /** Takes a malformed record. @param field index of the field at fault, or null @param text returns its first line */
  bad(line: number, field: number | null, message: string, text: () => string): void
}

/**
 * Splits CSV into records, as the head of this file describes. Use: `feed` a block, then call `read` until it returns
 * false.
 */
export class CsvScanner {
  readonly #delimiter: string
  readonly #sink: CsvSink
  readonly #maxFields: number
  #text = ''
  #at = 0
  /** Number of the physical line at `#at`. */
  #line: number
  #last = false
  #faults = new Map<number, string>()
  /** Blank lines that become records if another record follows. */
  #blanks = { first: 0, count: 0 }
  readonly #nextDelimiter: Ahead
  readonly #nextNewline = new Ahead('\n')
  #hasQuote = false
  #hasReturn = false

  /**
   * @param options.maxFields limit on the fields of a record. Default: none
   * @param options.line number of the first line of the text. Default: 1
   */
  constructor(
    delimiter: string,
    sink: CsvSink,
    { maxFields = Number.POSITIVE_INFINITY, line = 1 }: { maxFields?: number; line?: number } = {},
  ) {
    this.#delimiter = delimiter
    this.#maxFields = maxFields
    this.#line = line
    this.#nextDelimiter = new Ahead(delimiter)
    this.#sink = sink
  }

  /** Appends the next block to the text that is not read yet. */
  feed(block: Block): void {
    this.#text = this.#text.slice(this.#at) + block.text
    this.#at = 0
    this.#last = block.last
    for (const [line, message] of block.faults) this.#faults.set(line, message)
    this.#nextDelimiter.forget()
    this.#nextNewline.forget()
    this.#hasQuote = this.#text.includes('"')
    this.#hasReturn = this.#text.includes('\r')
    for (const line of this.#faults.keys()) if (line < this.#line) this.#faults.delete(line)
  }

  /**
   * Reads one record or bad line, or one of the blank lines ahead of it. Returns false if that needs another block, or the
   * text is read to its end.
   */
  read(): boolean {
    if (this.#at >= this.#text.length) return false
    if (this.#blanks.count > 0 && !this.#isBlank()) return this.#emitBlank()
    const start = this.#at
    const startLine = this.#line
    const fields: Field[] = []
    let at = start
    let line = startLine
    for (;;) {
      const field = this.#text[at] === '"' ? this.#quoted(at) : this.#plain(at)
      if (field === 'open') {
        if (!this.#last && this.#text.length - start <= MAX_RECORD) return false
        return this.#reject(start, fields.length, this.#last ? OPEN_AT_END : OPEN_TOO_LONG)
      }
      if (typeof field === 'string') return this.#reject(start, fields.length, field)
      fields.push(field.value)
      if (fields.length > this.#maxFields)
        return this.#reject(start, fields.length, `The line has more than ${this.#maxFields} fields`)
      line += field.lines
      at = field.end
      if (this.#text.startsWith(this.#delimiter, at)) {
        at += this.#delimiter.length
        continue
      }
      if (this.#text[at] === '\r') at++
      this.#at = at + 1
      this.#line = line + 1
      this.#emit(start, startLine, line, fields)
      return true
    }
  }

  #emit(start: number, first: number, last: number, fields: Field[]): void {
    const text = this.#textFrom(start)
    if (this.#faults.size > 0) {
      for (let line = first; line <= last; line++) {
        const fault = this.#faults.get(line)
        if (fault !== undefined) {
          this.#sink.bad(first, null, fault, text)
          return
        }
      }
    }
    if (fields.length === 1 && fields[0] === null) {
      if (this.#blanks.count === 0) this.#blanks.first = first
      this.#blanks.count++
      return
    }
    this.#sink.record(first, fields, text)
  }

  /** Returns whether the next line is blank, and not at fault. */
  #isBlank(): boolean {
    if (this.#faults.has(this.#line)) return false
    const next = this.#text[this.#at]
    return next === '\n' || (next === '\r' && isLineEnd(this.#text, this.#at))
  }

  #emitBlank(): true {
    this.#sink.record(this.#blanks.first, [null], () => '')
    this.#blanks.first++
    this.#blanks.count--
    return true
  }

  #reject(start: number, field: number, message: string): true {
    const fault = this.#faults.get(this.#line)
    const text = this.#textFrom(start)
    this.#sink.bad(this.#line, fault === undefined ? field : null, fault ?? message, text)
    const newline = this.#text.indexOf('\n', start)
    this.#at = newline === -1 ? this.#text.length : newline + 1
    this.#line++
    return true
  }

  #quoted(start: number): Read {
    const text = this.#text
    let close = text.indexOf('"', start + 1)
    let doubled = false
    while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) {
      doubled = true
      // Often the next one follows at once, where a search would cost more than a look.
      close = text.charCodeAt(close + 2) === QUOTE ? close + 2 : text.indexOf('"', close + 2)
    }
    if (close === -1) return 'open'
    const end = close + 1
    const after = text[end]
    const ends = after === undefined || after === '\n' || (after === '\r' && isLineEnd(text, end))
    if (!ends && !text.startsWith(this.#delimiter, end)) return afterQuote(text, close, this.#delimiter)
    const value = text.slice(start + 1, close)
    let lines = 0
    for (let at = value.indexOf('\n'); at !== -1; at = value.indexOf('\n', at + 1)) lines++
    // A text that is replaced keeps each of its pieces, of which a million take long to put together.
    return { value: doubled ? value.split('""').join('"') : value, end, lines }
  }

  #plain(start: number): Read {
    const text = this.#text
    let end = Math.min(this.#nextDelimiter.from(text, start), this.#nextNewline.from(text, start))
    if (end > start && text[end] === '\n' && text[end - 1] === '\r') end--
    if (end === start) return { value: null, end, lines: 0 }
    const value = text.slice(start, end)
    if (this.#hasQuote && value.includes('"')) return strayQuote(value)
    if (this.#hasReturn && value.includes('\r')) return strayReturn(value, text[end])
    return { value, end, lines: 0 }
  }

  #textFrom(start: number): () => string {
    const text = this.#text
    return () => {
      const newline = text.indexOf('\n', start)
      return text.slice(start, newline === -1 ? undefined : newline).replace(/\r$/, '')
    }
  }
}

/**
 * Finds the next place of one string in the text, and remembers it. A long record asks for the next newline at each of
 * its fields, and searches for it once.
 */
class Ahead {
  readonly #what: string
  #from = 0
  #found = -1

  constructor(what: string) {
    this.#what = what
  }

  /** Returns the next index from `start` on; the text's length if there is no other. */
  from(text: string, start: number): number {
    if (start < this.#from || start > this.#found) {
      const found = text.indexOf(this.#what, start)
      this.#from = start
      this.#found = found === -1 ? text.length : found
    }
    return this.#found
  }

  /** Forgets the place, because the text has changed. */
  forget(): void {
    this.#from = 0
    this.#found = -1
  }
}

/**
 * A field that was read: `end` is the index behind it, `lines` counts its line ends. A text is the reason why it is bad.
 */
type Read = { value: Field; end: number; lines: number } | string

/** Says what is wrong behind a closing quote, and what to do where that is clear. @param close place of the quote */
function afterQuote(text: string, close: number, delimiter: string): string {
  const fault = 'There is text after a closing quote'
  if (text[close - 1] === '\\')
    return `${fault}. A quote within a field is written as two quotes (""), not as \\"`
  let end = close + 1
  while (text[end] === ' ') end++
  const isEnd = /^[\r\n]?$/.test(text.charAt(end)) || text.startsWith(delimiter, end)
  return isEnd && end > close + 1 ? `${fault}. Remove the spaces between quotes and delimiters` : fault
}

/** Says what is wrong with a quote in an unquoted field, and what to do where that is clear. */
function strayQuote(value: string): string {
  const fault = 'An unquoted field contains a quote'
  if (/^="[^"]*"$/.test(value))
    return `${fault}: Excel keeps a text from being read as a number by writing ="…". Remove the equals signs: sed 's/="/"/g' FILE`
  return /^ +"/.test(value) ? `${fault}. Remove the spaces between quotes and delimiters` : fault
}

/**
 * Says what is wrong with a carriage return in an unquoted field, and how to convert the file.
 * @param next what follows the field
 */
function strayReturn(value: string, next: string | undefined): string {
  const fault = 'A carriage return is not followed by a line feed; lines end with LF or CRLF'
  if (value.indexOf('\r') === value.length - 1 && next === '\r')
    return `${fault}. This line ends with CR CR LF, as Python's csv module writes it on Windows without newline="". Convert the file: tr -d '\\r' < FILE`
  return `${fault}. If the lines end with CR alone, convert the file: tr '\\r' '\\n' < FILE`
}
const OPEN_AT_END = 'A quoted field is not closed'
const OPEN_TOO_LONG = `A quoted field is not closed within ${MAX_RECORD / 1024 / 1024} MiB`

function isLineEnd(text: string, at: number): boolean {
  return text[at + 1] === '\n'
}

import type { Block } from './blocks.ts'
import { MAX_RECORD } from './limits.ts'

/** A field: an empty one without quotes is a gap, one with quotes an empty text. */
export type Field = string | null

export interface CsvSink {
  /** A record whose form is right, whatever the number of its fields. `text` gives its beginning. */
  record(line: number, fields: Field[], text: () => string): void
  /** A line that is no record. `field` counts from 0, where one is at fault. */
  bad(line: number, field: number | null, message: string, text: () => string): void
}

/**
 * Splits CSV into records by the letter of RFC 4180, with LF or CRLF: a quote stands at both ends of a field or
 * nowhere outside of quotes, and a carriage return alone ends nothing. After a malformed record it goes on with
 * the line after the one the record began on, so one open quote costs one line and not the rest of the file.
 * Blank lines at the end are no records; others are records of one gap.
 */
export class CsvScanner {
  readonly #delimiter: string
  readonly #sink: CsvSink
  #text = ''
  #at = 0
  /** Physical line on which `#at` is. */
  #line = 1
  #last = false
  #faults = new Map<number, string>()
  /** Blank lines that are records only if another follows. */
  #blanks = { first: 0, count: 0 }
  readonly #nextDelimiter: Ahead
  readonly #nextNewline = new Ahead('\n')
  #hasQuote = false
  #hasReturn = false

  constructor(delimiter: string, sink: CsvSink) {
    this.#delimiter = delimiter
    this.#nextDelimiter = new Ahead(delimiter)
    this.#sink = sink
  }

  /** Takes the next block, behind what the last one left unread. */
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

  /** Reads one record or bad line; false where that needs another block, or there is none left. */
  read(): boolean {
    if (this.#at >= this.#text.length) return false
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
          this.#flushBlanks()
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
    this.#flushBlanks()
    this.#sink.record(first, fields, text)
  }

  #flushBlanks(): void {
    const { first, count } = this.#blanks
    for (let line = first; line < first + count; line++) this.#sink.record(line, [null], () => '')
    this.#blanks.count = 0
  }

  #reject(start: number, field: number, message: string): true {
    const fault = this.#faults.get(this.#line)
    const text = this.#textFrom(start)
    this.#flushBlanks()
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
    while (close !== -1 && text[close + 1] === '"') {
      doubled = true
      close = text.indexOf('"', close + 2)
    }
    if (close === -1) return 'open'
    const end = close + 1
    const after = text[end]
    const ends = after === undefined || after === '\n' || (after === '\r' && isLineEnd(text, end))
    if (!ends && !text.startsWith(this.#delimiter, end)) return 'There is text after a closing quote'
    const value = text.slice(start + 1, close)
    let lines = 0
    for (let at = value.indexOf('\n'); at !== -1; at = value.indexOf('\n', at + 1)) lines++
    return { value: doubled ? value.replaceAll('""', '"') : value, end, lines }
  }

  #plain(start: number): Read {
    const text = this.#text
    let end = Math.min(this.#nextDelimiter.from(text, start), this.#nextNewline.from(text, start))
    if (end > start && text[end] === '\n' && text[end - 1] === '\r') end--
    if (end === start) return { value: null, end, lines: 0 }
    const value = text.slice(start, end)
    if (this.#hasQuote && value.includes('"')) return 'A quote stands inside a field without quotes'
    if (this.#hasReturn && value.includes('\r'))
      return 'A carriage return stands alone; lines end with LF or CRLF'
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

/** Where something comes next, looked for once however often it is asked: many fields, one far newline. */
class Ahead {
  readonly #what: string
  #from = 0
  #found = -1

  constructor(what: string) {
    this.#what = what
  }

  /** The text's length where it does not come again. */
  from(text: string, start: number): number {
    if (start < this.#from || start > this.#found) {
      const found = text.indexOf(this.#what, start)
      this.#from = start
      this.#found = found === -1 ? text.length : found
    }
    return this.#found
  }

  forget(): void {
    this.#from = 0
    this.#found = -1
  }
}

type Read = { value: Field; end: number; lines: number } | string

const OPEN_AT_END = 'A quoted field is not closed'
const OPEN_TOO_LONG = `A quoted field is not closed within ${MAX_RECORD / 1024 / 1024} MiB`

function isLineEnd(text: string, at: number): boolean {
  return text[at + 1] === '\n'
}

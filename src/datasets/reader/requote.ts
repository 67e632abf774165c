import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { beginningOf } from '../../runtime/read-whole.ts'
import type { Steps } from '../../runtime/steps.ts'
import { streamToFile } from '../../runtime/stream-to-file.ts'
import type { Quotes } from '../contract.ts'
import type { ReadTask } from '../messages.ts'
import { dialectOfText } from './dialect.ts'
import { MAX_RECORD } from './limits.ts'

/*
 * Files that quote in another way than RFC 4180 are written anew in that form, so that everything behind reads one grammar.
 * Each line end stays, so line numbers do too.
 */

/** A way of quoting that has to be converted. */
export type OtherQuotes = Exclude<Quotes, 'double'>

/** Bytes at the beginning of a file that show its delimiter. */
const HEAD = 64 * 1024
const CRLF = '\r\n'
const MARK = '\uFEFF'
/** The byte order mark of UTF-8, read as Latin-1. */
const MARK_BYTES = Buffer.from(MARK).toString('latin1')

/**
 * Returns a CSV file in UTF-8 with double quotes as RFC 4180 has them: the file itself, or one in the task's folder.
 * @returns with the delimiter by which its fields were found; null: they were not looked for
 */
export async function inDoubleQuotes({
  file,
  folder,
  quotes,
  delimiter,
  skip,
}: Pick<ReadTask, 'file' | 'folder' | 'quotes' | 'delimiter' | 'skip'>): Promise<{
  file: string
  delimiter: string | null
}> {
  if (quotes === 'double') return { file, delimiter: null }
  const head = await beginningOf(file, HEAD)
  const text = head.length < HEAD ? String(head) : withWholeLines(String(head))
  const found = delimiterIn(text, { quotes, delimiter, skip })
  // Every byte is one character of Latin-1, so that bytes which are no UTF-8 stay, and are told of later.
  const requoter = new Requoter({ quotes, delimiter: Buffer.from(found).toString('latin1'), skip })
  const written = join(folder, 'requoted')
  async function* texts(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) yield Buffer.from(requoter.write(chunk.toString('latin1')), 'latin1')
    yield Buffer.from(requoter.end(), 'latin1')
  }
  await streamToFile(written, texts(createReadStream(file, { highWaterMark: 256 * 1024 })))
  return { file: written, delimiter: found }
}

/** Characters of a text that are converted in one step. */
const STEP = 64 * 1024

/**
 * Gives a text of CSV with double quotes as RFC 4180 has them, in steps between which others get their turn.
 * @param options.delimiter undefined: the one that the header shows
 * @returns with the delimiter by which its fields were found; undefined: they were not looked for
 */
export function* withDoubleQuotes(
  text: string,
  { quotes, delimiter }: { quotes: Quotes; delimiter: string | undefined },
): Steps<{ text: string; delimiter: string | undefined }> {
  if (quotes === 'double') return { text, delimiter }
  const head = text.length > HEAD ? withWholeLines(text.slice(0, HEAD)) : text
  const found = delimiterIn(head, { quotes, delimiter: delimiter ?? null, skip: 0 })
  const requoter = new Requoter({ quotes, delimiter: found, skip: 0 })
  const pieces: string[] = []
  for (let at = 0; at < text.length; at += STEP) {
    pieces.push(requoter.write(text.slice(at, at + STEP)))
    yield
  }
  return { text: pieces.join('') + requoter.end(), delimiter: found }
}

/** Returns a text up to its last line end; the whole text if it has none. */
function withWholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1 || undefined)
}

/** How the texts of each form are written so that what is quoted can be told from delimiters, whatever it says. */
const AS_DOUBLE: Readonly<Record<OtherQuotes, (text: string) => string>> = {
  none: (text) => text.replaceAll('"', ''),
  single: (text) => text.replaceAll('"', '').replaceAll("'", '"'),
  backslash: (text) => text.replaceAll(/\\./gs, ''),
}

function delimiterIn(
  head: string,
  { quotes, delimiter, skip }: { quotes: OtherQuotes; delimiter: string | null; skip: number },
): string {
  const lines = head.replace(MARK, '').split('\n').slice(skip)
  return dialectOfText(AS_DOUBLE[quotes](lines.join('\n')), delimiter ?? undefined).delimiter
}

const OPENING: Readonly<Record<OtherQuotes, string | undefined>> = {
  none: undefined,
  single: "'",
  backslash: '"',
}

/** Where in a line the requoter is: at the first character of a field, within one, or behind the quote that closes one. */
type Place = 'start' | 'plain' | 'quoted' | 'closed'

/** Writes a text of CSV with double quotes, chunk by chunk. Faults of quoting stay faults, which the reader finds. */
class Requoter {
  readonly #quotes: OtherQuotes
  readonly #delimiter: string
  /** The character with which a quoted field begins; undefined: there are none. */
  readonly #opening: string | undefined
  /** Characters that mean something within a plain field, within a quoted one, and behind one. */
  readonly #marks: Readonly<Record<Exclude<Place, 'start'>, RegExp>>
  /** Lines that are left to be copied as they are. */
  #skip: number
  #place: Place = 'start'
  /** The plain field so far, as it is written within quotes. */
  #field = ''
  /** Whether the plain field must be quoted, since it holds what means something in CSV. */
  #isSpecial = false
  /** Characters whose meaning the next chunk shows. */
  #held = ''
  #isFirst = true

  constructor({ quotes, delimiter, skip }: { quotes: OtherQuotes; delimiter: string; skip: number }) {
    this.#quotes = quotes
    this.#delimiter = delimiter
    this.#skip = skip
    this.#opening = OPENING[quotes]
    const ends = `${escaped(delimiter)}|\n`
    this.#marks = {
      plain: new RegExp(quotes === 'backslash' ? `${ends}|\\\\` : ends, 'g'),
      quoted: quotes === 'single' ? /['"]/g : /["\\]/g,
      closed: new RegExp(ends, 'g'),
    }
  }

  write(text: string): string {
    return this.#convert(text, false)
  }

  /** Returns what is left at the end of the text. */
  end(): string {
    const rest = this.#convert('', true)
    return this.#place === 'plain' ? rest + this.#takeField() : rest
  }

  #convert(chunk: string, isLast: boolean): string {
    const text = this.#held + chunk
    const begin = this.#copiedOf(text)
    let written = text.slice(0, begin)
    let at = begin
    while (at < text.length) {
      if (this.#place === 'start') {
        this.#place = text[at] === this.#opening ? 'quoted' : 'plain'
        if (this.#place === 'quoted') {
          written += '"'
          at++
        }
      }
      const { index, mark } = this.#nextMark(text, at, isLast)
      written += this.#take(text.slice(at, index))
      at = index
      if (mark === undefined) break
      const [added, length] = this.#read(mark, text, at)
      written += added
      at += length
    }
    this.#held = text.slice(at)
    return written
  }

  /** Returns the length of what is copied as it is: the byte order mark, and lines that are skipped. */
  #copiedOf(text: string): number {
    let at = 0
    if (this.#isFirst && text !== '') {
      this.#isFirst = false
      at = [MARK, MARK_BYTES].find((mark) => text.startsWith(mark))?.length ?? 0
    }
    for (; this.#skip > 0 && at < text.length; ) {
      const end = text.indexOf('\n', at)
      if (end === -1) return text.length
      at = end + 1
      this.#skip--
    }
    return at
  }

  /** Returns the next mark that can be read, or up to where there is none; what follows is held until there is more. */
  #nextMark(text: string, at: number, isLast: boolean): { index: number; mark?: string } {
    const marks = this.#marks[this.#place === 'start' ? 'plain' : this.#place]
    marks.lastIndex = at
    const found = marks.exec(text)
    // A delimiter of several bytes may go on in the next chunk.
    if (!found)
      return { index: isLast ? text.length : Math.max(at, text.length - this.#delimiter.length + 1) }
    const [mark] = found
    const needsNext = mark === '\\' || (this.#place === 'quoted' && mark === this.#opening)
    const next = Math.max(this.#delimiter.length, mark === '\\' ? CRLF.length : 1)
    const isCut = needsNext && !isLast && found.index + next >= text.length
    return isCut ? { index: found.index } : { index: found.index, mark }
  }

  /** Takes characters that mean nothing, and returns what can be written. */
  #take(text: string): string {
    if (this.#place !== 'plain') return text
    this.#isSpecial ||= text.includes('"')
    // Here, since a whole field at once would hold up others.
    this.#field += inQuotes(text)
    // A longer line is a bad one, whatever is in it, and need not be held.
    return this.#field.length > MAX_RECORD ? this.#takeField() : ''
  }

  /** Returns what a mark becomes, and the number of characters that have been read. */
  #read(mark: string, text: string, at: number): [written: string, length: number] {
    if (mark === '\\') return this.#escape(text, at)
    if (mark === '\n' || mark === this.#delimiter) {
      const isPlain = this.#place === 'plain'
      this.#place = 'start'
      return [(isPlain ? this.#takeField() : '') + mark, mark.length]
    }
    if (this.#quotes === 'single' && mark === '"') return ['""', 1]
    if (text[at + 1] === mark) return [mark === '"' ? '""' : mark, 2]
    this.#place = 'closed'
    return ['"', 1]
  }

  /** Reads a backslash. It takes the meaning from a quote, backslash, delimiter or line end, and stays before all else. */
  #escape(text: string, at: number): [written: string, length: number] {
    const long = [this.#delimiter, CRLF].find((mark) => text.startsWith(mark, at + 1))
    const next = long ?? text.charAt(at + 1)
    const escapes = long !== undefined || next === '"' || next === '\\' || next === '\n'
    const meant = escapes ? next : '\\'
    const length = escapes ? 1 + next.length : 1
    if (this.#place === 'quoted') return [inQuotes(meant), length]
    this.#field += inQuotes(meant)
    this.#isSpecial ||= escapes
    return ['', length]
  }

  /** Returns the plain field as it is written, and begins another. */
  #takeField(): string {
    const field = this.#field
    const isSpecial = this.#isSpecial
    this.#field = ''
    this.#isSpecial = false
    const [value = '', lineEnd = ''] = /\r$/.test(field) ? [field.slice(0, -1), '\r'] : [field]
    // MySQL writes \N for a missing value.
    if (this.#quotes === 'backslash' && !isSpecial && value === '\\N') return lineEnd
    return (isSpecial ? `"${value}"` : value) + lineEnd
  }
}

/** Returns a piece of a text as RFC 4180 writes it within quotes. */
function inQuotes(text: string): string {
  // A text that is replaced keeps each of its pieces, of which a million take long to put together.
  return text.split('"').join('""')
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

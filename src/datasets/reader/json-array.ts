import { open } from 'node:fs/promises'
import { FitserveError } from '../../errors.ts'
import { beginningOf } from '../../runtime/read-whole.ts'
import type { Encoding } from '../contract.ts'
import { MAX_RECORD, MAX_REJECT_TEXT } from './limits.ts'

/*
 * A JSON array is cut into the texts of its items without being parsed as a whole, so that a file may be larger than memory.
 * Only quotes, escapes and brackets are looked at; what stands between two commas is for JSON.parse.
 *
 *   [ {"a":"x,]"} , {"b":[1,2]} ]
 *     ^ depth 1 → 2 → 1, item 1   ^ the comma at depth 1 ends an item
 */

/** Bytes that are read from the file at once. */
const CHUNK = 256 * 1024
/** Bytes at the beginning of a file that are searched for its first character. */
const HEAD = 4_096
/** Objects and arrays within each other, at most. */
const MOST_DEPTH = 64

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44

/** An item of the array. */
interface ArrayItem {
  /** Its place, from 1. */
  number: number
  /** The item, or its beginning where it is at fault. */
  text: string
  /** Why it cannot be read. Absent: it may be good. */
  fault?: string
}

/** Returns whether a file begins with an array. */
export async function isArray(path: string): Promise<boolean> {
  const head = await beginningOf(path, HEAD)
  return /^\uFEFF?\s*\[/.test(head.toString())
}

/**
 * Yields the items of a file that holds one array. Holds one chunk and at most `MAX_RECORD` characters of an item.
 * @param encoding the one that the client gave, for messages: the file itself has been written anew in UTF-8
 * @throws FitserveError `invalid-dataset` if the bytes are not UTF-8, or the file does not end with the array
 */
export async function* arrayItems(path: string, encoding: Encoding | null): AsyncGenerator<ArrayItem> {
  const items = new ArrayItems()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decoded = (bytes?: Buffer) => {
    try {
      return decoder.decode(bytes, { stream: bytes !== undefined })
    } catch {
      throw notDecoded(items.count + 1, encoding)
    }
  }
  const file = await open(path)
  try {
    for await (const bytes of file.createReadStream({ highWaterMark: CHUNK, autoClose: false }))
      yield* items.read(decoded(bytes as Buffer))
    yield* items.read(decoded())
  } finally {
    await file.close()
  }
  if (!items.isClosed) yield items.unclosed()
}

function notDecoded(number: number, encoding: Encoding | null): FitserveError {
  const said = encoding === null || encoding === 'utf-8' ? 'UTF-8' : encoding
  const message = `The array is not ${said} near its item ${number}. JSON has to be UTF-8; if it is not, name its encoding with encoding=.`
  return new FitserveError('invalid-dataset', message, { problems: [{ line: number, message }] })
}

class ArrayItems {
  /** Items that have been yielded. */
  count = 0
  isClosed = false
  #text = ''
  #depth = 0
  #inText = false
  #isEscaped = false
  #fault: string | undefined;

  *read(chunk: string): Generator<ArrayItem> {
    let start = 0
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at)
      if (this.#inText) {
        if (this.#isEscaped) this.#isEscaped = false
        else if (code === BACKSLASH) this.#isEscaped = true
        else if (code === QUOTE) this.#inText = false
      } else if (code === QUOTE) this.#inText = true
      else if (code === 0x5b || code === 0x7b) {
        this.#depth++
        if (this.#depth === 1) start = at + 1
        if (this.#depth > MOST_DEPTH)
          this.#fault = `Objects and arrays are nested more than ${MOST_DEPTH} deep`
      } else if (code === 0x5d || code === 0x7d) {
        this.#depth--
        if (this.#depth === 0) {
          this.#take(chunk.slice(start, at))
          // An empty array has no item, and a comma in front of the bracket has one too many.
          if (this.count > 0 || this.#text.trim() !== '') yield this.#item()
          this.isClosed = true
          start = at + 1
        }
      } else if (code === COMMA && this.#depth === 1) {
        this.#take(chunk.slice(start, at))
        yield this.#item()
        start = at + 1
      }
      if (this.isClosed && at >= start && !/\s/.test(chunk.charAt(at))) throw behindArray()
    }
    if (this.#depth > 0) this.#take(chunk.slice(start))
  }

  /** Returns the item that the end of the file broke off. */
  unclosed(): ArrayItem {
    this.#fault = 'The array is not closed: the file ends within it'
    return this.#item()
  }

  #take(text: string): void {
    this.#text += text
    if (this.#text.length <= MAX_RECORD) return
    this.#fault ??= `The item exceeds the limit of ${MAX_RECORD / 1024 / 1024} MiB`
    this.#text = this.#text.slice(0, MAX_REJECT_TEXT)
  }

  #item(): ArrayItem {
    const item = { number: ++this.count, text: this.#text.trim(), ...(this.#fault && { fault: this.#fault }) }
    this.#text = ''
    this.#fault = undefined
    return item
  }
}

function behindArray(): FitserveError {
  return new FitserveError(
    'invalid-dataset',
    'There is text behind the JSON array. Send one array, or one object per line.',
  )
}

import { enlarged, grown } from '../growing.ts'
import type { ScanOptions } from './html.ts'
import { WordScanner } from './word-scanner.ts'
import { WordTable } from './word-table.ts'

const LOW_BITS = 0x7f
const MORE = 0x80
/** Bytes of the largest number, which has 31 bits. */
const LONGEST_NUMBER = 5

/**
 * The texts of a column, cut into words only once: an encoder is learnt from them and then encodes them. Words are
 * numbers in the order in which they first came, so frequent ones are small, and a number of n bits takes n / 7 bytes:
 * English takes 1.5 bytes a word, a quarter of its text. A gap is a text without words.
 */
export class WordTexts {
  /** The words of all texts. */
  readonly words = new WordTable()
  readonly #scanner: WordScanner
  /** Numbers of the words of all texts, 7 bits in a byte, low bits first; the high bit says that more follow. */
  #bytes = new Uint8Array(65_536)
  #size = 0
  /** Text t has the bytes `ends[t]` to `ends[t + 1]` − 1. */
  #ends = new Float64Array(1024)
  /** Length of each text and 1 more; 0 for a gap. */
  #lengths = new Uint32Array(1024)
  #texts = 0

  constructor(options: ScanOptions) {
    this.#scanner = new WordScanner(options, () => {
      const { word, length, hash } = this.#scanner
      this.#write(this.words.intern(word, length, hash))
    })
  }

  /** Takes the text of the next row; null is a gap. */
  add(text: string | null): void {
    if (text !== null) this.#scanner.scan(text)
    this.#lengths = grown(this.#lengths, this.#texts + 1, Uint32Array)
    this.#lengths[this.#texts] = text === null ? 0 : text.length + 1
    this.#texts += 1
    this.#ends = grown(this.#ends, this.#texts + 1, Float64Array)
    this.#ends[this.#texts] = this.#size
  }

  /** Returns the length of a row's text in UTF-16 units; null for a gap. */
  lengthOf(row: number): number | null {
    const length = this.#lengths[row] ?? 0
    return length === 0 ? null : length - 1
  }

  /** Returns a function that gives the text of a row. Each call changes and returns the same object. */
  reader(): (row: number) => WordText {
    const text = new WordText(this.words, this.#bytes)
    return (row) => {
      text.start = this.#ends[row] ?? 0
      text.end = this.#ends[row + 1] ?? 0
      return text
    }
  }

  #write(word: number): void {
    // Grows by a half, not twofold: with long texts this is the largest array.
    if (this.#size + LONGEST_NUMBER > this.#bytes.length)
      this.#bytes = enlarged(this.#bytes, Math.ceil(this.#bytes.length * 1.5), Uint8Array)
    let rest = word
    for (; rest > LOW_BITS; rest >>>= 7) this.#bytes[this.#size++] = (rest & LOW_BITS) | MORE
    this.#bytes[this.#size++] = rest
  }
}

/** One text of a `WordTexts`, as the numbers of its words. */
export class WordText {
  /** The table that the numbers belong to. */
  readonly words: WordTable
  /** Bytes among which the text's numbers stand, from `start` to `end`. */
  readonly bytes: Uint8Array
  start = 0
  end = 0

  constructor(words: WordTable, bytes: Uint8Array) {
    this.words = words
    this.bytes = bytes
  }
}

/** Calls `take` with the number of each word of a text, in order. */
export function forEachWord({ bytes, start, end }: WordText, take: (word: number) => void): void {
  for (let at = start; at < end; at++) {
    let byte = bytes[at] ?? 0
    let word = byte & LOW_BITS
    for (let shift = 7; (byte & MORE) !== 0; shift += 7) {
      at += 1
      byte = bytes[at] ?? 0
      word |= (byte & LOW_BITS) << shift
    }
    take(word)
  }
}

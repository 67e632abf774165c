import { atOnce, type Steps } from '../../../runtime/steps.ts'
import { grown } from '../growing.ts'
import { hashOf } from './word-scanner.ts'

/** Of a table that is made larger, in one step. */
export const STEP_SLOTS = 16_384

/** What `find` gives for a word that is not there. */
export const NO_WORD = -1

/** What a table of words is made of. */
export interface WordArrays {
  readonly size: number
  readonly slots: Int32Array<ArrayBuffer>
  readonly starts: Uint32Array<ArrayBuffer>
  readonly codes: Uint16Array<ArrayBuffer>
}

/**
 * Words by number, 0, 1, 2, … in the order in which they came: their codes lie one after the other in one
 * array, and an open-addressing table of numbers leads to them. A hit compares the word itself, so it is exact.
 */
export class WordTable {
  size = 0
  /** Pairs: a word's number + 1 (0: free), and its hash. At most half is filled. */
  #slots = new Int32Array(2048)
  #mask = 1023
  /** Word w has the codes `starts[w]` to `starts[w + 1]` − 1. */
  #starts = new Uint32Array(513)
  #codes = new Uint16Array(4096)

  /** @param arrays of a table that was made before, which become this one's own */
  constructor(arrays?: WordArrays) {
    if (!arrays) return
    this.size = arrays.size
    this.#slots = arrays.slots
    this.#mask = arrays.slots.length / 2 - 1
    this.#starts = arrays.starts
    this.#codes = arrays.codes
  }

  /** What it is made of, not copied. */
  get arrays(): WordArrays {
    return { size: this.size, slots: this.#slots, starts: this.#starts, codes: this.#codes }
  }

  /** The number of a word, or `NO_WORD`. @param hash of the codes, as the scanner gives it */
  find(codes: Uint16Array, length: number, hash: number): number {
    const slots = this.#slots
    const mask = this.#mask
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const word = (slots[slot * 2] ?? 0) - 1
      if (word < 0) return NO_WORD
      if (slots[slot * 2 + 1] === hash && this.#isWord(word, codes, length)) return word
    }
  }

  /** The number of a word, which is new where the word was not there. */
  intern(codes: Uint16Array, length: number, hash: number): number {
    const known = this.find(codes, length, hash)
    if (known !== NO_WORD) return known
    const word = this.size
    const start = this.#starts[word] ?? 0
    this.#codes = grown(this.#codes, start + length, Uint16Array)
    this.#starts = grown(this.#starts, word + 2, Uint32Array)
    for (let at = 0; at < length; at++) this.#codes[start + at] = codes[at] ?? 0
    this.#starts[word + 1] = start + length
    this.size = word + 1
    place(this.#slots, this.#mask, word + 1, hash)
    if (this.isFull(0)) atOnce(this.enlarge())
    return word
  }

  /** Of all words of another table the numbers here, or `NO_WORD`. */
  numbersOf(other: WordTable): Int32Array {
    const numbers = new Int32Array(other.size)
    for (let word = 0; word < numbers.length; word++) {
      const codes = other.#codes.subarray(other.#starts[word], other.#starts[word + 1])
      numbers[word] = this.find(codes, codes.length, hashOf(codes, codes.length))
    }
    return numbers
  }

  /** The word of a number. */
  text(word: number): string {
    let text = ''
    const end = this.#starts[word + 1] ?? 0
    // In parts: a call takes a limited number of arguments.
    for (let at = this.#starts[word] ?? 0; at < end; at += 4096)
      text += String.fromCharCode(...this.#codes.subarray(at, Math.min(end, at + 4096)))
    return text
  }

  get memoryBytes(): number {
    return this.#slots.byteLength + this.#starts.byteLength + this.#codes.byteLength
  }

  #isWord(word: number, codes: Uint16Array, length: number): boolean {
    const start = this.#starts[word] ?? 0
    if ((this.#starts[word + 1] ?? 0) - start !== length) return false
    for (let at = 0; at < length; at++) if (this.#codes[start + at] !== codes[at]) return false
    return true
  }

  /** Whether `more` words would make the table larger, of which at most half is filled. */
  isFull(more: number): boolean {
    return (this.size + more) * 2 > this.#mask
  }

  /** Doubles the table. Nothing may be looked up until it is done. */
  *enlarge(): Steps<void> {
    const slots = new Int32Array(this.#slots.length * 2)
    const mask = slots.length / 2 - 1
    for (let at = 0; at < this.#slots.length; at += 2) {
      if (at % (STEP_SLOTS * 2) === 0) yield
      const number = this.#slots[at] ?? 0
      const hash = this.#slots[at + 1] ?? 0
      if (number !== 0) place(slots, mask, number, hash)
    }
    this.#slots = slots
    this.#mask = mask
  }
}

function place(slots: Int32Array, mask: number, number: number, hash: number): void {
  let slot = spread(hash) & mask
  while (slots[slot * 2] !== 0) slot = (slot + 1) & mask
  slots[slot * 2] = number
  slots[slot * 2 + 1] = hash
}

/** Brings a hash's high bits down, where the table looks. */
export function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return mixed ^ (mixed >>> 13)
}

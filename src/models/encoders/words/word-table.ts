import { z } from 'zod'
import { atOnce, type Steps } from '../../../runtime/steps.ts'
import { grown } from '../growing.ts'
import { Int32Numbers, Uint16Numbers, Uint32Numbers } from '../kept-arrays.ts'
import { hashOf } from './word-scanner.ts'

/*
 * A table of words: it gives each different word a number.
 *
 *   word    a run of letters, marks and numbers, as UTF-16 codes (word-scanner.ts finds it)
 *   code    one UTF-16 unit of a word
 *   number  0, 1, 2, … in the order in which words first came; it never changes
 *   hash    FNV-1a of the codes, 32 bits
 *   slot    a place of the hash table: two 32-bit integers, the word's number + 1 (0: free) and its hash
 *
 *   slots   │ number+1 hash │ 0  – │ number+1 hash │ …       Int32Array, 2 for each slot; a power of two of slots
 *                │
 *                ▼ number
 *   starts  │  0  │  2  │  7  │ 11 │ …                       Uint32Array: word w has codes starts[w] to starts[w+1] − 1
 *              │     │
 *              ▼     ▼
 *   codes   │ i t │ w o r l d │ e n d s │ …                  Uint16Array: all words one after the other
 *
 * Looking up: the low bits of the mixed hash name a slot (`spread` brings the high bits down first, since those of
 * FNV-1a vary more). If the slot has another hash, or the same hash and other codes, the next slot is looked at (linear
 * probing), up to a free one. Only equal codes are a hit, so a collision costs time but never a word: two words with
 * the same hash have two slots and two numbers.
 *
 * Growing: at most half of the slots are filled, so that probing stays short. A fuller table is copied into one of
 * twice the size; the kept hashes say where each word goes, and no word is read again. That is done in steps of
 * `STEP_SLOTS` slots where a large vocabulary is loaded (`enlarge`), since a step must not hold up the event loop.
 * While a word is interned it is done at once. Codes and starts grow by doubling.
 *
 * The three arrays are all that there is: a thread can hand them to another, and a kernel can search them
 * (kernels/words.ts, `findLong`).
 */

/** Slots rehashed per step while a table grows: few enough that a step takes a fraction of a millisecond. */
export const STEP_SLOTS = 16_384

/** Result of `find` for a word that is not in the table. */
export const NO_WORD = -1

/** The arrays of a table of words, as the head of this file pictures them. */
export const WordArrays = z
  .object({
    /** Number of words. */
    size: z.int().nonnegative(),
    slots: Int32Numbers,
    starts: Uint32Numbers,
    codes: Uint16Numbers,
  })
  .readonly()
export type WordArrays = z.infer<typeof WordArrays>

/** A growing table of words, which finds their numbers by open addressing. */
export class WordTable {
  /** Number of words. */
  size = 0
  /** Pairs of a word's number + 1 (0: free) and its hash. */
  #slots = new Int32Array(2048)
  #mask = 1023
  /** Word w has the codes `starts[w]` to `starts[w + 1]` − 1. */
  #starts = new Uint32Array(513)
  #codes = new Uint16Array(4096)

  /** @param arrays the arrays of an earlier table, which become this one's own */
  constructor(arrays?: WordArrays) {
    if (!arrays) return
    this.size = arrays.size
    this.#slots = arrays.slots
    this.#mask = arrays.slots.length / 2 - 1
    this.#starts = arrays.starts
    this.#codes = arrays.codes
  }

  /** Its arrays, not copied. */
  get arrays(): WordArrays {
    return { size: this.size, slots: this.#slots, starts: this.#starts, codes: this.#codes }
  }

  /** Returns the number of a word, or `NO_WORD`. @param hash hash of the codes, as the scanner gives it */
  find(codes: Uint16Array, length: number, hash: number): number {
    const slots = this.#slots
    const mask = this.#mask
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const word = (slots[slot * 2] ?? 0) - 1
      if (word < 0) return NO_WORD
      if (slots[slot * 2 + 1] === hash && this.#isWord(word, codes, length)) return word
    }
  }

  /** Returns the number of a word, which it adds if it is new. */
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

  /** Maps each word of `other` to its number in this table; `NO_WORD` if absent. */
  numbersOf(other: WordTable): Int32Array {
    const numbers = new Int32Array(other.size)
    for (let word = 0; word < numbers.length; word++) {
      const codes = other.#codes.subarray(other.#starts[word], other.#starts[word + 1])
      numbers[word] = this.find(codes, codes.length, hashOf(codes, codes.length))
    }
    return numbers
  }

  /** Returns the word of a number. */
  text(word: number): string {
    let text = ''
    const end = this.#starts[word + 1] ?? 0
    // In parts: a call takes a limited number of arguments.
    for (let at = this.#starts[word] ?? 0; at < end; at += 4096)
      text += String.fromCharCode(...this.#codes.subarray(at, Math.min(end, at + 4096)))
    return text
  }

  /** Memory held, in bytes. */
  get memoryBytes(): number {
    return this.#slots.byteLength + this.#starts.byteLength + this.#codes.byteLength
  }

  #isWord(word: number, codes: Uint16Array, length: number): boolean {
    const start = this.#starts[word] ?? 0
    if ((this.#starts[word + 1] ?? 0) - start !== length) return false
    for (let at = 0; at < length; at++) if (this.#codes[start + at] !== codes[at]) return false
    return true
  }

  /** Returns whether the table must grow before it takes `more` words. */
  isFull(more: number): boolean {
    return (this.size + more) * 2 > this.#mask
  }

  /** Doubles the slots, in steps. Nothing may be looked up until the last step is done. */
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

/** Mixes a hash so that its low bits, which choose the slot, depend on all of its bits. */
export function spread(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return mixed ^ (mixed >>> 13)
}

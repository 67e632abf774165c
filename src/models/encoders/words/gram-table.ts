import { atOnce, type Steps } from '../../../runtime/steps.ts'
import { STEP_SLOTS, spread } from './word-table.ts'

/*
 * A table of n-grams: it gives each different run of symbols a number.
 *
 *   symbol  a word's number, or a character's code point, depending on the encoder's analyzer
 *   n-gram  (gram) two or more symbols in a row
 *   term    what an encoder counts: one symbol, or an n-gram
 *   number  of an n-gram: 0, 1, 2, … in the order in which n-grams first came
 *   parent  an n-gram without its last symbol
 *   slot    a place of the hash table: four 32-bit integers, of which the last is unused
 *
 * An n-gram is stored as parent and last symbol. The parent of two symbols is a single symbol s, written ~s (negative),
 * so that numbers of n-grams and single symbols cannot be confused and one table holds all lengths:
 *
 *   "not so bad" = symbols 7, 3, 9             parent  symbol  number
 *     "not so"     = (~7, 3) → 0      slots  │   ~7       3       1    –  │      number + 1; 0: the slot is free
 *     "not so bad" = ( 0, 9) → 1             │    0       9       2    –  │
 *
 * As a text is read, each n-gram that ended at the symbol before becomes one longer, at one look-up for each length.
 * Parent, symbol and number stand side by side in 16 bytes, so that a look-up touches one line of the processor's
 * cache; with millions of n-grams, memory decides on the speed.
 *
 * Looking up: a hash of parent and symbol (multiplied by two odd constants, then mixed) names a slot, and the next
 * slots follow up to a free one. A hit compares parent and symbol themselves. By induction over the length that
 * compares the whole n-gram, so a collision costs time but never a term, and no two terms are counted as one.
 *
 * Growing: at most two thirds of the slots are filled. A fuller table is copied into one of twice the size, in steps
 * where a vocabulary is loaded, as in word-table.ts; at once where an n-gram is interned.
 */

/** Stands for an n-gram that is not in the table. It is the largest 32-bit integer, which no table reaches. */
export const NO_GRAM = 0x7fff_ffff

/** Places of the numbers within a slot. */
const PARENT = 0
const SYMBOL = 1
const NUMBER = 2
/** Numbers of a slot: a power of two, so that no slot lies in two lines of the cache. */
const STRIDE = 4

/** A growing table of n-grams, which finds their numbers by open addressing. */
export class GramTable {
  /** Number of n-grams. */
  size = 0
  #slots = new Int32Array(1024 * STRIDE)
  #mask = 1023

  /** Returns the number of an n-gram, or `NO_GRAM`. @param parent an n-gram's number, or ~s for the symbol s */
  find(parent: number, symbol: number): number {
    const slots = this.#slots
    const mask = this.#mask
    for (let slot = pairHash(parent, symbol) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * STRIDE
      const number = slots[at + NUMBER] ?? 0
      if (number === 0) return NO_GRAM
      if (slots[at + PARENT] === parent && slots[at + SYMBOL] === symbol) return number - 1
    }
  }

  /** Returns the number of an n-gram, which it adds if it is new. @param parent as for `find` */
  intern(parent: number, symbol: number): number {
    const slots = this.#slots
    const mask = this.#mask
    let at = (pairHash(parent, symbol) & mask) * STRIDE
    for (let number = slots[at + NUMBER] ?? 0; number !== 0; number = slots[at + NUMBER] ?? 0) {
      if (slots[at + PARENT] === parent && slots[at + SYMBOL] === symbol) return number - 1
      at = (at + STRIDE) & (mask * STRIDE)
    }
    slots[at + PARENT] = parent
    slots[at + SYMBOL] = symbol
    this.size += 1
    slots[at + NUMBER] = this.size
    if (this.isFull(0)) atOnce(this.enlarge())
    return this.size - 1
  }

  /** Returns the parent and the last symbol of each n-gram, by its number. */
  list(): { parents: Int32Array; symbols: Int32Array } {
    const parents = new Int32Array(this.size)
    const symbols = new Int32Array(this.size)
    const slots = this.#slots
    for (let at = 0; at < slots.length; at += STRIDE) {
      const gram = (slots[at + NUMBER] ?? 0) - 1
      if (gram < 0) continue
      parents[gram] = slots[at + PARENT] ?? 0
      symbols[gram] = slots[at + SYMBOL] ?? 0
    }
    return { parents, symbols }
  }

  /** Memory held, in bytes. */
  get memoryBytes(): number {
    return this.#slots.byteLength
  }

  /** Returns whether the table must grow before it takes `more` n-grams. */
  isFull(more: number): boolean {
    return (this.size + more) * 3 > (this.#mask + 1) * 2
  }

  /** Doubles the slots, in steps. Nothing may be looked up until the last step is done. */
  *enlarge(): Steps<void> {
    const old = this.#slots
    const slots = new Int32Array(old.length * 2)
    const mask = slots.length / STRIDE - 1
    for (let from = 0; from < old.length; from += STRIDE) {
      if (from % (STEP_SLOTS * STRIDE) === 0) yield
      const number = old[from + NUMBER] ?? 0
      if (number === 0) continue
      const parent = old[from + PARENT] ?? 0
      const symbol = old[from + SYMBOL] ?? 0
      let at = (pairHash(parent, symbol) & mask) * STRIDE
      while (slots[at + NUMBER] !== 0) at = (at + STRIDE) & (mask * STRIDE)
      slots[at + PARENT] = parent
      slots[at + SYMBOL] = symbol
      slots[at + NUMBER] = number
    }
    this.#slots = slots
    this.#mask = mask
  }
}

/** Returns a hash of an n-gram, of which the low bits name its slot. @param parent as for `find` */
export function pairHash(parent: number, symbol: number): number {
  return spread(Math.imul(parent, 0x9e3779b1 | 0) ^ Math.imul(symbol, 0x85ebca77 | 0))
}

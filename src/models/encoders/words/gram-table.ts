import { atOnce, type Steps } from '../../../runtime/steps.ts'
import { STEP_SLOTS, spread } from './word-table.ts'

/** What stands for an n-gram that is not there. */
export const NO_GRAM = 0x7fff_ffff

const PARENT = 0
const SYMBOL = 1
const NUMBER = 2
const STRIDE = 4

/** What a table of n-grams is made of. */
export interface GramArrays {
  readonly size: number
  readonly slots: Int32Array<ArrayBuffer>
}

/**
 * n-grams of two and more symbols (words or characters) by number: each is a shorter one, its parent, and a
 * last symbol. A parent of one symbol s is written as ~s, so that one table holds all lengths and a hit compares
 * the n-gram itself. All that a look-up needs stands side by side, which with millions of n-grams decides on
 * the speed.
 */
export class GramTable {
  size = 0
  #slots = new Int32Array(1024 * STRIDE)
  #mask = 1023

  /** @param arrays of a table that was made before, which become this one's own */
  constructor(arrays?: GramArrays) {
    if (!arrays) return
    this.size = arrays.size
    this.#slots = arrays.slots
    this.#mask = arrays.slots.length / STRIDE - 1
  }

  /** What it is made of, not copied. */
  get arrays(): GramArrays {
    return { size: this.size, slots: this.#slots }
  }

  /** The number of an n-gram, or `NO_GRAM`. */
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

  /** The number of an n-gram, which is new where it was not there. */
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

  /** All n-grams: of number g the parent and the last symbol. */
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

  get memoryBytes(): number {
    return this.#slots.byteLength
  }

  /** Whether `more` n-grams would make the table larger, of which at most two thirds are filled. */
  isFull(more: number): boolean {
    return (this.size + more) * 3 > (this.#mask + 1) * 2
  }

  /** Doubles the table. Nothing may be looked up until it is done. */
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

function pairHash(parent: number, symbol: number): number {
  return spread(Math.imul(parent, 0x9e3779b1 | 0) ^ Math.imul(symbol, 0x85ebca77 | 0))
}

import { z } from 'zod'
import type { Steps } from '../../../runtime/steps.ts'
import { Int32Numbers } from '../kept-arrays.ts'
import { type GramTable, NO_GRAM, pairHash } from './gram-table.ts'
import { STEP_SLOTS } from './word-table.ts'

/*
 * A table of n-grams that grows no more: those of a vocabulary, and those with which longer ones begin. It takes a third of
 * the memory of a gram-table.ts, most of which a look-up does not touch.
 *
 *   id      number of an n-gram: its position in the vocabulary; those that are no terms come behind these
 *   key     parent and last symbol, as in gram-table.ts, but the parent by its id
 *   slot    32 bits: id + 1 in the low ones (0: the slot is free), and bits of the hash in the others
 *
 *   slots   │ hash id+1 │ 0 │ hash id+1 │ …       Int32Array, a power of two of slots, at most two thirds of them filled
 *                  │
 *                  ▼ id
 *   keys    │ parent symbol │ parent symbol │ …   Int32Array, 2 for each id
 *
 * A look-up goes from slot to slot as in gram-table.ts. Where the hash has other bits, the key need not be read: an n-gram
 * that is not in the table costs one line of the processor's cache. A hit compares the key itself, so that no two n-grams
 * are taken for one. Keys stand in the order of the vocabulary, so that those of frequent terms stay in the cache.
 */

/** Most slots that are filled, in thirds. */
const MOST_FILLED = 2
/** Numbers of a key. */
const KEY = 2

/** The arrays of an index of n-grams, as the head of this file pictures them. */
export const GramIndexArrays = z.object({ slots: Int32Numbers, keys: Int32Numbers }).readonly()
export type GramIndexArrays = z.infer<typeof GramIndexArrays>

/** Returns the bits of a slot that hold id + 1. @param keys of the index */
export function idBits({ keys }: Pick<GramIndexArrays, 'keys'>): number {
  return 2 ** (32 - Math.clz32(keys.length / KEY)) - 1
}

/** Finds the n-grams of an index. */
export class GramIndex {
  readonly #slots: Int32Array
  readonly #keys: Int32Array
  readonly #ids: number

  constructor(arrays: GramIndexArrays) {
    this.#slots = arrays.slots
    this.#keys = arrays.keys
    this.#ids = idBits(arrays)
  }

  /** Returns the id of an n-gram, or `NO_GRAM`. @param parent an n-gram's id, or ~s for the symbol s */
  find(parent: number, symbol: number): number {
    const slots = this.#slots
    const keys = this.#keys
    const ids = this.#ids
    const mask = slots.length - 1
    const hash = pairHash(parent, symbol)
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] ?? 0
      if (entry === 0) return NO_GRAM
      if (((entry ^ hash) & ~ids) !== 0) continue
      const id = (entry & ids) - 1
      if (keys[id * KEY] === parent && keys[id * KEY + 1] === symbol) return id
    }
  }

  /** Memory held, in bytes. */
  get memoryBytes(): number {
    return this.#slots.byteLength + this.#keys.byteLength
  }
}

/**
 * Makes an index of the n-grams of a table, in steps.
 * @param ids id of each n-gram, by its number; each from 0 on is of one n-gram at most. Default: their numbers
 */
export function* gramIndex(table: GramTable, ids?: Uint32Array): Steps<GramIndexArrays> {
  const { parents, symbols } = table.list()
  const idOf = (number: number) => (ids ? (ids[number] ?? 0) : number)
  let size = 0
  for (let number = 0; number < table.size; number++) size = Math.max(size, idOf(number) + 1)
  const keys = new Int32Array(size * KEY)
  const slots = new Int32Array(2 ** Math.ceil(Math.log2((table.size * 3) / MOST_FILLED + 1)))
  const mask = slots.length - 1
  const bits = idBits({ keys })
  for (let number = 0; number < table.size; number++) {
    if (number % STEP_SLOTS === 0) yield
    const before = parents[number] ?? 0
    const parent = before < 0 ? before : idOf(before)
    const symbol = symbols[number] ?? 0
    const id = idOf(number)
    keys[id * KEY] = parent
    keys[id * KEY + 1] = symbol
    const hash = pairHash(parent, symbol)
    let slot = hash & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = (hash & ~bits) | (id + 1)
  }
  return { slots, keys }
}

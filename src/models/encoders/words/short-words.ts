import type { Steps } from '../../../runtime/steps.ts'
import { STEP_SLOTS, type WordArrays } from './word-table.ts'

/** Characters of the longest short word: two numbers of 32 bits have room for them. */
const LONGEST_SHORT = 8
/** Numbers of a slot. */
const SLOT = 4

/**
 * A second hash table for those words of a table that have at most 8 characters, all ASCII. A slot has four numbers:
 * the word's number + 1 (0: free), the characters in two numbers, the first one in the lowest bits, and an unused one.
 * So a look-up compares 8 bytes at once and reads no codes. A word is in the slot that `slotOf` names, or in one behind
 * it. At most half of the slots are filled.
 */
export type ShortWords = Int32Array<ArrayBuffer>

/** Collects the short words of a table, in steps. */
export function* shortWords({ size, starts, codes }: WordArrays): Steps<ShortWords> {
  let most = 1
  for (let word = 0; word < size; word++)
    if ((starts[word + 1] ?? 0) - (starts[word] ?? 0) <= LONGEST_SHORT) most += 1
  const places = 2 ** Math.ceil(Math.log2(most * 2))
  const short = new Int32Array(places * SLOT)
  for (let word = 0; word < size; word++) {
    if (word % STEP_SLOTS === 0) yield
    const key = keyOf(codes, starts[word] ?? 0, starts[word + 1] ?? 0)
    if (!key) continue
    let place = slotOf(key) & (places - 1)
    while (short[place * SLOT] !== 0) place = (place + 1) & (places - 1)
    short.set([word + 1, ...key], place * SLOT)
  }
  return short
}

function keyOf(codes: Uint16Array, start: number, end: number): [number, number] | undefined {
  if (end - start > LONGEST_SHORT) return undefined
  const key: [number, number] = [0, 0]
  for (let index = 0; index < end - start; index++) {
    const code = codes[start + index] ?? 0
    if (code >= 128) return undefined
    if (index < 4) key[0] |= code << (index * 8)
    else key[1] |= code << ((index - 4) * 8)
  }
  return key
}

/** Returns a number whose low bits name the slot of a key, as `findShort` of kernels/words.ts computes it. */
function slotOf([first, second]: [number, number]): number {
  const mixed = Math.imul(first ^ Math.imul(second, 0x85ebca6b), 0xcc9e2d51)
  return mixed ^ (mixed >>> 15)
}

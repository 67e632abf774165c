import type { Steps } from '../../../runtime/steps.ts'
import { STEP_SLOTS, type WordArrays } from './word-table.ts'

/** Characters of a short word: two numbers of 32 bits have room for them. */
const LONGEST_SHORT = 8
/** Numbers of a place. */
const PLACE = 4

/**
 * The short words of ASCII among a table's, found by their characters themselves. A place has a word's number + 1 (0:
 * free), the characters in two numbers, the first ones lowest, and nothing. A word is at the place that `placeOf` leads
 * to, or behind it. At most half is filled.
 */
export type ShortWords = Int32Array<ArrayBuffer>

/** Collects the short words of a table. */
export function* shortWords({ size, starts, codes }: WordArrays): Steps<ShortWords> {
  let most = 1
  for (let word = 0; word < size; word++)
    if ((starts[word + 1] ?? 0) - (starts[word] ?? 0) <= LONGEST_SHORT) most += 1
  const places = 2 ** Math.ceil(Math.log2(most * 2))
  const short = new Int32Array(places * PLACE)
  for (let word = 0; word < size; word++) {
    if (word % STEP_SLOTS === 0) yield
    const key = keyOf(codes, starts[word] ?? 0, starts[word + 1] ?? 0)
    if (!key) continue
    let place = placeOf(key) & (places - 1)
    while (short[place * PLACE] !== 0) place = (place + 1) & (places - 1)
    short.set([word + 1, ...key], place * PLACE)
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

/** Where a key leads to, of which the low bits count; the kernels do the same. */
function placeOf([first, second]: [number, number]): number {
  const mixed = Math.imul(first ^ Math.imul(second, 0x85ebca6b), 0xcc9e2d51)
  return mixed ^ (mixed >>> 15)
}

// Finds the terms of a text that has been cut into symbols, as terms.ts of src/models/encoders/words does in JavaScript, and
// counts them or adds up their weights. term-kernel.ts beside it lays out the memory.
//
//   symbols   7  3  9  …                words by number, or characters by code point; NO_SYMBOL: unknown
//   found     ·  (7 3)  (3 9)  …        a row for each length from 2 on: the n-gram that ends at each symbol, as id + 1
//                ·  (7 3 9)  …
//   terms     7  (7 3)  3  (7 3 9)  …   positions in the vocabulary, symbol by symbol, the longest term of a symbol first
//
// A text's n-grams of one length are looked up one after the other, and then those of the next length: each look-up waits
// for memory, and those of one length do not wait for each other. Symbols are taken in blocks, so that the rows stay in the
// nearest cache. Slots and keys are those of gram-index.ts. Tests: test/models/encoders/words.

/** Symbols of a block. */
const BLOCK: i32 = 512
/** Bytes of a row of `found`: an entry for the symbol before the block, and one for each of its own. */
const ROW: usize = (513 << 2)
const NO_SYMBOL: i32 = -1

/**
 * Lists the terms of a text.
 * @param symbols `count` symbols, 32 bits each
 * @param lone symbol that is no term by itself
 * @param shortest symbols of the shortest term
 * @param longest symbols of the longest term
 * @param slots n-grams, `mask` + 1 slots of 32 bits
 * @param ids bits of a slot that hold id + 1; the others are of the hash
 * @param keys parent and last symbol of each n-gram, by id
 * @param width number of terms; n-grams with an id from there on are none
 * @param single position + 1 of the term of one symbol, for the symbols below `singles`; 0: it is none
 * @param found room for `longest` − 1 rows
 * @param terms the result: positions, 32 bits each
 * @param places where each term stands, 32 bits each: the index of its last symbol times 8, plus the number of its symbols
 * @returns the number of terms
 */
export function listTerms(
  symbols: usize,
  count: i32,
  lone: i32,
  shortest: i32,
  longest: i32,
  slots: usize,
  mask: i32,
  ids: i32,
  keys: usize,
  width: i32,
  single: usize,
  singles: i32,
  found: usize,
  terms: usize,
  places: usize,
): i32 {
  for (let length = 2; length <= longest; length++) store<i32>(rowOf(found, length), 0)
  let listed = 0
  let before = NO_SYMBOL
  for (let start = 0; start < count; start += BLOCK) {
    const block = symbols + (start << 2)
    const size = min(BLOCK, count - start)
    if (longest > 1) findPairs(block, size, before, slots, mask, ids, keys, found)
    for (let length = 3; length <= longest; length++)
      findLonger(block, size, rowOf(found, length), slots, mask, ids, keys)
    for (let at = 0; at < size; at++) {
      for (let length = longest; length >= max(shortest, 2); length--) {
        const number = load<i32>(rowOf(found, length) + ((at + 1) << 2))
        store<i32>(places + (listed << 2), ((start + at) << 3) | length)
        listed = list(number <= width ? number : 0, terms, listed)
      }
      const symbol = load<i32>(block + (at << 2))
      const alone = shortest === 1 && symbol !== lone && <u32>symbol < <u32>singles
      store<i32>(places + (listed << 2), ((start + at) << 3) | 1)
      if (alone) listed = list(load<i32>(single + (symbol << 2)), terms, listed)
    }
    before = load<i32>(block + ((size - 1) << 2))
    for (let length = 2; length <= longest; length++) {
      const row = rowOf(found, length)
      store<i32>(row, load<i32>(row + (size << 2)))
    }
  }
  return listed
}

/**
 * Counts terms.
 * @param terms `listed` positions
 * @param counts occurrences by position, 32 bits each
 * @param occurring the result: the positions, in the order in which they first occur; one more may be written
 * @returns the number of these positions
 */
export function countTerms(terms: usize, listed: i32, counts: usize, occurring: usize): i32 {
  let size = 0
  for (let at = 0; at < listed; at++) {
    const position = load<u32>(terms + (at << 2))
    const place = counts + (<usize>position << 2)
    const count = load<u32>(place)
    // Without a branch: the processor could not predict whether a term comes for the first time.
    store<u32>(occurring + (size << 2), position)
    store<u32>(place, count + 1)
    size += i32(count === 0)
  }
  return size
}

/**
 * sum += Σ weight of each different term, in the order in which they first occur.
 * @param terms `listed` positions
 * @param seen a bit for each position, all 0 before and after
 * @param weights by position, 64 bits each
 * @param sum 64 bits
 */
export function sumTerms(terms: usize, listed: i32, seen: usize, weights: usize, sum: usize): void {
  let total = load<f64>(sum)
  for (let at = 0; at < listed; at++) {
    const position = load<u32>(terms + (at << 2))
    const place = seen + ((position >> 5) << 2)
    const bits = load<u32>(place)
    const bit = <u32>1 << (position & 31)
    store<u32>(place, bits | bit)
    const weight = load<f64>(weights + (<usize>position << 3))
    total += (bits & bit) === 0 ? weight : 0
  }
  for (let at = 0; at < listed; at++) store<u32>(seen + ((load<u32>(terms + (at << 2)) >> 5) << 2), 0)
  store<f64>(sum, total)
}

// @ts-ignore: decorator
@inline function rowOf(found: usize, length: i32): usize {
  return found + <usize>(length - 2) * ROW
}

/** Adds a term to the list unless it has no position. @param position its position + 1 @returns the length of the list */
// @ts-ignore: decorator
@inline function list(position: i32, terms: usize, listed: i32): i32 {
  store<i32>(terms + (listed << 2), position - 1)
  return listed + i32(position !== 0)
}

/** Looks up the n-grams of two symbols that end in a block. @param before the symbol before the block */
function findPairs(
  block: usize,
  size: i32,
  before: i32,
  slots: usize,
  mask: i32,
  ids: i32,
  keys: usize,
  found: usize,
): void {
  let last = before
  for (let at = 0; at < size; at++) {
    const symbol = load<i32>(block + (at << 2))
    const known = last !== NO_SYMBOL && symbol !== NO_SYMBOL
    store<i32>(found + ((at + 1) << 2), known ? lookUp(~last, symbol, slots, mask, ids, keys) : 0)
    last = symbol
  }
}

/** Looks up the n-grams of a length that end in a block, by those one symbol shorter, which are in the row before. */
function findLonger(block: usize, size: i32, row: usize, slots: usize, mask: i32, ids: i32, keys: usize): void {
  for (let at = 0; at < size; at++) {
    const parent = load<i32>(row - ROW + (at << 2))
    const symbol = load<i32>(block + (at << 2))
    const known = parent !== 0 && symbol !== NO_SYMBOL
    store<i32>(row + ((at + 1) << 2), known ? lookUp(parent - 1, symbol, slots, mask, ids, keys) : 0)
  }
}

/** Returns id + 1 of an n-gram; 0 if the index lacks it. */
// @ts-ignore: decorator
@inline function lookUp(parent: i32, symbol: i32, slots: usize, mask: i32, ids: i32, keys: usize): i32 {
  const key = <u64><u32>parent | (<u64><u32>symbol << 32)
  let hash = (parent * <i32>0x9e3779b1) ^ (symbol * <i32>0x85ebca77)
  hash = (hash ^ (hash >>> 15)) * 0x2c1b3c6d
  hash ^= hash >>> 13
  let slot = hash & mask
  let entry = load<i32>(slots + (slot << 2))
  while (entry !== 0 && !(((entry ^ hash) & ~ids) === 0 && load<u64>(keys + (<usize>((entry & ids) - 1) << 3)) === key)) {
    slot = (slot + 1) & mask
    entry = load<i32>(slots + (slot << 2))
  }
  return entry & ids
}

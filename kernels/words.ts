// Reads a text as the numbers of its words, as word-scanner.ts and word-table.ts of src/models/encoders/words do together
// in JavaScript. known-words.ts beside them lays out the memory, with a copy of the tables.
//
//   text    It's <b>not</b> bad     UTF-8; letters are made small in place, sixteen bytes at a time
//   bits    1111 000111000000111    one for each byte: whether it belongs to a word
//
// First every letter and digit gets its bit. Then marks (escapes, tags, entities, apostrophes) change some bits. Each run
// of bits is a word, and is looked up: up to 8 ASCII characters among the short words (short-words.ts, by the characters
// themselves), others in the word table (by the hash FNV-1a). Both searches repeat what the TypeScript files do, slot for
// slot. Tests: test/models/encoders/words/terms.test.ts compares random texts with the reader in JavaScript.

import { clear, isSet, nextClear, nextSet, set } from './bits'
import { classifyWide, codeAt, isQuotation, PUNCTUATION, sizeAt } from './wide'

const APOSTROPHE: u8 = 39
const NUMBER_SIGN: u8 = 35
const AMPERSAND: u8 = 38
const SEMICOLON: u8 = 59
const LESS: u8 = 60
const GREATER: u8 = 62
const SLASH: u8 = 47
const BACKSLASH: u8 = 92
/** Longest tag, in characters after its first letter. A longer one is read as text. */
const LONGEST_TAG: i32 = 1000
/** Bytes of a slot of short words: number + 1, two numbers of characters, and an unused one. */
const PLACE = 16
const HASH_START: i32 = <i32>0x811c9dc5
const HASH_PRIME: i32 = 0x01000193

/** The high bits of eight bytes, which ASCII leaves 0. */
const WIDE: u64 = 0x8080808080808080

/** Result for a text that must be read in JavaScript: it has other characters, or what may be an entity. */
const NOT_HERE: i32 = -1

/**
 * Writes the numbers of a text's words, and returns how many words there are, or `NOT_HERE`.
 * @param text `length` bytes, behind which 16 zeros are written; its letters are made small
 * @param bits room for one bit for each byte, and 64 more
 * @param flags 1: make letters small, 2: leave out tags and entities, 4: a backslash and the next byte are one character,
 * 8: lookalikes (ª ² µ …) and ß are read as other characters, so that texts with them are left to JavaScript
 * @param short slots of short words, `shortMask` + 1 of them
 * @param slots pairs of number + 1 and hash, `mask` + 1 of them
 * @param starts where each word's codes begin
 * @param codes UTF-16 codes of all words
 * @param numbers the result: 32-bit numbers of the words, −1 for those that the table lacks
 */
export function readWords(
  text: usize,
  length: i32,
  flags: i32,
  bits: usize,
  short: usize,
  shortMask: i32,
  slots: usize,
  mask: i32,
  starts: usize,
  codes: usize,
  numbers: usize,
): i32 {
  v128.store(text + length, i8x16.splat(0))
  if (!classify(text, length, flags, bits)) return NOT_HERE
  let words = 0
  for (let start = nextSet(bits, 0, length); start < length; ) {
    const end = nextClear(bits, start)
    const at = text + start
    const size = end - start
    const key = size <= 8 ? load<u64>(at) & (u64.MAX_VALUE >> <u64>(64 - (size << 3))) : WIDE
    store<i32>(
      numbers + (words << 2),
      (key & WIDE) === 0
        ? findShort(key, short, shortMask)
        : findLong(at, size, slots, mask, starts, codes),
    )
    words += 1
    start = nextSet(bits, end + 1, length)
  }
  return words
}

/**
 * Writes where the words stand that `readWords` has read.
 * @param bits as it has left them, for a text of `length` bytes
 * @param places the result: the first byte of each word and the one behind it, 32 bits each
 */
export function placesOfWords(bits: usize, length: i32, places: usize): void {
  let place = places
  for (let start = nextSet(bits, 0, length); start < length; place += 8) {
    const end = nextClear(bits, start)
    store<i32>(place, start)
    store<i32>(place, end, 4)
    start = nextSet(bits, end + 1, length)
  }
}

/** Sets the bits of all bytes that belong to words. @returns false if the text must be read in JavaScript */
function classify(text: usize, length: i32, flags: i32, bits: usize): bool {
  const capital = i8x16.splat(flags & 1 ? 0x20 : 0)
  let wide = i8x16.splat(0)
  let done = 0
  for (let at = 0; at < length; at += 16) {
    const sixteen = v128.load(text + at)
    wide = v128.or(wide, sixteen)
    const alphabetic = i8x16.lt_u(i8x16.sub(v128.or(sixteen, i8x16.splat(0x20)), i8x16.splat(97)), i8x16.splat(26))
    const digits = i8x16.lt_u(i8x16.sub(sixteen, i8x16.splat(48)), i8x16.splat(10))
    const letters = v128.or(v128.or(alphabetic, digits), i8x16.eq(sixteen, i8x16.splat(95)))
    v128.store(text + at, v128.or(sixteen, v128.and(alphabetic, capital)))
    store<u16>(bits + (at >> 3), <u16>i8x16.bitmask(letters))
  }
  store<u64>(bits + ((length + 7) >> 3), 0)
  if (i8x16.bitmask(wide) !== 0 && !classifyWide(text, length, (flags & 1) !== 0, (flags & 8) !== 0, bits)) return false
  for (let at = 0; at < length; at += 16) {
    const sixteen = v128.load(text + at)
    const quotes = v128.or(i8x16.eq(sixteen, i8x16.splat(APOSTROPHE)), i8x16.eq(sixteen, i8x16.splat(AMPERSAND)))
    const others = v128.or(i8x16.eq(sixteen, i8x16.splat(LESS)), i8x16.eq(sixteen, i8x16.splat(BACKSLASH)))
    const all = v128.or(v128.or(quotes, others), i8x16.eq(sixteen, i8x16.splat(PUNCTUATION)))
    for (let marks = i8x16.bitmask(all); marks !== 0; marks &= marks - 1) {
      const place = at + ctz(marks)
      if (place >= length || place < done) continue
      done = readMark(text, place, length, flags, bits)
      if (done < 0) return false
    }
  }
  return true
}

/** Applies a mark to the bits. @returns where to go on behind it; negative if it cannot be read here */
function readMark(text: usize, at: i32, length: i32, flags: i32, bits: usize): i32 {
  const mark = load<u8>(text + at)
  if (mark === BACKSLASH) {
    if (!(flags & 4)) return at + 1
    clear(bits, at + 1)
    return at + 2
  }
  if (mark === APOSTROPHE) {
    // Between two letters it belongs to the word.
    if (at > 0 && isSet(bits, at - 1) && isSet(bits, at + 1)) set(bits, at)
    return at + 1
  }
  if (mark === PUNCTUATION) {
    if (isQuotation(text + at) && at > 0 && isSet(bits, at - 1) && isSet(bits, at + 3))
      for (let place = at; place < at + 3; place++) set(bits, place)
    return at + 3
  }
  if (!(flags & 2)) return at + 1
  const end = mark === LESS ? tagEnd(text, at, length, (flags & 4) !== 0) : entityEnd(text, at, length)
  if (end < 0) return end
  for (let place = at; place < end; place++) clear(bits, place)
  return end
}

/** Returns the index behind the `>` of a tag, or behind the `<` if it begins no tag. */
function tagEnd(text: usize, start: i32, length: i32, escaped: bool): i32 {
  let at = start + 1
  const slash = at + (escaped && load<u8>(text + at) === BACKSLASH ? 1 : 0)
  if (load<u8>(text + slash) === SLASH) at = slash + 1
  if (at >= length || <u8>((load<u8>(text + at) | 0x20) - 97) >= 26) return start + 1
  at += 1
  for (let passed = 0; at < length && passed <= LONGEST_TAG; passed++) {
    const code = load<u8>(text + at)
    if (code === GREATER) return at + 1
    if (code === LESS) break
    at += escaped && code === BACKSLASH ? 2 : sizeAt(text + at)
  }
  return start + 1
}

/**
 * Returns the index behind the `&` if no entity begins there; negative if one may: the kernel does not know which
 * characters entities stand for.
 */
function entityEnd(text: usize, start: i32, length: i32): i32 {
  let at = start + 1
  if (load<u8>(text + at) === NUMBER_SIGN) at += 1
  while (at < length && isLetterOrDigit(load<u8>(text + at))) at += 1
  return at < length && load<u8>(text + at) === SEMICOLON ? NOT_HERE : start + 1
}

// @ts-ignore: decorator
@inline function isLetterOrDigit(code: u8): bool {
  return <u8>((code | 0x20) - 97) < 26 || <u8>(code - 48) < 10
}

// @ts-ignore: decorator
@inline function findShort(key: u64, short: usize, mask: i32): i32 {
  const mixed = (<i32>key ^ (<i32>(key >> 32) * <i32>0x85ebca6b)) * <i32>0xcc9e2d51
  let slot = (mixed ^ (mixed >>> 15)) & mask
  let place = short + slot * PLACE
  while (load<i32>(place) !== 0 && load<u64>(place, 4) !== key) {
    slot = (slot + 1) & mask
    place = short + slot * PLACE
  }
  return load<i32>(place) - 1
}

function findLong(at: usize, size: i32, slots: usize, mask: i32, starts: usize, codes: usize): i32 {
  let hash = HASH_START
  for (let place = at; place < at + size; place += sizeAt(place)) hash = (hash ^ codeAt(place)) * HASH_PRIME
  let mixed = (hash ^ (hash >>> 15)) * 0x2c1b3c6d
  mixed ^= mixed >>> 13
  let slot = mixed & mask
  let number = load<i32>(slots + (slot << 3))
  while (number !== 0) {
    if (load<i32>(slots + (slot << 3), 4) === hash && isWord(at, size, number - 1, starts, codes)) break
    slot = (slot + 1) & mask
    number = load<i32>(slots + (slot << 3))
  }
  return number - 1
}

function isWord(at: usize, size: i32, number: i32, starts: usize, codes: usize): bool {
  let code = codes + (load<i32>(starts + (number << 2)) << 1)
  const codesEnd = codes + (load<i32>(starts + (number << 2), 4) << 1)
  for (let place = at; place < at + size; place += sizeAt(place), code += 2)
    if (code === codesEnd || <i32>load<u16>(code) !== codeAt(place)) return false
  return code === codesEnd
}

// The characters beyond ASCII that the kernels read, in UTF-8: U+0080 to U+00FF, the letters of Western languages, in two
// bytes, and U+2000 to U+203F, dashes and quotation marks, in three. A text with any other character is left to
// JavaScript. Tests: test/models/encoders/words compares both readers.

import { set } from './bits'

const APOSTROPHE: i32 = 39
/** First byte of a character of three bytes. */
export const PUNCTUATION: u8 = 0xe2
/** Third byte of ’, which is read as an apostrophe. */
const QUOTATION: u8 = 0x99

/** Returns the bytes of the character that begins at `at`; 0 if the kernels do not read it. */
// @ts-ignore: decorator
@inline export function wideSize(at: usize): i32 {
  const first = load<u8>(at)
  const second = load<u8>(at, 1)
  if ((second & 0xc0) !== 0x80) return 0
  if (first === 0xc2 || first === 0xc3) return 2
  return first === PUNCTUATION && second === 0x80 && (load<u8>(at, 2) & 0xc0) === 0x80 ? 3 : 0
}

/** Whether the three bytes at `at` are ’. */
// @ts-ignore: decorator
@inline export function isQuotation(at: usize): bool {
  return load<u8>(at, 2) === QUOTATION
}

/** Returns the bytes of the character at `at` in a text that `classifyWide` has accepted. */
// @ts-ignore: decorator
@inline export function sizeAt(at: usize): i32 {
  const first = load<u8>(at)
  return first < 0x80 ? 1 : first === PUNCTUATION ? 3 : 2
}

/** Returns the code of the character at `at` in a word; in words, a character of three bytes is ’. */
// @ts-ignore: decorator
@inline export function codeAt(at: usize): i32 {
  const first = <i32>load<u8>(at)
  if (first < 0x80) return first
  return first === <i32>PUNCTUATION ? APOSTROPHE : ((first & 3) << 6) | (<i32>load<u8>(at, 1) & 0x3f)
}

/**
 * Sets the bits of bytes that belong to letters and numbers beyond ASCII.
 * @param small whether letters are made small
 * @param plain whether the text may have no character that is read as another one
 * @returns false if the text has another character, or bytes that are no character
 */
export function classifyWide(text: usize, length: i32, small: bool, plain: bool, bits: usize): bool {
  let done = 0
  for (let at = 0; at < length; at += 16) {
    for (let wide = i8x16.bitmask(v128.load(text + at)); wide !== 0; wide &= wide - 1) {
      const place = at + ctz(wide)
      if (place < done) continue
      const size = wideSize(text + place)
      if (size === 0) return false
      done = place + size
      if (size === 3) continue
      const code = codeAt(text + place)
      if (!isOfWord(code)) continue
      if (plain && isReadAsOther(code, small)) return false
      set(bits, place)
      set(bits, place + 1)
      if (small && code >= 0xc0 && code <= 0xde) store<u8>(text + place, load<u8>(text + place, 1) | 0x20, 1)
    }
  }
  return true
}

/** Whether a letter or number from U+0080 to U+00FF is read as another one: ª ² ³ µ ¹ º, and as a small letter ß. */
// @ts-ignore: decorator
@inline function isReadAsOther(code: i32, small: bool): bool {
  // Fractions stay.
  return code <= 0xba || (small && code === 0xdf)
}

/** Whether a character from U+0080 to U+00FF is a letter or a number: all from À on but × and ÷, and ª µ º ² ³ ¹ ¼ ½ ¾. */
// @ts-ignore: decorator
@inline function isOfWord(code: i32): bool {
  if (code >= 0xc0) return code !== 0xd7 && code !== 0xf7
  if (code >= 0xb2 && code <= 0xbe)
    return code === 0xb2 || code === 0xb3 || code === 0xb5 || code === 0xb9 || code === 0xba || code >= 0xbc
  return code === 0xaa
}

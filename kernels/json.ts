// Finds where a text in JSON ends, sixteen bytes at a time. src/models/encoders/words/json-text.ts copies the text to the
// begin of the memory and does the same in JavaScript for short texts; test/models/encoders/words/json-text.test.ts
// compares both with a JSON parser.

import { wideSize } from './wide'

const QUOTE: u8 = 34
const BACKSLASH: u8 = 92

/**
 * Returns the index of the quote that ends a text; −1 if there is none, or if a character before it is not plain: neither
 * printable ASCII nor one of those in wide.ts, or a backslash with anything but one of `"\/bfnrt` behind it.
 * @param text `length` bytes, behind which 16 more can be read
 */
export function endOfText(text: usize, length: i32): i32 {
  for (let at = 0; at < length; ) {
    const sixteen = v128.load(text + at)
    const outside = v128.or(i8x16.lt_u(sixteen, i8x16.splat(32)), i8x16.gt_u(sixteen, i8x16.splat(126)))
    const marks = v128.or(i8x16.eq(sixteen, i8x16.splat(QUOTE)), i8x16.eq(sixteen, i8x16.splat(BACKSLASH)))
    const special = i8x16.bitmask(v128.or(outside, marks))
    if (special === 0) {
      at += 16
      continue
    }
    at += ctz(special)
    if (at >= length) return -1
    const code = load<u8>(text + at)
    if (code === QUOTE) return at
    const size = code !== BACKSLASH ? wideSize(text + at) : isEscaped(load<u8>(text + at + 1)) ? 2 : 0
    if (size === 0 || at + size > length) return -1
    at += size
  }
  return -1
}

/** Whether a backslash and this character are an escape of one character. */
// @ts-ignore: decorator
@inline function isEscaped(code: u8): bool {
  return (
    code === QUOTE ||
    code === BACKSLASH ||
    code === 47 || // /
    code === 98 || // b
    code === 102 || // f
    code === 110 || // n
    code === 114 || // r
    code === 116 // t
  )
}

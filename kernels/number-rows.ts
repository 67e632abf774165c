// Reads the rows of a file of numbers that are written alike: objects of JSON, key by key, whose values are numbers or null, or
// lines of CSV, whose fields are numbers or empty. src/datasets/reader/number-rows.ts lays out the memory, is told what is
// written around the values, and hands over piece after piece; test/datasets/reader/plain-json.test.ts compares the numbers
// with those of JSON.parse.
//
//   {"a": 1.5, "b": null}        pieces: `{"a": `   `, "b": `   `}\n`
//   1.5,                         pieces: ``   `,`   `\n`
//
// A number of up to 19 digits and a usual exponent is read here, as Lemire describes it ("Number parsing at a gigabyte per
// second", 2021): the digits times a power of five of 128 bits give the nearest double. Any other is noted for the caller.

const ZERO: u8 = 48
const MINUS: u8 = 45
const PLUS: u8 = 43
const POINT: u8 = 46
/** `null` as a number of 32 bits. */
const NULL: u32 = 0x6c6c756e

/** Result for a piece that is written in another way than the first row. */
const NOT_PLAIN = -1

/** Digits of a number, from the first that is not zero, of which 64 bits hold any. */
const MOST_DIGITS = 19
/** Digits of an exponent at most. */
const MOST_EXPONENT = 3
/** Powers of ten of which `powers` has the power of five. */
const LEAST_POWER = -40
const GREATEST_POWER = 22
/** Whole numbers from which on not each has a double. */
const BEYOND: f64 = 9007199254740992

/** What is kept between two pieces: numbers of 32 bits, in this order. */
const COLUMNS = 0
/** Rows that are read, and room for them. */
const ROWS = 4
const MOST_ROWS = 8
/** Numbers that the last call has noted for the caller. */
const NOTED = 12
/** Bytes of the piece that were read. */
const READ = 16
/**
 * 1 for CSV: a missing value is empty in place of null, and a number may be larger than whole ones of 53 bits and a negative
 * zero.
 */
const IS_CSV = 20

/**
 * Reads rows until the piece ends or there is no more room for them. Returns the number of the rows that are there, or −1.
 * @param state numbers of 32 bits: see `COLUMNS`
 * @param bytes the piece, `length` bytes of whole rows, behind which 16 more can be read
 * @param around what is written before each value and behind the last one: the number of its bytes in 16 bytes, then the bytes,
 *   as many 16 as are needed, then as many bytes of which 255 stands for each that counts
 * @param powers powers of five from 5^−40 to 5^22, their first 128 bits, the higher 64 first
 * @param values result: 64-bit numbers, column by column, for each `stride` bytes; NaN is a missing one
 * @param gaps result: by column, 32 bits that are not 0 if a value is missing
 * @param noted result: for each number that could not be read its column, row, place in the piece and bytes, 32 bits each
 */
export function readNumberRows(
  state: usize,
  bytes: usize,
  length: i32,
  around: usize,
  powers: usize,
  values: usize,
  stride: i32,
  gaps: usize,
  noted: usize,
): i32 {
  const columns = load<i32>(state, COLUMNS)
  const most = load<i32>(state, MOST_ROWS)
  const isCsv = load<i32>(state, IS_CSV) !== 0
  let rows = load<i32>(state, ROWS)
  let notes = 0
  const end = bytes + length
  let at = bytes
  while (at < end && rows < most) {
    let piece = around
    let value = values + (rows << 3)
    for (let column = 0; column < columns; column++) {
      const size = load<i32>(piece)
      const padded = (size + 15) & ~15
      if (at + size > end || !isAt(at, piece + 16, padded)) return NOT_PLAIN
      at += size
      piece += 16 + 2 * padded
      if (isCsv ? isNoNumber(load<u8>(at)) : load<u32>(at) === NULL) {
        if (!isCsv) at += 4
        store<f64>(value, NaN)
        store<i32>(gaps + (column << 2), 1)
        value += stride
        continue
      }
      const start = at
      const isNegative = load<u8>(at) === MINUS
      if (isNegative) at += 1
      const first = at
      let digit = load<u8>(at) - ZERO
      if (digit > 9) return NOT_PLAIN
      let digits: u64 = digit
      at += 1
      let next = load<u8>(at) - ZERO
      if (digit !== 0) {
        while (next <= 9) {
          digits = digits * 10 + next
          at += 1
          next = load<u8>(at) - ZERO
        }
      }
      // Zeros ahead of the first other digit are no digits of `digits`.
      let count = <i32>(at - first)
      let power = 0
      if (load<u8>(at) === POINT) {
        at += 1
        const fraction = at
        next = load<u8>(at) - ZERO
        while (next <= 9) {
          digits = digits * 10 + next
          at += 1
          next = load<u8>(at) - ZERO
        }
        power = <i32>(fraction - at)
        if (power === 0) return NOT_PLAIN
        count -= power
        if (count > MOST_DIGITS && digit === 0) count -= zerosAt(first, at)
      }
      if ((load<u8>(at) | 32) === 101) {
        at += 1
        const sign = load<u8>(at)
        if (sign === MINUS || sign === PLUS) at += 1
        let exponent = 0
        let many = 0
        next = load<u8>(at) - ZERO
        while (next <= 9) {
          exponent = exponent * 10 + <i32>next
          many += 1
          if (many > MOST_EXPONENT) return NOT_PLAIN
          at += 1
          next = load<u8>(at) - ZERO
        }
        if (many === 0) return NOT_PLAIN
        power += sign === MINUS ? -exponent : exponent
      }
      if (at > end) return NOT_PLAIN
      let number: f64 = 0
      if (count > MOST_DIGITS || power < LEAST_POWER || power > GREATEST_POWER) {
        store<i32>(noted, column)
        store<i32>(noted, rows, 4)
        store<i32>(noted, <i32>(start - bytes), 8)
        store<i32>(noted, <i32>(at - start), 12)
        noted += 16
        notes += 1
      } else if (digits !== 0) {
        number = power === 0 && digits < <u64>BEYOND ? <f64>digits : nearest(digits, power, powers)
        if (number >= BEYOND && !isCsv) return NOT_PLAIN
      }
      if (isNegative && (digits !== 0 || isCsv)) number = -number
      store<f64>(value, number)
      value += stride
    }
    const size = load<i32>(piece)
    if (at + size > end || !isAt(at, piece + 16, (size + 15) & ~15)) return NOT_PLAIN
    at += size
    rows += 1
  }
  store<i32>(state, rows, ROWS)
  store<i32>(state, notes, NOTED)
  store<i32>(state, <i32>(at - bytes), READ)
  return rows
}

/** Whether no number of JSON begins with a byte. What stands there must be the end of an empty field, then. */
// @ts-ignore: decorator
@inline function isNoNumber(byte: u8): bool {
  return byte - ZERO > 9 && byte !== MINUS
}

/** Whether a piece stands at an address. @param piece see `around` @param padded its bytes, as a multiple of 16 */
// @ts-ignore: decorator
@inline function isAt(at: usize, piece: usize, padded: i32): bool {
  for (let offset = 0; offset < padded; offset += 16) {
    const differs = v128.xor(v128.load(at + offset), v128.load(piece + offset))
    if (v128.any_true(v128.and(differs, v128.load(piece + padded + offset)))) return false
  }
  return true
}

/** Returns the number of zeros ahead of the first other digit of a number. */
function zerosAt(first: usize, end: usize): i32 {
  let zeros = 0
  for (let at = first; at < end; at++) {
    const byte = load<u8>(at)
    if (byte === ZERO) zeros += 1
    else if (byte !== POINT) break
  }
  return zeros
}

/**
 * Returns the double that is nearest to `digits` times ten to the `power`. Neither is zero, and the result is an ordinary
 * double, neither tiny nor huge.
 */
function nearest(digits: u64, power: i32, powers: usize): f64 {
  const shift = clz(digits)
  const times = digits << shift
  const at = powers + ((power - LEAST_POWER) << 4)
  const five = load<u64>(at)
  let low = times * five
  let high = upper(times, five)
  // Where the rest may carry into the digits that count, the lower half of the power decides.
  if ((high & 0x1ff) === 0x1ff) {
    const more = upper(times, load<u64>(at, 8))
    low += more
    if (low < more) high += 1
  }
  const top = high >> 63
  let mantissa = high >> (top + 9)
  let exponent = <i64>(((217706 * power) >> 16) + 63 + 1023) + <i64>top - <i64>shift
  // Half-way between two doubles the even one is taken; that happens only for powers that 64 bits hold.
  if (low <= 1 && power >= -4 && power <= 23 && (mantissa & 3) === 1 && mantissa << (top + 9) === high)
    mantissa &= ~1
  mantissa += mantissa & 1
  mantissa >>= 1
  if (mantissa >= <u64>1 << 53) {
    mantissa = <u64>1 << 52
    exponent += 1
  }
  return reinterpret<f64>((mantissa & ~(<u64>1 << 52)) | (<u64>exponent << 52))
}

/** Returns the upper 64 bits of a product of 128. */
// @ts-ignore: decorator
@inline function upper(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff
  const a1 = a >> 32
  const b0 = b & 0xffffffff
  const b1 = b >> 32
  const low = a0 * b0
  const middle = a1 * b0 + (low >> 32)
  const other = a0 * b1 + (middle & 0xffffffff)
  return a1 * b1 + (middle >> 32) + (other >> 32)
}

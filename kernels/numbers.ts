// Measures a column of 64-bit numbers: range, sum, whether they are whole, and how many different ones there are.
// src/datasets/reader/measure-numbers.ts lays out the memory and hands over piece after piece;
// test/datasets/reader/measure-numbers.test.ts compares it with DuckDB's functions.
//
// Different numbers are counted once all are there. They are first sorted into parts by a hash, so that the table in which the
// numbers of one part are looked up stays in the processor's cache: a look into a table of all of them waits for memory each
// time.

/** What is kept of a column: 32-bit numbers, then 64-bit ones. */
const PRESENT = 0
/** Rows, whose numbers are kept. */
const ROWS = 4
/** 1 as long as all numbers are whole. */
const IS_WHOLE = 8
/** 1 if a number is zero. */
const HAS_ZERO = 12
const LEAST = 16
const GREATEST = 24
const SUM = 32
/** What rounding has added to the sum so far. */
const ERROR = 40

/** The bits of infinity, shifted to the left by one so that the sign is gone. */
const SHIFTED_INFINITY: u64 = 0xffe0000000000000
/** The bits of the number 1, whose fraction is zero, and those of NaN. */
const ONE_BITS: u64 = 0x3ff0000000000000
const NAN_BITS: u64 = 0x7ff8000000000000
/** An odd number, so that the product of each input with it is another one: 2^64 over the golden ratio. */
const SPREAD: u64 = 0x9e3779b97f4a7c15
/** Slots of the table for the numbers of one part, as a power of two. */
const TABLE_BITS = 14
/** Different numbers of a part at most, so that the table is never more than half full. */
const MOST_OF_PART = 8192
/** Slots that are looked at for one number at most: by chance a few, and for numbers that were made to meet, thousands. */
const MOST_STEPS = 256

/** Prepares the state for a column. @param state 48 bytes */
export function startNumbers(state: usize): void {
  store<i32>(state, 0, PRESENT)
  store<i32>(state, 0, ROWS)
  store<i32>(state, 1, IS_WHOLE)
  store<i32>(state, 0, HAS_ZERO)
  store<f64>(state, Infinity, LEAST)
  store<f64>(state, -Infinity, GREATEST)
  store<f64>(state, 0, SUM)
  store<f64>(state, 0, ERROR)
}

/**
 * Measures the next piece.
 * @param values `length` numbers of 64 bits; NaN stands for a missing one
 * @param kept where the numbers of all rows are kept for `countDifferent`, 64 bits each
 */
export function addNumbers(state: usize, values: usize, length: i32, kept: usize): void {
  let present = load<i32>(state, PRESENT)
  let isWhole = load<i32>(state, IS_WHOLE)
  let least = load<f64>(state, LEAST)
  let greatest = load<f64>(state, GREATEST)
  let sum = load<f64>(state, SUM)
  let error = load<f64>(state, ERROR)
  let hasZero = load<i32>(state, HAS_ZERO)
  const rows = load<i32>(state, ROWS)
  memory.copy(kept + (rows << 3), values, length << 3)
  for (let index = 0; index < length; index++) {
    const value = load<f64>(values + (index << 3))
    if (isNaN(value)) continue
    present += 1
    if (value < least) least = value
    if (value > greatest) greatest = value
    if (isWhole !== 0 && value !== trunc(value)) isWhole = 0
    // The sum of Kahan (1965), so that a million numbers lose no digits.
    const term = value - error
    const next = sum + term
    error = next - sum - term
    sum = next
    if (value === 0) hasZero = 1
  }
  store<i32>(state, present, PRESENT)
  store<i32>(state, rows + length, ROWS)
  store<i32>(state, isWhole, IS_WHOLE)
  store<i32>(state, hasZero, HAS_ZERO)
  store<f64>(state, least, LEAST)
  store<f64>(state, greatest, GREATEST)
  store<f64>(state, sum, SUM)
  store<f64>(state, error, ERROR)
}

/**
 * Returns how many different numbers a column has; zeros of both signs are one. Returns −1 if the numbers crowd one
 * part.
 * @param state of the column, of which all numbers have been added
 * @param kept from `addNumbers`
 * @param parted room for as many numbers
 * @param ends room for 2^`bits` numbers of 32 bits
 * @param table room for 16,384 numbers of 64 bits
 * @param bits the binary logarithm of the number of parts, from 1 to 18
 */
export function countDifferent(
  state: usize,
  kept: usize,
  parted: usize,
  ends: usize,
  table: usize,
  bits: i32,
): i32 {
  partNumbers(kept, load<i32>(state, ROWS), parted, ends, bits)
  const parts = 1 << bits
  let different = load<i32>(state, HAS_ZERO)
  let from = 0
  for (let part = 0; part < parts; part++) {
    const end = load<i32>(ends + (part << 2))
    const own = countPart(parted, from, end, table, bits)
    if (own < 0) return -1
    different += own
    from = end
  }
  return different
}

/**
 * Turns the numbers of a column into hashes, which tell its rows apart.
 * @param hashes numbers of 64 bits, and then the hash of each
 */
export function startHashes(hashes: usize, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    const place = hashes + (row << 3)
    store<u64>(place, hashOf(plainBits(load<u64>(place))))
  }
}

/** Mixes the numbers of another column into the hashes. @param others numbers of 64 bits */
export function addHashes(hashes: usize, others: usize, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    const place = hashes + (row << 3)
    store<u64>(place, hashOf(rotl(load<u64>(place), 29) ^ plainBits(load<u64>(others + (row << 3)))))
  }
}

/**
 * Makes the hashes numbers from 1 to 2, of which `countDifferent` tells 52 bits apart.
 * @param state of a column, which then has these numbers
 */
export function endHashes(state: usize, hashes: usize, rows: i32): void {
  startNumbers(state)
  for (let row = 0; row < rows; row++) {
    const place = hashes + (row << 3)
    store<u64>(place, (load<u64>(place) >> 12) | ONE_BITS)
  }
  store<i32>(state, rows, PRESENT)
  store<i32>(state, rows, ROWS)
}

/** Returns the bits of a number, those of all zeros alike, and those of all missing ones. */
// @ts-ignore: decorator
@inline function plainBits(number: u64): u64 {
  if (!isZeroOrMissing(number)) return number
  return number << 1 === 0 ? 0 : NAN_BITS
}

/**
 * Sorts numbers into parts by their hashes, without zeros and missing ones. Writes the index behind the last number of each part
 * to `ends`.
 */
function partNumbers(kept: usize, rows: i32, parted: usize, ends: usize, bits: i32): void {
  const parts = 1 << bits
  memory.fill(ends, 0, parts << 2)
  for (let row = 0; row < rows; row++) {
    const number = load<u64>(kept + (row << 3))
    if (isZeroOrMissing(number)) continue
    const size = ends + (partOf(number, bits) << 2)
    store<i32>(size, load<i32>(size) + 1)
  }
  let start = 0
  for (let part = 0; part < parts; part++) {
    const size = load<i32>(ends + (part << 2))
    store<i32>(ends + (part << 2), start)
    start += size
  }
  for (let row = 0; row < rows; row++) {
    const number = load<u64>(kept + (row << 3))
    if (isZeroOrMissing(number)) continue
    const next = ends + (partOf(number, bits) << 2)
    const place = load<i32>(next)
    store<u64>(parted + (place << 3), number)
    store<i32>(next, place + 1)
  }
}

/** Counts the different numbers of a part; −1 if they are too many or meet too often. Zero stands for a free slot. */
function countPart(parted: usize, from: i32, end: i32, table: usize, bits: i32): i32 {
  if (from === end) return 0
  memory.fill(table, 0, 8 << TABLE_BITS)
  const last = (1 << TABLE_BITS) - 1
  let different = 0
  for (let index = from; index < end; index++) {
    const number = load<u64>(parted + (index << 3))
    let slot = <i32>((hashOf(number) >> (64 - bits - TABLE_BITS)) & last)
    let steps = 0
    for (;;) {
      const place = table + (slot << 3)
      const found = load<u64>(place)
      if (found === number) break
      if (found === 0) {
        if (different === MOST_OF_PART) return -1
        store<u64>(place, number)
        different += 1
        break
      }
      steps += 1
      if (steps > MOST_STEPS) return -1
      slot = (slot + 1) & last
    }
  }
  return different
}

/** Whether the bits of a number are those of a zero or of NaN. */
// @ts-ignore: decorator
@inline function isZeroOrMissing(number: u64): bool {
  // Without the sign, zero is 0, and NaN is all that is beyond infinity.
  return (number << 1) - 1 >= SHIFTED_INFINITY
}

// @ts-ignore: decorator
@inline function hashOf(number: u64): u64 {
  return (number ^ (number >> 32)) * SPREAD
}

// @ts-ignore: decorator
@inline function partOf(number: u64, bits: i32): i32 {
  return <i32>(hashOf(number) >> (64 - bits))
}

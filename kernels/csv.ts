// Looks through the bytes of a CSV file, to tell whether they can be read in one way only, and which columns hold plain
// numbers and nothing else. src/datasets/reader/plain-csv.ts lays out the memory, hands over piece after piece, and says
// what a plain file is; test/datasets/reader/plain-csv.test.ts compares random files with the scanner in TypeScript.
//
//   place    BEGIN ── quote ──> QUOTED ── quote ──> CLOSED ── delimiter ──> BEGIN of the next field
//              └──── other ───> BARE ──────────────────┴───── CR, LF ────> BEGIN of the next line
//
// A second quote leads from CLOSED back to QUOTED. Beside its place, each field has the form of a number as far as it has
// been read: `NEXT` has the form after each kind of character.

const LF: u8 = 10
const CR: u8 = 13
const QUOTE: u8 = 34

/** Where in a field the next byte stands. */
const BEGIN = 0
const BARE = 1
const QUOTED = 2
const CLOSED = 3
/** Behind a CR that ends a line. */
const RETURN = 4

/** Result for a file that is not plain. */
const NOT_PLAIN = -1

/** Bytes of the longest line: DuckDB reads none above two megabytes. */
const LONGEST_LINE = 1048576
/** Fields of a line at most; `columns` has a byte for each. */
const MOST_FIELDS = 4096
/** Bytes of the longest text that counts as a number: with an exponent of two digits none of them is infinite. */
const LONGEST_NUMBER = 40

/** What a column has. */
const HAS_NUMBER: u8 = 1
const HAS_OTHER: u8 = 2

/**
 * Forms of a number, times 8: 0 nothing yet, 1 a sign, 2 a zero, 3 whole, 4 a point, 5 a fraction, 6 and 7 an exponent without
 * digits, 8 and 9 with one and two, 10 none.
 */
const NO_NUMBER = 80
/** The form that follows on each, by the kind of the next character. */
const NEXT = memory.data<u8>([
  16, 24, 32, 8, 80, 80, 80, 0,
  16, 24, 32, 80, 80, 80, 80, 0,
  80, 80, 32, 80, 80, 48, 80, 0,
  24, 24, 32, 80, 80, 48, 80, 0,
  40, 40, 80, 80, 80, 80, 80, 0,
  40, 40, 80, 80, 80, 48, 80, 0,
  64, 64, 80, 56, 56, 80, 80, 0,
  64, 64, 80, 80, 80, 80, 80, 0,
  72, 72, 80, 80, 80, 80, 80, 0,
  80, 80, 80, 80, 80, 80, 80, 0,
  80, 80, 80, 80, 80, 80, 80, 0,
])
/** Kinds of characters: 0 a zero, 1 another digit, 2 a point, 3 a minus, 4 a plus, 5 e, 6 any other, 7 what ends a field. */
const OTHER: u8 = 6
const SPECIAL: u8 = 7

/** What is kept between two pieces of a file: numbers of 32 bits, in this order. */
const DELIMITER = 0
/** Delimiters of each line; −1 before the first line has ended. */
const WANTED = 4
const PLACE = 8
const FORM = 12
/** Delimiters of the line so far. */
const FOUND = 16
/** Bytes of the line and of the field before the piece. */
const LINE_BYTES = 20
const FIELD_BYTES = 24
/** Number of the physical line on which the record begins, and of the one that is being read; both from 1. */
const FIRST_LINE = 28
const LINE = 32
/** 0 before the first line end, 1: LF, 2: CR LF. */
const LINE_END = 36
/** The kind of each of 256 characters, a byte each. */
const KINDS = 64

/**
 * Bytes by which a gap may begin, a byte each; behind them each gap with its number of bytes, 32 bits, and a zero at the end.
 */
const FIRST_BYTES = 256

/** Prepares the state for the first piece. @param state 320 bytes */
export function startCsv(state: usize, delimiter: i32): void {
  memory.fill(state, 0, KINDS)
  memory.fill(state + KINDS, OTHER, 256)
  store<i32>(state, delimiter, DELIMITER)
  store<i32>(state, -1, WANTED)
  store<i32>(state, 1, FIRST_LINE)
  store<i32>(state, 1, LINE)
  store<u8>(state + 48, 0, KINDS)
  for (let digit = 49; digit <= 57; digit++) store<u8>(state + digit, 1, KINDS)
  store<u8>(state + 46, 2, KINDS) // .
  store<u8>(state + 45, 3, KINDS) // -
  store<u8>(state + 43, 4, KINDS) // +
  store<u8>(state + 69, 5, KINDS) // E
  store<u8>(state + 101, 5, KINDS) // e
  store<u8>(state + QUOTE, SPECIAL, KINDS)
  store<u8>(state + CR, SPECIAL, KINDS)
  store<u8>(state + LF, SPECIAL, KINDS)
  store<u8>(state + delimiter, SPECIAL, KINDS)
}

/**
 * Reads the next piece. Returns the number of records that end in it, or −1 if the file is not plain. The file is plain if the
 * last piece ends a record.
 * @param state from `startCsv`
 * @param bytes the piece, `length` bytes that end with a line feed, behind which 16 more can be read
 * @param gaps the texts that count as missing where they are a whole field without quotes: see `FIRST_BYTES`
 * @param columns a byte for each of 4096 columns, with what the lines have there
 * @param lines the result: for each record the number of its first physical line, 32 bits
 */
export function lookAtCsv(
  state: usize,
  bytes: usize,
  length: i32,
  gaps: usize,
  columns: usize,
  lines: usize,
): i32 {
  const delimiter = <u8>load<i32>(state, DELIMITER)
  let wanted = load<i32>(state, WANTED)
  let place = load<i32>(state, PLACE)
  let form = load<i32>(state, FORM)
  let found = load<i32>(state, FOUND)
  let lineAt = -load<i32>(state, LINE_BYTES)
  let fieldAt = -load<i32>(state, FIELD_BYTES)
  let first = load<i32>(state, FIRST_LINE)
  let line = load<i32>(state, LINE)
  let lineEnd = load<i32>(state, LINE_END)
  const kinds = state + KINDS
  let records = 0
  for (let at = 0; at < length; at++) {
    if (place === QUOTED && form === NO_NUMBER) {
      const end = endOfQuoted(bytes, at, length)
      line += countLineFeeds(bytes, at, end)
      at = end
      if (at >= length) break
    }
    let byte = load<u8>(bytes + at)
    let kind = load<u8>(kinds + byte)
    if (kind !== SPECIAL && place <= BARE) {
      place = BARE
      do {
        form = next(form, kind)
        at += 1
        byte = load<u8>(bytes + at)
        kind = load<u8>(kinds + byte)
      } while (kind !== SPECIAL && at < length)
      if (at >= length) break
    }
    if (place === QUOTED) {
      if (byte === QUOTE) place = CLOSED
      else {
        if (byte === LF) line += 1
        form = next(form, kind === SPECIAL ? OTHER : kind)
      }
      continue
    }
    if (place === RETURN) {
      if (byte !== LF) return NOT_PLAIN
    } else if (byte === QUOTE) {
      if (place === BARE) return NOT_PLAIN
      // Two quotes within a quoted field are one of its characters.
      if (place === CLOSED) form = NO_NUMBER
      place = QUOTED
      continue
    } else if (kind !== SPECIAL) return NOT_PLAIN
    if (place !== RETURN) {
      if (place === BARE) {
        if (!isOneOf(gaps, bytes + fieldAt, at - fieldAt)) noteField(columns + found, form, at - fieldAt)
      } else if (place === CLOSED) {
        // DuckDB takes no text in quotes for a gap.
        if (isWhole(form) && isOneOf(gaps, bytes + fieldAt + 1, at - fieldAt - 2)) form = NO_NUMBER
        noteField(columns + found, form, at - fieldAt)
      }
      if (byte === delimiter) {
        found += 1
        if (found >= MOST_FIELDS) return NOT_PLAIN
        place = BEGIN
        form = 0
        fieldAt = at + 1
        continue
      }
      // A line without any byte is blank, which is no record.
      if (place === BEGIN && found === 0) return NOT_PLAIN
      if (byte === CR) {
        place = RETURN
        continue
      }
    }
    const end = place === RETURN ? 2 : 1
    if (lineEnd === 0) lineEnd = end
    if (wanted < 0) wanted = found
    if (lineEnd !== end || found !== wanted || at - lineAt > LONGEST_LINE) return NOT_PLAIN
    store<i32>(lines + (records << 2), first)
    records += 1
    line += 1
    first = line
    found = 0
    place = BEGIN
    form = 0
    lineAt = at + 1
    fieldAt = at + 1
  }
  if (length - lineAt > LONGEST_LINE) return NOT_PLAIN
  store<i32>(state, wanted, WANTED)
  store<i32>(state, place, PLACE)
  store<i32>(state, form, FORM)
  store<i32>(state, found, FOUND)
  store<i32>(state, length - lineAt, LINE_BYTES)
  store<i32>(state, length - fieldAt, FIELD_BYTES)
  store<i32>(state, first, FIRST_LINE)
  store<i32>(state, line, LINE)
  store<i32>(state, lineEnd, LINE_END)
  return records
}

/**
 * Whether a field is one of the texts that count as missing. It must be whole in the piece, as each is that has no line end.
 */
// @ts-ignore: decorator
@inline function isOneOf(gaps: usize, field: usize, size: i32): bool {
  return load<u8>(gaps + load<u8>(field)) !== 0 && isListed(gaps + FIRST_BYTES, field, size)
}

function isListed(gaps: usize, field: usize, size: i32): bool {
  let length = load<i32>(gaps)
  while (length !== 0 && (length !== size || memory.compare(gaps + 4, field, size) !== 0)) {
    gaps += 4 + length
    length = load<i32>(gaps)
  }
  return length !== 0
}

/** Notes what a field that is no gap is. @param column address of what its column has */
// @ts-ignore: decorator
@inline function noteField(column: usize, form: i32, size: i32): void {
  const isNumber = isWhole(form) && size <= LONGEST_NUMBER
  store<u8>(column, load<u8>(column) | (isNumber ? HAS_NUMBER : HAS_OTHER))
}

/** Whether a number may end in this form. */
// @ts-ignore: decorator
@inline function isWhole(form: i32): bool {
  return ((1 << (form >> 3)) & 0b1100101100) !== 0
}

/** Returns the form of a number after one more character. */
// @ts-ignore: decorator
@inline function next(form: i32, kind: u8): i32 {
  return load<u8>(NEXT + form + kind)
}

/** Returns the index of the next quote; `length` or more if there is none. */
// @ts-ignore: decorator
@inline function endOfQuoted(bytes: usize, from: i32, length: i32): i32 {
  for (let at = from; at < length; at += 16) {
    const quotes = i8x16.bitmask(i8x16.eq(v128.load(bytes + at), i8x16.splat(QUOTE)))
    if (quotes !== 0) return min(at + <i32>ctz(quotes), length)
  }
  return length
}

// @ts-ignore: decorator
@inline function countLineFeeds(bytes: usize, from: i32, end: i32): i32 {
  let count = 0
  let at = from
  for (; at + 16 <= end; at += 16)
    count += popcnt(i8x16.bitmask(i8x16.eq(v128.load(bytes + at), i8x16.splat(LF))))
  for (; at < end; at++) if (load<u8>(bytes + at) === LF) count += 1
  return count
}

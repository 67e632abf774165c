import type { Steps } from '../../runtime/steps.ts'
import { BACKSLASH, COLON, EQUALS, QUOTE } from './words/character-codes.ts'

/** Texts of a JSON file that were left as bytes, by the placeholder for each in the parsed value. */
export type LongTexts = ReadonlyMap<string, Buffer>

/** The value for states whose texts have all been parsed. */
export const NO_LONG_TEXTS: LongTexts = new Map()

/** Bytes above which a text is long, and size of the pieces in which it is read. */
const LONG = 65_536
/** An escaped line feed, as JSON has it. */
const LINE_FEED = Buffer.from('\\n')
/** Number of texts that are passed over in one step. */
const TEXTS = 1024
/** Number of numbers that are checked in one step. */
const NUMBERS = 65_536
/** Largest packed number. Sums and products of larger ones are infinite as 32-bit floats; those of a training are far smaller. */
const LARGEST_NUMBER = 1e30

/**
 * Parses JSON in steps, and leaves the long texts of some keys as bytes. These texts are most of the file, and parsing
 * them with the rest would block the event loop.
 * @param keys keys whose long texts are left as bytes
 * @throws SyntaxError if it is not JSON; the content of long texts is not checked yet
 */
export function* parseInSteps(
  file: Uint8Array,
  keys: ReadonlySet<string>,
): Steps<{ value: unknown; texts: LongTexts }> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const texts = new Map<string, Buffer>()
  let json = ''
  let copied = 0
  let key = ''
  let keyEnd = -1
  let count = 0
  for (let start = bytes.indexOf(QUOTE); start >= 0; count++) {
    const end = endOfText(bytes, start + 1)
    if (end < 0) break
    if (end - start > LONG && keyEnd >= 0 && isColon(bytes, keyEnd + 1, start) && keys.has(key)) {
      // No short text of these keys begins with this character.
      const name = `\u0000${texts.size}`
      texts.set(name, bytes.subarray(start + 1, end))
      json += bytes.toString('utf8', copied, start) + JSON.stringify(name)
      copied = end + 1
    }
    key = end - start > 64 ? '' : bytes.toString('utf8', start + 1, end)
    keyEnd = end
    start = bytes.indexOf(QUOTE, end + 1)
    if (count % TEXTS === 0) yield
  }
  return { value: JSON.parse(json + bytes.toString('utf8', copied)), texts }
}

/** Returns the position of the quote that ends a text, or −1. */
function endOfText(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(QUOTE, start); at >= 0; at = bytes.indexOf(QUOTE, at + 1))
    if (!isEscaped(bytes, at, start)) return at
  return -1
}

/** Returns whether a byte is escaped: an odd number of backslashes stands before it. */
function isEscaped(bytes: Buffer, at: number, start: number): boolean {
  let before = at
  while (before > start && bytes[before - 1] === BACKSLASH) before -= 1
  return (at - before) % 2 === 1
}

function isColon(bytes: Buffer, from: number, to: number): boolean {
  let colons = 0
  for (let at = from; at < to; at++) {
    if (bytes[at] === COLON) colons += 1
    else if (![0x20, 0x09, 0x0a, 0x0d].includes(bytes[at] ?? 0)) return false
  }
  return colons === 1
}

/**
 * Yields a text in pieces of whole lines, without the line feeds between pieces.
 * @throws SyntaxError if a long text is not JSON
 */
export function* linesOf(text: string, texts: LongTexts): Generator<string, void, void> {
  const bytes = texts.get(text)
  if (!bytes) {
    yield text
    return
  }
  for (let start = 0; start <= bytes.length; ) {
    const end = nextLineEnd(bytes, start, start + LONG)
    yield JSON.parse(`"${bytes.toString('utf8', start, end)}"`)
    start = end + LINE_FEED.length
  }
}

/** Returns the position of the first line feed at or after `from`, or the end. */
function nextLineEnd(bytes: Buffer, start: number, from: number): number {
  for (let at = bytes.indexOf(LINE_FEED, from); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1))
    if (!isEscaped(bytes, at, start)) return at
  return bytes.length
}

/**
 * Returns the numbers of a packed text. @throws RangeError if it does not hold exactly `length` numbers, none of them too large to
 * be added up
 */
export function* unpacked(text: string, length: number, texts: LongTexts): Steps<Float32Array> {
  const values = new Float32Array(length)
  yield* decode(text, Buffer.from(values.buffer), texts)
  for (let start = 0; start < length; start += NUMBERS) {
    if (!values.subarray(start, start + NUMBERS).every((value) => Math.abs(value) <= LARGEST_NUMBER))
      throw new RangeError('packed numbers that are not finite, or too large')
    yield
  }
  return values
}

/** Returns the small numbers of a packed text, of a byte each. @throws RangeError if it does not hold exactly `length` */
export function* unpackedSmall(text: string, length: number, texts: LongTexts): Steps<Int8Array> {
  const values = new Int8Array(length)
  yield* decode(text, Buffer.from(values.buffer), texts)
  return values
}

/** Writes what a text has in base64. @throws RangeError if it is not exactly as long as `bytes` */
function* decode(text: string, bytes: Buffer, texts: LongTexts): Steps<void> {
  const kept = texts.get(text) ?? Buffer.from(text, 'latin1')
  const padding = kept[kept.length - 1] === EQUALS ? (kept[kept.length - 2] === EQUALS ? 2 : 1) : 0
  if (kept.length % 4 !== 0 || (kept.length / 4) * 3 - padding !== bytes.length) throw wrongLength()
  let written = 0
  for (let start = 0; start < kept.length; start += LONG) {
    written += bytes.write(
      kept.toString('latin1', start, Math.min(kept.length, start + LONG)),
      written,
      'base64',
    )
    yield
  }
  if (written !== bytes.length) throw wrongLength()
}

function wrongLength(): RangeError {
  return new RangeError('packed numbers of another length')
}

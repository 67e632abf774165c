import { endOfJsonText, JsonText } from '../../models/encoders/words/json-text.ts'
import type { SingleRow } from './single-row.ts'

// Codes of the ASCII characters that the grammar of JSON is made of.
const QUOTE = 34
const COLON = 58
const COMMA = 44
const OPEN = 123
const CLOSE = 125
const ZERO = 48
const NINE = 57
const SPACE = 32
const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const TAB = 9
/** Limit on the digits of a version: numbers of up to 15 digits are exact. */
const MAX_DIGITS = 15
const KEYS = (['text', 'model', 'version'] as const).map((name) => ({
  name,
  bytes: Buffer.from(`"${name}"`),
}))
/** The member of a `SingleRow` that each key sets. */
const VALUES = { text: 'row', model: 'model', version: 'version' } as const

/**
 * Reads the most frequent body from its bytes: an object with one `text`, optionally `model` and `version`, each at
 * most once and of the characters that a `JsonText` may have. Undefined for anything else, which a JSON parser then
 * reads.
 */
export function readPlainBody(bytes: Buffer, start: number, end: number): SingleRow | undefined {
  let at = skipSpace(bytes, start, end)
  if (bytes[at] !== OPEN) return undefined
  const body: SingleRow = { model: undefined, version: undefined, form: 'text', row: undefined }
  do {
    at = skipSpace(bytes, at + 1, end)
    const key = KEYS.find((each) => startsWith(bytes, at, each.bytes))
    if (!key) return undefined
    at = skipSpace(bytes, at + key.bytes.length, end)
    if (bytes[at] !== COLON) return undefined
    const from = skipSpace(bytes, at + 1, end)
    const isText = bytes[from] === QUOTE
    const to = isText ? endOfJsonText(bytes, from + 1, end) : endOfNumber(bytes, from)
    if (to < 0 || !set(body, key.name, bytes, from, to)) return undefined
    at = skipSpace(bytes, isText ? to + 1 : to, end)
  } while (at < end && bytes[at] === COMMA)
  if (at >= end || bytes[at] !== CLOSE || body.row === undefined) return undefined
  return skipSpace(bytes, at + 1, end) === end ? body : undefined
}

/**
 * Sets one field of the body. @param from where the value begins, with its quote. @returns false: the value does not
 * suit the key
 */
function set(body: SingleRow, key: keyof typeof VALUES, bytes: Buffer, from: number, to: number): boolean {
  if (body[VALUES[key]] !== undefined) return false
  const isText = bytes[from] === QUOTE
  if (key === 'text') {
    if (isText) body.row = new JsonText(bytes, from + 1, to)
    return isText
  }
  const value = bytes.toString('utf8', isText ? from + 1 : from, to)
  if (value.includes('\\') || (key === 'model' && !isText)) return false
  if (key === 'model') body.model = value
  else body.version = isText ? value : Number(value)
  return true
}

/** Returns the index behind the positive integer at `start`; −1 if none is there. */
function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = start
  while (isDigit(bytes[at])) at += 1
  return at === start || bytes[start] === ZERO || at - start > MAX_DIGITS ? -1 : at
}

function isDigit(code = 0): boolean {
  return code >= ZERO && code <= NINE
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  for (; at < end; at++) {
    const code = bytes[at]
    if (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB) break
  }
  return at
}

function startsWith(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index++) if (bytes[at + index] !== wanted[index]) return false
  return true
}

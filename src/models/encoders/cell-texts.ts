import { PLACEHOLDERS, ZERO_DATE } from '../../recipe/index.ts'

/*
 * Clients send values as they stand in a CSV file: "3.5" for a number, "TRUE" for a boolean. These functions read them by
 * the rules by which the file was read (src/datasets/reader/forms.ts). They return null for a missing value and undefined
 * for a text that is no value of the type.
 */

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const COMMA_NUMBER = /^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$/
/** A comma that may as well separate thousands. */
const UNCLEAR_NUMBER = /^[+-]?[1-9]\d{0,2},\d{3}$/
/** Characters of a number in a text, at most: a longer text is none. */
const MAX_LENGTH = 100
const MISSING: ReadonlySet<string> = new Set(['', ...PLACEHOLDERS])

/** Returns the number that a text is. */
export function numberOfText(text: string): number | null | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const plain = trimmed(text)
  if (NUMBER.test(plain)) return finite(plain)
  if (COMMA_NUMBER.test(plain) && !UNCLEAR_NUMBER.test(plain)) return finite(plain.replace(',', '.'))
  return MISSING.has(plain.toLowerCase()) ? null : undefined
}

/** Returns the boolean that a text is. */
export function booleanOfText(text: string): boolean | null | undefined {
  if (text.length > MAX_LENGTH) return undefined
  const plain = trimmed(text).toLowerCase()
  if (plain === 'true') return true
  if (plain === 'false') return false
  return MISSING.has(plain) ? null : undefined
}

const ZERO = new RegExp(`^${ZERO_DATE}$`)

/** Returns whether a text stands for a missing date. */
export function isMissingDate(text: string): boolean {
  if (text.length > MAX_LENGTH) return false
  const plain = trimmed(text).toLowerCase()
  return MISSING.has(plain) || ZERO.test(plain.toUpperCase())
}

/** Returns whether a text has no characters but spaces and tabs, and so is no category. */
export function isEmptyText(text: string): boolean {
  return /^[ \t]*$/.test(text)
}

function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}

function finite(text: string): number | undefined {
  const number = Number(text)
  return Number.isFinite(number) ? number : undefined
}

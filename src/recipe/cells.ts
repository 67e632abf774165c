import { inNfc } from '../normal-form.ts'
import type { CellRules } from './cell-rules.ts'
import { LONGEST_NUMBER_TEXT, readNumberText } from './number-text.ts'
import { PLACEHOLDERS } from './placeholders.ts'
import type { ColumnType } from './table.ts'

/** Words for true and false, in small letters. Only a client that says that a column is a boolean has them read. */
const TRUE_WORDS = [
  'true',
  'yes',
  'y',
  't',
  'on',
  '1',
  'ja',
  'j',
  'oui',
  'o',
  'si',
  'sí',
  'sì',
  'sim',
  's',
  'da',
  'да',
  'tak',
  'evet',
  '예',
  '네',
  'はい',
  '是',
]
const FALSE_WORDS = [
  'false',
  'no',
  'n',
  'f',
  'off',
  '0',
  'nein',
  'non',
  'não',
  'nee',
  'nej',
  'nie',
  'нет',
  'hayır',
  '아니오',
  '아니요',
  'いいえ',
  '否',
]
const BOOLEAN_WORDS: ReadonlyMap<string, boolean> = new Map([
  ...TRUE_WORDS.map((word) => [word, true] as const),
  ...FALSE_WORDS.map((word) => [word, false] as const),
])
const NO_UNIT: readonly string[] = ['']
const MISSING: ReadonlySet<string> = new Set(['', ...PLACEHOLDERS])

/**
 * Returns the number that a text is by the rules of its column; undefined for a text that is none, or of a unit that the
 * column does not have.
 */
export function numberOfCell(text: string, rules: CellRules): number | undefined {
  const read = readNumberText(text)
  if (!read) return undefined
  if (!(rules.units ?? NO_UNIT).includes(read.unit)) return undefined
  if (read.separators === 'eitherComma' && rules.decimal === undefined) return undefined
  const value = read.value(rules.decimal ?? '.')
  return Number.isFinite(value) ? value : undefined
}

/** Returns the boolean that a word is; undefined for any other text. */
export function booleanOfWord(text: string): boolean | undefined {
  return text.length > LONGEST_NUMBER_TEXT ? undefined : BOOLEAN_WORDS.get(inNfc(text.trim()).toLowerCase())
}

/** Returns a function that tells whether a text counts as missing because the client has said so. */
export function missingTexts(texts: readonly string[]): (text: string) => boolean {
  const { forms, longest } = missingForms(texts)
  const known = new Set(forms)
  return (text) => text.length <= longest && known.has(missingForm(text))
}

/**
 * Returns the forms in which texts are compared with those that count as missing, and the characters of the longest text that
 * is.
 */
export function missingForms(texts: readonly string[]): { forms: string[]; longest: number } {
  const longest = Math.max(0, ...texts.map((text) => text.length))
  // Spaces around a text and other normal forms may make it longer.
  return { forms: [...new Set(texts.map(missingForm))], longest: 2 * longest + LONGEST_NUMBER_TEXT }
}

function missingForm(text: string): string {
  return inNfc(text.trim()).toLowerCase()
}

/**
 * Returns a function that reads a value which a client sent as it stands in the file: the number or boolean of a text, null
 * for a missing one. Whatever it cannot read it returns as it is.
 */
export function cellReader(type: ColumnType, rules: CellRules): (sent: unknown) => unknown {
  const isMissing = missingTexts(rules.missing ?? [])
  const read = READERS[type]
  return (sent) => {
    if (typeof sent === 'string') return isMissing(sent) ? null : read(sent, rules)
    if (typeof sent === 'number' || typeof sent === 'boolean') return isMissing(String(sent)) ? null : sent
    return sent
  }
}

const READERS: Record<ColumnType, (text: string, rules: CellRules) => unknown> = {
  number: (text, rules) => {
    const value = numberOfCell(text, rules)
    if (value !== undefined) return value
    return text.length <= LONGEST_NUMBER_TEXT && MISSING.has(text.trim().toLowerCase()) ? null : text
  },
  boolean: (text, { words }) => (words ? (booleanOfWord(text) ?? text) : text),
  category: (text) => text,
  list: (text) => text,
  // The form of its column reads it (models/encoders/date.ts).
  date: (text) => text,
  datetime: (text) => text,
  text: (text) => text,
}

import { decodeHTMLStrict } from 'entities/decode'
import { inNfc } from '../../../normal-form.ts'
import type { UnicodeForm } from '../../../recipe/index.ts'
import { AMPERSAND, BACKSLASH, GREATER, LESS, NUMBER_SIGN, SEMICOLON, SLASH } from './character-codes.ts'
import { inCompatibleForm, withoutCase } from './compatible.ts'

/** Options for reading the characters of a text. */
export interface ScanOptions {
  /** True if letters are lowercased. */
  lowercase: boolean
  /** True if tags are left out and entities (`&amp;`) are replaced by their characters. */
  stripHtml: boolean
  /**
   * `nfc`: characters are read in Unicode's normal form NFC, and a pictograph is a word of its own. `nfkc`: lookalikes are
   * read as what they stand for besides, and case is ignored in ß and ς too (see compatible.ts). Absent: a version of an
   * earlier release, which reads them as they come.
   */
  unicode?: UnicodeForm | undefined
  /**
   * `html5`: every entity of HTML 5 that ends with a semicolon is read, by name or by number (`&eacute;`, `&#233;`,
   * `&#xE9;`). Absent: a version of an earlier release, which reads only those of `ENTITIES`.
   */
  entities?: 'html5' | undefined
}

/**
 * Returns the rules by which a new version reads texts; each is kept in the version's encoder.
 * @param encoder of the recipe. Those of earlier releases do not say how characters beyond ASCII are read: by NFC
 */
export function rulesOfNewVersion({ unicode = 'nfc' }: { unicode?: UnicodeForm | undefined }) {
  return { unicode, entities: 'html5' as const }
}

/** A tag of HTML. */
export const TAG = /<\/?[A-Za-z][^<>]{0,1000}>/g
/** Longest tag, in characters after its first letter. A longer one is read as text. */
const LONGEST_TAG = 1000
/** The entities that every version reads. */
export const ENTITY = /&(?:amp|lt|gt|quot|apos|nbsp|#39|#34);/g
/** The entities that every version reads, and what each stands for. A scan of ASCII reads these alone. */
export const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#34;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&nbsp;': ' ',
}
/** Characters of the longest of these. */
const LONGEST_ENTITY = 6

/** A pictograph or flag, and what only varies its look or joins it to the next one. */
export const PICTOGRAPH =
  /(\p{RI}{2}|\p{Extended_Pictographic})(?:\p{Emoji_Modifier}|\ufe0e|\ufe0f|\u200d)*/gu
/** Code of the first pictograph. Those before it, such as ©, are read as punctuation, as by the kernel. */
export const FIRST_PICTOGRAPH = 0x2190

/** Returns a text with spaces around each pictograph, in the form that has no colour of skin and no joints. */
export function withPictographsApart(text: string): string {
  return text.replace(PICTOGRAPH, pictographApart)
}

/** Returns what takes the place of a match of `PICTOGRAPH`. */
export function pictographApart(found: string, pictograph: string): string {
  return (pictograph.codePointAt(0) ?? 0) < FIRST_PICTOGRAPH ? found : ` ${pictograph} `
}

/** Returns a text without tags and entities, in its normal form and in small letters, as the options say. */
export function plainText(text: string, { lowercase, stripHtml, unicode, entities }: ScanOptions): string {
  let plain = text
  if (stripHtml && plain.includes('<')) plain = plain.replace(TAG, ' ')
  if (stripHtml && plain.includes('&'))
    plain = entities ? decodeHTMLStrict(plain) : plain.replace(ENTITY, (found) => ENTITIES[found] ?? ' ')
  if (plain.includes('’')) plain = plain.replaceAll('’', "'")
  if (unicode === 'nfc') plain = inNfc(plain)
  if (unicode !== 'nfkc') return lowercase ? plain.toLowerCase() : plain
  plain = inCompatibleForm(plain)
  return lowercase ? withoutCase(plain) : plain
}

const WHITE_SPACE = /\s+/g

/** Returns the plain text in which white space of any length is one space, without any at its ends. */
export function singleSpaced(text: string, options: ScanOptions): string {
  return plainText(text, options).replace(WHITE_SPACE, ' ').trim()
}

/**
 * Returns where the tag ends that begins at `start` in ASCII: behind its `>`, or behind the `<` if it is no tag.
 * @param escaped whether a backslash and the byte behind it are one character
 */
export function tagEnd(bytes: Uint8Array, start: number, end: number, escaped: boolean): number {
  const width = (at: number) => (escaped && bytes[at] === BACKSLASH ? 2 : 1)
  let at = start + 1
  const slash = at + width(at) - 1
  if (bytes[slash] === SLASH) at = slash + 1
  if (at >= end || !isLetter(bytes[at])) return start + 1
  at += 1
  for (let passed = 0; at < end && passed <= LONGEST_TAG; passed++) {
    const code = bytes[at]
    if (code === GREATER) return at + 1
    if (code === LESS) break
    at += width(at)
  }
  return start + 1
}

function isDigit(code = 0): boolean {
  return code >= 48 && code <= 57
}

function isLetter(code = 0): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

/** Returns the entity of `ENTITIES` that begins at `start` in ASCII, if one does. */
export function entityAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  let entity = '&'
  const last = Math.min(end, start + LONGEST_ENTITY)
  for (let at = start + 1; at < last; at++) {
    entity += String.fromCharCode(bytes[at] ?? 0)
    if (bytes[at] === SEMICOLON) return Object.hasOwn(ENTITIES, entity) ? entity : undefined
  }
  return undefined
}

/** Returns whether a text in ASCII may have an entity beyond `ENTITIES`. */
export function hasOtherEntity(text: Buffer): boolean {
  for (let at = text.indexOf(AMPERSAND); at >= 0; at = text.indexOf(AMPERSAND, at + 1)) {
    const name = text[at + 1] === NUMBER_SIGN ? at + 2 : at + 1
    let end = name
    while (isLetter(text[end]) || isDigit(text[end])) end += 1
    const whole = end > name && text[end] === SEMICOLON
    if (whole && entityAt(text, at, end + 1) === undefined) return true
  }
  return false
}

import { inNfc } from '../../../normal-form.ts'
import { BACKSLASH, GREATER, LESS, SEMICOLON, SLASH } from './character-codes.ts'

/** Options for reading the characters of a text. */
export interface ScanOptions {
  /** True if letters are lowercased. */
  lowercase: boolean
  /** True if tags are left out and entities (`&amp;`) are replaced by their characters. */
  stripHtml: boolean
  /**
   * `nfc`: characters are read in Unicode's normal form NFC, and a pictograph is a word of its own. Absent: a version of
   * an earlier release, which reads them as they come.
   */
  unicode?: 'nfc' | undefined
}

const TAG = /<\/?[A-Za-z][^<>]{0,1000}>/g
/** Longest tag, in characters after its first letter. A longer one is read as text. */
const LONGEST_TAG = 1000
const ENTITY = /&(?:amp|lt|gt|quot|apos|nbsp|#39|#34);/g
/** The entities that are read, and what each stands for. Others are read as text. */
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
/** Characters of the longest entity. */
const LONGEST_ENTITY = 6

/** A pictograph or flag, and what only varies its look or joins it to the next one. */
const PICTOGRAPH = /(\p{RI}{2}|\p{Extended_Pictographic})(?:\p{Emoji_Modifier}|\ufe0e|\ufe0f|\u200d)*/gu
/** Code of the first pictograph. Those before it, such as ©, are read as punctuation, as by the kernel. */
export const FIRST_PICTOGRAPH = 0x2190

/** Returns a text with spaces around each pictograph, in the form that has no colour of skin and no joints. */
export function withPictographsApart(text: string): string {
  return text.replace(PICTOGRAPH, (found, pictograph: string) =>
    (pictograph.codePointAt(0) ?? 0) < FIRST_PICTOGRAPH ? found : ` ${pictograph} `,
  )
}

/** Returns a text without tags and entities, in its normal form and in small letters, as the options say. */
export function plainText(text: string, { lowercase, stripHtml, unicode }: ScanOptions): string {
  let plain = text
  if (stripHtml && (plain.includes('<') || plain.includes('&')))
    plain = plain.replace(TAG, ' ').replace(ENTITY, (entity) => ENTITIES[entity] ?? ' ')
  if (plain.includes('’')) plain = plain.replaceAll('’', "'")
  if (unicode === 'nfc') plain = inNfc(plain)
  return lowercase ? plain.toLowerCase() : plain
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

function isLetter(code = 0): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

/** Returns the entity that begins at `start` in ASCII, if one does. */
export function entityAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  let entity = '&'
  const last = Math.min(end, start + LONGEST_ENTITY)
  for (let at = start + 1; at < last; at++) {
    entity += String.fromCharCode(bytes[at] ?? 0)
    if (bytes[at] === SEMICOLON) return Object.hasOwn(ENTITIES, entity) ? entity : undefined
  }
  return undefined
}

import { isAscii } from 'node:buffer'
import { FNV_PRIME, FNV_START } from '../../../fnv1a.ts'
import { AMPERSAND, APOSTROPHE, BACKSLASH, LESS } from './character-codes.ts'
import {
  ENTITIES,
  entityAt,
  FIRST_PICTOGRAPH,
  hasOtherEntity,
  plainText,
  type ScanOptions,
  tagEnd,
  withPictographsApart,
} from './html.ts'
import { JsonText } from './json-text.ts'

const LETTER_MARK_OR_NUMBER = /[\p{L}\p{M}\p{N}_]/u
/** Codes of the largest buffer that is kept from one text to the next. */
const LONGEST_KEPT = 65_536

const PICTOGRAPH = /\p{Extended_Pictographic}/u
const PART_OF_WORD = 1
const OTHER = 2
const PICTURE = 3

/** Kind of each character of the Basic Multilingual Plane; 0 if it was not looked up yet. */
const kinds = new Uint8Array(65_536)

/** @param pictures true if a pictograph counts too */
function isWordCharacter(code: number, pictures = false): boolean {
  let kind = kinds[code]
  if (kind === 0) {
    kind = kindOf(code)
    kinds[code] = kind
  }
  return kind === PART_OF_WORD || (pictures && kind === PICTURE)
}

function kindOf(code: number): number {
  const character = String.fromCharCode(code)
  // Halves of surrogate pairs count as letters: most are rare ideographs, and no pair is torn apart.
  const surrogate = code >= 0xd800 && code <= 0xdfff
  if (surrogate || LETTER_MARK_OR_NUMBER.test(character)) return PART_OF_WORD
  return code >= FIRST_PICTOGRAPH && PICTOGRAPH.test(character) ? PICTURE : OTHER
}

/** Returns for each byte the code that stands for it in a word; 0 if it ends a word. */
const byteTable = (lowercase: boolean) =>
  Uint8Array.from({ length: 256 }, (_, code) => {
    if (code >= 128 || !isWordCharacter(code)) return 0
    return lowercase && code >= 65 && code <= 90 ? code + 32 : code
  })
const LOWER = byteTable(true)
const AS_IT_IS = byteTable(false)

/**
 * Finds the words of a text in one scan over its character codes, which copies and hashes them as it goes: no
 * part of the text becomes a string of its own.
 *
 * A word is a run of Unicode letters, marks and numbers, an apostrophe between them included (`don't`), or a
 * pictograph (see `ScanOptions`). Text outside of ASCII is brought to its plain form first and then read in the same way.
 */
export class WordScanner {
  /** The word that was found: UTF-16 codes 0 to `length` − 1. */
  word = new Uint16Array(256)
  /** Number of its codes. */
  length = 0
  /** FNV-1a of its codes. */
  hash = FNV_START
  /** Position behind the word, in a text given to `scanPlain`. */
  end = 0
  /** The characters of an ASCII text: an array's numbers are read faster than a string's characters. */
  #bytes = Buffer.alloc(4096)
  readonly #options: ScanOptions
  readonly #onWord: () => void

  constructor(options: ScanOptions, onWord: () => void) {
    this.#options = options
    this.#onWord = onWord
  }

  /** Calls back with each word in turn. */
  scan(text: string | JsonText): void {
    const length = text instanceof JsonText ? text.end - text.start : text.length
    if (length > this.word.length) this.word = new Uint16Array(length * 2)
    if (text instanceof JsonText) {
      const { bytes, start, end } = text
      const own = bytes.subarray(start, end)
      if (isAscii(own) && !this.#decodes(own)) this.#scanAscii(bytes, start, end, true)
      else this.#scanAny(String(text))
    }
    // Only ASCII has a byte for each character.
    else if (Buffer.byteLength(text) !== length) this.#scanAny(text)
    else {
      if (length >= this.#bytes.length) this.#bytes = Buffer.alloc(length * 2 + 1)
      this.#bytes.write(text, 'latin1')
      // Ends the last word.
      this.#bytes[length] = 0
      if (this.#decodes(this.#bytes.subarray(0, length))) this.#scanAny(text)
      else this.#scanAscii(this.#bytes, 0, length, false)
    }
    // One long text must not hold memory for ever.
    if (this.word.length > LONGEST_KEPT) this.word = new Uint16Array(LONGEST_KEPT)
    if (this.#bytes.length > LONGEST_KEPT) this.#bytes = Buffer.alloc(LONGEST_KEPT)
  }

  /** Returns whether a text in ASCII may have entities that a scan of ASCII cannot read. */
  #decodes(text: Buffer): boolean {
    const { stripHtml, entities } = this.#options
    return stripHtml && entities !== undefined && hasOtherEntity(text)
  }

  /**
   * @param end index of a byte that is no letter @param escaped whether a backslash and the next byte are one character
   */
  #scanAscii(bytes: Uint8Array, start: number, end: number, escaped: boolean): void {
    const { word } = this
    const table = this.#options.lowercase ? LOWER : AS_IT_IS
    for (let at = start; at < end; ) {
      const code = bytes[at] as number
      let letter = table[code] as number
      if (letter === 0) {
        const mark = code === BACKSLASH || code === LESS || code === AMPERSAND
        at = mark ? this.#markEnd(bytes, at, end, escaped) : at + 1
        continue
      }
      let length = 0
      let hash = FNV_START
      for (;;) {
        // Most characters are passed in here.
        do {
          word[length++] = letter
          hash = Math.imul(hash ^ letter, FNV_PRIME)
          letter = table[bytes[++at] as number] as number
        } while (letter !== 0)
        const after = bytes[at] as number
        if (after !== APOSTROPHE && after !== AMPERSAND) break
        // An apostrophe belongs to the word if a letter comes next.
        const next = this.#apostropheEnd(bytes, at, end)
        letter = next === at ? 0 : (table[bytes[next] as number] as number)
        if (letter === 0) break
        word[length++] = APOSTROPHE
        hash = Math.imul(hash ^ APOSTROPHE, FNV_PRIME)
        at = next
      }
      this.#found(length, hash)
    }
  }

  /** Returns where the escape, tag or entity at `at` ends; the next byte if it is none of them. */
  #markEnd(bytes: Uint8Array, at: number, end: number, escaped: boolean): number {
    if (bytes[at] === BACKSLASH) return escaped ? at + 2 : at + 1
    if (!this.#options.stripHtml) return at + 1
    if (bytes[at] === LESS) return tagEnd(bytes, at, end, escaped)
    return at + (entityAt(bytes, at, end)?.length ?? 1)
  }

  /** Returns where the apostrophe at `at` ends; `at` if it is none. */
  #apostropheEnd(bytes: Uint8Array, at: number, end: number): number {
    if (bytes[at] === APOSTROPHE) return at + 1
    const entity = this.#options.stripHtml ? entityAt(bytes, at, end) : undefined
    return entity !== undefined && ENTITIES[entity] === "'" ? at + entity.length : at
  }

  #scanAny(source: string): void {
    const plain = plainText(source, this.#options)
    this.scanPlain(this.#options.unicode ? withPictographsApart(plain) : plain)
  }

  /** Calls back with each word of a text that is in its plain form, its pictographs apart. */
  scanPlain(text: string): void {
    const pictures = this.#options.unicode !== undefined
    if (text.length > this.word.length) this.word = new Uint16Array(text.length * 2)
    const { word } = this
    let length = 0
    let hash = FNV_START
    let apostrophe = false
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (isWordCharacter(code, pictures)) {
        if (apostrophe) {
          word[length++] = APOSTROPHE
          hash = Math.imul(hash ^ APOSTROPHE, FNV_PRIME)
          apostrophe = false
        }
        word[length++] = code
        hash = Math.imul(hash ^ code, FNV_PRIME)
      } else if (length > 0) {
        if (code === APOSTROPHE && !apostrophe) apostrophe = true
        else {
          this.end = apostrophe ? at - 1 : at
          this.#found(length, hash)
          length = 0
          hash = FNV_START
          apostrophe = false
        }
      }
    }
    if (length === 0) return
    this.end = apostrophe ? text.length - 1 : text.length
    this.#found(length, hash)
  }

  #found(length: number, hash: number): void {
    this.length = length
    this.hash = hash
    this.#onWord()
  }
}

/** Returns the hash that the scanner gives for a word's codes. */
export function hashOf(codes: Uint16Array, length: number): number {
  let hash = FNV_START
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ (codes[at] ?? 0), FNV_PRIME)
  return hash
}

/** Which characters of a text are read, and how. */
export interface ScanOptions {
  lowercase: boolean
  /** Whether tags are left out and entities (`&amp;`) read as what they stand for. */
  stripHtml: boolean
}

const [APOSTROPHE, AMPERSAND, LESS, GREATER, SLASH] = [39, 38, 60, 62, 47]
const LETTER_MARK_OR_NUMBER = /[\p{L}\p{M}\p{N}_]/u
const TAG = /<\/?[A-Za-z][^<>]{0,1000}>/g
/** Characters of a tag after its first letter; a longer one is text. */
const LONGEST_TAG = 1000
const ENTITY = /&(?:amp|lt|gt|quot|apos|nbsp|#39|#34);/g
const ENTITIES: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#34;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&nbsp;': ' ',
}
const LONGEST_ENTITY = 6
/** Codes of the buffer that is kept from text to text. */
const LONGEST_KEPT = 65_536

/** For each character of the Basic Multilingual Plane: 0 not looked up yet, 1 part of a word, 2 not. */
const wordCharacters = new Uint8Array(65_536)

function isWordCharacter(code: number): boolean {
  let kind = wordCharacters[code]
  if (kind === 0) {
    // Halves of surrogate pairs count as letters: most are rare ideographs, and no pair is torn apart.
    const surrogate = code >= 0xd800 && code <= 0xdfff
    kind = surrogate || LETTER_MARK_OR_NUMBER.test(String.fromCharCode(code)) ? 1 : 2
    wordCharacters[code] = kind
  }
  return kind === 1
}

/** For each ASCII character what stands for it in a word; 0 where it ends one. */
const asciiTable = (lowercase: boolean) =>
  Uint8Array.from({ length: 128 }, (_, code) => {
    if (!isWordCharacter(code)) return 0
    return lowercase && code >= 65 && code <= 90 ? code + 32 : code
  })
const ASCII_LOWER = asciiTable(true)
const ASCII = asciiTable(false)

const HASH_START = 0x811c9dc5 | 0
const HASH_PRIME = 0x01000193

/**
 * Finds the words of a text in one scan over its character codes, which copies and hashes them as it goes: no
 * part of the text becomes a string of its own.
 *
 * A word is a run of Unicode letters, marks and numbers, an apostrophe between them included (`don't`). Text
 * outside of ASCII is brought to its plain form first and then read in the same way.
 */
export class WordScanner {
  /** The word that was found: UTF-16 codes 0 to `length` − 1. */
  word = new Uint16Array(256)
  length = 0
  hash = HASH_START
  /** An ASCII text's characters: numbers in an array are read faster than characters of a string. */
  #bytes = Buffer.alloc(4096)
  readonly #options: ScanOptions
  readonly #onWord: () => void

  constructor(options: ScanOptions, onWord: () => void) {
    this.#options = options
    this.#onWord = onWord
  }

  /** Calls back with each word in turn. */
  scan(text: string): void {
    if (text.length > this.word.length) this.word = new Uint16Array(text.length * 2)
    // Only ASCII has a byte for each character.
    if (Buffer.byteLength(text) === text.length) this.#scanAscii(text)
    else this.#scanPlain(plainText(text, this.#options))
    // One long text does not hold memory for ever.
    if (this.word.length > LONGEST_KEPT) this.word = new Uint16Array(LONGEST_KEPT)
    if (this.#bytes.length > LONGEST_KEPT) this.#bytes = Buffer.alloc(LONGEST_KEPT)
  }

  #scanAscii(text: string): void {
    if (text.length >= this.#bytes.length) this.#bytes = Buffer.alloc(text.length * 2 + 1)
    this.#bytes.write(text, 'latin1')
    const { word } = this
    const bytes = this.#bytes
    const end = text.length
    // Ends the last word.
    bytes[end] = 0
    const { stripHtml } = this.#options
    const table = this.#options.lowercase ? ASCII_LOWER : ASCII
    let length = 0
    let hash = HASH_START
    let apostrophe = false
    for (let at = 0; at < end; at++) {
      let code = bytes[at] as number
      let letter = table[code] as number
      if (letter !== 0) {
        if (apostrophe) {
          word[length++] = APOSTROPHE
          hash = Math.imul(hash ^ APOSTROPHE, HASH_PRIME)
          apostrophe = false
        }
        // Most characters are passed in here.
        do {
          word[length++] = letter
          hash = Math.imul(hash ^ letter, HASH_PRIME)
          code = bytes[++at] as number
          letter = table[code] as number
        } while (letter !== 0)
        if (at === end) break
      }
      if (stripHtml) {
        if (code === LESS) at = tagEnd(text, at)
        else if (code === AMPERSAND) {
          const entity = entityAt(text, at)
          if (entity !== undefined) {
            at += entity.length - 1
            code = ENTITIES[entity]?.charCodeAt(0) ?? code
          }
        }
      }
      if (length === 0) continue
      // An apostrophe belongs to the word if a letter comes next.
      if (code === APOSTROPHE && !apostrophe) apostrophe = true
      else {
        this.#found(length, hash)
        length = 0
        hash = HASH_START
        apostrophe = false
      }
    }
    if (length > 0) this.#found(length, hash)
  }

  #scanPlain(text: string): void {
    if (text.length > this.word.length) this.word = new Uint16Array(text.length * 2)
    const { word } = this
    let [length, hash, apostrophe] = [0, HASH_START, false]
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (isWordCharacter(code)) {
        if (apostrophe) {
          word[length++] = APOSTROPHE
          hash = Math.imul(hash ^ APOSTROPHE, HASH_PRIME)
          apostrophe = false
        }
        word[length++] = code
        hash = Math.imul(hash ^ code, HASH_PRIME)
      } else if (length > 0) {
        if (code === APOSTROPHE && !apostrophe) apostrophe = true
        else {
          this.#found(length, hash)
          length = 0
          hash = HASH_START
          apostrophe = false
        }
      }
    }
    if (length > 0) this.#found(length, hash)
  }

  #found(length: number, hash: number): void {
    this.length = length
    this.hash = hash
    this.#onWord()
  }
}

/** The hash that the scanner gives for a word's codes. */
export function hashOf(codes: Uint16Array, length: number): number {
  let hash = HASH_START
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ (codes[at] ?? 0), HASH_PRIME)
  return hash
}

/** A text without tags and entities and in small letters, as far as the options say. */
export function plainText(text: string, { lowercase, stripHtml }: ScanOptions): string {
  let plain = text
  if (stripHtml && (plain.includes('<') || plain.includes('&')))
    plain = plain.replace(TAG, ' ').replace(ENTITY, (entity) => ENTITIES[entity] ?? ' ')
  if (plain.includes('’')) plain = plain.replaceAll('’', "'")
  return lowercase ? plain.toLowerCase() : plain
}

/** The position of the `>` of a tag that begins at `start`, or `start` where none does. */
function tagEnd(text: string, start: number): number {
  let at = start + 1
  if (text.charCodeAt(at) === SLASH) at += 1
  if (!isLetter(text.charCodeAt(at))) return start
  const last = Math.min(text.length - 1, at + 1 + LONGEST_TAG)
  for (at += 1; at <= last; at++) {
    const code = text.charCodeAt(at)
    if (code === GREATER) return at
    if (code === LESS) return start
  }
  return start
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}

function entityAt(text: string, start: number): string | undefined {
  const end = text.indexOf(';', start)
  if (end < 0 || end - start >= LONGEST_ENTITY) return undefined
  const entity = text.slice(start, end + 1)
  return Object.hasOwn(ENTITIES, entity) ? entity : undefined
}

// The plain way of reading texts, with strings and regular expressions: what the fast one is compared with.

/** The parts of a text that become terms: words or characters, and how many of them in a row. */
export interface TokenizerOptions {
  analyzer: 'word' | 'char' | 'charAcross'
  /** Shortest and longest n-gram. */
  ngrams: readonly [number, number]
  lowercase: boolean
  stripHtml: boolean
  unicode?: 'nfc' | 'nfkc' | undefined
  entities?: 'html5' | undefined
}

type PlainOptions = Pick<TokenizerOptions, 'lowercase' | 'stripHtml' | 'unicode' | 'entities'>

const APOSTROPHE = 39
const LETTER_MARK_OR_NUMBER = /[\p{L}\p{M}\p{N}_]/u
const PICTURE = /((?:[🇦-🇿]{2}|(?![©®‼⁉™ℹ])\p{Extended_Pictographic}))(?:[🏻-🏿]|\ufe0e|\ufe0f|\u200d)*/u
/** Characters that stay although NFKC has others: spaces, accents, fractions, pictographs, punctuation, rare letters. */
const STAYING =
  String.raw`\u00a0\u00a8\u00af\u00b4\u00b8\u00bc-\u00be\u02d8-\u02dd\u037a\u0384-\u0385\u0e33\u0eb3\u0edc-\u0edd` +
  String.raw`\u0f0c\u0f77-\u0f79\u1fbd-\u1fc1\u1fcd-\u1fcf\u1fdd-\u1fdf\u1fed-\u1fee\u1ffd-\u200a\u2011\u2017` +
  String.raw`\u2024-\u2026\u202f\u2033-\u2037\u203c-\u203e\u2047-\u2049\u2057\u205f\u2120\u2122\u2150-\u215f` +
  String.raw`\u2189\u222c-\u2230\u24c2\u2a0c\u2a74-\u2a76\u2c7c-\u2c7d\u2d6f\u3000\u3036\u309b-\u309c` +
  String.raw`\u3131-\u318e\u3192-\u319f\u3260-\u327e\u3297\u3299\ua69c-\ua69d\ua770\ua7f1-\ua7f4\ua7f8-\ua7f9` +
  String.raw`\uab5c-\uab5f\uab69\ufc5e-\ufc63\ufdfa-\ufdfb\ufe10-\ufe19\ufe30-\ufe44\ufe47-\ufe6b\ufe70\ufe72` +
  String.raw`\ufe74\ufe76\ufe78\ufe7a\ufe7c\ufe7e\uffa0-\uffbe\uffc2-\uffc7\uffca-\uffcf\uffd2-\uffd7` +
  String.raw`\uffda-\uffdc\uffe3\uffe8-\uffee\u{10781}-\u{107ba}\u{1ccd6}-\u{1ccf9}\u{1e030}-\u{1e06d}` +
  String.raw`\u{1ee00}-\u{1ee24}\u{1ee27}-\u{1ee3b}\u{1ee42}\u{1ee47}-\u{1ee54}\u{1ee57}-\u{1ee64}` +
  String.raw`\u{1ee67}-\u{1ee9b}\u{1eea1}-\u{1eebb}\u{1f16a}-\u{1f16c}\u{1f190}\u{1f200}-\u{1f202}` +
  String.raw`\u{1f210}-\u{1f23b}\u{1f240}-\u{1f248}\u{1f250}-\u{1f251}`
const KEPT = new RegExp(`[${STAYING}]`, 'u')
const TAG = /<\/?[A-Za-z][^<>]{0,1000}>/g
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
const ANY_ENTITY = /&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z0-9]+);/g
/** The other names that tests use. */
const NAMED: Record<string, string> = { '&AMP;': '&', '&eacute;': 'é', '&hellip;': '…', '&rsquo;': '’' }

function characterOf(entity: string): string {
  const code = entity.startsWith('&#') ? Number(`0${entity.slice(2, -1)}`) : Number.NaN
  return ENTITIES[entity] ?? NAMED[entity] ?? (Number.isNaN(code) ? entity : String.fromCodePoint(code))
}

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

/**
 * Calls back with every term of a text, in order, repeats included.
 *
 * A word is a run of Unicode letters, marks and numbers, an apostrophe between them included (`don't`).
 * Word n-grams are joined by a space. Character n-grams stay within a word with one space on either side, as
 * scikit-learn's `char_wb` does, which suits languages that write without spaces.
 */
export function forEachTerm(text: string, options: TokenizerOptions, callback: (term: string) => void): void {
  const [from, to] = options.ngrams
  if (options.analyzer === 'charAcross') {
    acrossTerms(plainOf(text, options), from, to, callback)
    return
  }
  const words = wordsOf(text, options)
  if (options.analyzer === 'char') characterTerms(words, from, to, callback)
  else if (to === 1) for (const word of words) callback(word)
  else wordTerms(words, from, to, callback)
}

function wordTerms(
  words: readonly string[],
  from: number,
  to: number,
  callback: (term: string) => void,
): void {
  for (let n = from; n <= to; n++)
    for (let start = 0; start + n <= words.length; start++)
      callback(n === 1 ? (words[start] ?? '') : words.slice(start, start + n).join(' '))
}

function characterTerms(
  words: readonly string[],
  from: number,
  to: number,
  callback: (term: string) => void,
) {
  for (const word of words) {
    const characters = [' ', ...word, ' ']
    for (let n = from; n <= to; n++) {
      // A lone space says nothing; a word shorter than the shortest n-gram is one term.
      if (n === 1) for (const character of word) callback(character)
      else if (characters.length < n) {
        if (n === from) callback(characters.join(''))
      } else
        for (let start = 0; start + n <= characters.length; start++)
          callback(characters.slice(start, start + n).join(''))
    }
  }
}

function acrossTerms(source: string, from: number, to: number, callback: (term: string) => void) {
  const words = source.split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) return
  const characters = Array.from(` ${words.join(' ')} `)
  for (let n = from; n <= to; n++)
    for (let start = 0; start + n <= characters.length; start++) {
      const term = characters.slice(start, start + n).join('')
      if (term !== ' ') callback(term)
    }
}

function plainOf(text: string, options: PlainOptions): string {
  let source = text
  if (options.stripHtml && (source.includes('<') || source.includes('&')))
    source = source
      .replace(TAG, ' ')
      .replace(
        options.entities ? ANY_ENTITY : ENTITY,
        options.entities ? characterOf : (found) => ENTITIES[found] ?? ' ',
      )
  if (source.includes('’')) source = source.replaceAll('’', "'")
  if (options.unicode) source = source.normalize('NFC')
  if (options.unicode === 'nfkc')
    source = Array.from(source, (character) =>
      KEPT.test(character) ? character : character.normalize('NFKC'),
    )
      .join('')
      .normalize('NFC')
  if (!options.lowercase) return source
  const small = source.toLowerCase()
  return options.unicode === 'nfkc' ? small.replaceAll('ß', 'ss').replaceAll('ς', 'σ') : small
}

/** The words of a text, in order. */
export function wordsOf(text: string, options: PlainOptions): string[] {
  const source = plainOf(text, options)
  if (!options.unicode) return runsOf(source)
  // What stands between two pictographs, and every other piece a pictograph.
  return source.split(PICTURE).flatMap((piece, index) => (index % 2 === 1 ? [piece] : runsOf(piece)))
}

function runsOf(source: string): string[] {
  const words: string[] = []
  let start = -1
  for (let index = 0; index < source.length; index++) {
    const code = source.charCodeAt(index)
    if (isWordCharacter(code)) {
      if (start < 0) start = index
    } else if (start >= 0) {
      if (code === APOSTROPHE && index + 1 < source.length && isWordCharacter(source.charCodeAt(index + 1)))
        continue
      words.push(source.slice(start, index))
      start = -1
    }
  }
  if (start >= 0) words.push(source.slice(start))
  return words
}

/** The `numWords` most frequent terms, each at least `minCount` times, ties by code point. */
export function vocabularyOf(
  texts: readonly string[],
  options: TokenizerOptions & { numWords: number; minCount: number },
): string[] {
  const counts = new Map<string, number>()
  for (const text of texts)
    forEachTerm(text, options, (term) => counts.set(term, (counts.get(term) ?? 0) + 1))
  const points = (term: string) => Array.from(term, (character) => character.codePointAt(0) ?? 0)
  return [...counts]
    .filter(([, count]) => count >= options.minCount)
    .sort(([a, countA], [b, countB]) => countB - countA || comparePoints(points(a), points(b)))
    .slice(0, options.numWords)
    .map(([term]) => term)
}

function comparePoints(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((point, index) => point !== b[index])
  return at < 0 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -1)
}

import type { Encoding } from '../contract.ts'
import { FIRST_HALF } from '../unicode.ts'
import { decodedBy } from './decoding.ts'

/*
 * In which encoding a line may be written that is not UTF-8. Nothing shows it for certain: every file is some windows-1252.
 * So the line is read in each encoding, and the texts that look least like a wrong reading are shown for somebody to choose.
 */

/**
 * A way to read a line: the encodings that agree on it, and a piece of the text around its first character that is not ASCII.
 */
export interface Reading {
  encodings: Encoding[]
  excerpt: string
}

/** Bytes of a line that are read. */
const MOST_BYTES = 1_000
/** Readings that are shown. */
const MOST_READINGS = 3
/** Characters of an excerpt, and those of them before the first that is not ASCII. */
const EXCERPT = 40
const BEFORE = 15

/** Encodings that are tried; of two whose texts look equally well the first is shown first. */
const TRIED: readonly Exclude<Encoding, 'utf-8'>[] = [
  'windows-1252',
  'cp949',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'windows-1250',
  'windows-1251',
  'windows-1253',
  'windows-1254',
  'windows-1257',
  'koi8-r',
]

/**
 * First bytes of the pairs of common characters in encodings of two bytes, which begin with those that every pupil learns:
 * the syllables of KS X 1001, and the first levels of JIS X 0208, GB 2312 and Big5; kana stand before these.
 */
const COMMON_LEADS: Readonly<Partial<Record<Encoding, readonly (readonly [first: number, last: number])[]>>> =
  {
    cp949: [
      [0xa1, 0xa3],
      [0xb0, 0xc8],
    ],
    shift_jis: [[0x81, 0x97]],
    'euc-jp': [
      [0xa1, 0xa5],
      [0xb0, 0xcf],
    ],
    gb18030: [
      [0xa1, 0xa3],
      [0xb0, 0xd7],
    ],
    big5: [
      [0xa1, 0xa2],
      [0xa4, 0xc6],
    ],
  }

/** Characters that no text has: private ones, those that do not exist, and lines of boxes. */
const IMPOSSIBLE = /[\u2320\u2321\u2500-\u259f\p{Co}\p{Cn}\p{Cs}\ufffd\x80-\x9f]/u
/** What stands beside letters in a wrong reading only, by how odd it is. */
const ODDITIES: readonly (readonly [penalty: number, form: RegExp])[] = [
  // Letters of two scripts in one word.
  [2, /\p{Script=Latin}(?=[^\p{Script=Latin}\P{L}])|[^\p{Script=Latin}\P{L}](?=\p{Script=Latin})/gu],
  [2, /\p{Script=Cyrillic}(?=\p{Script=Greek})|\p{Script=Greek}(?=\p{Script=Cyrillic})/gu],
  // A sign within a word, other than apostrophes and dashes.
  [2, /(?<=\p{L})[^\p{ASCII}\p{L}\p{M}\p{N}\s’‘–—·・ー、。，](?=\p{L})/gu],
  [1, /(?<![^\s,;"])[^\p{ASCII}\p{L}\p{M}\p{N}\s“„«‘‚–—¿¡「『（《【€£¥](?=\p{L})/gu],
  // A capital behind a small letter.
  [2, /\p{Ll}\p{Lu}/gu],
  // Many accents in a row.
  [1, /(?<=[^\p{ASCII}\P{Script=Latin}]{2})[^\p{ASCII}\P{Script=Latin}]/gu],
  // Half-width kana.
  [1, /[\uff61-\uff9f]/gu],
]

/** Returns the likeliest ways to read a line that is not UTF-8; of several that are as likely at most three. */
export function likelyReadings(line: Buffer): Reading[] {
  const bytes = line.subarray(0, MOST_BYTES)
  const found = new Map<string, Reading & { penalty: number }>()
  for (const encoding of TRIED) {
    const text = decodedBy(encoding, bytes, line.length > bytes.length)
    if (IMPOSSIBLE.test(text)) continue
    const penalty = penaltyOf(text) + rareIn(bytes, encoding) + unlike(encoding, text, bytes)
    const same = found.get(text)
    if (same) same.encodings.push(encoding)
    else found.set(text, { encodings: [encoding], excerpt: excerptOf(text), penalty })
  }
  const best = Math.min(...Array.from(found.values(), ({ penalty }) => penalty))
  return Array.from(found.values())
    .filter(({ penalty }) => penalty === best)
    .slice(0, MOST_READINGS)
    .map(({ encodings, excerpt }) => ({ encodings, excerpt }))
}

function penaltyOf(text: string): number {
  return ODDITIES.reduce((sum, [penalty, form]) => sum + penalty * (text.match(form)?.length ?? 0), 0)
}

/** Characters from which on a text shows its language. */
const LEAST_CHARACTERS = 3
const HAN = /\p{Script=Han}/gu
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/u
/** A pair of Korean syllables in EUC-KR, of which the encodings of Chinese make common characters too. */
const SYLLABLE = /[\xb0-\xc8][\xa1-\xfe]/g
const WIDE = /[\x80-\xff]/g

/** Returns 1 if a text has many Chinese characters, and is unlike the language that the encoding is for; else 0. */
function unlike(encoding: Encoding, text: string, bytes: Buffer): number {
  const characters = text.match(HAN)?.length ?? 0
  if (characters < LEAST_CHARACTERS) return 0
  if (encoding === 'shift_jis' || encoding === 'euc-jp') return KANA.test(text) ? 0 : 1
  if (encoding === 'cp949') return 0
  const line = bytes.toString('latin1')
  const syllables = line.match(SYLLABLE)?.length ?? 0
  return syllables * 2 === line.match(WIDE)?.length ? 1 : 0
}

/** Returns the number of pairs that no common character has. */
function rareIn(bytes: Buffer, encoding: Encoding): number {
  const leads = COMMON_LEADS[encoding]
  if (!leads) return 0
  let rare = 0
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at] ?? 0
    if (lead < 0x80) continue
    // Half-width kana are single bytes.
    if (encoding === 'shift_jis' && lead >= 0xa1 && lead <= 0xdf) continue
    if (!leads.some(([first, last]) => lead >= first && lead <= last)) rare++
    at++
  }
  return rare
}

function excerptOf(text: string): string {
  const line = text.replace(/[\r\n]+$/, '')
  const first = Math.max(0, line.search(/\P{ASCII}/u) - BEFORE)
  const excerpt = line.slice(first, first + EXCERPT)
  return FIRST_HALF.test(excerpt) ? excerpt.slice(0, -1) : excerpt
}

import type { DecimalSign } from './cell-rules.ts'

/*
 * Numbers as spreadsheets, banks and people write them: 1,234.50 and 1.234,50, 1 234, $5, 12.5 %, (5) for −5. An upload and
 * a prediction read them by these functions, so a line of a file is read alike by both.
 *
 *   "(1.234,50 €)"   head "("   core "1.234,50"   tail " €)"
 *
 * Most cores have one reading: 1.234,50 has a decimal comma, whatever stands in the other rows. Two forms have two readings:
 * 1,234 and 1.234, one to three digits and a group of three. The decimal sign of their column decides, which the other rows
 * show or the client says.
 */

/** What the separators of a number show: nothing, one decimal sign, or a single one that may be either. */
export type Separators = 'none' | 'point' | 'comma' | 'eitherPoint' | 'eitherComma'

/** A number in a text. */
export interface NumberText {
  separators: Separators
  /** What it is a number of: `%`, the code of a currency, or an empty text. */
  unit: string
  /** True if the text is more than sign, digits, one decimal sign and exponent: groups of digits, a unit, parentheses. */
  isDressed: boolean
  /** Returns its value; where two readings are possible, by the given decimal sign. It may be infinite. */
  value(decimal: DecimalSign): number
}

/** Characters of a number in a text, at most: a longer text is none. */
export const LONGEST_NUMBER_TEXT = 100

/** The zeros of other scripts, behind each of which stand its digits up to nine: Arabic, Persian, Devanagari, Bengali, Thai. */
const OTHER_ZEROS = '٠۰०০๐'
/** Digits of other scripts, as a class of a regular expression. */
export const OTHER_DIGITS = [...OTHER_ZEROS].map((zero) => `${zero}-${digitOf(zero, 9)}`).join('')

/** A number in plain writing: sign, digits with a point, exponent. */
export const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const PLAIN_COMMA = /^[+-]?(?:\d+,\d+|,\d+)(?:e[+-]?\d+)?$/i
/** Everything before the digits, the digits with their separators, and everything behind. */
const PARTS = /^(\D*?)([.,]?\d[\d., ']*?(?:e[+-]?\d+)?)(\D*)$/i

const DIGITS = /^\d+(?:e[+-]?\d+)?$/i
const POINT = /^(?:\d+\.\d*|\.\d+)(?:e[+-]?\d+)?$/i
const COMMA = /^(?:\d+,\d+|,\d+)(?:e[+-]?\d+)?$/i
const EITHER = /^[1-9]\d{0,2}[.,]\d{3}$/
const COMMA_GROUPS = /^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?$/
/** 12,34,567: groups of two digits before the last one, as in India. */
const LAKHS = /^[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d*)?$/
const POINT_GROUPS = /^[1-9]\d{0,2}(?:\.\d{3})+(?:,\d*)?$/
const OTHER_GROUPS = /^[1-9]\d{0,2}([ '])\d{3}(?:\1\d{3})*(?:([.,])\d*)?$/
/** 5,- and 5.–, which mean no cents. */
const NO_CENTS = /^[.,] ?[-–—]+/

/** Signs and codes of currencies in small letters, with the code of each. A sign of several currencies has the usual one. */
const CURRENCIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    USD: '$ us$ $us',
    EUR: '€ euro',
    GBP: '£',
    JPY: '¥ 円',
    CNY: 'cn¥ rmb 元',
    KRW: '₩ 원',
    INR: '₹ rs rs.',
    RUB: '₽ руб руб.',
    TRY: '₺ tl',
    VND: '₫ đ',
    THB: '฿',
    UAH: '₴ грн',
    ILS: '₪',
    PHP: '₱',
    NGN: '₦',
    BRL: 'r$',
    CHF: 'fr. sfr sfr.',
    KR: 'kr kr.',
    SEK: '',
    NOK: '',
    DKK: '',
    PLN: 'zł',
    CZK: 'kč',
    HUF: 'ft',
    RON: 'lei',
    AUD: 'a$ au$ $au',
    CAD: 'c$ ca$ $ca',
    NZD: 'nz$',
    HKD: 'hk$',
    SGD: 's$',
    TWD: 'nt$',
    MXN: 'mx$',
    ZAR: '',
    IDR: 'rp rp.',
    MYR: 'rm',
    AED: '',
    SAR: '',
  }).flatMap(([code, signs]) =>
    [code.toLowerCase(), ...signs.split(' ')].flatMap((sign) => (sign === '' ? [] : [[sign, code] as const])),
  ),
)
const PERCENT = '%'

/**
 * Abbreviations of thousands, millions and billions, each with its letter, and the power of ten: in the writing that leaves least
 * doubt, since `m` may be metres, minutes or thousandths.
 */
const SCALES: ReadonlyMap<string, readonly [letter: string, power: number]> = new Map(
  Object.entries({ K: 'k K', M: 'M MM mn mio Mio', B: 'B bn mrd Mrd' }).flatMap(([letter, texts], index) =>
    texts.split(' ').map((text) => [text, [letter, 3 * (index + 1)] as const] as const),
  ),
)
/** A scale behind a number, with a space before it and the point of an abbreviation behind it. */
const SCALED = /^ ?(k|K|MM?|mn|[Mm]io|B|bn|[Mm]rd)(?!\p{L})\.?/u
/** A number with the exponent of Fortran, which has both a point and a sign: `12D-05` is a code. */
const FORTRAN = /^([+-]?(?:\d+\.\d*|\.\d+))[dD]([+-]\d{1,3})$/

/** The units that a number may have, as texts write them, in small letters. */
export const UNIT_TEXTS: readonly string[] = [PERCENT, '％', '٪', '￥', '￦', '￡', ...CURRENCIES.keys()]

/** The abbreviations of thousands and more, as texts write them. */
export const SCALE_TEXTS: readonly string[] = [...SCALES.keys()]

/** Whether a unit is a scale or has one: `K`, `USD M`. Currencies have longer codes. */
export function isScaled(unit: string): boolean {
  return /(?:^| )[KMB]$/.test(unit)
}

/** Reads the number that a text is; undefined for any other text. */
export function readNumberText(text: string): NumberText | undefined {
  if (text.length > LONGEST_NUMBER_TEXT) return undefined
  const trimmed = text.replace(/^[ \t]+|[ \t]+$/g, '')
  if (PLAIN_NUMBER.test(trimmed)) return plain(trimmed)
  const parts = partsOf(tidied(trimmed).replace(FORTRAN, '$1e$2'))
  if (!parts) return undefined
  // A code, as 0123 is in ASCII, where a column shows it.
  if (/^0\d+$/.test(parts.core) && trimmed.search(OTHER_DIGIT) >= 0) return undefined
  const [written, scale] = SCALED.exec(parts.tail) ?? []
  const outside = outsideOf(parts.head, written === undefined ? parts.tail : parts.tail.slice(written.length))
  if (!outside) return undefined
  const shown = separatorsOf(parts.core)
  if (shown === undefined) return undefined
  // The decimal sign of Arabic is no separator of thousands.
  const separators = shown === 'eitherPoint' && trimmed.includes(ARABIC_POINT) ? 'point' : shown
  const { negative, unit } = outside
  const [letter, power] = SCALES.get(scale ?? '') ?? ['', 0]
  if (power > 0 && /e/i.test(parts.core)) return undefined
  return {
    separators,
    unit: `${unit} ${letter}`.trim(),
    isDressed: !PLAIN_COMMA.test(trimmed),
    value: (decimal) => {
      const digits = withPoint(parts.core, separators, decimal)
      // A product would be rounded once more.
      const size = Number(power > 0 ? `${digits}e${power}` : digits)
      return negative ? -size : size
    },
  }
}

/** Returns a digit of the script that a zero belongs to. */
function digitOf(zero: string, digit: number): string {
  return String.fromCodePoint((zero.codePointAt(0) ?? 0) + digit)
}

function plain(text: string): NumberText {
  const isEither = EITHER.test(text.replace(/^[+-]/, ''))
  const hasPoint = text.includes('.')
  return {
    separators: isEither ? 'eitherPoint' : hasPoint ? 'point' : 'none',
    unit: '',
    isDressed: false,
    value: (decimal) => Number(isEither && decimal === ',' ? text.replace('.', '') : text),
  }
}

/** Distance from a character of full width to the same one in ASCII. */
const FULL_WIDTH = 0xfee0
/** The decimal sign of Arabic. */
const ARABIC_POINT = '٫'
const OTHER_DIGIT = new RegExp(`[${OTHER_DIGITS}]`, 'g')
const WIDE_CURRENCIES: Readonly<Record<string, string>> = { '￥': '¥', '￦': '₩', '￡': '£' }

/**
 * Brings digits, spaces and signs to their plain form: full width, of other scripts, no-break, narrow, typographic. Unicode's NFKC would do
 * more: it makes 52 of 5².
 */
function tidied(text: string): string {
  return text
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - FULL_WIDTH))
    .replace(OTHER_DIGIT, plainDigit)
    .replaceAll(ARABIC_POINT, '.')
    .replaceAll('٬', "'")
    .replaceAll('٪', PERCENT)
    .replace(/[￥￦￡]/g, (wide) => WIDE_CURRENCIES[wide] ?? wide)
    .replace(/\s/g, ' ')
    .replaceAll('\u2212', '-')
    .replace(/[’ʼ]/g, "'")
    .trim()
}

function plainDigit(digit: string): string {
  const zero = [...OTHER_ZEROS].find((each) => digit >= each && digit <= digitOf(each, 9)) ?? '0'
  return String((digit.codePointAt(0) ?? 0) - (zero.codePointAt(0) ?? 0))
}

function partsOf(text: string): { head: string; core: string; tail: string } | undefined {
  const [, head = '', core = '', tail = ''] = PARTS.exec(text) ?? []
  if (core === '') return undefined
  // "Rs.500": the point ends an abbreviation.
  if (/^[.]/.test(core) && /\p{L}$/u.test(head)) return { head: `${head}.`, core: core.slice(1), tail }
  if (NO_CENTS.test(tail)) return { head, core, tail: tail.replace(NO_CENTS, '') }
  // "5." is a number, as it is among plain ones.
  if (tail.startsWith('.')) return { head, core: `${core}.`, tail: tail.slice(1) }
  return { head, core, tail }
}

/** Reads what stands around the digits; undefined if it is more than sign, parentheses and unit, or one is there twice. */
function outsideOf(head: string, tail: string): { negative: boolean; unit: string } | undefined {
  let signs = 0
  let minus = false
  let open = 0
  let closed = 0
  const units: string[] = []
  for (const piece of head.match(/[-+(]|[^-+( ][^-+(]*/g) ?? []) {
    if (piece === '(') open++
    else if (piece === '-' || piece === '+') {
      signs++
      minus = piece === '-'
    } else units.push(piece)
  }
  for (const piece of tail.match(/[-)]|[^-) ][^-)]*/g) ?? []) {
    if (piece === ')') closed++
    else if (piece === '-') {
      signs++
      minus = true
    } else units.push(piece)
  }
  if (open !== closed || open > 1 || signs + open > 1) return undefined
  const codes = units.map((unit) => unitOf(unit.trim()))
  const [unit = ''] = codes
  if (codes.some((code) => code === undefined || code !== unit)) return undefined
  return { negative: minus || open === 1, unit }
}

function unitOf(written: string): string | undefined {
  return written === PERCENT ? PERCENT : CURRENCIES.get(written.toLowerCase())
}

function separatorsOf(core: string): Separators | undefined {
  if (DIGITS.test(core)) return 'none'
  if (EITHER.test(core)) return core.includes('.') ? 'eitherPoint' : 'eitherComma'
  if (POINT.test(core) || COMMA_GROUPS.test(core) || LAKHS.test(core)) return 'point'
  if (COMMA.test(core) || POINT_GROUPS.test(core)) return 'comma'
  const groups = OTHER_GROUPS.exec(core)
  if (!groups) return undefined
  if (groups[2] === undefined) return 'none'
  return groups[2] === '.' ? 'point' : 'comma'
}

function withPoint(core: string, separators: Separators, decimal: DecimalSign): string {
  const isEither = separators === 'eitherPoint' || separators === 'eitherComma'
  const isComma = isEither ? decimal === ',' : separators === 'comma'
  const digits = core.replace(/[ ']/g, '')
  return isComma ? digits.replaceAll('.', '').replace(',', '.') : digits.replaceAll(',', '')
}

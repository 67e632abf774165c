import { inNfc } from '../../../normal-form.ts'

/*
 * The characters that look like others and are read as these: ｆｕｌｌ-ｗｉｄｔｈ letters and half-width ｶﾅ, ligatures (ﬁ),
 * letters and digits that are raised, circled or bold (², ①, 𝐛), squared words (㎏), Roman numerals, Arabic letters by their
 * place. Each is read as Unicode's form NFKC has it. Some that NFKC changes too are not among them: spacing accents
 * (´ would become a space and a mark), fractions (1½ would become 11⁄2), ™ and ℠, pictographs such as ㊗, ligatures of
 * whole sentences (ﷺ, 18 characters), single Korean letters (ㅋㅋ, and ㅎㅏ would become 하), letters that Thai, Lao and
 * Tibetan are written with, punctuation, and rare signs of phonetics. kernels/wide.ts leaves texts with one of the first six to JavaScript.
 */
const LOOKALIKE = new RegExp(
  `^(?:[${[
    '\\u00aa\\u00b2\\u00b3\\u00b5\\u00b9\\u00ba',
    // Latin and Greek letters
    '\\u0132\\u0133\\u013f\\u0140\\u0149\\u017f\\u01c4-\\u01cc\\u01f1-\\u01f3\\u02b0-\\u02b8\\u02e0-\\u02e4',
    '\\u03d0-\\u03d6\\u03f0-\\u03f2\\u03f4\\u03f5\\u03f9\\u0587\\u0675-\\u0678\\u10fc\\u1d2c-\\u1dbf\\u1e9a\\u1e9b',
    // raised and lowered ones, symbols of letters, Roman numerals, circled ones
    '\\u2070-\\u209c\\u20a8\\u2100-\\u211f\\u2121\\u2123-\\u214f\\u2160-\\u217f\\u2460-\\u24c1\\u24c3-\\u24ea',
    // radicals, enclosed letters and squared words of East Asia
    '\\u2e9f\\u2ef3\\u2f00-\\u2fd5\\u3038-\\u303a\\u309f\\u30ff\\u3200-\\u325f\\u3280-\\u3296\\u3298\\u329a-\\u33ff',
    // ligatures, Hebrew and Arabic letters by their place
    '\\ufb00-\\ufb4f\\ufb50-\\ufc5d\\ufc64-\\ufdf9\\ufdfc\\ufe71\\ufe77\\ufe79\\ufe7b\\ufe7d\\ufe7f-\\ufefc',
    // full and half width
    '\\uff01-\\uff9f\\uffe0-\\uffe2\\uffe4-\\uffe6',
    // mathematical letters, then letters in frames, then digits of screens
  ].join('')}]|\\ud835[\\udc00-\\udfff]|\\ud83c[\\udd00-\\udd69]|\\ud83e[\\udff0-\\udff9])$`,
)

/**
 * For each UTF-16 code what it is read as, and undefined where that is itself; for the first code of a pair an empty text.
 * Built with the first text. A look-up is faster than the pattern.
 */
let readings: (string | undefined)[] | undefined
/** What pairs of UTF-16 codes are read as; undefined where that is themselves. Some 1,500 at most are lookalikes. */
const pairReadings = new Map<string, string | undefined>()
/** First codes of pairs that may be lookalikes. */
const FIRST_OF_PAIRS = new Set([0xd835, 0xd83c, 0xd83e])
/** Limit on the kept readings of pairs: as many as there are with these first codes. */
const MOST_PAIRS = 3 * 1024

function readingsOfCodes(): (string | undefined)[] {
  return Array.from({ length: 65_536 }, (_, code) =>
    FIRST_OF_PAIRS.has(code) ? '' : readingOf(String.fromCharCode(code)),
  )
}

function readingOf(character: string): string | undefined {
  return LOOKALIKE.test(character) ? character.normalize('NFKC') : undefined
}

function readingOfPair(pair: string): string | undefined {
  if (pairReadings.has(pair)) return pairReadings.get(pair)
  const reading = readingOf(pair)
  if (pairReadings.size < MOST_PAIRS) pairReadings.set(pair, reading)
  return reading
}

/** For each UTF-16 code 1 if it has a reading: for texts without lookalikes, which only look here. */
let firstCodes: Uint8Array | undefined

/** Returns the place of the first code that may belong to a lookalike; -1 if none does. */
function firstLookalike(text: string, codes: readonly (string | undefined)[]): number {
  firstCodes ??= Uint8Array.from(codes, (reading) => (reading === undefined ? 0 : 1))
  for (let at = 0; at < text.length; at++) if (firstCodes[text.charCodeAt(at)] === 1) return at
  return -1
}

/** Returns a text in the form NFC with lookalikes replaced by the characters that they stand for. */
export function inCompatibleForm(text: string): string {
  readings ??= readingsOfCodes()
  const composed = inNfc(text)
  const first = firstLookalike(composed, readings)
  if (first === -1) return composed
  const replaced = composed.slice(0, first) + withReadings(composed.slice(first), readings)
  // A mark that was a half-width character may belong to the letter before it.
  return replaced === composed ? composed : inNfc(replaced)
}

/**
 * Replaces lookalikes, run by run: within one, a mark belongs to the letter before it even where a text has so many marks that
 * it stays as it is otherwise. Copies codes rather than texts, which for a million lookalikes takes a tenth of the time.
 */
function withReadings(text: string, codes: readonly (string | undefined)[]): string {
  const copied = new CodeBuffer(text.length)
  for (let at = 0; at < text.length; ) {
    const reading = codes[text.charCodeAt(at)]
    if (reading === undefined) copied.addCode(text.charCodeAt(at++))
    else {
      const run = runFrom(text, at, codes)
      if (run.end === at) copied.addCode(text.charCodeAt(at++))
      else {
        copied.add(run.reading ?? readingOfRun(text.slice(at, run.end)))
        at = run.end
      }
    }
  }
  return copied.text
}

/** Returns where a run of lookalikes ends, and what it is read as if it is one character. */
function runFrom(
  text: string,
  start: number,
  codes: readonly (string | undefined)[],
): { end: number; reading: string | undefined } {
  let end = start
  let count = 0
  let only: string | undefined
  while (end < text.length) {
    const own = codes[text.charCodeAt(end)]
    const isPair = own === ''
    const reading = isPair ? readingOfPair(text.slice(end, end + 2)) : own
    if (reading === undefined) break
    only = reading
    count += 1
    end += isPair ? 2 : 1
  }
  return { end, reading: count === 1 ? only : undefined }
}
/** Readings of short runs of several characters, such as a half-width letter and its mark. */
const runReadings = new Map<string, string>()
/** Limit on the kept runs, and on the codes of each. */
const MOST_RUNS = 4_096
const LONGEST_RUN = 16

function readingOfRun(run: string): string {
  const known = runReadings.get(run)
  if (known !== undefined) return known
  const reading = run.normalize('NFKC')
  if (run.length <= LONGEST_RUN && runReadings.size < MOST_RUNS) runReadings.set(run, reading)
  return reading
}

/** A text that is put together from UTF-16 codes. */
class CodeBuffer {
  #codes: Uint16Array<ArrayBuffer>
  #length = 0

  /** @param expected its length in UTF-16 codes, about */
  constructor(expected: number) {
    this.#codes = new Uint16Array(expected + 64)
  }

  addCode(code: number): void {
    if (this.#length === this.#codes.length) this.#grow(1)
    this.#codes[this.#length++] = code
  }

  add(text: string): void {
    if (this.#length + text.length > this.#codes.length) this.#grow(text.length)
    for (let at = 0; at < text.length; at++) this.#codes[this.#length++] = text.charCodeAt(at)
  }

  get text(): string {
    return Buffer.from(this.#codes.buffer, 0, 2 * this.#length).toString('utf16le')
  }

  #grow(more: number): void {
    const larger = new Uint16Array(2 * this.#codes.length + more)
    larger.set(this.#codes)
    this.#codes = larger
  }
}

/**
 * Returns a text in small letters, with ß as ss and ς as σ, so that STRASSE and Straße are one word. Of the letters in use
 * these are the ones whose small form differs from what Unicode compares them by (full case folding).
 */
export function withoutCase(text: string): string {
  let small = text.toLowerCase()
  // Faster than replaceAll where there are many.
  if (small.includes('ß')) small = small.split('ß').join('ss')
  return small.includes('ς') ? small.split('ς').join('σ') : small
}

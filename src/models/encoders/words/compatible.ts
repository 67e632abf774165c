import { inNfc } from '../../../normal-form.ts'

/*
 * The characters that look like others and are read as these: ｆｕｌｌ-ｗｉｄｔｈ letters and half-width ｶﾅ, ligatures (ﬁ),
 * letters and digits that are raised, circled or bold (², ①, 𝐛), squared words (㎏), Roman numerals, Arabic letters by their
 * place. Each is read as Unicode's form NFKC has it. Some that NFKC changes too are not among them: spacing accents
 * (´ would become a space and a mark), fractions (1½ would become 11⁄2), ™ and ℠, pictographs such as ㊗, ligatures of
 * whole sentences (ﷺ, 18 characters), single Korean letters (ㅋㅋ, and ㅎㅏ would become 하), letters that Thai, Lao and
 * Tibetan are written with, punctuation, and rare signs of phonetics. kernels/wide.ts leaves texts with one of the first six to JavaScript.
 */
const LOOKALIKES = new RegExp(
  `(?:[${[
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
  ].join('')}]|\\ud835[\\udc00-\\udfff]|\\ud83c[\\udd00-\\udd69]|\\ud83e[\\udff0-\\udff9])+`,
  'g',
)

/** For each UTF-16 code 1 if a lookalike may begin with it; built with the first text. A look-up is faster than the pattern. */
let firstCodes: Uint8Array | undefined

function tableOfFirstCodes(): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, code) => {
    const isSurrogate = code === 0xd835 || code === 0xd83c || code === 0xd83e
    return isSurrogate || String.fromCharCode(code).search(LOOKALIKES) === 0 ? 1 : 0
  })
}

function mayHaveLookalikes(text: string): boolean {
  firstCodes ??= tableOfFirstCodes()
  for (let at = 0; at < text.length; at++) if (firstCodes[text.charCodeAt(at)] === 1) return true
  return false
}

/** Returns a text in the form NFC with lookalikes replaced by the characters that they stand for. */
export function inCompatibleForm(text: string): string {
  const composed = inNfc(text)
  if (!mayHaveLookalikes(composed)) return composed
  const replaced = composed.replace(LOOKALIKES, (found) => found.normalize('NFKC'))
  // A mark that was a half-width character may belong to the letter before it.
  return replaced === composed ? composed : inNfc(replaced)
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

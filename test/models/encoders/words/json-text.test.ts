import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endOfJsonText, JsonText } from '../../../../src/models/encoders/words/json-text.ts'

/** Finds the end of a text by parsing up to each quote: the first that gives a text of plain characters ends it. */
function endByParser(bytes: Buffer, start: number, end: number): number {
  for (let at = bytes.indexOf('"', start); at >= 0 && at < end; at = bytes.indexOf('"', at + 1)) {
    const text = bytes.toString('utf8', start, at)
    if (/[^ -~\u0080-\u00ff\u2000-\u203f]/.test(text) || /^(?:[^\\]|\\[^u])*\\u/.test(text)) return -1
    try {
      if (typeof JSON.parse(`"${text}"`) === 'string') return at
    } catch {
      // The quote stands behind a backslash, or there is a fault before it.
    }
  }
  return -1
}

const PIECES = [
  'a',
  'Word ',
  '\\"',
  '\\\\',
  '\\n',
  '\\/',
  '<br \\/>',
  ' '.repeat(17),
  'x'.repeat(60),
  'é',
  '\u0080ÿ',
  '’',
]
const ODD = [
  '"',
  '\\',
  '\\u0041',
  '\\x',
  '\u0000',
  '\u001f',
  '\u007f',
  'ā',
  '\u2040',
  '\u1fff',
  '한',
  '😀',
  '\n',
  '\\\u0000',
]
const texts = fc
  .tuple(
    fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }),
    fc.oneof(fc.constantFrom('', ...ODD), fc.string({ maxLength: 3 })),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }),
    fc.constantFrom('"', '","model":"m"}', ''),
  )
  .map((parts) => parts.flat().join(''))

describe('the end of a text of JSON', () => {
  it('is where a parser finds it, whatever is in it and wherever it begins', () => {
    fc.assert(
      fc.property(texts, fc.nat(40), fc.nat(20), (text, before, behind) => {
        const bytes = Buffer.from(`${'y'.repeat(before)}${text}${'"'.repeat(behind)}`)
        const end = bytes.length - behind
        expect(endOfJsonText(bytes, before, end)).toBe(endByParser(bytes, before, end))
      }),
      { numRuns: 3000 },
    )
  })

  it('is found at each place of a vector, behind each byte', () => {
    for (let length = 60; length < 100; length++) {
      const bytes = Buffer.from(`${'b'.repeat(length)}"`)
      expect(endOfJsonText(bytes, 0, bytes.length)).toBe(length)
      expect(endOfJsonText(bytes, 0, length)).toBe(-1)
    }
    for (let code = 0; code < 256; code++) {
      const bytes = Buffer.from(`${'b'.repeat(70)}?${'q'.repeat(20)}"`)
      bytes[70] = code
      const plain = code >= 32 && code <= 126 && code !== 92
      expect(endOfJsonText(bytes, 0, bytes.length)).toBe(code === 34 ? 70 : plain ? 91 : -1)
    }
  })

  it('is found in texts that are larger than the kernel takes', () => {
    for (const length of [65_535, 65_536, 70_000]) {
      const text = `${'word '.repeat(20_000).slice(0, length - 2)}\\n`
      const bytes = Buffer.from(`${text}" `)
      expect(endOfJsonText(bytes, 0, bytes.length)).toBe(length)
      expect(String(new JsonText(bytes, 0, length))).toBe(JSON.parse(`"${text}"`))
    }
  })
})

import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
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
  it('is found by the first look at a long text', async () => {
    vi.resetModules()
    const fresh = await import('../../../../src/models/encoders/words/json-text.ts')
    const bytes = Buffer.from(`{"${'word '.repeat(20)}" `)
    expect(fresh.endOfJsonText(bytes, 2, bytes.length)).toBe(102)
    expect(fresh.endOfJsonText(bytes, 3, bytes.length)).toBe(102)
    expect(fresh.endOfJsonText(bytes, 2, 102)).toBe(-1)
  })

  it.each([
    ['a"', 1],
    ['"', 0],
    ['', -1],
    [' ~"', 2],
    ['\u007f"', -1],
    ['\u001f"', -1],
    ['\\""', 2],
    ['\\"', -1],
    ['\\', -1],
    ['\\n\\r\\t\\b\\f\\/\\\\"', 14],
    ['\\u0041"', -1],
    ['\\a"', -1],
    ['\u0080\u00ff"', 4],
    ['\u0100"', -1],
    ['\u2000\u203f"', 6],
    ['\u1fff"', -1],
    ['\u2040"', -1],
    ['é', -1],
  ])('is the same in a short text and behind a long one: %j', (text, end) => {
    const bytes = Buffer.from(text)
    expect(endOfJsonText(bytes, 0, bytes.length)).toBe(end)
    const long = Buffer.concat([Buffer.from('b'.repeat(80)), bytes])
    expect(endOfJsonText(long, 0, long.length)).toBe(end < 0 ? -1 : end + 80)
  })

  it.each([
    [[0xc2, 0x41], -1],
    [[0xc3, 0x80], 2],
    [[0xc1, 0x80], -1],
    [[0xc4, 0x80], -1],
    [[0xc3, 0xc0], -1],
    [[0xe2, 0x80, 0x80], 3],
    [[0xe2, 0x80, 0x41], -1],
    [[0xe2, 0x81, 0x80], -1],
    [[0xe3, 0x80, 0x80], -1],
    [[0x80], -1],
  ])('comes behind whole characters only: %j', (bytes, end) => {
    for (const before of [0, 80]) {
      const text = Buffer.from([...new Uint8Array(before).fill(98), ...bytes, 34])
      expect(endOfJsonText(text, 0, text.length)).toBe(end < 0 ? -1 : end + before)
    }
  })

  it('is not where the text ends within a character', () => {
    for (const text of ['é', '’', '\\n'])
      for (const before of [0, 80]) {
        const bytes = Buffer.from(`${'b'.repeat(before)}${text}"`)
        const within = before + Buffer.byteLength(text) - 1
        expect(endOfJsonText(bytes, 0, within)).toBe(-1)
        expect(endOfJsonText(bytes, 0, bytes.length)).toBe(within + 1)
      }
  })
})

describe('a text of JSON', () => {
  it('is read from its first byte to its last, with its escapes', () => {
    const bytes = Buffer.from('xx\\"é\\n’yy')
    expect(String(new JsonText(bytes, 2, bytes.length - 2))).toBe('"é\n’')
    expect(String(new JsonText(bytes, 4, 6))).toBe('é')
    expect(String(new JsonText(bytes, 4, 4))).toBe('')
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linesOf, NO_LONG_TEXTS, parseInSteps, unpacked } from '../../../src/models/encoders/long-texts.ts'
import { packed } from '../../../src/models/encoders/packed.ts'
import { atOnce } from '../../../src/runtime/steps.ts'

const KEYS = new Set(['vocabulary', 'ratios'])
const parse = (json: string) => atOnce(parseInSteps(Buffer.from(json), KEYS))
/** Lines that have what JSON escapes, and what looks like it. */
const line = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('\\', '\\n', '"', '\\"', '\\\\n', 'ü', '🙂', '\u0000', '\u2028', '\t'),
)
const lines = fc
  .array(
    line.map((text) => text.replaceAll('\n', ' ')),
    { minLength: 1, maxLength: 30 },
  )
  .chain((some) =>
    fc.integer({ min: 0, max: 20_000 }).map((times) => Array(times).fill(some).flat().concat(some)),
  )

describe('JSON that is parsed in steps', () => {
  it("is JSON.parse's, with long texts in pieces of whole lines", () => {
    let long = 0
    fc.assert(
      fc.property(lines, fc.jsonValue(), fc.constantFrom(0, 2), (terms, other, indent) => {
        const vocabulary = terms.join('\n')
        const whole = { other, vocabulary, list: [{ vocabulary: 'short', name: vocabulary }], end: other }
        const { value, texts } = parse(JSON.stringify(whole, null, indent))
        const read = value as typeof whole
        const pieces = [...linesOf(read.vocabulary, texts)]
        long += texts.size
        expect(pieces.join('\n') === vocabulary).toBe(true)
        expect({ ...read, vocabulary }).toEqual(JSON.parse(JSON.stringify(whole)))
      }),
      { numRuns: 60 },
    )
    expect(long).toBeGreaterThan(10)
  })

  it('is read in pieces of a bounded size', () => {
    const terms = Array.from({ length: 100_000 }, (_, at) => `term ${at}`)
    const { value, texts } = parse(JSON.stringify({ vocabulary: terms.join('\n') }))
    const pieces = [...linesOf((value as { vocabulary: string }).vocabulary, texts)]
    expect(pieces.length).toBeGreaterThan(10)
    expect(pieces.join('\n').split('\n')).toEqual(terms)
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(100_000)
  })

  it('gives packed numbers back, and refuses others', () => {
    const numbers = Float32Array.from({ length: 50_000 }, (_, at) => Math.sin(at))
    const { value, texts } = parse(JSON.stringify({ ratios: packed(numbers) }))
    const text = (value as { ratios: string }).ratios
    expect(texts.size).toBe(1)
    expect(atOnce(unpacked(text, numbers.length, texts))).toEqual(numbers)
    expect(atOnce(unpacked(packed(numbers), numbers.length, NO_LONG_TEXTS))).toEqual(numbers)
    expect(() => atOnce(unpacked(text, numbers.length - 1, texts))).toThrow(RangeError)
    for (const bad of [
      'A',
      'AAAA',
      `${packed(numbers).slice(0, -8)}!!!!!!!!`,
      packed(numbers.fill(Number.NaN)),
      packed(numbers.fill(3e38)),
      packed(numbers.fill(-1e31)),
    ])
      expect(() => atOnce(unpacked(bad, numbers.length, NO_LONG_TEXTS))).toThrow(RangeError)
    const large = Float32Array.of(9e29, -9e29)
    expect(atOnce(unpacked(packed(large), 2, NO_LONG_TEXTS))).toEqual(large)
  })

  it('is refused where it is none', () => {
    const json = JSON.stringify({ vocabulary: 'a\n'.repeat(50_000), end: 1 })
    for (const cut of [1, 10, 1000, json.length - 2])
      expect(() => parse(json.slice(0, cut))).toThrow(SyntaxError)
    const { value, texts } = parse(json.replace('a\\na', 'a\\qa'))
    const text = (value as { vocabulary: string }).vocabulary
    expect(() => [...linesOf(text, texts)]).toThrow(SyntaxError)
  })
})

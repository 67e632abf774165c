import { describe, expect, test } from 'vitest'
import { plainText, withPictographsApart } from '../../../../src/models/encoders/words/html.ts'
import {
  mappedPictographsApart,
  mappedPlainText,
  placeOf,
} from '../../../../src/models/encoders/words/mapped-text.ts'
import { TermLocator } from '../../../../src/models/encoders/words/term-locator.ts'
import { TermFinder, type TermOptions } from '../../../../src/models/encoders/words/terms.ts'
import { inNfc } from '../../../../src/normal-form.ts'
import { atOnce } from '../../../../src/runtime/steps.ts'
import { congruential } from '../../../helpers/congruential.ts'

const RULES = { lowercase: true, stripHtml: true, unicode: 'nfc', entities: 'html5' } as const
/** Pieces of texts, among them all that is changed before words are found. */
const PIECES = [
  'film',
  'Film',
  ' ',
  "it's",
  'it’s',
  "''",
  '<br />',
  '<b>',
  '<',
  '&amp;',
  '&eacute;',
  '&#233;',
  '&apos;',
  '&nGt;',
  '&none;',
  '&',
  'é',
  'e\u0301',
  '\u1112\u1161\u11ab',
  '한국',
  '👍🏽',
  '🇩🇪',
  '☂',
  '𠮷',
  'İ',
  'Å',
  '\u0301',
  '\ufb01',
  'Ｆｉｌｍ',
  'ｶ',
  'ﾞ',
  '①',
  'STRASSE',
  'Straße',
  'ẞ',
  '㎏',
  'ΟΔΟΣ',
  '\n\t',
  '—',
  '.',
  'a',
]
const texts = (count: number, seed: number) => {
  const numbers = congruential(count * 13, seed)
  return Array.from({ length: count }, (_, text) =>
    Array.from(
      { length: 12 },
      (_, at) => PIECES[Math.floor((numbers[text * 13 + at] ?? 0) * PIECES.length)],
    ).join(''),
  )
}

describe('a text that is mapped to where it came from', () => {
  test.each([
    RULES,
    { ...RULES, lowercase: false },
    { ...RULES, unicode: 'nfkc' as const },
    { ...RULES, unicode: 'nfkc' as const, lowercase: false },
    { lowercase: true, stripHtml: true },
    { lowercase: true, stripHtml: false },
  ])('is the plain text, by %o', (options) => {
    for (const text of texts(500, 1)) {
      const mapped = mappedPlainText(text, options)
      expect(mapped.text).toBe(plainText(text, options))
      expect(mappedPictographsApart(mapped).text).toBe(withPictographsApart(plainText(text, options)))
    }
  })

  test('has places in order, which hold what the characters came from', () => {
    for (const text of texts(300, 2)) {
      const mapped = mappedPlainText(text, { ...RULES, lowercase: false })
      let before = 0
      for (let at = 0; at < mapped.text.length; at++) {
        const [start, end] = placeOf(mapped, at, at + 1)
        expect(start).toBeGreaterThanOrEqual(before)
        expect(end).toBeGreaterThan(start)
        before = start
        // Letters of ASCII stand for themselves, alone or at the head of what has been composed or replaced.
        if (/[B-Zb-z]/.test(mapped.text[at] ?? ''))
          expect(inNfc(text.slice(start, end))).toContain(mapped.text[at])
      }
    }
  })
})

describe('the places of terms', () => {
  const OPTIONS: TermOptions[] = [
    { ...RULES, analyzer: 'word', ngrams: [1, 1] },
    { ...RULES, analyzer: 'word', ngrams: [1, 3] },
    { ...RULES, unicode: 'nfkc', analyzer: 'word', ngrams: [1, 3] },
    { ...RULES, unicode: 'nfkc', analyzer: 'char', ngrams: [1, 3] },
    { ...RULES, analyzer: 'word', ngrams: [2, 3], lowercase: false },
    { lowercase: true, stripHtml: true, analyzer: 'word', ngrams: [1, 2] },
    { ...RULES, analyzer: 'char', ngrams: [1, 4] },
    { ...RULES, analyzer: 'char', ngrams: [3, 5] },
    { ...RULES, analyzer: 'charAcross', ngrams: [1, 4] },
    { ...RULES, analyzer: 'charAcross', ngrams: [2, 6] },
  ]

  test.each(OPTIONS)('are those of the terms that are counted, by %o', (options) => {
    const learner = new TermFinder(options, 'learn', () => {})
    for (const text of texts(200, 3)) learner.scan(text)
    const tables = atOnce(learner.tables())
    const counted: number[] = []
    const located: number[] = []
    const finder = new TermFinder(options, 'pass', (term) => counted.push(term), tables)
    const locator = new TermLocator(options, tables, (_, term, first, last) => {
      if (term === 0x7fff_ffff) return
      located.push(term)
      expect(last).toBeGreaterThanOrEqual(first)
    })
    for (const text of [...texts(100, 4), 'a film, a film', '']) {
      counted.length = 0
      located.length = 0
      finder.scan(text)
      locator.scan(text)
      expect(located).toEqual(counted)
    }
  })

  test('hold the runs of characters of a word, whose spaces are outside of them', () => {
    const options: TermOptions = { ...RULES, analyzer: 'char', ngrams: [2, 3] }
    const learner = new TermFinder(options, 'learn', () => {})
    learner.scan('né')
    const found: [string, [number, number]][] = []
    const locator = new TermLocator(options, atOnce(learner.tables()), (of, _, first, last) =>
      found.push([of.text(first, last), of.span(first, last)]),
    )
    locator.scan('Oh NE\u0301!')
    expect(found).toEqual([
      [' n', [3, 4]],
      [' né', [3, 6]],
      ['né', [3, 6]],
      ['né ', [3, 6]],
      ['é ', [4, 6]],
    ])
  })
})

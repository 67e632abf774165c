import { describe, expect, it } from 'vitest'
import {
  type MappedText,
  mappedPictographsApart,
  mappedPlainText,
  mappedSingleSpaces,
  placeOf,
} from '../../../../src/models/encoders/words/mapped-text.ts'

const RULES = { lowercase: true, stripHtml: true, unicode: 'nfc', entities: 'html5' } as const

/** Returns each unit of a text with the part of the original that it came from. */
function parts(mapped: MappedText, original: string): [string, string][] {
  return [...mapped.text].flatMap((_, at) => {
    const unit = mapped.text[at]
    return unit === undefined ? [] : [[unit, original.slice(...placeOf(mapped, at, at + 1))]]
  })
}

describe('single spaces', () => {
  const single = (text: string) => mappedSingleSpaces({ text, places: null })

  it('stand for white space of any length, none of it at the ends', () => {
    const text = ' a  b\t\n c   '
    const mapped = single(text)
    expect(mapped.text).toBe('a b c')
    expect(parts(mapped, text)).toEqual([
      ['a', 'a'],
      [' ', '  '],
      ['b', 'b'],
      [' ', '\t\n '],
      ['c', 'c'],
    ])
    expect(placeOf(mapped, 0, 5)).toEqual([1, 9])
    expect(mapped.places?.starts).toHaveLength(5)
    expect(mapped.places?.ends).toHaveLength(5)
  })

  it('at the ends of a text that has no others are left out, and the rest keeps its places', () => {
    for (const [text, first] of [
      [' ab c', 1],
      ['ab c ', 0],
      [' ab c ', 1],
    ] as const) {
      const mapped = single(text)
      expect(mapped.text).toBe('ab c')
      expect(mapped.places).not.toBeNull()
      expect([0, 1, 2, 3].map((at) => placeOf(mapped, at, at + 1))).toEqual(
        [0, 1, 2, 3].map((at) => [first + at, first + at + 1]),
      )
    }
  })

  it('change nothing else, and leave nothing of white space alone', () => {
    expect(single('a b')).toEqual({ text: 'a b', places: null })
    expect(single('')).toEqual({ text: '', places: null })
    expect([single(' ').text, single(' \n ').text]).toEqual(['', ''])
  })

  it('come after other changes, and have the places of the original', () => {
    const text = '<b>Good</b>  &amp; '
    const mapped = mappedSingleSpaces(mappedPlainText(text, RULES))
    expect(mapped.text).toBe('good &')
    expect(placeOf(mapped, 0, 4)).toEqual([3, 7])
    expect(placeOf(mapped, 4, 5)).toEqual([7, 13])
    expect(placeOf(mapped, 5, 6)).toEqual([13, 18])
  })
})

describe('a plain text with its places', () => {
  it('is itself where nothing but its capital letters is changed', () => {
    expect(mappedPlainText('A b', RULES)).toEqual({ text: 'a b', places: null })
    expect(mappedPlainText('A b', { ...RULES, lowercase: false })).toEqual({ text: 'A b', places: null })
    expect(mappedPlainText('L’É', RULES)).toEqual({ text: "l'é", places: null })
  })

  it('has what was made of several characters at the place of all of them', () => {
    const text = 'A<br>&eacute; e\u0301İß㎏!'
    const mapped = mappedPlainText(text, { ...RULES, unicode: 'nfkc' })
    expect(parts(mapped, text)).toEqual([
      ['a', 'A'],
      [' ', '<br>'],
      ['é', '&eacute;'],
      [' ', ' '],
      ['é', 'e\u0301'],
      ['i', 'İ'],
      ['\u0307', 'İ'],
      ['s', 'ß'],
      ['s', 'ß'],
      ['k', '㎏'],
      ['g', '㎏'],
      ['!', '!'],
    ])
  })

  it('has only the entities that an earlier release reads, where the version is of one', () => {
    const text = 'a&amp;b&eacute;&nbsp;é'
    const mapped = mappedPlainText(text, { lowercase: true, stripHtml: true })
    expect(mapped.text).toBe('a&b&eacute; é')
    expect(placeOf(mapped, 1, 2)).toEqual([1, 6])
    expect(placeOf(mapped, 11, 12)).toEqual([15, 21])
    expect(mappedPlainText('<b>&amp;', { ...RULES, stripHtml: false }).text).toBe('<b>&amp;')
  })

  it('has the place of the whole text where several letters are composed', () => {
    // Two letters of the Kirat Rai script, neither of them a mark, are one in NFC.
    const text = 'a Good<br>\u{16d67}\u{16d67}'
    const mapped = mappedPlainText(text, RULES)
    expect(mapped.text).toBe('a good \u{16d68}')
    for (let at = 0; at < mapped.text.length; at++) expect(placeOf(mapped, at, at + 1)).toEqual([0, 14])
    expect(mapped.places?.ends).toHaveLength(9)
  })
})

describe('pictographs apart', () => {
  it('have the place of all of their parts, as the spaces around them have', () => {
    const text = 'a👍🏽b'
    const mapped = mappedPictographsApart(mappedPlainText(text, RULES))
    expect(mapped.text).toBe('a 👍 b')
    expect(placeOf(mapped, 0, 1)).toEqual([0, 1])
    for (const at of [1, 2, 3, 4]) expect(placeOf(mapped, at, at + 1)).toEqual([1, 5])
    expect(placeOf(mapped, 5, 6)).toEqual([5, 6])
    expect(mappedPictographsApart({ text: 'a', places: null })).toEqual({ text: 'a', places: null })
    expect(mappedPictographsApart({ text: '©é', places: null })).toEqual({ text: '©é', places: null })
  })
})

describe('the place of no characters', () => {
  it('is where they would stand', () => {
    expect(placeOf({ text: 'abc', places: null }, 2, 2)).toEqual([2, 2])
    const mapped = mappedSingleSpaces({ text: '  a  b', places: null })
    expect(placeOf(mapped, 0, 0)).toEqual([2, 2])
    expect(placeOf(mapped, 2, 2)).toEqual([5, 5])
    expect(placeOf(mapped, 3, 3)).toEqual([6, 6])
  })
})

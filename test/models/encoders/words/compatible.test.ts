import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inCompatibleForm } from '../../../../src/models/encoders/words/compatible.ts'

/** Characters that are read as others, characters that are not, marks, and halves of pairs. */
const UNITS = 'Ａ ｶ ﾞ ﾟ 𝐛 🄰 ﬁ ① ㎏ Ⅷ ﻼ \ufe77 x é 한 ㅎ ´ ½ 😀 \u0301 \ud835 \udc00'.split(' ')

describe('the compatible form of a text', () => {
  it('is that of each character by itself in the form NFKC, or the character itself', () => {
    let replaced = 0
    for (let code = 0; code <= 0x10ffff; code++) {
      const character = String.fromCodePoint(code)
      const form = inCompatibleForm(character)
      if (form === character.normalize('NFC')) continue
      replaced += 1
      if (form !== character.normalize('NFKC'))
        expect(form, code.toString(16)).toBe(character.normalize('NFKC'))
    }
    expect(replaced).toBeGreaterThan(3_000)
  })

  it('is one form of a whole text, in which marks belong to the letters before them', () => {
    const marks = /(?:\u3099|\u309a|\u0301){50}/
    const known = new Map(UNITS.map((unit) => [unit, inCompatibleForm(unit)]))
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...UNITS), { maxLength: 30 }), (units) => {
        const text = units.join('')
        // Halves that have found each other are a character of their own.
        fc.pre(!marks.test(text) && !text.includes('\ud835\udc00'))
        expect(inCompatibleForm(text)).toBe(
          units
            .map((unit) => known.get(unit))
            .join('')
            .normalize('NFC'),
        )
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['one after the other', 'Ａ'.repeat(200_000), 'A'.repeat(200_000)],
    ['between others', 'Ａx'.repeat(200_000), 'Ax'.repeat(200_000)],
    ['with marks', 'ｶﾞ '.repeat(200_000), 'ガ '.repeat(200_000)],
    ['longer than they are', '㎏'.repeat(200_000), 'kg'.repeat(200_000)],
  ])('of many lookalikes %s is right', (_, text, form) => {
    expect(inCompatibleForm(text) === form).toBe(true)
  })

  it('keeps a text with too many marks in a row as it is, but for its lookalikes', () => {
    const marks = '\u0301'.repeat(200)
    expect(inCompatibleForm(`e${marks}Ａ`)).toBe(`e${marks}A`)
  })
})

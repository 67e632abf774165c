import { describe, expect, it } from 'vitest'
import { inNfc, MOST_MARKS, nfcLookup } from '../src/normal-form.ts'

/** An acute accent and a cedilla, which the normal form has the other way round. */
const MARKS = '\u0301\u0327'

describe('the normal form of a text', () => {
  it('is NFC', () => {
    expect(inNfc(`cafe\u0301 ${'x'.repeat(2 * MOST_MARKS)}e\u0301`)).toBe(
      `caf\u00e9 ${'x'.repeat(2 * MOST_MARKS)}\u00e9`,
    )
    const letter = `q${MARKS.repeat(MOST_MARKS / 2)}`
    expect(inNfc(letter)).toBe(letter.normalize('NFC'))
  })

  it('is the text itself where too many marks are in a row, which would take minutes to sort', () => {
    const letter = `q${MARKS.repeat(MOST_MARKS)}`
    expect(inNfc(letter)).toBe(letter)
    const endless = `e${MARKS.repeat(500_000)}`
    expect(inNfc(endless) === endless, 'the text stays as it is').toBe(true)
    expect(nfcLookup([['a', 1]])(endless)).toBeUndefined()
  })

  it('counts marks beyond the first plane as one each', () => {
    const letter = `${'\u{1d165}'.repeat(MOST_MARKS - 1)} e\u0301`
    expect(inNfc(letter)).toBe(letter.normalize('NFC'))
  })
})

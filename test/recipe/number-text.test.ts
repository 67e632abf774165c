import { describe, expect, it } from 'vitest'
import { type NumberText, readNumberText, type Separators } from '../../src/recipe/index.ts'

/** What is read besides the value. */
function shown(text: string): [Separators, string, boolean] | undefined {
  const read: NumberText | undefined = readNumberText(text)
  return read && [read.separators, read.unit, read.isDressed]
}

describe('what the separators of a number show', () => {
  it.each<[text: string, separators: Separators, isDressed: boolean]>([
    ['5', 'none', false],
    ['-5', 'none', false],
    ['5e3', 'none', false],
    ['  5', 'none', false],
    ['5\t\t', 'none', false],
    ['5.', 'point', false],
    ['0.123', 'point', false],
    ['+.5e-3', 'point', false],
    ['1.234', 'eitherPoint', false],
    ['+1.234', 'eitherPoint', false],
    ['1.234e-5', 'point', false],
    ['3,5', 'comma', false],
    ['-,5', 'comma', false],
    ['1,234', 'eitherComma', false],
    ['-1,234', 'eitherComma', false],
    ['1,2345', 'comma', false],
    ['(5)', 'none', true],
    ['(1.234)', 'eitherPoint', true],
    ['(0.5)', 'point', true],
    ['1,234,567', 'point', true],
    ['12,34,567', 'point', true],
    ['1.234.567', 'comma', true],
    ['1 234', 'none', true],
    ["1'234", 'none', true],
    ['1ʼ234,5', 'comma', true],
    ['1 234.5', 'point', true],
    ['1 234,5', 'comma', true],
    ['5-', 'none', true],
  ])('%j: %s', (text, separators, isDressed) => {
    expect(shown(text)).toEqual([separators, '', isDressed])
  })
})

describe('the value of a number', () => {
  const both = (text: string) => {
    const read = readNumberText(text)
    return [read?.value('.'), read?.value(',')]
  }

  it.each<[text: string, byPoint: number, byComma: number]>([
    // Only one form with a point has two readings, and its sign does not belong to it.
    ['1.234', 1.234, 1234],
    ['-1.234', -1.234, -1234],
    ['12.34', 12.34, 12.34],
    ['(1.234)', -1.234, -1234],
    ['(1,234)', -1234, -1.234],
    ['1.234e1', 12.34, 12.34],
    ['+5 €', 5, 5],
    ['€ +5', 5, 5],
    ['- 5', -5, -5],
    ["1'234'567", 1_234_567, 1_234_567],
    // Digits of Arabic, Persian, Devanagari and of full width, whose decimal sign is no separator.
    ['١٢٣', 123, 123],
    ['−۴۵٫۵', -45.5, -45.5],
    ['١٬٢٣٤٫٥', 1234.5, 1234.5],
    ['١٫٢٣٤', 1.234, 1.234],
    ['१२.५', 12.5, 12.5],
    ['１２３', 123, 123],
    // Exponents of Fortran.
    ['1.0D+03', 1000, 1000],
    ['-.25d-1', -0.025, -0.025],
    ['.5D+2', 50, 50],
    ['1.2K', 1200, 1200],
    ['4.35 Mio.', 4_350_000, 4_350_000],
    ['1.234M', 1_234_000, 1_234_000_000],
  ])('%j', (text, byPoint, byComma) => {
    expect(both(text)).toEqual([byPoint, byComma])
  })
})

describe('what stands around the digits', () => {
  it.each<[text: string, unit: string, value: number]>([
    ['$5.', 'USD', 5],
    ['1.2K', 'K', 1200],
    ['$1.5M', 'USD M', 1_500_000],
    ['-3 bn', 'B', -3_000_000_000],
    ['2,5 Mrd. €', 'EUR B', 2_500_000_000],
    ['5. €', 'EUR', 5],
    ['Rs.500', 'INR', 500],
    ['Rs. 500', 'INR', 500],
    ['Rs500.25', 'INR', 500.25],
    ['$.50', 'USD', 0.5],
    ['CHF .50', 'CHF', 0.5],
    ['5,– Euro', 'EUR', 5],
    ['5.-', '', 5],
    ['%5', '%', 5],
    ['５％', '%', 5],
    ['￡5', 'GBP', 5],
    ['￥5', 'JPY', 5],
    ['EUR 5 €', 'EUR', 5],
  ])('%j is in %j', (text, unit, value) => {
    const read = readNumberText(text)
    expect(read && [read.unit, read.value('.')]).toEqual([unit, value])
  })

  it.each([
    '((5))',
    '(5))',
    '-(5)',
    '(5)-',
    '+-5',
    '-5-',
    '5--',
    '5 €%',
    'kg 5',
    '5 kg kg',
    'kg 5 kg',
    '-',
    '(-)',
    '€',
    '.',
    'abc',
    'v1.5',
    '5.5.',
    '5 x.',
    // Codes: a number of Fortran has a point and a sign, and a number has no zero in front.
    '12D-05',
    '3.0D4',
    '۰۹۱۲۳۴۵۶۷۸۹',
    '٠٠٥٠١',
  ])('%j is no number', (text) => {
    expect(readNumberText(text)).toBeUndefined()
  })

  it('has 100 characters at most', () => {
    expect(readNumberText('5'.padStart(100))?.value('.')).toBe(5)
    expect(readNumberText('5'.padStart(101))).toBeUndefined()
    expect(readNumberText('1'.repeat(100))?.value('.')).toBeCloseTo(1.1111111e99, -93)
  })
})

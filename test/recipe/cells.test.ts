import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  booleanOfWord,
  type CellRules,
  cellReader,
  missingTexts,
  numberOfCell,
} from '../../src/recipe/index.ts'

const POINT: CellRules = { decimal: '.', units: ['', 'USD', 'EUR', 'KRW', 'CHF', 'INR', '%'] }
const COMMA: CellRules = { ...POINT, decimal: ',' }

describe('a number in a text', () => {
  it.each<[text: string, byPoint: number | undefined, byComma: number | undefined]>([
    ['5', 5, 5],
    [' -5.25\t', -5.25, -5.25],
    ['.5', 0.5, 0.5],
    ['5.', 5, 5],
    ['1e3', 1000, 1000],
    ['3,5', 3.5, 3.5],
    [',5', 0.5, 0.5],
    ['1,234', 1234, 1.234],
    ['1.234', 1.234, 1234],
    ['-1.234', -1.234, -1234],
    ['0,123', 0.123, 0.123],
    ['0.123', 0.123, 0.123],
    ['1,234.50', 1234.5, 1234.5],
    ['1.234,50', 1234.5, 1234.5],
    ['1,234,567', 1234567, 1234567],
    ['1.234.567,8', 1234567.8, 1234567.8],
    ['12,34,567.00', 1234567, 1234567],
    ['1 234', 1234, 1234],
    ['1\u00a0234\u00a0567,5', 1234567.5, 1234567.5],
    ['1\u202f234', 1234, 1234],
    ["1'234.5", 1234.5, 1234.5],
    ['1’234', 1234, 1234],
    ['$1,234.50', 1234.5, 1234.5],
    ['1.234,50 €', 1234.5, 1234.5],
    ['EUR 5', 5, 5],
    ['5USD', 5, 5],
    ['US$ 5', 5, 5],
    ['$5 USD', 5, 5],
    ['$5 EUR', undefined, undefined],
    ['₩12,000', 12000, 12],
    ['12,000원', 12000, 12],
    ['￦１２，０００', 12000, 12],
    ['Rs.500', 500, 500],
    ['Fr. 5.–', 5, 5],
    ['5,- €', 5, 5],
    ['12.5%', 12.5, 12.5],
    ['12,5 %', 12.5, 12.5],
    ['(1,234)', -1234, -1.234],
    ['($5.25)', -5.25, -5.25],
    ['$(5)', -5, -5],
    ['1,234.50-', -1234.5, -1234.5],
    ['5-', -5, -5],
    ['\u22125', -5, -5],
    ['-$5', -5, -5],
    ['$-5', -5, -5],
    ['5 kg', undefined, undefined],
    ['5²', undefined, undefined],
    ['½', undefined, undefined],
    ['1_000', undefined, undefined],
    ['1,23,4', undefined, undefined],
    ['1.2.3', undefined, undefined],
    ['01,234.5', undefined, undefined],
    ['2024-01-02', undefined, undefined],
    ['10:30', undefined, undefined],
    ['1/2', undefined, undefined],
    ['--5', undefined, undefined],
    ['(-5)', undefined, undefined],
    ['(5', undefined, undefined],
    ['5)', undefined, undefined],
    ['()', undefined, undefined],
    ['-', undefined, undefined],
    ['%', undefined, undefined],
    ['', undefined, undefined],
    ['1e400', undefined, undefined],
    ['inf', undefined, undefined],
    ['0x10', undefined, undefined],
    ['٣', 3, 3],
    ['5'.repeat(101), undefined, undefined],
  ])('%j is %s, and %s where a comma is the decimal sign', (text, byPoint, byComma) => {
    expect([numberOfCell(text, POINT), numberOfCell(text, COMMA)]).toEqual([byPoint, byComma])
  })

  it('with two readings is none where nothing says which, and one of a unit that its column lacks is none', () => {
    expect(numberOfCell('1,234', {})).toBeUndefined()
    expect(numberOfCell('1.234', {})).toBe(1.234)
    expect(numberOfCell('$5', {})).toBeUndefined()
    expect(numberOfCell('€5', { units: ['', 'USD'] })).toBeUndefined()
    expect(numberOfCell('5', { units: ['%'] })).toBeUndefined()
  })

  it('comes back as it was written, by any country', () => {
    const amount = fc.record({
      cents: fc.integer({ min: -1e12, max: 1e12 }),
      digits: fc.integer({ min: 0, max: 3 }),
      locale: fc.constantFrom(
        'en-US',
        'de-DE',
        'fr-FR',
        'de-CH',
        'en-IN',
        'pt-BR',
        'ko-KR',
        'nb-NO',
        'pl-PL',
        'cs-CZ',
      ),
      currency: fc.constantFrom(undefined, 'USD', 'EUR', 'KRW', 'CHF', 'INR'),
      currencySign: fc.constantFrom('standard' as const, 'accounting' as const),
    })
    fc.assert(
      fc.property(amount, ({ cents, digits, locale, currency, currencySign }) => {
        const value = Number((cents / 1000).toFixed(digits))
        const text = new Intl.NumberFormat(locale, {
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
          ...(currency && { style: 'currency', currency, currencySign }),
        }).format(value)
        const parts = new Intl.NumberFormat(locale).formatToParts(1.5)
        const decimal = parts.find(({ type }) => type === 'decimal')?.value === ',' ? ',' : '.'
        // −0 is written with a sign, and is 0 without its digits.
        expect(numberOfCell(text, { decimal, units: ['', currency ?? ''] })! + 0).toBe(value + 0)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is found or not found in any text, in no time', () => {
    const pieces = fc.array(fc.constantFrom(..."0123456789.,'’ -+()%$€eE\u00a0\u202f１￦kr"), {
      maxLength: 120,
    })
    fc.assert(
      fc.property(pieces, fc.constantFrom('.', ',', undefined), (parts, decimal) => {
        const value = numberOfCell(parts.join(''), decimal ? { ...POINT, decimal } : POINT)
        expect(value === undefined || Number.isFinite(value)).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('a cell that a client sends', () => {
  it('is read as the file was', () => {
    const amount = cellReader('number', { decimal: '.', units: ['', 'USD'], missing: ['99', 'keine Angabe'] })
    expect(['$1,234.50', '1,234', ' Keine Angabe ', '?', '', 99, 98, null, '5 kg', true].map(amount)).toEqual(
      [1234.5, 1234, null, null, null, null, 98, null, '5 kg', true],
    )
    const answer = cellReader('boolean', { words: true })
    expect(['Ja', 'nein', '예', '아니오', 'Y', 'n', '1', 'TRUE', true, 'perhaps'].map(answer)).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      true,
      true,
      true,
      'perhaps',
    ])
    expect(cellReader('boolean', {})('yes')).toBe('yes')
    expect(['a', 'keine angabe', 5].map(cellReader('category', { missing: ['keine Angabe'] }))).toEqual([
      'a',
      null,
      5,
    ])
  })

  it('of a number column is missing where it is a placeholder, with spaces around it or not', () => {
    const amount = cellReader('number', {})
    expect(['N/A', 'n/a', ' ? ', '-', '  '].map(amount)).toEqual([null, null, null, null, null])
    expect(amount('n/a'.padEnd(100))).toBeNull()
    expect(amount('n/a'.padEnd(101))).toBe('n/a'.padEnd(101))
  })

  it('is missing as a number or a boolean, and never as a list', () => {
    const cell = cellReader('category', { missing: ['99', 'false'] })
    expect([99, false, 98, true].map(cell)).toEqual([null, null, 98, true])
    expect([['99'], { toString: () => '99' }, null].map(cell)).toEqual([['99'], expect.any(Object), null])
  })

  it('is a boolean with spaces around its word, up to 100 characters', () => {
    expect([' Ja ', 'ja'.padEnd(100), 'nein'.padStart(100)].map(booleanOfWord)).toEqual([true, true, false])
    expect(booleanOfWord('ja'.padEnd(101))).toBeUndefined()
  })

  it('is missing with so many spaces as leave twice its length and 100 characters', () => {
    const long = 'keine Angabe dazu gemacht'
    const isMissing = missingTexts(['-', long])
    expect(isMissing(long.padEnd(2 * long.length + 100))).toBe(true)
    expect(isMissing(long.padEnd(2 * long.length + 101))).toBe(false)
    expect(missingTexts(['stra\u00dfe'])('strasse')).toBe(false)
  })

  it('has a word for true or false in composed and decomposed letters', () => {
    expect(booleanOfWord('s\u00ed')).toBe(true)
    expect(booleanOfWord('si\u0301')).toBe(true)
    expect(booleanOfWord('예'.normalize('NFD'))).toBe(true)
  })

  it('is missing whatever its case, spaces and normal form', () => {
    const isMissing = missingTexts(['Näo dito', '-9'])
    expect(['näo dito', ' NA\u0308O DITO\t', '-9', '- 9', 'Nao dito', ''].map(isMissing)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ])
  })
})

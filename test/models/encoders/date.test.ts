import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dateTimeOf, isoText } from '../../../src/date-time.ts'
import { DateState, dateEncoder, dateFitter, exampleDate } from '../../../src/models/encoders/date.ts'
import { SparseRow } from '../../../src/models/encoders/sparse-row.ts'
import { signatureOf } from '../../../src/models/signature.ts'

type Options = Partial<Parameters<typeof dateFitter>[0]>

const DAY = 86_400_000

function learn(values: readonly (string | null)[], options: Options = {}): DateState {
  const fitter = dateFitter({
    type: 'datetime',
    scaling: 'none',
    missing: 'median',
    bins: 8,
    outside: 'clamp',
    ...options,
  })
  for (const value of values) fitter.add(value)
  // As it is read from the file.
  return DateState.parse(JSON.parse(JSON.stringify(fitter.finish())))
}

function encoded(state: DateState, value: string | number | null): number[] {
  const encoder = dateEncoder(state)
  expect(encoder.fault(value)).toBeUndefined()
  const row = new SparseRow()
  encoder.encode(value, 0, row)
  const numbers = new Array<number>(encoder.width).fill(0)
  for (let at = 0; at < row.length; at++) numbers[row.indices[at] ?? 0] = row.values[at] ?? 0
  return numbers
}

/** Days from an instant on, in ISO 8601. */
const days = (count: number, from = '2023-01-01') =>
  Array.from({ length: count }, (_, day) => isoText(dateTimeOf(Date.parse(from) + day * DAY), 'date'))

const turn = (share: number) => [Math.sin(2 * Math.PI * share), Math.cos(2 * Math.PI * share)]

describe('the inputs of a date', () => {
  it('are days since the first one, the year, and sine and cosine of each cycle', () => {
    const state = learn(days(800))
    expect(state).toMatchObject({
      cycles: ['month', 'dayOfYear', 'weekday'],
      range: { min: '2023-01-01T00:00:00', max: '2025-03-10T00:00:00' },
    })
    const [elapsed = 0, year = 0, ...cycles] = encoded(state, '2024-03-01')
    expect(elapsed).toBe(425)
    expect(year).toBeGreaterThan(0)
    // The first of March, a Friday, is day 60 of a leap year.
    const wanted = [...turn(2 / 12), ...turn(60 / 365.25), ...turn(5 / 7)]
    for (const [at, value] of wanted.entries()) expect(cycles[at]).toBeCloseTo(value, 6)
    expect(cycles).toHaveLength(wanted.length)
  })

  it('have the hour where it differs, with its minutes', () => {
    const hours = Array.from({ length: 48 }, (_, hour) => isoText(dateTimeOf(hour * 3_600_000), 'datetime'))
    const state = learn(hours)
    expect(state.cycles).toEqual(['hour'])
    const [, sine = 0, cosine = 0] = encoded(state, '1970-01-02T06:30')
    expect([sine, cosine]).toEqual(turn(6.5 / 24).map((value) => expect.closeTo(value, 6)))
    expect(learn(hours, { type: 'date' }).cycles).toEqual([])
  })

  it('have no cycle that the rows have not gone through once', () => {
    expect(learn(days(300)).cycles).toEqual(['weekday'])
    expect(learn(days(5)).cycles).toEqual([])
    expect(learn(days(800).filter((_, day) => day % 7 === 0)).cycles).toEqual(['month', 'dayOfYear'])
    expect(learn(days(300)).year).toBeUndefined()
    expect(dateEncoder(learn(['2024-01-01', '2024-01-01'])).width).toBe(1)
    expect(dateEncoder(learn([null])).width).toBe(2)
  })

  it('take the instant for elapsed time, and the clock as written for all else', () => {
    const state = learn(['2024-01-01T00:00:00Z', '2024-01-03T23:00:00Z'])
    const [elapsed, sine, cosine] = encoded(state, '2024-01-02T06:00:00+02:00')
    expect(elapsed).toBeCloseTo(1 + 4 / 24, 6)
    expect([sine, cosine]).toEqual(turn(6 / 24).map((value) => expect.closeTo(value, 6)))
  })

  it('keep a gap apart, with the middle of time and no place in a cycle', () => {
    const state = learn([...days(9), null])
    const gap = encoded(state, null)
    expect(gap).toEqual([4, 0, 0, 1])
    for (const text of ['', ' ', 'NA', '0000-00-00', '0000-00-00 00:00:00'])
      expect(encoded(state, text)).toEqual(gap)
    expect(dateEncoder(learn(['2024-01-01'], { missing: 'refuse' })).fault('')).toContain('refuses gaps')
  })

  it('count beyond the range as the nearer end, or go on, and stay finite', () => {
    const late = '2030-06-01'
    const clamped = learn(days(800))
    expect(encoded(clamped, late).slice(0, 2)).toEqual(encoded(clamped, '2025-03-10').slice(0, 2))
    const [elapsed = 0, year = 0] = encoded(learn(days(800), { outside: 'extend' }), late)
    expect(elapsed).toBe(2_708)
    expect(year).toBeGreaterThan(encoded(clamped, late)[1] ?? 0)
    expect(dateEncoder(clamped).unlearnt?.(late)).toEqual({
      min: '2023-01-01T00:00:00',
      max: '2025-03-10T00:00:00',
      code: 'outside-range',
      message: expect.stringContaining('count as those of the nearer end'),
    })
    expect(dateEncoder(clamped).unlearnt?.('2024-01-01')).toBeUndefined()
    expect(dateEncoder(clamped).unlearnt?.('')).toBeUndefined()
  })

  it('note an offset where the training rows have none, and the other way round', () => {
    const noteOf = (state: DateState, text: string) => dateEncoder(state).unlearnt?.(text)?.message
    const plain = learn(['2024-01-01T00:00', '2024-02-01T00:00'])
    const zoned = learn(['2024-01-01T00:00Z', '2024-02-01T00:00Z'])
    expect(noteOf(plain, '2024-01-02T08:00+02:00')).toContain('this time has one')
    expect(noteOf(zoned, '2024-01-02T08:00')).toContain('it counts as UTC')
    expect(noteOf(zoned, '2025-01-02T08:00')).toMatch(/range from .* it counts as UTC/)
    for (const text of ['2024-01-02T08:00Z', '2024-01-02']) {
      expect(noteOf(plain, text)).toBeUndefined()
      expect(noteOf(zoned, text)).toBeUndefined()
    }
  })

  it('are finite for any date, in any scaling', () => {
    const instants = fc.integer({ min: -62_135_000_000_000, max: 253_402_000_000_000 })
    const texts = instants.map((instant) => isoText(dateTimeOf(instant, 0), 'datetime'))
    for (const scaling of ['none', 'standard', 'minMax', 'quantile', 'piecewiseLinear'] as const)
      for (const outside of ['clamp', 'extend'] as const)
        fc.assert(
          fc.property(
            fc.array(fc.option(texts, { freq: 5 }), { maxLength: 20 }),
            texts,
            (training, asked) => {
              const numbers = encoded(learn(training, { scaling, outside }), asked)
              expect(numbers.every(Number.isFinite)).toBe(true)
            },
          ),
          { numRuns: 30 },
        )
  })
})

describe('a client', () => {
  const state = learn(days(800), { type: 'date', format: '%d.%m.%Y' })

  it('may send the form of the file, or ISO 8601', () => {
    const wanted = encoded(state, '2024-03-01')
    for (const text of ['01.03.2024', '1.3.2024', ' 01.03.2024 ', '2024-03-01T23:59:59-05:00'])
      expect(encoded(state, text)).toEqual(wanted)
    expect(encoded(learn(days(800), { format: '%s' }), 1_709_251_200)).toEqual(
      encoded(learn(days(800), { format: '%s' }), '2024-03-01T00:00:00Z'),
    )
  })

  it.each([
    ['03/01/2024', '"03/01/2024"'],
    ['30.02.2024', '"30.02.2024"'],
    ['soon', '"soon"'],
    [20240301, 'a number'],
    [true, 'a boolean'],
    [{}, 'an object'],
    [['2024-03-01'], 'a list'],
    ['x'.repeat(1_000_000), `"${'x'.repeat(40)}"`],
  ])('is told the form in place of %j', (sent, got) => {
    expect(dateEncoder(state).fault(sent)).toBe(
      `Expected a date such as "04.02.2024" (%d.%m.%Y) or "2024-02-04", got ${got}.`,
    )
  })

  it('finds form, range and an example in the signature', () => {
    const target = { task: 'binary' as const, classes: ['a', 'b'], threshold: 0.5 }
    const signature = signatureOf({ inputs: [{ name: 'day', type: 'date', state }], target })
    expect(signature.inputs).toEqual([
      {
        name: 'day',
        type: 'date',
        nullable: true,
        missing: 'median',
        format: '%d.%m.%Y',
        range: { min: '2023-01-01', max: '2025-03-10' },
        minimum: '2023-01-01',
        maximum: '2025-03-10',
      },
    ])
    expect(signature.example).toEqual({ day: '04.02.2024' })
    for (const format of ['%Y-%m-%d', '%s', '%Q', '%Y%m%d', '%b %d, %Y', '%d/%m/%Y %I:%M %p', '%Y-%m'])
      for (const type of ['date', 'datetime'] as const)
        for (const values of [days(9), ['2024-03-01T12:30:15.5+02:00'], []]) {
          const each = learn(values, { type, format })
          expect(dateEncoder(each).fault(exampleDate(each))).toBeUndefined()
        }
  })

  it('is not served by a damaged state', () => {
    expect(DateState.safeParse({ ...state, format: '%d' }).success).toBe(false)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DateTime, dateTimeOf, instantOf, isoText, partsOf } from '../src/date-time.ts'
import { type DateFormat, dateFormat, parseDate, parseIso } from '../src/dates.ts'

const isoOf = (text: string, pattern?: string) => {
  const time = pattern === undefined ? parseIso(text) : parseDate(text, formatOf(pattern))
  return time && isoText(time, time.hasTime ? 'datetime' : 'date')
}

function formatOf(pattern: string): DateFormat {
  const format = dateFormat(pattern)
  if (typeof format === 'string') throw new Error(format)
  return format
}

/** Times whose offsets and fractions vary. */
const TIMES = fc
  .record({
    instant: fc.integer({ min: -62_135_596_800_000 + 86_400_000, max: 253_402_300_799_999 - 86_400_000 }),
    offset: fc.option(fc.integer({ min: -14 * 60, max: 14 * 60 })),
  })
  .map(({ instant, offset }) => dateTimeOf(instant, offset === null ? null : offset + 0))

describe('reading ISO 8601', () => {
  it.each([
    ['2024-03-01', '2024-03-01'],
    ['2024-02-29', '2024-02-29'],
    ['0001-01-01', '0001-01-01'],
    ['9999-12-31', '9999-12-31'],
    ['2024-03-01T12:30', '2024-03-01T12:30:00'],
    ['2024-03-01T12:30:00Z', '2024-03-01T12:30:00Z'],
    ['2024-03-01t12:30:00z', '2024-03-01T12:30:00Z'],
    ['2024-03-01 12:30:00 UTC', '2024-03-01T12:30:00Z'],
    ['2024-03-01 12:30:00+00', '2024-03-01T12:30:00Z'],
    ['2024-03-01 9:30:07 AM GMT+9', '2024-03-01T09:30:07+09:00'],
    ['2024-03-01 12:30:00 GMT-0330', '2024-03-01T12:30:00-03:30'],
    ['2024-03-01 12:30:00 UTC+10', '2024-03-01T12:30:00+10:00'],
    ['2024-03-01 12:30:00 GMT+5:30', '2024-03-01T12:30:00+05:30'],
    ['2024-03-01 12:30:00 UTC-0', '2024-03-01T12:30:00Z'],
    ['2024-03-01 12:30:00-0330', '2024-03-01T12:30:00-03:30'],
    ['2024-03-01T12:30:15.120+02:00', '2024-03-01T12:30:15.12+02:00'],
    ['2024-03-01T12:30:15,123456789', '2024-03-01T12:30:15.123456789'],
    ['2024-3-1', '2024-03-01'],
  ])('reads %s as %s', (text, wanted) => expect(isoOf(text)).toBe(wanted))

  it.each([
    '2024-02-30',
    '2023-02-29',
    '1900-02-29',
    '2024-13-01',
    '2024-00-10',
    '2024-04-31',
    '0000-01-01',
    '2024-03-01T24:00',
    '2024-03-01T12:60',
    '2024-03-01T12:30:60',
    '2024-03-01T12:30+19:00',
    '2024-03-01T12:30+9',
    '2024-03-01 12:30 GMT+19',
    '2024-03-01 12:30 GMT+930',
    '2024-03-01 12:30 UTC+123',
    '2024-03-01 12:30 GMT+',
    '2024-03-01 12:30 +09 GMT',
    '2024-03-01T',
    '2024-03-01T12',
    '2024-03-01Z',
    '+2024-03-01',
    '12024-03-01',
    '2024-03',
    '12:30',
    '٢٠٢٤-٠٣-٠١',
    '2024–03–01',
    '2024-03-01\n',
    '2024-03-01\0',
    '',
    `2024-03-01T12:30:00.${'1'.repeat(40)}`,
    `2024-03-01${' '.repeat(1_000_000)}12:30`,
  ])('refuses %j', (text) => expect(parseIso(text)).toBeUndefined())

  it('brings an offset to UTC for the instant, and keeps the clock as written', () => {
    const time = parseIso('2024-03-01T23:30:00-05:00')
    expect(time && new Date(instantOf(time)).toISOString()).toBe('2024-03-02T04:30:00.000Z')
    expect(time && partsOf(time)).toMatchObject({ month: 3, day: 1, hour: 23, weekday: 5, dayOfYear: 60 })
  })

  it('agrees with the clock of JavaScript', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }), (date) => {
        const time = parseIso(date.toISOString())
        expect(time && instantOf(time)).toBe(date.getTime())
      }),
    )
  })
})

describe('a date format', () => {
  it.each([
    ['%d.%m.%Y', '01.03.2024', '2024-03-01'],
    ['%d.%m.%Y', '1.3.2024', '2024-03-01'],
    ['%d.%m.%Y', ' 01.03.2024 12:30\t', '2024-03-01T12:30:00'],
    ['%d.%m.%Y', '2024-03-01', '2024-03-01'],
    ['%m/%d/%Y', '3/1/2024 3:07:09 PM', '2024-03-01T15:07:09'],
    ['%m/%d/%Y', '3/1/2024, 12:07 a.m.', '2024-03-01T00:07:00'],
    ['%m/%d/%Y %I:%M %p', '03/01/2024 12:30 PM', '2024-03-01T12:30:00'],
    ['%d/%m/%Y %H:%M', '01/03/2024 07:05', '2024-03-01T07:05:00'],
    ['%Y%m%d', '20240301', '2024-03-01'],
    ['%Y%m%d%H%M%S', '20240301123015', '2024-03-01T12:30:15'],
    ['%d-%b-%y', '01-MAR-24', '2024-03-01'],
    ['%d-%b-%y', '1-Sep-70', '1970-09-01'],
    ['%B %d, %Y', 'Sept 1, 2024', '2024-09-01'],
    ['%a, %d %b %Y %T %z', 'Fri, 01 Mar 2024 12:30:00 GMT', '2024-03-01T12:30:00Z'],
    ['%Y-%m', '2024-03', '2024-03-01'],
    ['%Y', '2024', '2024-01-01'],
    ['%s', '1709296200', '2024-03-01T12:30:00Z'],
    ['%s', '1709296200.25', '2024-03-01T12:30:00.25Z'],
    ['%s', '-0.5', '1969-12-31T23:59:59.5Z'],
    ['%Q', '1709296200250', '2024-03-01T12:30:00.25Z'],
    ['%Y-Q%q', '2024-Q3', '2024-07-01'],
    ['%YQ%q', '2024Q1', '2024-01-01'],
    ['Q%q %Y', 'Q4 2024', '2024-10-01'],
    ['%G-W%V', '2015-W53', '2015-12-28'],
    ['%G-W%V', '2016-W1', '2016-01-04'],
    ['%GW%V', '2020W01', '2019-12-30'],
    ['%G-W%V-%u', '2020-W53-7', '2021-01-03'],
    ['%E', '45352', '2024-03-01'],
    ['%E', '45352.0', '2024-03-01'],
    ['%E', '45352.5208333333', '2024-03-01T12:30:00'],
    ['%E', '61', '1900-03-01'],
  ])('%s reads %j as %s', (pattern, text, wanted) => expect(isoOf(text, pattern)).toBe(wanted))

  it.each([
    ['%d.%m.%Y', '30.02.2024'],
    ['%d.%m.%Y', '01/03/2024'],
    ['%Y%m%d', '2024301'],
    ['%Y%m%d', '20240230'],
    ['%m/%d/%Y %I:%M %p', '03/01/2024 13:30 PM'],
    ['%a %Y-%m-%d', 'Mon 2024-03-01'],
    ['%d %b %Y', '1 Mär 2024'],
    ['%s', '1e9'],
    ['%s', '999999999999'],
    ['%Q', '12,5'],
    ['%Y-Q%q', '2024-Q5'],
    ['%G-W%V', '2016-W53'],
    ['%G-W%V', '2016-W00'],
    ['%E', '60'],
    ['%E', '2958466'],
  ])('%s refuses %j', (pattern, text) => expect(parseDate(text, formatOf(pattern))).toBeUndefined())

  it.each([
    ['', 'year'],
    ['%H:%M', 'year'],
    ['%d.%m.%Y %k', 'Unknown directive "%k"'],
    ['%Y-%', 'Unknown directive "%"'],
    ['%Y %Y', 'once'],
    ['%Y %y', 'not both'],
    ['%Y-%m-%d %M', 'hour'],
    ['%Y-%m-%d %I:%M', '%p'],
    ['%Y %d', 'month'],
    ['%s %Y', 'alone'],
    ['%E %Y', 'alone'],
    ['%G', '%V'],
    ['%Y-W%V', '%G'],
    ['%G-W%V-%d', '%u'],
    ['%Y-%m Q%q', 'not both'],
    ['%Y-%d-%m', 'ISO 8601'],
    [`%Y${'-'.repeat(70)}`, '64 characters'],
  ])('%j is refused', (pattern, wanted) => expect(dateFormat(pattern)).toContain(wanted))

  it('tells a form that is a number from one that is not', () => {
    const numeric = ['%s', '%Q', '%Y', '%Y%m%d', '%Y.%m'].map((pattern) => formatOf(pattern).isNumeric)
    expect(numeric).toEqual([true, true, true, true, true])
    const others = ['%Y-%m-%d', '%d.%m.%Y', '%Y-%m'].map((pattern) => formatOf(pattern).isNumeric)
    expect(others).toEqual([false, false, false])
  })
})

describe('what was written is read again', () => {
  const sameTime = (a: DateTime | undefined, b: DateTime) => {
    expect(a && { ...a, offset: a.offset ?? 0 }).toEqual({ ...b, offset: b.offset ?? 0 })
  }

  it('in ISO 8601, with any offset', () => {
    fc.assert(
      fc.property(TIMES, (time) => {
        expect(parseIso(isoText(time, 'datetime'))).toEqual(time)
      }),
    )
  })

  it.each([
    '%d.%m.%Y',
    '%m/%d/%Y',
    '%Y/%m/%d',
    '%d %b %Y',
    '%b %d, %Y',
    '%Y%m%dT%H%M%S.%f%z',
    '%d/%m/%Y %I:%M:%S.%f %p %z',
    '%a, %d %B %Y %H:%M:%S.%f %z',
  ])('as %s', (pattern) => {
    const format = formatOf(pattern)
    fc.assert(fc.property(TIMES, (time) => sameTime(parseDate(format.write(time), format), time)))
  })

  it('as the week and weekday of ISO 8601, and as days of a spreadsheet', () => {
    const day = fc.integer({ min: 61, max: 2_958_465 })
    for (const format of [formatOf('%G-W%V-%u'), formatOf('%E')])
      fc.assert(
        fc.property(day, (days) => {
          const wallClock = (days - 25_569) * 86_400_000
          const time = { wallClock, offset: null, fraction: '', hasTime: false }
          expect(parseDate(format.write(time), format)?.wallClock).toBe(wallClock)
        }),
      )
  })

  it('as seconds and milliseconds since 1970', () => {
    const instants = fc.integer({ min: -60_000_000_000, max: 253_402_300_799 })
    fc.assert(
      fc.property(instants, (seconds) => {
        const time = dateTimeOf(seconds * 1_000, 0)
        for (const format of ['%s', '%Q'].map(formatOf)) sameTime(parseDate(format.write(time), format), time)
      }),
    )
  })

  it('and no text throws', () => {
    const formats = ['%d.%m.%Y', '%s', '%d-%b-%y', '%Y-%m-%d'].map(formatOf)
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789-/.:T Z+%') })
    fc.assert(
      fc.property(fc.oneof(fc.string(), digits), (text) => {
        for (const format of formats) {
          const time = parseDate(text, format)
          if (time) expect(parseIso(isoText(time, 'datetime'))).toBeDefined()
        }
        dateFormat(text)
      }),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { dateText, type Shown, shownBy } from '../../../src/datasets/reader/xlsx/dates.ts'

describe('the format of a cell in a workbook', () => {
  // ECMA-376 part 1, 18.8.30. The others of up to 163 are numbers, texts, or elapsed times.
  const BUILT_IN: Record<Exclude<Shown, 'number'>, number[]> = {
    date: [14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58],
    time: [18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56],
    'date-time': [22],
  }

  it('shows dates and times by its number, where it is built in', () => {
    for (let id = 0; id <= 163; id++) {
      const wanted = Object.entries(BUILT_IN).find(([, ids]) => ids.includes(id))?.[0] ?? 'number'
      expect([id, shownBy(id, undefined)]).toEqual([id, wanted])
    }
  })

  it.each<[code: string, shown: Shown]>([
    ['yyyy-mm-dd', 'date'],
    ['d', 'date'],
    ['mmmm', 'date'],
    ['YYYY', 'date'],
    ['yyyy-mm-dd hh:mm', 'date-time'],
    ['d h', 'date-time'],
    ['hh:mm', 'time'],
    ['mm:ss', 'time'],
    ['H:MM AM/PM', 'time'],
    ['[h]:mm', 'number'],
    ['[mm]:ss', 'number'],
    ['[SS]', 'number'],
    ['[Red]yyyy', 'date'],
    ['[$-409]d', 'date'],
    ['[Red]0', 'number'],
    ['General', 'number'],
    ['GENERAL', 'number'],
    ['0.00', 'number'],
    ['0 "days"', 'number'],
    ['0\\d', 'number'],
    ['0_d', 'number'],
    ['0*y', 'number'],
    ['0;yyyy', 'number'],
    ['yyyy;0', 'date'],
    ['"a;b"yyyy', 'date'],
    ['', 'number'],
  ])('%s shows a %s', (code, shown) => {
    expect(shownBy(14, code)).toBe(shown)
  })
})

describe('a number of days in a workbook', () => {
  it.each<[days: number, shown: Shown, text: string | undefined]>([
    // As Excel shows them; it has no date for day 0.
    [1, 'date', '1900-01-01'],
    [59, 'date', '1900-02-28'],
    [61, 'date', '1900-03-01'],
    [45_292, 'date', '2024-01-01'],
    [45_292.5, 'date', '2024-01-01T12:00:00'],
    [45_292, 'date-time', '2024-01-01T00:00:00'],
    [45_292.25, 'date-time', '2024-01-01T06:00:00'],
    [45_292 + 1.5 / 86_400, 'date-time', '2024-01-01T00:00:01.500'],
    [2_958_465, 'date', '9999-12-31'],
    [2_958_466, 'date', undefined],
    [-1, 'date', undefined],
    [Number.NaN, 'date', undefined],
    [45_292, 'number', undefined],
    // Less than a day is a time.
    [0.5, 'time', '12:00:00'],
    [0.5, 'date-time', '12:00:00'],
    [0, 'time', '00:00:00'],
    [0.75, 'date', '1899-12-31T18:00:00'],
    [1.5, 'time', '1900-01-01T12:00:00'],
  ])('%d as a %s is %s', (days, shown, text) => {
    expect(dateText(days, shown, false)).toBe(text)
  })

  it.each<[days: number, shown: Shown, text: string]>([
    [0, 'date', '1904-01-01'],
    [59, 'date', '1904-02-29'],
    [60, 'date', '1904-03-01'],
    [43_830, 'date', '2024-01-01'],
    [0.5, 'date-time', '1904-01-01T12:00:00'],
    [0.5, 'time', '12:00:00'],
    [1.5, 'time', '1904-01-02T12:00:00'],
  ])('%d from 1904 as a %s is %s', (days, shown, text) => {
    expect(dateText(days, shown, true)).toBe(text)
  })
})

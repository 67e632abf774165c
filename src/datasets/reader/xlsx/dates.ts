/*
 * Dates in spreadsheets are numbers of days; only the format of a cell shows that one is a date. Sources: ECMA-376
 * part 1, 18.8.30 (number formats) and 18.17.4 (dates).
 */

/** What the format of a cell shows of a number. An elapsed time stays the number that it is. */
export type Shown = 'number' | 'date' | 'time' | 'date-time'

/** Built-in formats that are dates or times, by number; the others of up to 163 are numbers. */
const BUILT_IN = new Map<number, Shown>([
  ...[14, 15, 16, 17, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => [id, 'date'] as const),
  ...[18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56].map((id) => [id, 'time'] as const),
  [22, 'date-time'],
])

const DAY_MS = 24 * 60 * 60 * 1000
/** Day 0 of a workbook, in days since 1970: of the usual one 1899-12-30, of an old Macintosh's 1904-01-01. */
const DAY_0 = { 1900: -25_569, 1904: -24_107 }
/** Days up to 9999-12-31. */
const MAX_DAYS = 2_958_466

/** Returns what a format shows, by its number and its code; custom formats have a code. */
export function shownBy(id: number, code: string | undefined): Shown {
  if (code === undefined) return BUILT_IN.get(id) ?? 'number'
  // The format of positive numbers is the first of up to four. Texts, escapes, colours and locales say nothing.
  const first = code.replace(/"[^"]*"|\\.|_.|\*./g, '').split(';', 1)[0] ?? ''
  if (/\[(h+|m+|s+)\]/i.test(first)) return 'number'
  const letters = first
    .replace(/\[[^\]]*\]/g, '')
    .replace(/General/gi, '')
    .toLowerCase()
  const hasTime = /[hs]/.test(letters)
  const hasDate = /[yd]/.test(letters) || (letters.includes('m') && !hasTime)
  if (hasDate) return hasTime ? 'date-time' : 'date'
  return hasTime ? 'time' : 'number'
}

/**
 * Returns the date, or the date and time, of a number of days in the form of ISO 8601; undefined if it is none.
 * @param from1904 whether days count from 1904
 */
export function dateText(days: number, shown: Shown, from1904: boolean): string | undefined {
  if (shown === 'number' || !(days >= 0 && days < MAX_DAYS)) return undefined
  // Day 60 is 1900-02-29, which never was: days before it are one day later than they seem.
  const day0 = from1904 ? DAY_0[1904] : days < 60 ? DAY_0[1900] + 1 : DAY_0[1900]
  const ms = Math.round(days * DAY_MS)
  const [date = '', clock = ''] = new Date(day0 * DAY_MS + ms).toISOString().slice(0, -1).split('T')
  const time = clock.replace(/\.000$/, '')
  if (days < 1 && !from1904 && shown !== 'date') return time
  if (shown === 'time' && days < 1) return time
  return shown === 'date' && ms % DAY_MS === 0 ? date : `${date}T${time}`
}

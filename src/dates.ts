import { type Part, parsePattern } from './date-pattern.ts'
import {
  DAY_MS,
  type DateTime,
  dateTimeOf,
  instantOf,
  isoText,
  MINUTE_MS,
  padded,
  partsOf,
  startOfYear,
  trimmedFraction,
  zoneText,
} from './date-time.ts'

/*
 * Dates and times as texts: reading them in the forms that files have, and writing them in one form, ISO 8601. The reader
 * of uploads, the encoders and the order of rows by time read dates by these functions alone, so that a value means the
 * same in a file and in a prediction.
 */

/** The form of dates in a file: a pattern as of `strptime`, which has been checked. */
export interface DateFormat {
  /** The pattern, such as `%d.%m.%Y`. */
  readonly pattern: string
  /** Whether the pattern itself has a time of day. Where it has none, a text may still have one. */
  readonly hasTime: boolean
  /** Whether a text of this form is a number too. */
  readonly isNumeric: boolean
  /** Reads a text of this form. Null: it has the form, but there is no such date. Undefined: it has another form. */
  readonly read: (text: string) => DateTime | null | undefined
  /** Writes a time in this form. */
  readonly write: (time: DateTime) => string
}

/** Characters of a date at most: a longer text is none. */
const MAX_LENGTH = 64

/** Day 0 of a spreadsheet in days since 1970, by its days from the 61st on: the 60th is 1900-02-29, which never was. */
const DAY_0 = -25_569
const FIRST_SERIAL = 61

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

/** Values of the directives in one text. */
type Fields = Readonly<Record<string, string | undefined>>

/** Formats that have been compiled, by their pattern. A process meets few. */
const compiled = new Map<string, DateFormat | string>()
const MOST_COMPILED = 1_000

/** Returns the format of a pattern, or what is wrong with it, as a sentence. */
export function dateFormat(pattern: string): DateFormat | string {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const format = compile(pattern)
  if (compiled.size >= MOST_COMPILED) compiled.clear()
  compiled.set(pattern, format)
  return format
}

/** Returns the format of a pattern that `dateFormat` accepts. */
function formatOf(pattern: string): DateFormat {
  const format = dateFormat(pattern)
  if (typeof format === 'string') throw new RangeError(format)
  return format
}

/** The pattern of a date of ISO 8601. */
export const ISO_DATE = '%Y-%m-%d'
const ISO = formatOf(ISO_DATE)

/**
 * Reads a date or time of ISO 8601: `2024-03-01`, `2024-03-01T12:30:00Z`, `2024-03-01 12:30:15.25+02:00`. Every cell of
 * a column of dates is one. Returns undefined for any other text, and for a date that does not exist.
 */
export function parseIso(text: string): DateTime | undefined {
  return ISO.read(text) ?? undefined
}

/**
 * Reads a text as a column of the format reads it: in this format, else as ISO 8601. Spaces and tabs around it do not
 * count. Returns undefined for any other text, and for a date that does not exist.
 */
export function parseDate(text: string, format: DateFormat): DateTime | undefined {
  const plain = text.length > 2 * MAX_LENGTH ? text : text.replace(/^[ \t]+|[ \t]+$/g, '')
  const read = format.read(plain)
  return (read === undefined ? ISO.read(plain) : read) ?? undefined
}

function compile(pattern: string): DateFormat | string {
  const form = parsePattern(pattern)
  if (typeof form === 'string') return form
  const { parts, regex, hasTime, isEpoch, isSerial, isWeek, mayHaveTime } = form
  const timeOf = isEpoch ? epochTime : isSerial ? serialTime : isWeek ? weekTime : calendarTime
  const read = (text: string) => {
    if (text.length > MAX_LENGTH) return undefined
    const fields = regex.exec(text)?.groups
    return fields === undefined ? undefined : timeOf(fields)
  }
  // The cells of a table are ISO 8601, and so may be what a client sends.
  const iso = read('2001-02-03')
  if (iso !== undefined && iso?.wallClock !== Date.UTC(2001, 1, 3))
    return 'This format reads dates of ISO 8601, such as 2001-02-03, in another way.'
  const write = (time: DateTime) => written(parts, time, mayHaveTime, pattern)
  const isNumeric = /^[+-]?\d+(\.\d+)?$/.test(write({ ...dateTimeOf(0), hasTime: false }))
  return { pattern, hasTime: hasTime || isEpoch, isNumeric, read, write }
}

/** Returns the time of seconds (`s`) or milliseconds (`Q`) since 1970. */
function epochTime({ s, Q }: Fields): DateTime | null {
  const millis = s === undefined ? Number(Q) : Number(s) * 1_000
  if (millis < startOfYear(1) || millis >= startOfYear(10_000)) return null
  const exact = s !== undefined && !s.startsWith('-') ? (s.split('.')[1] ?? '') : undefined
  // Below a millisecond only seconds after 1970 are exact: before it the fraction counts backwards.
  const fraction = exact ?? padded(Math.floor(millis - Math.floor(millis / 1_000) * 1_000), 3)
  return { wallClock: millis, offset: 0, fraction: trimmedFraction(fraction), hasTime: true }
}

/** Returns the time of days since 1900, as spreadsheets count them; null if it is none. Their fraction is the time of day. */
function serialTime({ E }: Fields): DateTime | null {
  const days = Number(E)
  const wallClock = Math.round((days + DAY_0) * DAY_MS)
  if (days < FIRST_SERIAL || wallClock >= startOfYear(10_000)) return null
  return { ...dateTimeOf(wallClock), hasTime: wallClock % DAY_MS !== 0 }
}

/** Returns the first day of a week of ISO 8601, or its weekday; null if there is no such week. */
function weekTime({ G, V, u = '1' }: Fields): DateTime | null {
  const year = Number(G)
  const week = Number(V)
  if (year < 1 || week < 1) return null
  const time = {
    ...dateTimeOf(firstMonday(year) + (7 * (week - 1) + Number(u) - 1) * DAY_MS),
    hasTime: false,
  }
  return weekOf(time).year === year && time.wallClock < startOfYear(10_000) ? time : null
}

/** Returns milliseconds since 1970 of the Monday with which the first week of a year begins, that of January 4. */
function firstMonday(year: number): number {
  const fourth = startOfYear(year) + 3 * DAY_MS
  return fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS
}

/** Returns the week of ISO 8601 of a time, with the year that it belongs to. */
function weekOf({ wallClock }: Pick<DateTime, 'wallClock'>): { year: number; week: number } {
  const own = new Date(Math.floor(wallClock)).getUTCFullYear()
  const year = [own + 1, own].find((each) => wallClock >= firstMonday(each)) ?? own - 1
  return { year, week: Math.floor((wallClock - firstMonday(year)) / (7 * DAY_MS)) + 1 }
}

/** Returns the time of a calendar's fields; null if there is no such time. */
function calendarTime(fields: Fields): DateTime | null {
  const year = fields.Y === undefined ? yearOfTwoDigits(Number(fields.y)) : Number(fields.Y)
  const month = monthOf(fields)
  const day = Number(fields.d ?? 1)
  const hour = hourOf(fields)
  const minute = Number(fields.M ?? 0)
  const second = Number(fields.S ?? 0)
  const offset = offsetOf(fields.z)
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null
  if (hour === null || hour > 23 || minute > 59 || second > 59 || offset === undefined) return null
  const fraction = trimmedFraction(fields.f ?? '')
  const ofDay = (hour * 60 + minute) * MINUTE_MS + second * 1_000 + Number(`0.${fraction}`) * 1_000
  const date = new Date(0).setUTCFullYear(year, month - 1, day)
  const time = {
    wallClock: date + ofDay,
    offset,
    fraction,
    hasTime: fields.H !== undefined || fields.I !== undefined,
  }
  if (fields.a !== undefined && partsOf(time).weekday !== nameIndex(WEEKDAYS, fields.a)) return null
  return time
}

/** Returns the month, the first one of a quarter; 0 for a name that is none. */
function monthOf({ b, m, q }: Fields): number {
  if (q !== undefined) return 3 * Number(q) - 2
  return b === undefined ? Number(m ?? 1) : nameIndex(MONTHS, b) + 1
}

/** Returns the year that POSIX gives to two digits: 1969 to 2068. */
function yearOfTwoDigits(digits: number): number {
  return digits < 69 ? 2_000 + digits : 1_900 + digits
}

/** Returns the place of a name or of its first three letters, -1 if it is none. */
function nameIndex(names: readonly string[], text: string): number {
  const wanted = text.toLowerCase()
  return names.findIndex((name) => {
    const lower = name.toLowerCase()
    // "Sept" is common beside "Sep".
    return lower === wanted || lower.slice(0, 3) === wanted || (wanted === 'sept' && lower === 'september')
  })
}

function hourOf({ H, I, p }: Fields): number | null {
  const hour = Number(H ?? I ?? 0)
  if (p === undefined) return hour
  if (hour < 1 || hour > 12) return null
  return (hour % 12) + (/^p/i.test(p) ? 12 : 0)
}

/** Returns the minutes of an offset; null without one, undefined for an impossible one. */
function offsetOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return null
  // Behind a name of UTC the hours may have one digit, as in GMT+9 and GMT+9:30.
  const [, sign, hoursText, minutesText = 0] = /([+-])(\d{1,2}):?(\d{2})?$/.exec(text) ?? []
  if (sign === undefined) return 0
  const hours = Number(hoursText)
  const minutes = Number(minutesText)
  if (hours > 18 || minutes > 59) return undefined
  const total = hours * 60 + minutes
  return sign === '-' && total > 0 ? -total : total
}

/** Returns the number of days of a month. @param month 1 to 12 */
function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function written(parts: readonly Part[], time: DateTime, mayHaveTime: boolean, pattern: string): string {
  const { year, month, day, hour, minute, second, weekday } = partsOf(time)
  const instant = instantOf(time)
  const seconds = Math.floor(instant / 1_000)
  const texts: Readonly<Record<string, string>> = {
    Y: padded(year, 4),
    y: padded(year % 100),
    m: padded(month),
    d: padded(day),
    H: padded(hour),
    I: padded(((hour + 11) % 12) + 1),
    M: padded(minute),
    S: padded(second),
    f: time.fraction === '' ? '0' : time.fraction,
    p: hour < 12 ? 'AM' : 'PM',
    z: zoneText(time.offset ?? 0),
    b: (MONTHS[month - 1] ?? '').slice(0, 3),
    a: (WEEKDAYS[weekday] ?? '').slice(0, 3),
    s: `${seconds}${time.fraction === '' || seconds < 0 ? '' : `.${time.fraction}`}`,
    Q: String(Math.floor(instant)),
    q: String(Math.ceil(month / 3)),
    get G() {
      return padded(weekOf(time).year, 4)
    },
    get V() {
      return padded(weekOf(time).week)
    },
    u: String(((weekday + 6) % 7) + 1),
    E: String(time.wallClock / DAY_MS - DAY_0),
  }
  const text = parts
    .map((part) => ('literal' in part ? part.literal : (texts[part.directive] ?? '')))
    .join('')
  if (!mayHaveTime || !time.hasTime) return text
  return `${text}${isoText(time, 'datetime')
    .slice(10)
    .replace('T', pattern === ISO_DATE ? 'T' : ' ')}`
}

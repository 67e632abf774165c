/*
 * Dates and times as texts: reading them in the forms that files have, and writing them in one form, ISO 8601. The reader
 * of uploads, the encoders and the order of rows by time read dates by these functions alone, so that a value means the
 * same in a file and in a prediction.
 */

/** A date or a time of the clock, as a text tells it. The calendar is Gregorian in all years, 1 to 9999. */
export interface DateTime {
  /** The time that the clock shows, in milliseconds since 1970-01-01T00:00, as if the clock showed UTC. */
  readonly wallClock: number
  /** Minutes by which the clock is ahead of UTC; null if the text does not say. */
  readonly offset: number | null
  /** Digits of the fraction of a second, up to nine, without zeros at the end. They are also part of `wallClock`. */
  readonly fraction: string
  /** Whether the text has a time of day. Without one it is 00:00. */
  readonly hasTime: boolean
}

/** The form of dates in a file: a pattern as of `strptime`, which has been checked. */
export interface DateFormat {
  /** The pattern, such as `%d.%m.%Y`. */
  readonly pattern: string
  /** Whether the pattern itself has a time of day. A pattern without one may still be followed by one (`TIME_OF_DAY`). */
  readonly hasTime: boolean
  /** Whether a text of this form is a number too. */
  readonly isNumeric: boolean
  /** Reads a text of this form. Null: it has the form, but there is no such date. Undefined: it has another form. */
  readonly read: (text: string) => DateTime | null | undefined
  /** Writes a time in this form. */
  readonly write: (time: DateTime) => string
}

const MINUTE_MS = 60_000
/** Milliseconds of a day. */
export const DAY_MS = 86_400_000
/** Characters of a date at most: a longer text is none. */
const MAX_LENGTH = 64
/** Characters of a pattern at most. */
const MAX_PATTERN = 64

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

const ZONE = '(?:Z|z|(?:UTC|GMT)(?:[+-](?:\\d{4}|\\d{1,2}(?::\\d{2})?))?|[+-]\\d{2}(?::?\\d{2})?)'
const AM_PM = '[AaPp]\\.?[Mm]\\.?'
const FRACTION = '\\d{1,9}'

/** What may stand behind a date whose pattern has no time: `T12:30`, ` 12:30:15.25 +02:00`, ` 3:07 PM`. */
const TIME_OF_DAY = `(?:(?:[Tt]|,? +)(?<H>\\d{1,2}):(?<M>\\d{2})(?::(?<S>\\d{2})(?:[.,](?<f>${FRACTION}))?)?(?: ?(?<p>${AM_PM}))?(?: ?(?<z>${ZONE}))?)?`

/** The directives of a pattern, each with its regular expression. Digits next to digits have their full width. */
const DIRECTIVES: Readonly<Record<string, { form: string; fixed?: string; digits?: true }>> = {
  Y: { form: '\\d{4}', digits: true },
  y: { form: '\\d{2}', digits: true },
  m: { form: '\\d{1,2}', fixed: '\\d{2}', digits: true },
  d: { form: '\\d{1,2}', fixed: '\\d{2}', digits: true },
  H: { form: '\\d{1,2}', fixed: '\\d{2}', digits: true },
  I: { form: '\\d{1,2}', fixed: '\\d{2}', digits: true },
  M: { form: '\\d{1,2}', fixed: '\\d{2}', digits: true },
  S: { form: '\\d{1,2}', fixed: '\\d{2}', digits: true },
  f: { form: FRACTION, digits: true },
  p: { form: AM_PM },
  z: { form: ZONE },
  b: { form: '[A-Za-z]{3,9}' },
  a: { form: '[A-Za-z]{3,9}' },
  s: { form: '[+-]?\\d{1,12}(?:\\.\\d{1,9})?', digits: true },
  Q: { form: '[+-]?\\d{1,15}(?:\\.\\d{1,6})?', digits: true },
}
type Part = { directive: string } | { literal: string }

const colon: Part = { literal: ':' }
const dash: Part = { literal: '-' }
const named = (directive: string): Part => ({ directive })
/** Directives that stand for others, as in C. */
const ALIASES: ReadonlyMap<string, readonly Part[]> = new Map([
  ['%B', [named('b')]],
  ['%h', [named('b')]],
  ['%A', [named('a')]],
  ['%e', [named('d')]],
  ['%F', [named('Y'), dash, named('m'), dash, named('d')]],
  ['%T', [named('H'), colon, named('M'), colon, named('S')]],
  ['%R', [named('H'), colon, named('M')]],
])
/** Directives of a time of day. */
const TIME_DIRECTIVES = 'HIMSfpz'

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

/** Returns the instant in milliseconds since 1970-01-01T00:00Z. A time without an offset counts as UTC. */
export function instantOf({ wallClock, offset }: DateTime): number {
  return wallClock - (offset ?? 0) * MINUTE_MS
}

/**
 * Writes a time in the one form that kept tables have: `2024-03-01` for a date, `2024-03-01T12:30:00.25+02:00` for a
 * datetime, with the offset as far as it is known, and UTC as `Z`.
 */
export function isoText(time: DateTime, type: 'date' | 'datetime'): string {
  const { year, month, day, hour, minute, second } = partsOf(time)
  const date = `${padded(year, 4)}-${padded(month)}-${padded(day)}`
  if (type === 'date') return date
  const fraction = time.fraction === '' ? '' : `.${time.fraction}`
  return `${date}T${padded(hour)}:${padded(minute)}:${padded(second)}${fraction}${zoneText(time.offset)}`
}

/** Parts of a wall clock's time. */
export interface DateParts {
  year: number
  /** 1 to 12. */
  month: number
  /** Day of the month, 1 to 31. */
  day: number
  hour: number
  minute: number
  second: number
  /** 0 (Sunday) to 6. */
  weekday: number
  /** 0 (January 1) to 365. */
  dayOfYear: number
}

/** Returns the parts of the time that the clock shows. */
export function partsOf({ wallClock }: Pick<DateTime, 'wallClock'>): DateParts {
  const date = new Date(Math.floor(wallClock))
  const year = date.getUTCFullYear()
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    dayOfYear: Math.floor((wallClock - startOfYear(year)) / DAY_MS),
  }
}

/** Returns the time of an instant, as a clock that shows UTC tells it. @param instant whole milliseconds since 1970 */
export function dateTimeOf(instant: number, offset: number | null = null): DateTime {
  const fraction = ((instant % 1_000) + 1_000) % 1_000
  return { wallClock: instant, offset, fraction: trimmedFraction(padded(fraction, 3)), hasTime: true }
}

/** Returns milliseconds since 1970 of a year's first moment. `Date.UTC` takes the years below 100 for others. */
function startOfYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1)
}

function compile(pattern: string): DateFormat | string {
  if (/\p{Cc}/u.test(pattern)) return 'A date format has no control characters.'
  if (pattern.length > MAX_PATTERN) return `A date format has at most ${MAX_PATTERN} characters.`
  const parts = partsOfPattern(pattern)
  if (typeof parts === 'string') return parts
  const directives = parts.flatMap((part) => ('directive' in part ? [part.directive] : []))
  const fault = faultOf(directives)
  if (fault !== undefined) return fault
  const hasTime = directives.some((directive) => TIME_DIRECTIVES.includes(directive))
  const isEpoch = directives.includes('s') || directives.includes('Q')
  // A month of a year has no time of day behind it.
  const tail = hasTime || isEpoch || !directives.includes('d') ? '' : TIME_OF_DAY
  const regex = new RegExp(`^${regexOf(parts)}${tail}$`)
  const read = (text: string) => {
    if (text.length > MAX_LENGTH) return undefined
    const fields = regex.exec(text)?.groups
    return fields === undefined ? undefined : isEpoch ? epochTime(fields) : calendarTime(fields)
  }
  // The cells of a table are ISO 8601, and so may be what a client sends.
  const iso = read('2001-02-03')
  if (iso !== undefined && iso?.wallClock !== Date.UTC(2001, 1, 3))
    return 'This format reads dates of ISO 8601, such as 2001-02-03, in another way.'
  const write = (time: DateTime) => written(parts, time, tail !== '', pattern)
  const isNumeric = /^[+-]?\d+(\.\d+)?$/.test(write({ ...dateTimeOf(0), hasTime: false }))
  return { pattern, hasTime: hasTime || isEpoch, isNumeric, read, write }
}

function partsOfPattern(pattern: string): Part[] | string {
  const parts: Part[] = []
  for (const [token] of pattern.matchAll(/%.?|[^%]+/gsu)) {
    const alias = ALIASES.get(token)
    if (!token.startsWith('%')) parts.push({ literal: token })
    else if (token === '%%') parts.push({ literal: '%' })
    else if (alias) parts.push(...alias)
    else if (Object.hasOwn(DIRECTIVES, token.slice(1))) parts.push({ directive: token.slice(1) })
    else return `Unknown directive ${JSON.stringify(token)}. ${KNOWN_DIRECTIVES}`
  }
  return parts
}

const KNOWN_DIRECTIVES =
  'A date format has %Y (year), %y (its last two digits), %m (month), %b (its English name), %d (day), %a (weekday), %H (hour), %I and %p (hour with AM or PM), %M (minute), %S (second), %f (its fraction), %z (offset from UTC), or %s (seconds since 1970) or %Q (milliseconds) alone.'

function faultOf(directives: readonly string[]): string | undefined {
  const has = (directive: string) => directives.includes(directive)
  if (new Set(directives).size < directives.length) return 'A date format has each directive once.'
  if (has('s') || has('Q'))
    return directives.length === 1 ? undefined : 'The directives %s and %Q stand alone in a date format.'
  if (!has('Y') && !has('y'))
    return 'A date format needs a year, %Y or %y. A time of day alone is not a date.'
  if (has('Y') && has('y')) return 'A date format has %Y or %y, not both.'
  if (has('m') && has('b')) return 'A date format has %m or %b, not both.'
  if (has('d') && !has('m') && !has('b')) return 'A date format with %d needs a month, %m or %b.'
  if (has('H') && has('I')) return 'A date format has %H or %I, not both.'
  if (has('I') !== has('p')) return 'The directives %I and %p belong together.'
  if ((has('M') || has('z')) && !has('H') && !has('I'))
    return 'A date format with %M or %z needs an hour, %H or %I.'
  if ((has('S') && !has('M')) || (has('f') && !has('S')))
    return 'A date format with %S needs %M, and one with %f needs %S.'
  if ((has('H') || has('I')) && !has('d')) return 'A date format with a time of day needs a day, %d.'
  return undefined
}

/** Returns the source of the regular expression of a pattern, with a group for each directive. */
function regexOf(parts: readonly Part[]): string {
  const isDigits = (part: Part | undefined) =>
    part !== undefined && 'directive' in part && DIRECTIVES[part.directive]?.digits === true
  return parts
    .map((part, at) => {
      if ('literal' in part) return literalForm(part.literal)
      const { form = '', fixed = form } = DIRECTIVES[part.directive] ?? {}
      const isTight = isDigits(parts[at - 1]) || isDigits(parts[at + 1])
      return `(?<${part.directive}>${isTight ? fixed : form})`
    })
    .join('')
}

/** Returns the regular expression of a literal: white space stands for any amount of it. */
function literalForm(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replaceAll(/\s+/g, '\\s+')
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

/** Returns the time of a calendar's fields; null if there is no such time. */
function calendarTime(fields: Fields): DateTime | null {
  const year = fields.Y === undefined ? yearOfTwoDigits(Number(fields.y)) : Number(fields.Y)
  const month = fields.b === undefined ? Number(fields.m ?? 1) : nameIndex(MONTHS, fields.b) + 1
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

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function trimmedFraction(digits: string): string {
  return digits.replace(/0+$/, '')
}

function padded(number: number, width = 2): string {
  return String(number).padStart(width, '0')
}

function zoneText(offset: number | null): string {
  if (offset === null) return ''
  if (offset === 0) return 'Z'
  const minutes = Math.abs(offset)
  return `${offset < 0 ? '-' : '+'}${padded(Math.floor(minutes / 60))}:${padded(minutes % 60)}`
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
  }
  const text = parts
    .map((part) => ('literal' in part ? part.literal : (texts[part.directive] ?? '')))
    .join('')
  if (!mayHaveTime || !time.hasTime) return text
  return `${text}${isoText(time, 'datetime')
    .slice(10)
    .replace('T', pattern === ISO_DATE ? 'T' : ' ')}`
}

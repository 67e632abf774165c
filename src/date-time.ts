/*
 * Dates and times as values: what the clock shows and how far it is from UTC.
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

/** Milliseconds of a minute. */
export const MINUTE_MS = 60_000
/** Milliseconds of a day. */
export const DAY_MS = 86_400_000

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
export function startOfYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1)
}

/** Returns digits of a fraction without the zeros at their end. */
export function trimmedFraction(digits: string): string {
  return digits.replace(/0+$/, '')
}

/** Returns a number with zeros in front of it. @param width digits at least */
export function padded(number: number, width = 2): string {
  return String(number).padStart(width, '0')
}

/** Writes an offset from UTC in minutes as ISO 8601 does: `+02:00`, or `Z` for UTC; nothing for an unknown one. */
export function zoneText(offset: number | null): string {
  if (offset === null) return ''
  if (offset === 0) return 'Z'
  const minutes = Math.abs(offset)
  return `${offset < 0 ? '-' : '+'}${padded(Math.floor(minutes / 60))}:${padded(minutes % 60)}`
}

import { z } from 'zod'
import { DAY_MS, type DateTime, dateTimeOf, instantOf, isoText, partsOf } from '../../date-time.ts'
import { type DateFormat, dateFormat, ISO_DATE, parseDate, parseIso } from '../../dates.ts'
import { quoted } from '../../errors.ts'
import { rangeOf } from '../../numbers.ts'
import type { Missing, Outside, Scaling } from '../../recipe/index.ts'
import type { Cell, DateType } from '../../recipe/table.ts'
import { isMissingDate } from './cell-texts.ts'
import {
  type ColumnEncoder,
  type ColumnFitter,
  type ColumnKind,
  GAP_REFUSED,
  kindOf,
} from './column-encoder.ts'
import { countedRange, NumberState, numberEncoder, numberFitter, standardOf } from './number.ts'
import type { SparseRow } from './sparse-row.ts'

/*
 * Dates and times as inputs: the elapsed time as a number, the year, and for each cycle (of the year by months and by
 * days, of the week, of the day) the sine and the cosine of its place, so that December is beside January. The instant
 * counts for the elapsed time, the clock as written for all else.
 */

/** What repeats: `month` and `dayOfYear` each year, `weekday` each week, `hour` (with its minutes) each day. */
const Cycle = z.enum(['month', 'dayOfYear', 'weekday', 'hour'])
type Cycle = z.infer<typeof Cycle>

/** A fitted column of dates or times, as it is kept in `encoder.json`. */
export const DateState = z.object({
  kind: z.literal('date'),
  /** The form of the training rows' file, in which clients may send dates beside ISO 8601. */
  format: z.string().refine((pattern) => typeof dateFormat(pattern) !== 'string'),
  /** False: only the day counts. */
  hasTime: z.boolean(),
  /** Whether training rows had offsets from UTC. */
  zoned: z.boolean(),
  /** Instant of the first training row, in milliseconds since 1970. */
  start: z.number(),
  /** Encoder of the days since `start`. Its fill replaces a gap, and its `outside` holds for the year too. */
  elapsed: NumberState,
  /** Scale of the year, and the first and last one of the training rows. Absent: they are all of one year. */
  year: z.object({ shift: z.number(), scale: z.number(), min: z.number(), max: z.number() }).optional(),
  /** The cycles that have inputs, two each. */
  cycles: z.array(Cycle),
  /** True if a further input tells that the value is missing: if training rows had gaps. */
  indicator: z.boolean(),
  refuseGaps: z.boolean(),
  /** First and last point in time of the training rows, in ISO 8601. Absent: there was none. */
  range: z.object({ min: z.string(), max: z.string() }).optional(),
})
export type DateState = z.infer<typeof DateState>

/** Milliseconds that the training rows span at least for a cycle to be learnt: about one whole turn of it. */
const LEAST_SPAN: Record<Cycle, number> = {
  month: 330 * DAY_MS,
  dayOfYear: 330 * DAY_MS,
  weekday: 6 * DAY_MS,
  hour: (23 / 24) * DAY_MS,
}

const DAYS_OF_YEAR = 365.25

/** The numbers of a date beside its instant: the year, and its place in each cycle. */
export const DATE_PLACES = ['year', ...Cycle.options] as const

/** Returns the year, and the place in each cycle as a share of a turn. */
export function placesOf(time: DateTime): Record<(typeof DATE_PLACES)[number], number> {
  const { year, month, weekday, dayOfYear } = partsOf(time)
  const day = time.wallClock / DAY_MS
  return {
    year,
    month: (month - 1) / 12,
    dayOfYear: dayOfYear / DAYS_OF_YEAR,
    weekday: weekday / 7,
    hour: day - Math.floor(day),
  }
}

/**
 * Returns a fitter that learns a column of dates from its training values, which are texts of ISO 8601. A cycle gets
 * inputs if its place differs among the training rows, and these span about a turn of it: of a shorter time nothing tells
 * a season from a trend.
 */
export function dateFitter(options: {
  type: DateType
  format?: string | undefined
  scaling: Scaling
  missing: Missing
  bins: number
  outside: Outside
}): ColumnFitter<DateState> {
  const { type, format = ISO_DATE, scaling, missing, bins, outside } = options
  const hasTime = type === 'datetime'
  const instants: number[] = []
  const years: number[] = []
  const seen = new Map<Cycle, number>()
  const varying = new Set<Cycle>()
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  let zoned = false
  let missed = 0
  return {
    add(value) {
      const written = typeof value === 'string' ? parseIso(value) : undefined
      if (!written) {
        missed += 1
        return
      }
      const time = hasTime ? written : dayOf(written)
      instants.push(instantOf(time))
      years.push(partsOf(time).year)
      first = Math.min(first, time.wallClock)
      last = Math.max(last, time.wallClock)
      zoned ||= time.offset !== null
      const places = placesOf(time)
      for (const cycle of Cycle.options) {
        const place = seen.get(cycle)
        if (place === undefined) seen.set(cycle, places[cycle])
        else if (place !== places[cycle]) varying.add(cycle)
      }
    },
    finish() {
      const { min: start, max: end } = instants.length > 0 ? rangeOf(instants) : { min: 0, max: 0 }
      // A gap is filled in here, never refused: `refuseGaps` of the column says that.
      const filling = missing === 'mean' ? 'mean' : 'median'
      const elapsed = numberFitter({ scaling, missing: filling, bins, outside })
      for (const instant of instants) elapsed.add((instant - start) / DAY_MS)
      const ofYears = years.length > 0 ? rangeOf(years) : { min: 0, max: 0 }
      const range = { min: textOf(start, type, zoned), max: textOf(end, type, zoned) }
      return {
        kind: 'date',
        format,
        hasTime,
        zoned,
        start,
        elapsed: elapsed.finish(),
        ...(ofYears.max > ofYears.min ? { year: { ...standardOf(years), ...ofYears } } : {}),
        cycles: Cycle.options.filter((cycle) => varying.has(cycle) && last - first >= LEAST_SPAN[cycle]),
        indicator: missed > 0,
        refuseGaps: missing === 'refuse',
        ...(instants.length > 0 ? { range } : {}),
      }
    },
  }
}

function textOf(instant: number, type: DateType, zoned: boolean): string {
  return isoText(dateTimeOf(Math.floor(instant), zoned ? 0 : null), type)
}

/** Returns the encoder of a fitted column of dates. */
export function dateEncoder(state: DateState): ColumnEncoder {
  const { start, elapsed, year, cycles, range } = state
  const read = dateReader(state)
  const days = numberEncoder(elapsed)
  const fill = fillOf(state)
  const { outside } = elapsed
  const years = year && countedRange(year, outside)
  const yearAt = days.width
  const cyclesAt = yearAt + (year ? 1 : 0)
  const width = cyclesAt + 2 * cycles.length
  const daysOf = (time: DateTime) => (instantOf(time) - start) / DAY_MS
  const yearOf = (time: DateTime): number => {
    if (!year) return 0
    const own = partsOf(time).year
    const bounded = years ? Math.min(years.max, Math.max(years.min, own)) : own
    return (bounded - year.shift) / year.scale
  }
  return {
    width: width + (state.indicator ? 1 : 0),
    ...(state.indicator ? { indicator: width } : {}),
    ...(days.curve === undefined ? {} : { curve: days.curve }),
    memoryBytes: 256 + days.memoryBytes,
    fault(sent) {
      const time = read(sent)
      if (time === null) return state.refuseGaps ? GAP_REFUSED : undefined
      if (time) return days.fault(daysOf(time))
      return `Expected ${expectedOf(state)}, got ${typeof sent === 'string' ? quoted(sent.slice(0, 40)) : kindOf(sent)}.`
    },
    unlearnt(sent) {
      const time = read(sent)
      if (!time) return undefined
      const zone = zoneNote(time, state)
      if (!range || !days.unlearnt?.(daysOf(time)))
        return zone === undefined ? undefined : { code: 'time-zone', message: zone }
      const counts = COUNTS_AS[outside ?? 'extend']
      const told = `The date lies outside of the training rows' range from ${range.min} to ${range.max}.${counts}`
      const message = zone === undefined ? told : `${told} ${zone}`
      return { code: 'outside-range', message, ...range }
    },
    gap(sent) {
      if (read(sent)) return undefined
      return `The date is missing. It counts as ${isoText(fill, state.hasTime ? 'datetime' : 'date')}.`
    },
    encode(sent: Cell, base: number, into: SparseRow): void {
      const time = read(sent) ?? null
      days.encode(time && daysOf(time), base, into)
      if (year) into.add(base + yearAt, yearOf(time ?? fill))
      if (time) {
        const places = placesOf(time)
        for (const [at, cycle] of cycles.entries()) {
          const angle = 2 * Math.PI * places[cycle]
          into.add(base + cyclesAt + 2 * at, Math.sin(angle))
          into.add(base + cyclesAt + 2 * at + 1, Math.cos(angle))
        }
      } else if (state.indicator) into.add(base + width, 1)
    },
  }
}

/** What a note says of a date outside of the range. */
const COUNTS_AS: Record<Outside, string> = {
  clamp: ' Its elapsed time and its year count as those of the nearer end.',
  margin: ' Its elapsed time and its year go on for half of the range and no further.',
  extend: '',
}

/** Returns how a time of day is off by its zone; undefined if it has the kind of the training rows. */
function zoneNote({ offset, hasTime }: DateTime, state: DateState): string | undefined {
  if (!state.hasTime || !hasTime || !state.range) return undefined
  if (state.zoned && offset === null)
    return 'The training rows have an offset from UTC, and this time has none: it counts as UTC.'
  if (!state.zoned && offset !== null && offset !== 0)
    return 'The training rows have no offset from UTC, and this time has one: its elapsed time is brought to UTC.'
  return undefined
}

/** Returns the function that reads what a client sent: null for a missing value, undefined for what is no date. */
export function dateReader({ format, hasTime }: DateState): (sent: unknown) => DateTime | null | undefined {
  const form = formatOf(format)
  return (sent) => {
    if (sent === null) return null
    const text = typeof sent === 'number' && form.isNumeric ? String(sent) : sent
    if (typeof text !== 'string') return undefined
    const time = parseDate(text, form)
    if (!time) return isMissingDate(text) ? null : undefined
    return hasTime ? time : dayOf(time)
  }
}

/** Returns the day that the clock shows, without its time. */
function dayOf(time: DateTime): DateTime {
  return { ...time, wallClock: Math.floor(time.wallClock / DAY_MS) * DAY_MS, offset: null }
}

function formatOf(pattern: string): DateFormat {
  const format = dateFormat(pattern)
  if (typeof format === 'string') throw new RangeError(format)
  return format
}

/** Returns the time that replaces a gap. */
function fillOf({ start, elapsed, hasTime, zoned }: DateState): DateTime {
  const unit = hasTime ? 1_000 : DAY_MS
  const instant = Math.floor((start + elapsed.fill * DAY_MS) / unit) * unit
  return { ...dateTimeOf(instant, zoned ? 0 : null), hasTime }
}

/** Returns a date that the column takes, as the training rows' file writes it. */
export function exampleDate(state: DateState): string {
  return formatOf(state.format).write(fillOf(state))
}

/** Returns what a message calls the dates that a column takes. */
function expectedOf(state: DateState): string {
  const iso = isoText(fillOf(state), state.hasTime ? 'datetime' : 'date')
  const own = exampleDate(state)
  if (own === iso) return `a date such as ${quoted(iso)}`
  return `a date such as ${quoted(own)} (${state.format}) or ${quoted(iso)}`
}

/** Dates and times. */
export const date: ColumnKind<DateState, null> = { longKeys: [], encoder: dateEncoder }

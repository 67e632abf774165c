import { CronExpressionParser } from 'cron-parser'
import type { Times } from '../queue/chores.ts'

const NAMES = /\b(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)\b/gi
/**
 * Characters of a field. More that the parser accepts, such as a random hour, would mean another time in each process.
 */
const FIELD = /^[\d*,/?#L-]+$/i
/** Limit on the characters of an expression. */
const MAX_LENGTH = 200

const CRON_RULE =
  'Expected five fields (minute, hour, day of month, month, day of week), or six with seconds first, such as "0 3 * * *"'
/** Runs are a minute or more apart, since a job each second would fill store and queue. */
const SECONDS_RULE =
  'Runs must be at least a minute apart: give one number of seconds in the first of the six fields, such as "0 0 3 * * *"'

/** Returns the fault of a cron expression, as a sentence without its full stop; undefined if it has none. */
export function cronFault(cron: string): string | undefined {
  if (cron.length > MAX_LENGTH) return CRON_RULE
  const fields = fieldsOf(cron)
  const known = fields.every((field) => FIELD.test(field.replace(NAMES, '1')))
  if ((fields.length !== 5 && fields.length !== 6) || !known) return CRON_RULE
  try {
    const { second } = CronExpressionParser.parse(cron, { tz: 'UTC' }).fields
    if (second.values.length > 1) return SECONDS_RULE
  } catch {
    return `${CRON_RULE}; one of the fields is out of its range`
  }
  return nextTime({ cron, timeZone: 'UTC' }) === null ? 'There is no such time' : undefined
}

/** Returns the fault of a time zone, as a sentence without its full stop; undefined if it has none. */
export function timeZoneFault(timeZone: string): string | undefined {
  try {
    // An offset such as +09:00 is no zone: it has no summer time, and the parser does not take it.
    if (/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(timeZone)) {
      new Intl.DateTimeFormat('en', { timeZone })
      return undefined
    }
  } catch {
    // The sentence below says so.
  }
  return 'Expected a time zone of the IANA database, such as "Asia/Seoul" or "UTC"'
}

/** Returns the first time after `from` (default: now), in milliseconds since 1970; null if there is no such time. */
export function nextTime({ cron, timeZone }: Times, from = new Date()): number | null {
  try {
    return CronExpressionParser.parse(cron, { tz: timeZone, currentDate: from }).next().getTime()
  } catch {
    return null
  }
}

/** Returns the expression with single spaces. */
export function tidyCron(cron: string): string {
  return fieldsOf(cron).join(' ')
}

function fieldsOf(cron: string): string[] {
  return cron.trim().split(/\s+/)
}

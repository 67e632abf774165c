import { type ApiKey, ROLES } from '../access.ts'

/*
 * A file of keys has one key on each line, with options behind it, and comments that begin with `#`:
 *
 *   ops:train:<sha256 of the key in hex> models=imdb*,houses expires=2027-03-01T00:00:00.000Z rate=600 rows=100000
 */

const KEY = /^([A-Za-z0-9._-]{1,64}):([a-z]+):([0-9a-fA-F]{64})$/
const PATTERN = /^[A-Za-z0-9._*-]{1,64}$/
/** Patterns of one key: each is tried for each model of a list. */
const MOST_PATTERNS = 100
const LARGEST = 1_000_000_000

/** What a line may say behind a key, as messages show it. */
const OPTIONS = 'models=imdb*,houses expires=2027-03-01T00:00:00Z rate=600 rows=100000'

/** A line that is no key, and why; the line itself is not repeated, since it may be a key by mistake. */
export interface KeyFault {
  fault: string
}

/** Returns the lines of a file that are keys, each with its number from 1. */
export function keyLines(text: string): { line: number; text: string }[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const trimmed = line.trim()
    return trimmed === '' || trimmed.startsWith('#') ? [] : [{ line: index + 1, text: trimmed }]
  })
}

/** Reads one key without or with options. */
export function parseKey(text: string): ApiKey | KeyFault {
  const [key = '', ...options] = text.split(/\s+/)
  const [, name, roleName, sha256] = KEY.exec(key) ?? []
  const role = ROLES.find((each) => each === roleName)
  if (name === undefined || sha256 === undefined || role === undefined)
    return {
      fault: `must be name:role:sha256 with a role of ${ROLES.join(', ')} and 64 hex digits`,
    }
  const given = new Map(options.map((option) => splitOption(option)))
  if (given.size < options.length) return { fault: 'has an option twice' }
  const read = {
    models: patternsOf(given.get('models')),
    expiresAt: timeOf(given.get('expires')),
    requestsPerMinute: numberOf(given.get('rate')),
    rowsPerDay: numberOf(given.get('rows')),
  }
  for (const known of ['models', 'expires', 'rate', 'rows']) given.delete(known)
  const { models, expiresAt, requestsPerMinute, rowsPerDay } = read
  const isFaulty =
    given.size > 0 ||
    models === undefined ||
    expiresAt === undefined ||
    requestsPerMinute === undefined ||
    rowsPerDay === undefined
  if (isFaulty) return { fault: `has options that are not like ${OPTIONS}` }
  return { name, role, sha256: sha256.toLowerCase(), models, expiresAt, requestsPerMinute, rowsPerDay }
}

/** Returns the line of a key. */
export function formatKey(key: ApiKey): string {
  const { name, role, sha256, models, expiresAt, requestsPerMinute, rowsPerDay } = key
  const options = [
    models && `models=${models.join(',')}`,
    expiresAt !== null && `expires=${new Date(expiresAt).toISOString()}`,
    requestsPerMinute !== null && `rate=${requestsPerMinute}`,
    rowsPerDay !== null && `rows=${rowsPerDay}`,
  ]
  return [`${name}:${role}:${sha256}`, ...options.filter((option) => typeof option === 'string')].join(' ')
}

/** Returns patterns of models that are separated by commas; null where they are absent, undefined where they are not good. */
export function patternsOf(text: string | undefined): string[] | null | undefined {
  if (text === undefined) return null
  const patterns = text.split(',')
  const isGood = patterns.length <= MOST_PATTERNS && patterns.every((each) => PATTERN.test(each))
  return isGood ? patterns : undefined
}

function splitOption(option: string): [name: string, value: string] {
  const equals = option.indexOf('=')
  return equals < 0 ? [option, ''] : [option.slice(0, equals), option.slice(equals + 1)]
}

function timeOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return null
  const isIso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text)
  const time = isIso ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

function numberOf(text: string | undefined): number | null | undefined {
  if (text === undefined) return null
  const number = Number(text)
  return /^\d{1,10}$/.test(text) && number <= LARGEST ? number : undefined
}

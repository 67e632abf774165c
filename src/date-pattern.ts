/*
 * Patterns of dates as of `strptime`: their directives, what is wrong with one, and its regular expression.
 */

/** Characters of a pattern at most. */
const MAX_PATTERN = 64

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
  q: { form: '[1-4]', digits: true },
  G: { form: '\\d{4}', digits: true },
  V: { form: '\\d{1,2}', fixed: '\\d{2}', digits: true },
  u: { form: '[1-7]', digits: true },
  s: { form: '[+-]?\\d{1,12}(?:\\.\\d{1,9})?', digits: true },
  Q: { form: '[+-]?\\d{1,15}(?:\\.\\d{1,6})?', digits: true },
  E: { form: '\\d{1,7}(?:\\.\\d{1,15})?', digits: true },
}
/** Directives of one number that is the whole time. */
const ALONE = ['s', 'Q', 'E']
/** Directives of a week of ISO 8601, which belongs to a year of its own. */
const WEEK_DIRECTIVES = 'GVu'

/** A part of a pattern. */
export type Part = { directive: string } | { literal: string }

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

/** A pattern of dates that was checked. */
export interface DatePattern {
  readonly parts: readonly Part[]
  /** Matches a text of this form, with a group for each directive. */
  readonly regex: RegExp
  /** Whether the pattern itself has a time of day. */
  readonly hasTime: boolean
  /** Whether the pattern is one number, the seconds or milliseconds since 1970. */
  readonly isEpoch: boolean
  /** Whether it is one number, the days since 1900 as spreadsheets count them. */
  readonly isSerial: boolean
  /** Whether it is a week of ISO 8601. */
  readonly isWeek: boolean
  /** Whether a time of day may stand behind a date of this form. */
  readonly mayHaveTime: boolean
}

/** Reads a pattern as of `strptime`. Returns what is wrong with one that cannot be read, as a sentence. */
export function parsePattern(pattern: string): DatePattern | string {
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
  const mayHaveTime = !hasTime && !isEpoch && directives.includes('d')
  const regex = new RegExp(`^${regexOf(parts)}${mayHaveTime ? TIME_OF_DAY : ''}$`)
  const isSerial = directives.includes('E')
  return { parts, regex, hasTime, isEpoch, isSerial, isWeek: directives.includes('V'), mayHaveTime }
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
  'A date format has %Y (year), %y (its last two digits), %m (month), %b (its English name), %d (day), %a (weekday), %H (hour), %I and %p (hour with AM or PM), %M (minute), %S (second), %f (its fraction), %z (offset from UTC), %q (quarter), %G, %V and %u (year, week and weekday of ISO 8601), or %s (seconds since 1970), %Q (milliseconds) or %E (days since 1900, as Excel counts them) alone.'

function faultOf(directives: readonly string[]): string | undefined {
  const has = (directive: string) => directives.includes(directive)
  if (new Set(directives).size < directives.length) return 'A date format has each directive once.'
  if (ALONE.some(has))
    return directives.length === 1 ? undefined : 'The directives %s, %Q and %E stand alone in a date format.'
  if ([...WEEK_DIRECTIVES].some(has)) {
    if (!has('G') || !has('V')) return 'The directives %G (year) and %V (week) belong together.'
    const isOther = directives.some((directive) => !WEEK_DIRECTIVES.includes(directive))
    return isOther ? 'A date format with a week has no directives but %G, %V and %u.' : undefined
  }
  if (!has('Y') && !has('y'))
    return 'A date format needs a year, %Y or %y. A time of day alone is not a date.'
  if (has('Y') && has('y')) return 'A date format has %Y or %y, not both.'
  if (has('m') && has('b')) return 'A date format has %m or %b, not both.'
  if (has('q') && (has('m') || has('b') || has('d'))) return 'A date format has %q or a month, not both.'
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

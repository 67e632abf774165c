import { DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api'
import { isoText } from '../../date-time.ts'
import { dateFormat, ISO_DATE, parseDate } from '../../dates.ts'
import { ZERO_DATE } from '../../recipe/index.ts'
import type { DateType } from '../../recipe/table.ts'
import { type DuckDb, literal, toNumber } from './duckdb.ts'
import { isEmpty, isPlaceholder, trimmed } from './forms.ts'

/*
 * Dates and times in staged texts. A column of them has one form; `src/dates.ts` reads it, here as an SQL function, and in
 * a prediction as it is. Dates of ISO 8601, which are the most common, pass without a call.
 */

/** Forms of dates that are found in a file by themselves, the likelier one first. A time of day may follow each. */
const FORMATS = [
  ISO_DATE,
  '%Y/%m/%d',
  '%d.%m.%Y',
  '%d/%m/%Y',
  '%m/%d/%Y',
  '%d-%m-%Y',
  '%m-%d-%Y',
  '%m.%d.%Y',
  '%Y.%m.%d',
  // As Excel and browsers write it in Korean.
  '%Y. %m. %d.',
  '%Y. %m. %d',
  '%d-%b-%Y',
  '%d %b %Y',
  '%d/%b/%Y',
  '%b %d, %Y',
  '%b %d %Y',
  '%a, %d %b %Y',
  '%Y-%m',
  // Of two digits nothing says which is the year: these are only told.
  '%d/%m/%y',
  '%m/%d/%y',
  '%d.%m.%y',
  '%d-%m-%y',
]
/** The forms with a year of two digits, each with another reading of the same texts. */
const SHORT_YEARS: Readonly<Record<string, string>> = {
  '%d/%m/%y': '%m/%d/%y',
  '%m/%d/%y': '%y/%m/%d',
  '%d.%m.%y': '%y.%m.%d',
  '%d-%m-%y': '%y-%m-%d',
}
/** The form in which a month of a year is found. Codes such as 4711-08 look like it, so that its years are few. */
const MONTH = '%Y-%m'
const FIRST_MONTH = '1800'
const LAST_MONTH = '2200'

/** Forms of quarters and weeks, which are told, and read as dates where the client says so. */
const PERIODS = ['%YQ%q', '%Y-Q%q', '%Y Q%q', '%Y/Q%q', 'Q%q %Y', 'Q%q-%Y', 'Q%q/%Y', '%G-W%V', '%GW%V']

/** Values of a column that are tried with every form. */
const SAMPLE = 1_000

/** Pattern of a canonical text, or of one that is canonical once its space is a `T`. */
const CANONICAL =
  '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-[0-9]{2}-[0-9]{2}([T ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{0,8}[1-9])?(Z|[+-](0[1-9]|1[0-7]):[0-5][0-9])?)?'

/** Gives the connection the SQL function `iso_date(text, pattern)`: ISO 8601 of a date, null of any other text. */
export function addDateFunction({ connection }: DuckDb): void {
  const isoDate = DuckDBScalarFunction.create({
    name: 'iso_date',
    parameterTypes: [VARCHAR, VARCHAR],
    returnType: VARCHAR,
    mainFunction(_, input, output) {
      const texts = input.getColumnVector(0)
      const patterns = input.getColumnVector(1)
      for (let row = 0; row < input.rowCount; row++) {
        const text = texts.getItem(row)
        output.setItem(row, text === null ? null : isoOf(String(text), String(patterns.getItem(row))))
      }
      output.flush()
    },
  })
  connection.registerScalarFunction(isoDate)
}

/** Returns ISO 8601 of a text that is a date of the pattern: with a time if it has one; else null. */
function isoOf(text: string, pattern: string): string | null {
  const format = dateFormat(pattern)
  const time = typeof format === 'string' ? undefined : parseDate(text, format)
  return time ? isoText(time, time.hasTime ? 'datetime' : 'date') : null
}

/** SQL: ISO 8601 of a text that is a date of the pattern: with a time if it has one; else null. */
function isoDate(c: string, pattern: string): string {
  const isCanonical = `regexp_full_match(${c}, '${CANONICAL}') AND TRY_CAST(left(${c}, 10) AS DATE) IS NOT NULL`
  return `CASE WHEN ${isCanonical} THEN replace(${c}, ' ', 'T') ELSE iso_date(${c}, ${literal(pattern)}) END`
}

/** SQL: the cell of a text in a column of dates; null for a text that is none. */
export function dateOf(c: string, type: DateType, pattern: string): string {
  const iso = isoDate(c, pattern)
  if (type === 'date') return `left(${iso}, 10)`
  return `(SELECT CASE WHEN strlen(d) = 10 THEN d || 'T00:00:00' ELSE d END FROM (SELECT ${iso} AS d))`
}

/** SQL condition: the text is a date of the pattern. */
export function isDate(c: string, pattern: string): string {
  return `(${isoDate(c, pattern)} IS NOT NULL)`
}

/** SQL condition: the text stands for a missing date. MySQL writes zeros for it. */
export function isDateGap(c: string): string {
  const isZero = `(CASE WHEN ${c} < '0001' THEN regexp_full_match(${trimmed(c)}, '${ZERO_DATE}') ELSE false END)`
  return `(${isPlaceholder(c)} OR ${isZero})`
}

/** SQL condition: the text is a time with an offset from UTC. */
export function isZoned(c: string): string {
  return `regexp_full_match(${c}, '.*[0-9:]{5}.*([Zz]|UTC|GMT|[+-][0-9]{2}:?([0-9]{2})?)[ \t]*')`
}

/** The dates in a column, counted. */
export interface FoundDates {
  /** The form that fits most of its values. */
  pattern: string
  /** Values of this form. */
  fits: number
  /** Those with a time of day. */
  timed: number
  /** Those with an offset from UTC. */
  zoned: number
  /** Values that are neither empty nor stand for a missing one. */
  telling: number
  /** Values that stand for a missing one. */
  gaps: number
  /** Absent: the values decide the order of day and month. Else the other form that fits as well. */
  orElse?: string
}

/**
 * Counts the dates in a column, in the form that fits most of its values.
 * @param patterns forms that the client gave, which are preferred
 * @param only whether no other form is tried
 * @returns undefined where no form fits at least half of a sample
 */
export async function findDates(
  db: DuckDb,
  c: string,
  patterns: readonly string[],
  only = false,
): Promise<FoundDates | undefined> {
  const known = only ? patterns : [...patterns, ...FORMATS.filter((pattern) => !patterns.includes(pattern))]
  const likely = only ? known : await likelyFormats(db, c, known)
  let best: FoundDates | undefined
  for (const pattern of likely) {
    const found = await countDates(db, c, pattern)
    if (pattern === MONTH && !patterns.includes(MONTH) && !(await isOfMonths(db, c))) continue
    // A form of the client that fits leaves no question.
    if (patterns.includes(pattern) && isMost(found)) return found
    if (!best || found.fits > best.fits)
      best = isOtherOrder(best, found) ? { ...found, orElse: best.pattern } : found
    else if (isOtherOrder(best, found)) best = { ...best, orElse: found.pattern }
  }
  const decided = best && (await withOrder(db, c, best))
  const short = decided && SHORT_YEARS[decided.pattern]
  if (!decided || short === undefined || patterns.includes(decided.pattern)) return decided
  return isMost(decided) ? { orElse: short, ...decided } : undefined
}

/** Returns the form of the quarters or weeks that most values of a column are, with their number; undefined: they are others. */
export async function findPeriods(db: DuckDb, c: string): Promise<FoundDates | undefined> {
  const [pattern] = await likelyFormats(db, c, PERIODS)
  const found = pattern === undefined ? undefined : await countDates(db, c, pattern)
  return found && 2 * found.fits >= found.telling ? found : undefined
}

/** Returns dates without the other order of day and month where the values decide it. */
async function withOrder(db: DuckDb, c: string, best: FoundDates): Promise<FoundDates> {
  if (best.orElse === undefined) return best
  const other = await countDates(db, c, best.orElse)
  const isDecided = other.fits < best.fits && (best.fits === best.telling || !isMost(other))
  const { orElse, ...decided } = best
  return isDecided ? decided : best
}

/** Returns whether at least 99% of the values are dates of the form. */
export function isMost({ fits, telling }: Pick<FoundDates, 'fits' | 'telling'>): boolean {
  return fits > 0 && fits * 100 >= telling * 99
}

/** Returns whether two forms differ in the order of day and month. */
function isOtherOrder(first: FoundDates | undefined, second: FoundDates): first is FoundDates {
  const sorted = (pattern: string) => [...pattern].sort().join('')
  return first !== undefined && sorted(first.pattern) === sorted(second.pattern)
}

/** Returns the forms that fit at least half of a sample. */
async function likelyFormats(db: DuckDb, c: string, patterns: readonly string[]): Promise<string[]> {
  const values = await db.rows(
    `SELECT ${c} FROM (SELECT ${c} FROM staging WHERE ${isTelling(c)})
      USING SAMPLE reservoir(${SAMPLE} ROWS) REPEATABLE (1)`,
  )
  // Every column of dates also takes ISO 8601, which does not tell its own form.
  const fits = (pattern: string) => {
    const format = dateFormat(pattern)
    if (typeof format === 'string') return 0
    return values.filter(([value]) => format.read(String(value).trim())).length
  }
  return patterns.filter((pattern) => values.length > 0 && fits(pattern) * 2 >= values.length)
}

async function countDates(db: DuckDb, c: string, pattern: string): Promise<FoundDates> {
  const [row = []] = await db.rows(
    `SELECT count(d), count_if(strlen(d) > 10), count_if(strlen(d) > 10 AND ${isZoned('d')}),
        count_if(telling), count_if(NOT telling AND NOT empty)
      FROM (SELECT ${isTelling(c)} AS telling, ${isEmpty(c)} AS empty, ${isoDate(c, pattern)} AS d
        FROM staging WHERE ${c} IS NOT NULL)`,
  )
  const [fits = 0, timed = 0, zoned = 0, telling = 0, gaps = 0] = row.map(toNumber)
  return { pattern, fits, timed, zoned, telling, gaps }
}

async function isOfMonths(db: DuckDb, c: string): Promise<boolean> {
  const [[first, last] = []] = await db.rows(
    `SELECT min(d), max(d) FROM (SELECT ${isoDate(c, MONTH)} AS d FROM staging)`,
  )
  return String(first) >= FIRST_MONTH && String(last) < LAST_MONTH
}

/** SQL condition: the text is neither empty nor a placeholder. */
function isTelling(c: string): string {
  return `(${c} IS NOT NULL AND NOT ${isEmpty(c)} AND NOT ${isDateGap(c)})`
}

/** SQL: seconds since 1970 of a cell of a column of dates, to compare by. */
export function instantOfCell(c: string, type: DateType): string {
  if (type === 'date') return `epoch(CAST(${c} AS DATE))`
  const seconds = `epoch(CAST(left(${c}, 19) AS TIMESTAMP))`
  const fraction = `coalesce(TRY_CAST('0' || regexp_extract(${c}, '[.][0-9]+') AS DOUBLE), 0)`
  const sign = `substr(${c}, -6, 1)`
  const offset = `CASE WHEN ${sign} IN ('+', '-') AND strlen(${c}) > 19 THEN CAST(substr(${c}, -6, 3) AS INTEGER) * 3600 + CAST(${sign} || right(${c}, 2) AS INTEGER) * 60 ELSE 0 END`
  return `(${seconds} + ${fraction} - (${offset}))`
}

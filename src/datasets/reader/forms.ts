import { OTHER_DIGITS, PLACEHOLDERS, SCALE_TEXTS, UNIT_TEXTS } from '../../recipe/index.ts'
import { type DuckDb, inPattern, literal, toNumber } from './duckdb.ts'
import { ofEachColumn } from './each-column.ts'

/*
 * The forms that staged texts have, as SQL conditions and values over a column: what a number is, what stands for a
 * missing value, what is a code or a point in time. `decide.ts` decides by them what a column is.
 */

/**
 * Pattern of a decimal number: sign, digits with an optional fraction, exponent, spaces or tabs around it. It excludes
 * `NaN`, `inf`, hexadecimal numbers, separators of thousands and a point without digits.
 */
const NUMBER = '[ \t]*[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?[ \t]*'
const UNITS = [...UNIT_TEXTS, ...SCALE_TEXTS.flatMap((scale) => [scale, `${scale}.`])]
  .sort((one, other) => other.length - one.length)
  .map((unit) => unit.replace(/[.$]/g, '[$&]'))
  .join('|')
/** What stands around the digits of a number, beside its unit. */
const AROUND = '[ \\t\\p{Zs}()+−–—-]*'
/** Digits of all scripts that numbers are read in. */
const ANY_DIGIT = `0-9０-９${OTHER_DIGITS}`
/**
 * Pattern of what may be a number in any writing: digits, separators and the letter of an exponent, with signs and a unit on either
 * side.
 */
const NUMBER_LIKE = `(?i)${AROUND}(${UNITS})?${AROUND}[.,，．٫]?[${ANY_DIGIT}][${ANY_DIGIT}.,，．٫٬'’ed \\t\\p{Zs}+−–—-]*(${UNITS})?${AROUND}(${UNITS})?${AROUND}`
/** Bytes of a number with a unit, and of a time of day, at most. */
const SHORT = 40
const BOOLEAN = '(?i)[ \t]*(true|false)[ \t]*'
/** Pattern of texts among which dates are sought, with or without a time of day. */
const TIME =
  '[ \t]*([0-9]{4}[-/.] ?[0-9]{1,2}([-/.] ?[0-9]{1,2}[.]?)?|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}|[0-9]{2}[-.][0-9]{2}[-.][0-9]{2}|[0-9]{1,2}[-/. ]([0-9]{1,2}|[A-Za-z]{3,9})[-/. ][0-9]{4}|[A-Za-z]{3,9} [0-9]{1,2},? [0-9]{4}|[A-Za-z]{3}, [0-9]{1,2} [A-Za-z]{3} [0-9]{4})([Tt, ].*)?'
/** Pattern of a code: a digit and no white space, or groups of digits as in phone and card numbers. */
const CODE = '[^\\s]*[0-9][^\\s]*|[+(]*[0-9][0-9 ()/.-]*'
/**
 * Pattern of a number with a unit in letters behind it, which is its group: `12.5 kg`, `90m²`. All letters of Unicode make it
 * slow to compile, a number of times in a row as many times as slow.
 */
const MEASURE = '^[ \t]*[+-]?[0-9]+(?:[.,][0-9]+)? ?([\\p{L}°µ/]+[²³23]?)[ \t]*$'
/** Pattern of a time of day: `13:45`, `1:45:10 pm`. */
const TIME_OF_DAY = '(?i)[ \t]*[0-2]?[0-9]:[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?( ?[ap][.]?m[.]?)?[ \t]*'

/**
 * Pattern of a placeholder. Each letter stands in both cases; k is the one of them that a character beyond ASCII has for its
 * lower case too, the sign of Kelvin.
 */
const PLACEHOLDER = `[ \t]*(${PLACEHOLDERS.map(inAnyCase).join('|')})[ \t]*`

function inAnyCase(text: string): string {
  return [...text]
    .map((sign) => {
      if (sign === 'k') return '[kK\\x{212a}]'
      if (/[a-z]/.test(sign)) return `[${sign}${sign.toUpperCase()}]`
      return inPattern(sign)
    })
    .join('')
}

/** SQL condition: the text is a finite decimal number. */
export function isNumber(c: string): string {
  const finite = `coalesce(isfinite(${numberOf(c)}), false)`
  return `(CASE WHEN regexp_full_match(${c}, '${NUMBER}') THEN ${finite} ELSE false END)`
}

/** SQL condition: the text is true or false. Numbers are told by their first character, which is cheaper than a pattern. */
export function isBoolean(c: string): string {
  return `(CASE WHEN ${c} >= 'F' OR ${c} < '!' THEN regexp_full_match(${c}, '${BOOLEAN}') ELSE false END)`
}

/** SQL condition: the text stands for a missing value. */
export function isPlaceholder(c: string): string {
  return `(CASE WHEN strlen(${c}) <= 24 THEN regexp_full_match(${c}, ${literal(PLACEHOLDER)}) ELSE false END)`
}

/**
 * SQL condition: the text has no characters but spaces and tabs. Most texts are told by their first character; CASE
 * trims the others only, where AND would trim them all.
 */
export function isEmpty(c: string): string {
  return `(CASE WHEN ${c} < '!' THEN ${trimmed(c)} = '' ELSE false END)`
}

/**
 * SQL: the number that a text is in plain writing; null for what is none. A cast passes over spaces and tabs around a number by
 * itself, and trimming takes four times as long as the cast.
 */
export function numberOf(c: string): string {
  return `TRY_CAST(${c} AS DOUBLE)`
}

/** SQL: the text without spaces and tabs around it. */
export function trimmed(c: string): string {
  return `trim(${c}, ' \t')`
}

/** Numbers of texts that are no plain number or boolean, by what they may be instead. */
export interface OddForms {
  placeholders: number
  /** Texts that may be numbers in any writing, plain ones included. */
  numberLike: number
  /** Texts that look like dates. */
  times: number
  /**
   * Short texts that begin as numbers or quarters do and have a letter or a colon: those with a unit, times of day, quarters and
   * weeks are among them.
   */
  mayBeMeasures: number
}

/** SQL condition: the text is short and begins with a digit, a sign or a space. */
function startsLikeNumber(c: string): string {
  return `(${c} < ':' AND strlen(${c}) <= ${SHORT})`
}

/**
 * SQL condition: the text may be a number with a unit, a time of day, or a quarter or week of a year, which a pattern of all
 * letters would find out slowly.
 */
function mayBeMeasure(c: string): string {
  const isQuarter = `(${c} >= 'Q1' AND ${c} < 'Q5' AND strlen(${c}) <= ${SHORT})`
  return `(CASE WHEN ${startsLikeNumber(c)} OR ${isQuarter} THEN regexp_matches(${c}, '[:A-Za-z\\x{80}-\\x{10ffff}]') ELSE false END)`
}

/** SQL condition: the text is a number with a unit in letters behind it. */
export function isMeasure(c: string): string {
  return `(${unitOf(c)} <> '')`
}

/** SQL: the unit behind a number; an empty text for any other text. */
function unitOf(c: string): string {
  return `(CASE WHEN ${startsLikeNumber(c)} THEN regexp_extract(${c}, ${literal(MEASURE)}, 1) ELSE '' END)`
}

/** SQL condition: the text is a time of day without a date. */
export function isTimeOfDay(c: string): string {
  return `(CASE WHEN ${startsLikeNumber(c)} THEN regexp_full_match(${c}, ${literal(TIME_OF_DAY)}) ELSE false END)`
}

/** Counts the times of day and the numbers with a unit in a column, and the different units. */
export async function countMeasures(
  db: DuckDb,
  c: string,
): Promise<{ timesOfDay: number; measures: number; units: number }> {
  const [row = []] = await db.rows(
    `SELECT count_if(is_time), count(unit), count(DISTINCT unit)
      FROM (SELECT ${isTimeOfDay(c)} AS is_time, nullif(lower(${unitOf(c)}), '') AS unit FROM staging)`,
  )
  const [timesOfDay = 0, measures = 0, units = 0] = row.map(toNumber)
  return { timesOfDay, measures, units }
}

/** Counts the odd forms of columns. Returns them in the order of the columns. @param rows rows of the table */
export async function oddForms(db: DuckDb, columns: readonly string[], rows: number): Promise<OddForms[]> {
  const found = await ofEachColumn(db, columns, rows, (c) =>
    [
      isPlaceholder(c),
      `(strlen(${c}) <= 100 AND regexp_full_match(${c}, ${literal(NUMBER_LIKE)}))`,
      `regexp_full_match(${c}, '${TIME}')`,
      mayBeMeasure(c),
    ].map((form) => `count_if(${form})`),
  )
  return found.map((counts) => {
    const [placeholders = 0, numberLike = 0, times = 0, mayBeMeasures = 0] = counts.map(toNumber)
    return { placeholders, numberLike, times, mayBeMeasures }
  })
}

/** Returns whether all values of a column are of digits only, and equally many. */
export async function isOfOneWidth(db: DuckDb, c: string): Promise<boolean> {
  const [[least, most, digits] = []] = await db.rows(
    `SELECT min(length(${c})), max(length(${c})), bool_and(regexp_full_match(${c}, '[0-9]+'))
      FROM staging WHERE ${c} IS NOT NULL AND NOT ${isEmpty(c)}`,
  )
  return digits === true && toNumber(least) === toNumber(most)
}

/** Returns whether each value of a column is a code and stands in one row only. @param present number of the values */
export async function isCodeOfItsOwn(db: DuckDb, c: string, present: number): Promise<boolean> {
  const [row = []] = await db.rows(
    `SELECT count(DISTINCT ${c}), count_if(regexp_full_match(${c}, '${CODE}')) FROM staging`,
  )
  const [distinct, codes] = row.map(toNumber)
  return distinct === present && codes === present
}

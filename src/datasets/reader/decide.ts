import { ISO_DATE } from '../../dates.ts'
import type { FieldProblem } from '../../errors.ts'
import { datesOption, pointer } from '../../recipe/index.ts'
import { type ColumnDescription, type ColumnType, type DateType, isDateType } from '../../recipe/table.ts'
import { areFew, type Counts, differentValues, tellingCount } from './count-values.ts'
import { type FoundDates, findDates, findPeriods, isDate, isDateGap, isMost, isZoned } from './dates.ts'
import type { DuckDb } from './duckdb.ts'
import { type Finding, finding } from './findings.ts'
import {
  countMeasures,
  isCodeOfItsOwn,
  isEmpty,
  isMeasure,
  isOfOneWidth,
  isPlaceholder,
  isTimeOfDay,
  type OddForms,
} from './forms.ts'
import { AUTO_CATEGORIES, AUTO_CATEGORY_LENGTH, SENTENCE_WORDS } from './limits.ts'
import {
  hasDecimalComma,
  hasUnit,
  isDressedNumber,
  isNumberBy,
  isScaledNumber,
  isUnclear,
  type NumberReading,
  notOf,
} from './number-reading.ts'
import type { StagedColumn } from './staging.ts'

/** Rows from which a column with another code in each row is an identifier: in fewer it may be chance. */
export const LEAST_ROWS = 20
/** Mean length of a code, in characters, up to which a column may be an identifier. */
const CODE_LENGTH = 64
/** Mean length of a text, in characters, up to which it may be a date. */
const DATE_LENGTH = 64

/** What a column is. */
export interface Decision {
  type: ColumnType
  /** The form of dates, and whether some texts stand for missing ones. */
  format?: string
  dateGaps?: boolean
  /** True if every value is a date. */
  allDates?: boolean
  repeats?: boolean
  distinct?: number
  leftOutAs?: ColumnDescription['leftOutAs']
  findings: Finding[]
}

/** A column whose type is to be found. */
export interface Undecided {
  db: DuckDb
  /** Its name in the table `staging`. */
  c: string
  column: StagedColumn
  count: Counts
  odd: OddForms
  reading: NumberReading
  /** Rows of the table. */
  rows: number
  /** Forms of dates that the client gave for any column. */
  any: readonly string[]
}

/** Returns what a column is by all of its values. */
export async function decide(column: Undecided): Promise<Decision> {
  const {
    db,
    c,
    column: { kind },
    count,
    odd,
    reading,
    rows,
  } = column
  if (kind === 'list') return { type: 'list', findings: [] }
  if (count.present === 0) return { type: 'text', findings: [] }
  if (kind === 'number') return { type: 'number', findings: [] }
  // Among numbers and booleans an empty text is a missing value (D-21), and so is a placeholder (D-100).
  const telling = tellingCount(count, odd)
  if (isMost({ fits: reading.fit, telling })) {
    // Codes such as 00501 would lose their zeros (D-101).
    if (count.zeros > 0 && count.numbers === telling && (await isOfOneWidth(db, c)))
      return decideCodes(db, c, count, rows)
    return { type: 'number', findings: [...gapsOf(c, 'number', count, odd), ...formsOf(c, reading)] }
  }
  if (telling > 0 && count.booleans === telling)
    return { type: 'boolean', findings: gapsOf(c, 'boolean', count, odd) }
  const dates = await decideDates(column)
  if (dates && 'type' in dates) return dates
  const words = await decideWords(column, dates)
  return { ...words, findings: [...words.findings, ...gapsOf(c, words.type, count, odd)] }
}

/** Returns what a column of codes with leading zeros is. */
async function decideCodes(db: DuckDb, c: string, count: Counts, rows: number): Promise<Decision> {
  const decision = await byRepeats(db, c, count, rows)
  const codes = { ...decision, findings: [finding('leading-zeros', count.present - count.empty)] }
  return decision.type === 'text' ? identified(db, c, count, codes) : codes
}

/** Returns what a column is that holds neither numbers nor booleans. */
async function decideWords(
  { db, c, count, odd, reading, rows }: Undecided,
  dates: Finding | undefined,
): Promise<Decision> {
  const telling = tellingCount(count, odd)
  const decision = await byRepeats(db, c, count, rows)
  if (dates) {
    const times: Decision = { ...decision, findings: [dates] }
    return decision.type === 'text' && !decision.repeats ? { ...times, leftOutAs: 'time' } : times
  }
  const findings = decision.repeats ? [finding('repeated-sentences', telling)] : []
  const { fit, unclear, otherUnits, scaled } = reading
  if (unclear > 0 && (fit + unclear) * 2 >= telling)
    findings.push(finding('unclear-commas', unclear, isUnclear(c)))
  else if (scaled > 0 && (fit + otherUnits) * 2 >= telling)
    findings.push(finding('scaled-numbers', scaled, isScaledNumber(c)))
  else if (otherUnits > 0 && (fit + otherUnits) * 2 >= telling)
    findings.push(finding('mixed-units', fit + otherUnits, hasUnit(c)))
  else if (fit * 2 >= telling && telling > fit)
    findings.push(finding('mixed-values', telling - fit, notOf(c, isNumberBy(c, reading))))
  else if (odd.mayBeMeasures > 0 && odd.mayBeMeasures * 2 >= telling)
    findings.push(...(await measuresIn(db, c, telling)))
  const words = { ...decision, findings }
  return decision.type === 'text' && !decision.repeats ? identified(db, c, count, words) : words
}

/** Returns what there is to tell of a column most of whose values are times of day, numbers with one unit, quarters or weeks. */
async function measuresIn(db: DuckDb, c: string, telling: number): Promise<Finding[]> {
  const { timesOfDay, measures, units } = await countMeasures(db, c)
  if (timesOfDay * 2 >= telling) return [finding('times-of-day', timesOfDay, isTimeOfDay(c))]
  // Before units, since 2015Q2 would be 2015 with one.
  const periods = await findPeriods(db, c)
  if (periods) {
    const { pattern, fits } = periods
    return [{ ...finding('periods', fits, isDate(c, pattern)), dates: pattern }]
  }
  return units === 1 && measures * 2 >= telling ? [finding('numbers-with-unit', measures, isMeasure(c))] : []
}

/** Returns the decision with a mark if each row has a code of its own. */
async function identified(db: DuckDb, c: string, count: Counts, decision: Decision): Promise<Decision> {
  const { present, distinct, characters, empty } = count
  const may =
    empty === 0 && present >= LEAST_ROWS && 2 * distinct >= present && characters <= CODE_LENGTH * present
  if (!may || !(await isCodeOfItsOwn(db, c, present))) return decision
  return {
    ...decision,
    leftOutAs: 'identifier',
    findings: [...decision.findings, finding('identifier-column', present)],
  }
}

/** Returns whether texts are categories, sentences that repeat, or texts, by their different values. */
async function byRepeats(db: DuckDb, c: string, count: Counts, rows: number): Promise<Decision> {
  const most = Math.min(AUTO_CATEGORIES, Math.ceil(rows / 2) - 1)
  // The estimate is off by up to 40%; a column far above the limit need not be counted exactly, unless the
  // description has the number.
  const isTold = count.distinct > AUTO_CATEGORIES / 2 && count.distinct <= 2 * AUTO_CATEGORIES
  if (count.distinct > 2 * most && !isTold) return { type: 'text', distinct: count.distinct, findings: [] }
  const different = await differentValues(db, c)
  const text: Decision = { type: 'text', distinct: different.count, findings: [] }
  const isLong = count.characters > AUTO_CATEGORY_LENGTH * count.present
  if (isLong || !areFew(different, most)) return text
  if (different.meanWords >= SENTENCE_WORDS) return { ...text, repeats: true }
  return { type: 'category', findings: [] }
}

/** Returns what a column of dates is by what the client said of it: its type, the form of its dates, or both. */
export async function decideGivenDate(
  { db, c, column: { name }, count, any }: Undecided,
  said: ColumnType | undefined,
  form: string | undefined,
  problems: FieldProblem[],
): Promise<Decision> {
  const found = await findDates(db, c, form === undefined ? any : [form], form !== undefined)
  const isOfNumbers =
    !found && count.present > count.empty && count.numbers * 2 >= count.present - count.empty
  if (isOfNumbers)
    problems.push({
      path: typePath(name),
      message: `The column has numbers, which may stand for dates in several ways. Upload the file with ${datesOption(name, '%s')} for seconds since 1970, %Q for milliseconds, or a form such as %Y%m%d.`,
    })
  if (found?.orElse !== undefined)
    problems.push({
      path: typePath(name),
      message: `No value shows the order of day, month and year. Upload the file with ${datesOption(name, found.pattern)} or ${datesOption(name, found.orElse)}.`,
    })
  const type = isDateType(said) ? said : found && found.timed > 0 ? 'datetime' : 'date'
  if (found) return dateDecision(c, type, found)
  return { type, format: form ?? ISO_DATE, dateGaps: true, findings: [] }
}

/** Returns the decision for a column of dates. */
function dateDecision(c: string, type: DateType, found: FoundDates): Decision {
  const { pattern, timed, zoned, gaps } = found
  const isMixed = type === 'datetime' && zoned > 0 && zoned < timed
  const odd = zoned * 2 > timed ? `(${isDate(c, pattern)} AND NOT ${isZoned(c)})` : isZoned(c)
  const fewer = zoned * 2 > timed ? timed - zoned : zoned
  return {
    type,
    format: pattern,
    dateGaps: gaps > 0,
    allDates: found.fits === found.telling,
    findings: [
      ...(gaps > 0 ? [finding('placeholders', gaps, isDateGap(c))] : []),
      ...(isMixed ? [finding('mixed-zones', fewer, odd)] : []),
    ],
  }
}

/**
 * Returns the decision for a column of dates that was recognized; else what there is to tell of dates in it, if
 * anything.
 */
async function decideDates({ db, c, count, odd, any }: Undecided): Promise<Decision | Finding | undefined> {
  const telling = tellingCount(count, odd)
  const isShort = count.characters <= DATE_LENGTH * count.present
  if (!isShort || (odd.times * 2 < telling && any.length === 0)) return undefined
  const found = await findDates(db, c, any)
  if (!found || found.fits * 2 < found.telling) return undefined
  const { pattern, fits, timed, orElse } = found
  if (orElse !== undefined)
    return { code: 'unclear-dates', count: fits, where: isDate(c, pattern), dates: pattern, orElse }
  if (!isMost(found)) {
    const where = notOf(c, isDate(c, pattern), isDateGap(c))
    return { code: 'mixed-values', count: found.telling - fits, where, dates: pattern }
  }
  const decision = dateDecision(c, timed > 0 ? 'datetime' : 'date', found)
  return { ...decision, findings: [finding('times', fits), ...decision.findings] }
}

/** Returns what there is to tell of texts that count as missing. */
export function gapsOf(c: string, type: ColumnType, count: Counts, odd: OddForms): Finding[] {
  if (type === 'category') return count.empty > 0 ? [finding('empty-values', count.empty, isEmpty(c))] : []
  if (type === 'text' || odd.placeholders === 0) return []
  return [finding('placeholders', odd.placeholders, isPlaceholder(c))]
}

/** Returns what there is to tell of the forms of numbers. */
export function formsOf(c: string, reading: NumberReading): Finding[] {
  const { commas, dressed } = reading
  return [
    ...(commas > 0 ? [finding('decimal-commas', commas, hasDecimalComma(c, reading))] : []),
    ...(dressed > 0 ? [finding('number-forms', dressed, isDressedNumber(c, reading))] : []),
  ]
}

/** Returns the JSON pointer of a column's type in the query of an upload. */
export function typePath(name: string): string {
  return `/types${pointer([name])}`
}

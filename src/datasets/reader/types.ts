import { ISO_DATE } from '../../dates.ts'
import { type FieldProblem, FitserveError, quoted } from '../../errors.ts'
import { type CellRules, type DecimalSign, datesOption } from '../../recipe/index.ts'
import { type ColumnDescription, type ColumnType, type DateType, isDateType } from '../../recipe/table.ts'
import type { WarningCode } from '../../warnings.ts'
import type { DateForms } from '../contract.ts'
import { cellBoolean } from './cell-functions.ts'
import { areFew, type Counts, countValues, differentValues, nfcOf, oddFormsOf } from './count-values.ts'
import { dateOf, type FoundDates, findDates, isDate, isDateGap, isMost, isZoned } from './dates.ts'
import { type DuckDb, toNumber } from './duckdb.ts'
import {
  isBoolean,
  isCodeOfItsOwn,
  isEmpty,
  isOfOneWidth,
  isPlaceholder,
  type OddForms,
  trimmed,
} from './forms.ts'
import {
  AUTO_CATEGORIES,
  AUTO_CATEGORY_LENGTH,
  COLUMNS_AT_ONCE,
  MAX_CATEGORIES,
  MAX_CATEGORY_TEXT,
  SENTENCE_WORDS,
} from './limits.ts'
import {
  hasDecimalComma,
  hasUnit,
  isDressedNumber,
  isNumberBy,
  isUnclear,
  type NumberReading,
  notOf,
  numberReadings,
  readNumber,
} from './number-reading.ts'
import type { Staged, StagedColumn } from './staging.ts'

/** Rows from which a column with another code in each row is an identifier: in fewer it may be chance. */
export const LEAST_ROWS = 20
/** Mean length of a code, in characters, up to which a column may be an identifier. */
const CODE_LENGTH = 64
/** Mean length of a text, in characters, up to which it may be a date. */
const DATE_LENGTH = 64

/** How a column of the table `staging` becomes a column of the data set. */
export interface ColumnPlan {
  name: string
  type: ColumnType
  /** SQL expression of the typed value; meaningless for a bad row. */
  value: string
  /** SQL condition under which the staged text is not a value of the type. Absent if every text is one. */
  bad?: string
  /** The end of the message about a bad value, which begins with the value itself. */
  complaint?: string
  /** Characters of all values together. */
  characters: number
  /** True of a text with few different values: it may also be learnt as a target, whose classes these are. */
  repeats?: boolean
  /** Number of different values of a text, an estimate if large. */
  distinct?: number
  leftOutAs?: ColumnDescription['leftOutAs']
  /** The form of a column of dates. */
  format?: string
  /** How its texts are read. Absent: plainly. */
  cells?: CellRules
  /** Number of the values that decided the type: all that are there and stand for themselves. */
  values: number
  /** SQL condition of the values that do not fit, or that keep the column from being a number. Absent: all fit. */
  others?: string
  decidedBy?: ColumnDescription['decidedBy']
  /** What there is to tell of the column. */
  findings: readonly Finding[]
}

/** Something to tell of a column: `told.ts` makes the warning. */
export interface Finding {
  code: FindingCode
  /** Number of the values that it is about. */
  count: number
  /** SQL condition of the rows whose values are examples; absent: all rows. */
  where?: string
  /** The form of dates that it is about. */
  dates?: string
  /** The other form of dates that fits as well. */
  orElse?: string
}

/** Codes of the warnings that come from the values of a column. */
export type FindingCode = Extract<
  WarningCode,
  | 'placeholders'
  | 'empty-values'
  | 'mixed-values'
  | 'leading-zeros'
  | 'decimal-commas'
  | 'unclear-commas'
  | 'unclear-points'
  | 'number-forms'
  | 'mixed-units'
  | 'repeated-sentences'
  | 'times'
  | 'unclear-dates'
  | 'mixed-zones'
  | 'identifier'
>

/** What a column is. */
interface Decision {
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

/** What the client has said of the values of all columns. */
export interface SaidOfValues {
  /** Decimal sign of numbers that have two readings; null: the values show it. */
  decimal: DecimalSign | null
  /** Texts that count as missing. */
  missing: string[]
  /** Forms of dates. */
  dates: DateForms
}

const NOTHING_SAID: SaidOfValues = { decimal: null, missing: [], dates: { any: [], columns: [] } }

/**
 * Finds the type of each staged column from all of its values; a given type is taken instead.
 * @throws FitserveError `invalid-dataset` if a type is given to a column that does not exist or cannot have it
 */
export async function planColumns(
  db: DuckDb,
  staged: Staged,
  given: ReadonlyMap<string, ColumnType>,
  saidOfValues: SaidOfValues = NOTHING_SAID,
): Promise<ColumnPlan[]> {
  const problems: FieldProblem[] = []
  const names = new Set(staged.columns.map(({ name }) => name))
  for (const name of given.keys()) {
    if (!names.has(name)) problems.push({ path: typePath(name), message: 'The file has no such column' })
  }
  const { any } = saidOfValues.dates
  const forms = new Map(saidOfValues.dates.columns)
  for (const name of forms.keys())
    if (!names.has(name))
      problems.push({ path: '/dates', message: `The file has no column ${quoted(name)}.` })
  const plans: ColumnPlan[] = []
  for (let start = 0; start < staged.columns.length; start += COLUMNS_AT_ONCE) {
    const batch = staged.columns.slice(start, start + COLUMNS_AT_ONCE)
    const counts = await countValues(db, batch, start)
    const odds = await oddFormsOf(db, batch, start, counts)
    const readings = await readingsOf(db, batch, start, {
      counts,
      odds,
      given,
      decimal: saidOfValues.decimal,
    })
    for (const [offset, column] of batch.entries()) {
      const c = `c${start + offset}`
      const count = counts[offset]!
      const form = forms.get(column.name)
      const said = given.get(column.name) ?? (form === undefined ? undefined : 'datetime')
      if (said && (said === 'list') !== (column.kind === 'list'))
        problems.push({ path: typePath(column.name), message: listMessage(column.kind) })
      else if (said === 'category' && !areFew(await differentValues(db, c), MAX_CATEGORIES)) {
        const limits = `${MAX_CATEGORIES.toLocaleString('en')} different values and ${MAX_CATEGORY_TEXT / 1024 / 1024} MiB of text`
        problems.push({
          path: typePath(column.name),
          message: `The column exceeds the limits of a category: ${limits}`,
        })
      }
      const odd = odds[offset]!
      const reading = readings[offset]!
      const undecided = { db, c, column, count, odd, reading, rows: staged.rows, any }
      const decision =
        isDateType(said) && column.kind !== 'list'
          ? await decideGivenDate(undecided, given.get(column.name), form, problems)
          : said
            ? {
                type: said,
                findings: [...gapsOf(c, said, count, odd), ...(said === 'number' ? formsOf(c, reading) : [])],
              }
            : await decide(undecided)
      plans.push(plan(c, column, decision, count, odd, reading, saidOfValues.missing))
    }
  }
  for (const pattern of any)
    if (!plans.some(({ format }) => format === pattern))
      problems.push({ path: '/dates', message: `No column holds dates of the form ${pattern}. Remove it.` })
  if (problems.length > 0)
    throw new FitserveError('invalid-dataset', 'The given types or date formats do not match the file', {
      problems,
    })
  return saidOfValues.decimal === null ? withUnclearPoints(db, staged.columns, plans) : plans
}

/** SQL pattern of a number whose point may separate thousands as well. */
const UNCLEAR_POINT = '[ \t]*[+-]?[1-9][0-9]{0,2}[.][0-9]{3}[ \t]*'

/** Tells of plain numbers whose points may separate thousands, where other columns of the file have decimal commas. */
async function withUnclearPoints(
  db: DuckDb,
  columns: readonly StagedColumn[],
  plans: ColumnPlan[],
): Promise<ColumnPlan[]> {
  if (!plans.some(({ cells }) => cells?.decimal === ',')) return plans
  const asked = plans.flatMap(({ type, cells }, index) =>
    type === 'number' && columns[index]?.kind === 'text' && cells?.decimal === undefined ? [index] : [],
  )
  if (asked.length === 0) return plans
  const counts = asked.flatMap((index) => [
    `count_if(regexp_full_match(c${index}, '${UNCLEAR_POINT}'))`,
    `count_if(contains(c${index}, '.'))`,
  ])
  const [row = []] = await db.rows(`SELECT ${counts.join(', ')} FROM staging`)
  const unclear = new Map(
    asked.map((index, at) => [index, { some: toNumber(row[2 * at]), all: toNumber(row[2 * at + 1]) }]),
  )
  return plans.map((plan, index) => {
    const { some, all } = unclear.get(index) ?? { some: 0, all: 0 }
    if (some === 0 || some < all) return plan
    const where = `regexp_full_match(c${index}, '${UNCLEAR_POINT}')`
    return { ...plan, findings: [...plan.findings, finding('unclear-points', some, where)] }
  })
}

/** Returns how each column is read as numbers. Only columns that may hold odd ones are searched for them. */
async function readingsOf(
  db: DuckDb,
  columns: readonly StagedColumn[],
  first: number,
  {
    counts,
    odds,
    given,
    decimal,
  }: {
    counts: readonly Counts[]
    odds: readonly OddForms[]
    given: ReadonlyMap<string, ColumnType>
    decimal: DecimalSign | null
  },
): Promise<NumberReading[]> {
  const asked = columns.flatMap(({ name, kind }, index) => {
    const { present, empty, numbers } = counts[index]!
    const { numberLike, placeholders } = odds[index]!
    const said = given.get(name)
    const telling = present - empty - placeholders
    const isOdd = numberLike > numbers || (decimal === ',' && numbers > 0)
    const may = said === undefined ? 2 * Math.max(numbers, numberLike) >= telling : said === 'number'
    return kind === 'text' && isOdd && may
      ? [{ index, c: `c${first + index}`, anyUnit: said === 'number' }]
      : []
  })
  const readings = await numberReadings(db, asked, decimal)
  const found = new Map(asked.map(({ index }, at) => [index, readings[at]!]))
  return columns.map((_, index) => found.get(index) ?? plainReading(counts[index]!))
}

function plainReading({ numbers }: Counts): NumberReading {
  return { fit: numbers, unclear: 0, otherUnits: 0, commas: 0, dressed: 0 }
}

/** Returns what there is to tell of the forms of numbers. */
function formsOf(c: string, reading: NumberReading): Finding[] {
  const { commas, dressed } = reading
  return [
    ...(commas > 0 ? [finding('decimal-commas', commas, hasDecimalComma(c, reading))] : []),
    ...(dressed > 0 ? [finding('number-forms', dressed, isDressedNumber(c, reading))] : []),
  ]
}

/** Returns what a column of dates is by what the client said of it: its type, the form of its dates, or both. */
async function decideGivenDate(
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
      message: `The column holds numbers, which say no date by themselves. Say what they are: ${datesOption(name, '%s')} for seconds since 1970, %Q for milliseconds, or a form such as %Y%m%d.`,
    })
  if (found?.orElse !== undefined)
    problems.push({
      path: typePath(name),
      message: `No value decides the order of day and month. Say it: ${datesOption(name, found.pattern)}, or ${datesOption(name, found.orElse)}.`,
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
  const telling = count.present - count.empty - odd.placeholders
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

/** A column whose type is to be found. */
interface Undecided {
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

async function decide(column: Undecided): Promise<Decision> {
  const {
    db,
    c,
    column: { kind },
    count,
    odd,
    reading,
    rows,
  } = column
  const { present } = count
  if (kind === 'list') return { type: 'list', findings: [] }
  if (present === 0) return { type: 'text', findings: [] }
  if (kind === 'number') return { type: 'number', findings: [] }
  // Among numbers and booleans an empty text is a missing value (D-21), and so is a placeholder (D-100).
  const telling = present - count.empty - odd.placeholders
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
  const telling = count.present - count.empty - odd.placeholders
  const decision = await byRepeats(db, c, count, rows)
  if (dates) {
    const times: Decision = { ...decision, findings: [dates] }
    return decision.type === 'text' && !decision.repeats ? { ...times, leftOutAs: 'time' } : times
  }
  const findings = decision.repeats ? [finding('repeated-sentences', telling)] : []
  const { fit, unclear, otherUnits } = reading
  if (unclear > 0 && (fit + unclear) * 2 >= telling)
    findings.push(finding('unclear-commas', unclear, isUnclear(c)))
  else if (otherUnits > 0 && (fit + otherUnits) * 2 >= telling)
    findings.push(finding('mixed-units', fit + otherUnits, hasUnit(c)))
  else if (fit * 2 >= telling && telling > fit)
    findings.push(finding('mixed-values', telling - fit, notOf(c, isNumberBy(c, reading))))
  const words = { ...decision, findings }
  return decision.type === 'text' && !decision.repeats ? identified(db, c, count, words) : words
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
    findings: [...decision.findings, finding('identifier', present)],
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

/** Returns what there is to tell of texts that count as missing. */
function gapsOf(c: string, type: ColumnType, count: Counts, odd: OddForms): Finding[] {
  if (type === 'category') return count.empty > 0 ? [finding('empty-values', count.empty, isEmpty(c))] : []
  if (type === 'text' || odd.placeholders === 0) return []
  return [finding('placeholders', odd.placeholders, isPlaceholder(c))]
}

function finding(code: FindingCode, count: number, where?: string): Finding {
  return where === undefined ? { code, count } : { code, count, where }
}

function plan(
  c: string,
  { name, kind }: StagedColumn,
  { type, dateGaps = false, allDates = false, ...decision }: Decision,
  count: Counts,
  odd: OddForms,
  reading: NumberReading,
  missing: string[],
): ColumnPlan {
  const telling = count.present - count.empty
  const own = {
    name,
    type,
    characters: count.characters,
    ...decision,
    ...(missing.length > 0 && { cells: { missing } }),
  }
  const others = decision.findings.find(({ code }) => code === 'mixed-values')?.where
  const column = { ...own, values: telling, ...(others !== undefined && { others }) }
  if (kind === 'number') return { ...column, value: type === 'number' ? c : `CAST(${c} AS VARCHAR)` }
  const values = telling - odd.placeholders
  switch (type) {
    case 'number': {
      const value = readNumber(c, reading)
      const rules = reading.rules && { cells: { ...own.cells, ...reading.rules } }
      const numbers = { ...column, ...rules, values }
      if (count.numbers === telling && !reading.rules) return { ...numbers, value }
      // A placeholder casts to no finite number but for "nan".
      const gaps = odd.placeholders > 0 ? `CASE WHEN NOT ${isPlaceholder(c)} THEN ${value} END` : value
      const bad = notOf(c, isNumberBy(c, reading))
      return { ...numbers, value: gaps, bad, others: bad, complaint: complaintOf(reading) }
    }
    case 'boolean': {
      const value = `CASE lower(${trimmed(c)}) WHEN 'true' THEN true WHEN 'false' THEN false END`
      const booleans = { ...column, values }
      // Words such as yes are read only where the client says that they are booleans.
      if (count.booleans === values) return { ...booleans, value }
      const words = `coalesce(${value}, ${cellBoolean(c)})`
      const bad = notOf(c, `(${isBoolean(c)} OR ${cellBoolean(c)} IS NOT NULL)`)
      const cells = { ...own.cells, words: true }
      return { ...booleans, cells, value: words, bad, others: bad, complaint: 'is neither true nor false' }
    }
    case 'date':
    case 'datetime': {
      const { format = ISO_DATE } = decision
      const text = dateOf(c, type, format)
      const value = dateGaps ? `CASE WHEN NOT ${isDateGap(c)} THEN ${text} END` : text
      const dates = { ...column, value, values }
      if (allDates) return dates
      const bad = notOf(c, isDate(c, format), isDateGap(c))
      return { ...dates, bad, others: bad, complaint: `is not a date of the form ${format}` }
    }
    case 'category':
      // A class without a name is no class (D-102).
      return {
        ...column,
        value: count.empty > 0 ? `CASE WHEN NOT ${isEmpty(c)} THEN ${nfcOf(c)} END` : nfcOf(c),
      }
    case 'list':
      return { ...column, value: c }
    default:
      // Texts that repeat may be classes of a target; others stay as they are.
      return { ...column, value: decision.repeats ? nfcOf(c) : c }
  }
}

function listMessage(kind: StagedColumn['kind']): string {
  return kind === 'list'
    ? 'The column holds lists, which have no other type'
    : 'The column holds single values. A list is an array of NDJSON, or a list of texts in Parquet'
}

function complaintOf({ unclear }: NumberReading): string {
  const complaint = 'is not a finite decimal number'
  return unclear > 0
    ? `${complaint}, or it may be one of two: say decimal=. or decimal=%2C in the query of the upload`
    : complaint
}

function typePath(name: string): string {
  return `/types/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

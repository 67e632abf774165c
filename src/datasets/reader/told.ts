import { quoted } from '../../errors.ts'
import { counted } from '../../numbers.ts'
import { datesOption, isScaled, PLAIN_NUMBER, typesOption } from '../../recipe/index.ts'
import type { ColumnDescription, ColumnType } from '../../recipe/table.ts'
import { MAX_EXAMPLE_LINES, type Warning, type WarningCode } from '../../warnings.ts'
import type { ColumnPlan } from './column-plan.ts'
import { type DuckDb, toNumber } from './duckdb.ts'
import type { Finding, FindingCode } from './findings.ts'

/** Values that a message quotes. */
const QUOTED_VALUES = 3
/** Columns of one code that are warned of one by one; one more warning counts the others. */
const NAMED_COLUMNS = 20

/** What a message says of a finding: the column, its examples, and the values' number. */
interface Told {
  name: string
  /** Values as examples, each with its number of rows: `"?" (25 rows)`. */
  values: string
  /** Number of the values. */
  count: number
  /** The same with a noun: `25 values`. */
  many: string
  types: (type: ColumnType) => string
  /** The option that gives the column a form of dates. */
  datesOf: (pattern: string) => string
  /** What the finding says of dates. */
  dates: string | undefined
  orElse: string | undefined
  plan: ColumnPlan
}

/** The sentences about each finding, with the remedy. */
const SENTENCES: Record<FindingCode, (told: Told) => string> = {
  placeholders: ({ name, values, plan, types }) =>
    `The column ${name} is read as a ${plan.type}, and ${values} as missing values in it. To keep them as classes, upload the file with ${types('category')}.`,
  'empty-values': ({ name, count, many }) =>
    `The category ${name} has ${many} without a character, which ${count === 1 ? 'counts' : 'count'} as missing. If that is a class of its own, give it a name in the file.`,
  'mixed-values': ({ name, values, plan, count, many, types, dates, datesOf }) => {
    const [most, one, option] =
      dates === undefined
        ? ['numbers', 'a number', types('number')]
        : [`dates of the form ${dates}`, 'a date', datesOf(dates)]
    return `The column ${name} is read as a ${plan.type}: most of its values are ${most}, but ${many} ${count === 1 ? 'is' : 'are'} not, such as ${values}. To read it as ${one} and leave out these rows, upload the file with onError=skip&${option}; or leave these cells empty.${leftOut(plan)}`
  },
  'leading-zeros': ({ name, plan, types }) =>
    `The column ${name} is read as a ${plan.type}, not as a number: its values are codes of one width with leading zeros. To read it as a number, upload the file with ${types('number')}.`,
  'decimal-commas': ({ name, many }) =>
    `The column ${name} is read as a number, with a comma as its decimal point in ${many}. If commas separate thousands, upload the file with decimal=. (a point).`,
  'unclear-points': ({ name, values }) =>
    `The column ${name} is read as a number with a decimal point in values such as ${values}, though other columns of the file have decimal commas. If the point separates thousands, upload the file with decimal=%2C (a comma).`,
  'number-forms': ({ name, values, plan, types }) =>
    `The column ${name} is read as a number, from texts such as ${values}: ${dressOf(plan, values)}. To keep the texts, upload the file with ${types('category')} or ${types('text')}.`,
  'mixed-units': ({ name, values, plan, types }) =>
    `The column ${name} is read as a ${plan.type}: its numbers have several units, such as ${values}. Bring them to one unit in the file, or read them as numbers without regard to their units with ${types('number')}.`,
  'numbers-with-unit': ({ name, values, plan }) =>
    `The column ${name} is read as a ${plan.type}: its values, such as ${values}, are numbers with a unit. To learn from the numbers, remove the unit from the file.`,
  'scaled-numbers': ({ name, values, plan, types }) =>
    `The column ${name} is read as a ${plan.type}: its values, such as ${values}, may be numbers of thousands (K), millions (M) or billions (B). To read them so, upload the file with ${types('number')}.`,
  periods: ({ name, values, plan, dates = '', datesOf }) =>
    `The column ${name} is read as a ${plan.type}: its values, such as ${values}, may be ${dates.includes('V') ? 'weeks' : 'quarters'} of a year. To read them as dates, the first day of each, upload the file with ${datesOf(dates)}.`,
  'times-of-day': ({ name, values, plan }) =>
    `The column ${name} is read as a ${plan.type}: its values, such as ${values}, are times of day without a date. To learn from the time, write it into one column with its date, or as the minutes since midnight.`,
  'unclear-commas': ({ name, values, plan }) =>
    `The column ${name} is read as a ${plan.type}: values such as ${values} may have a decimal sign or a separator of thousands. Upload the file with decimal=. (a point) if commas separate thousands, or decimal=%2C (a comma) if they are decimal commas.`,
  'repeated-sentences': ({ name, plan, types }) =>
    `The column ${name} has only ${plan.distinct} different values, but they are sentences, so it is read as a text. To read it as classes, upload the file with ${types('category')}.`,
  times: ({ name, plan, types }) =>
    `The column ${name} is read as a ${plan.type} of the form ${plan.format}, and is an input: elapsed time, year, and what repeats each year, week or day. To train without it, name the other columns in "inputs". To read it as classes, upload the file with ${types('category')}.`,
  'unclear-dates': ({ name, values, plan, dates = '', orElse = '', datesOf }) =>
    `The column ${name} is read as a ${plan.type}: its values, such as ${values}, are dates of the form ${dates} or ${orElse}, and nothing decides which. To read it as a date, upload the file with ${datesOf(dates)} or ${datesOf(orElse)}.${leftOut(plan)}`,
  'mixed-zones': ({ name, values, count, many }) =>
    `The column ${name} has times with an offset from UTC and times without one, which count as UTC. Of the rarer kind ${count === 1 ? 'is' : 'are'} ${many}, such as ${values}. Write the offset in all of them or in none, and upload the file again.`,
  'identifier-column': ({ name }) => identifierText(name),
}

/** Says what numbers are read without. @param values some of their texts */
function dressOf({ cells }: ColumnPlan, values: string): string {
  const units = (cells?.units ?? []).filter((unit) => unit !== '')
  if (units.includes('%')) return 'the percent sign is removed, so 12.5% is 12.5'
  const currencies = [...new Set(units.map((unit) => unit.replace(/(^| )[KMB]$/, '')))].filter(
    (unit) => unit !== '',
  )
  const currency = currencies.length > 0 ? ` and the currency (${currencies.join(', ')})` : ''
  return [
    `thousands separators${currency} are removed`,
    ...(units.some(isScaled) ? ['K, M and B stand for thousands, millions and billions'] : []),
    ...(/\dD[+-]?\d/i.test(values) ? ['the D of an exponent is read as E'] : []),
    'and an amount in parentheses is negative',
  ].join(', ')
}

/** What a recipe does with a column that is left out of its inputs. */
const LEFT_OUT = 'It is not an input unless a recipe names it in "inputs", or there is no other column.'

/** Returns the sentence about texts that may be dates and are left out; else nothing. */
function leftOut(plan: ColumnPlan): string {
  return plan.leftOutAs === 'time' ? ` ${LEFT_OUT}` : ''
}

function identifierText(name: string): string {
  return `The column ${name} has another value in every row, from which nothing can be learnt. ${LEFT_OUT}`
}

/** Returns the warnings about the columns, in their order. @param plans columns c0, c1, … of the table `staging` */
export async function warningsOfColumns(db: DuckDb, plans: readonly ColumnPlan[]): Promise<Warning[]> {
  const warnings: Warning[] = []
  for (const [index, plan] of plans.entries())
    for (const finding of plan.findings) {
      // `limited` drops the others, so they need no examples.
      const isTold = warnings.filter(({ code }) => code === finding.code).length < NAMED_COLUMNS
      const { code, count } = finding
      if (isTold) warnings.push(await warningOf(db, `c${index}`, plan, finding))
      else warnings.push({ code, column: plan.name, count, message: '' })
    }
  return warnings
}

/** Returns the first warnings of each code, and one more that counts the others. A table may have 4,000 columns. */
export function limited(warnings: readonly Warning[]): Warning[] {
  const counts = new Map<WarningCode, number>()
  const first = warnings.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1
    counts.set(code, count)
    return count <= NAMED_COLUMNS
  })
  const more = [...counts].flatMap(([code, count]): Warning[] => {
    const message = `The same is true of ${counted(count - NAMED_COLUMNS, 'more column')}.`
    return count > NAMED_COLUMNS ? [{ code, message }] : []
  })
  return [...first, ...more]
}

async function warningOf(db: DuckDb, c: string, plan: ColumnPlan, finding: Finding): Promise<Warning> {
  const { code, count, where = `${c} IS NOT NULL` } = finding
  const message = SENTENCES[code]({
    name: quoted(plan.name),
    values: finding.where === undefined ? '' : await examples(db, c, where),
    count,
    many: count === 1 ? 'one value' : `${count.toLocaleString('en')} values`,
    types: (type) => typesOption(plan.name, type),
    datesOf: (pattern) => datesOption(plan.name, pattern),
    dates: finding.dates,
    orElse: finding.orElse,
    plan,
  })
  const warning: Warning = { code, column: plan.name, count, message }
  return finding.where === undefined ? warning : { ...warning, lines: await linesOf(db, where) }
}

/** Returns the most frequent values, for a message. */
async function examples(db: DuckDb, c: string, where: string): Promise<string> {
  const rows = await db.rows(
    `SELECT left(CAST(${c} AS VARCHAR), 64), count(*) AS rows FROM staging WHERE ${where}
      GROUP BY ALL ORDER BY rows DESC, min(line) LIMIT ${QUOTED_VALUES + 1}`,
  )
  const shown = rows
    .slice(0, QUOTED_VALUES)
    .map(([value, count]) => `${quoted(String(value))} (${counted(toNumber(count), 'row')})`)
  return `${shown.join(', ')}${rows.length > QUOTED_VALUES ? ' and others' : ''}`
}

async function linesOf(db: DuckDb, where: string): Promise<number[]> {
  const rows = await db.rows(
    `SELECT line FROM staging WHERE ${where} ORDER BY line LIMIT ${MAX_EXAMPLE_LINES}`,
  )
  return rows.map(([line]) => Number(line))
}

/** Returns the warning about lines that were left out of the table. */
export async function warningsOfRejects(db: DuckDb, rejected: number): Promise<Warning[]> {
  if (rejected === 0) return []
  const rows = await db.rows(`SELECT line FROM rejects ORDER BY line LIMIT ${MAX_EXAMPLE_LINES}`)
  const lines = rejected === 1 ? 'One line' : `${rejected.toLocaleString('en')} lines`
  return [
    {
      code: 'rejected-lines',
      count: rejected,
      lines: rows.map(([line]) => Number(line)),
      message: `${lines} could not be read and ${rejected === 1 ? 'was' : 'were'} left out, as onError=skip says. GET /datasets/{id}/rejects lists the reasons.`,
    },
  ]
}

/** Returns the warnings about columns of numbers that only number the rows. */
export function warningsOfNumbering(columns: readonly ColumnDescription[], rows: number): Warning[] {
  return columns.flatMap(({ name, type, leftOutAs }): Warning[] => {
    if (type !== 'number' || !leftOutAs) return []
    if (leftOutAs === 'row-number')
      return [
        {
          code: 'row-number',
          column: name,
          count: rows,
          message: `The column ${quoted(name)} counts the rows: each whole number from the first to the last occurs once, so a model would learn the order of rows. ${LEFT_OUT}`,
        },
      ]
    return [{ code: 'identifier-column', column: name, count: rows, message: identifierText(quoted(name)) }]
  })
}

/** Names of columns of points in time, as words within a longer name, which capitals may begin too. */
const TIME_NAME = /(^|[^a-z])(ts|time|timestamp|datetime|epoch|unix|date|at|created|updated)([^a-z]|$)/i

/** Names of columns of days, which the numbers of a spreadsheet may be. */
const DATE_NAME =
  /(^|[^a-z]|order|start|end|birth|ship|due|sale|invoice|purchase|delivery|hire)(date|datetime|timestamp|datum|fecha|dob)([^a-z]|$)|날짜|일자|日期|日付/i
/** Days since 1900 from 1954 to 2064. */
const FIRST_SERIAL = 20_000
const LAST_SERIAL = 60_000

/** What numbers are by the forms of dates that they may have. */
const MEANINGS = {
  '%Y%m%d': 'of the form %Y%m%d',
  '%s': 'in seconds since 1970',
  '%Q': 'in milliseconds since 1970',
  '%E': 'in days since 1900, as Excel counts them',
}

/** Returns the warnings about numbers that may be dates; they are read as numbers unless `dates` says otherwise. */
export function warningsOfDateNumbers(columns: readonly ColumnDescription[]): Warning[] {
  return columns.flatMap((column): Warning[] => {
    const form = formOfNumbers(column)
    if (form === undefined) return []
    const { name, min } = column
    const what = MEANINGS[form]
    const message = `The column ${quoted(name)} is read as a number, and its values, such as ${min}, may be dates ${what}. To read them so, upload the file with ${datesOption(name, form)}.`
    return [{ code: 'dates-as-numbers', column: name, message }]
  })
}

function formOfNumbers({
  name,
  type,
  integer,
  min,
  max,
  distinct = 0,
}: ColumnDescription): keyof typeof MEANINGS | undefined {
  if (type !== 'number' || min === undefined || max === undefined || distinct < 2) return undefined
  const words = name.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ')
  // With a time of day they are not whole.
  if (min >= FIRST_SERIAL && max < LAST_SERIAL && DATE_NAME.test(words)) return '%E'
  if (!integer) return undefined
  const isDay = (value: number) => {
    const month = Math.floor(value / 100) % 100
    const day = value % 100
    return month >= 1 && month <= 12 && day >= 1 && day <= 31
  }
  if (min >= 19_000_101 && max <= 21_001_231 && isDay(min) && isDay(max)) return '%Y%m%d'
  if (!TIME_NAME.test(words)) return undefined
  // From 1985 to 2040.
  if (min >= 5e8 && max < 2.2e9) return '%s'
  return min >= 5e11 && max < 2.2e12 ? '%Q' : undefined
}

/**
 * Returns the warning about a header that looks like a row: a name that is a number over a column of numbers, or one of
 * the classes of its own column. Counted names (0, 1, 2, …) are names.
 */
export function warningsOfHeader(columns: readonly ColumnDescription[]): Warning[] {
  const numeric = columns.filter(({ name }) => PLAIN_NUMBER.test(name.trim()))
  const isCounted =
    numeric.length > 2 &&
    numeric.every(({ name }, index) => Number(name) === Number(numeric[0]?.name) + index)
  const odd = columns.find(
    (column) =>
      (column.type === 'number' && numeric.includes(column) && !isCounted) ||
      (column.classes !== undefined && Object.hasOwn(column.classes, column.name)),
  )
  if (!odd) return []
  return [
    {
      code: 'header-like-data',
      column: odd.name,
      lines: [1],
      message: `The first line was read as the header, but it looks like a row: ${quoted(odd.name)} is like the values below it. If the file has no header, upload it with header=false.`,
    },
  ]
}

/** Returns the warning about names of columns with spaces around them, as `a, b, c` in a header gives. */
export function warningsOfSpaces(columns: readonly ColumnDescription[]): Warning[] {
  const spaced = columns.map(({ name }) => name).filter((name) => name !== name.trim())
  const [first] = spaced
  if (first === undefined) return []
  const names =
    spaced.length === 1
      ? `The name of the column ${quoted(first)} begins or ends`
      : `The names of ${spaced.length} columns begin or end, such as ${quoted(first)},`
  return [
    {
      code: 'outer-spaces',
      column: first,
      lines: [1],
      message: `${names} with a space: recipes and predictions have to repeat it. To do without, remove the spaces from the first line of the file.`,
    },
  ]
}

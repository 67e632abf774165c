import { dateFormat } from '../dates.ts'
import { type FieldProblem, FitserveError, quoted } from '../errors.ts'
import { inNfc } from '../normal-form.ts'
import type { DecimalSign } from '../recipe/index.ts'
import { ColumnType, isDateType } from '../recipe/table.ts'
import type {
  DateForms,
  Encoding,
  FileFormat,
  FileReadOptions,
  IndexColumn,
  OnError,
  Quotes,
  ReadOptions,
} from './contract.ts'
import { isWellFormed } from './unicode.ts'

/** A request to read a file in a certain way: the parameters of the query, and the file's format. */
export interface ReadRequest {
  /** Null: it is found in the file. */
  format: FileFormat | null
  /** Name of the file to read in a zip archive of several. @default the only one */
  entry?: string | undefined
  /** Name of the sheet of a spreadsheet, or its number from 1. @default the first that has a value */
  sheet?: string | undefined
  /** One character between the fields of a CSV file. @default the one that the header shows, else a comma */
  delimiter?: string | undefined
  /** How texts of a CSV file are quoted. @default 'double' */
  quotes?: Quotes | undefined
  /** Whether the first line of a CSV file or a sheet names the columns. @default true */
  header?: boolean | undefined
  /** Lines above the table that are left out, as a number or its digits. @default 0 */
  skip?: number | string | undefined
  /** What happens to a first column without a name that counts the rows. @default 'drop' */
  index?: IndexColumn | undefined
  /** @default 'refuse' */
  onError?: OnError | undefined
  /**
   * Types of columns, by name or in the form `zip:category,rooms:number`. In that form the last colon of an entry
   * counts, and a name cannot contain a comma. @default none: the types are found from the values
   */
  types?: string | Readonly<Record<string, ColumnType>> | undefined
  /** Decimal sign of numbers that have two readings, such as 1,234. @default the one that the values of a column show */
  decimal?: DecimalSign | undefined
  /** Texts that count as missing, separated by commas. @default the placeholders only */
  missing?: string | undefined
  /**
   * Forms of dates: `%d.%m.%Y` for any column, `born:%d.%m.%Y` for one. The first `:%` of an entry ends a name. A comma
   * before a space belongs to a form (`%b %d, %Y`), any other one stands between two. @default none: the forms are found
   */
  dates?: string | undefined
  /** Encoding of a text file. @default UTF-16 if its byte order mark says so, else UTF-8 */
  encoding?: Encoding | undefined
}

/** Lines above a table that may be left out. */
const MOST_SKIPPED = 1_000
/** Texts that a client may name as missing, and the characters of each. */
const MOST_MISSING = 100
const LONGEST_MISSING = 200

/**
 * Checks how an upload is to be read. No other function makes `ReadOptions`.
 * @throws FitserveError `invalid-query` with every problem
 */
export function readOptions(request: ReadRequest): ReadOptions {
  const { format, entry = null, sheet = null, delimiter = null, quotes = 'double' } = request
  const { header = true, index = 'drop', onError = 'refuse', types = '', dates = '' } = request
  const { decimal = null, missing = '', encoding = null } = request
  const problems: FieldProblem[] = []
  const skip = Number(request.skip ?? 0)
  if (!/^\d{1,4}$/.test(String(request.skip ?? 0)) || skip > MOST_SKIPPED)
    problems.push({ path: '/skip', message: `Expected a number of lines from 0 to ${MOST_SKIPPED}` })
  const options = {
    format,
    skip,
    entry,
    sheet,
    delimiter,
    quotes,
    header,
    index,
    onError,
    types: typesByName(
      typeof types === 'string' ? parseTypes(types, problems) : Object.entries(types),
      problems,
    ),
    decimal,
    missing: missingTexts(missing, problems),
    encoding,
    dates: dateForms(dates, problems),
  }
  for (const [name] of options.dates.columns) {
    const type = options.types[name]
    if (Object.hasOwn(options.types, name) && !isDateType(type))
      problems.push({
        path: '/dates',
        message: `${JSON.stringify(name)} is given the type ${type} and the form of a date. Remove one.`,
      })
  }
  if ((format === 'csv' || format === null) && delimiter !== null && !isDelimiter(delimiter)) {
    const message = 'Expected one character that is neither a quote nor a line end'
    problems.push({ path: '/delimiter', message })
  }
  if (problems.length > 0)
    throw new FitserveError('invalid-query', 'Invalid options for reading the file', { problems })
  // The one place where the mark is given: everything above has been checked.
  return options as ReadOptions
}

/** Returns the options for a file whose format has been found. */
export function withFormat(options: ReadOptions, format: FileFormat): FileReadOptions {
  return { ...options, format }
}

/** Returns whether a text is one character that may stand between the fields of CSV. */
export function isDelimiter(text: string): boolean {
  return [...text].length === 1 && isWellFormed(text) && !/["\r\n\0\uFEFF]/.test(text)
}

function missingTexts(text: string, problems: FieldProblem[]): string[] {
  const texts = [...new Set(text === '' ? [] : text.split(',').map((each) => inNfc(each.trim())))].sort()
  const isGood = texts.every(
    (each) => each !== '' && each.length <= LONGEST_MISSING && isWellFormed(each) && !each.includes('\0'),
  )
  if (texts.length > MOST_MISSING || !isGood)
    problems.push({
      path: '/missing',
      message: `Expected at most ${MOST_MISSING} texts of at most ${LONGEST_MISSING} characters, separated by commas, such as missing=99,keine%20Angabe`,
    })
  return texts
}

function parseTypes(text: string, problems: FieldProblem[]): [name: string, type: ColumnType][] {
  return (text === '' ? [] : text.split(',')).flatMap((entry) => {
    const colon = entry.lastIndexOf(':')
    const name = entry.slice(0, Math.max(colon, 0))
    const type = ColumnType.safeParse(entry.slice(colon + 1))
    if (name !== '' && type.success) return [[name, type.data]]
    const expected = `Expected name:type with a type of ${ColumnType.options.join(', ')}`
    problems.push({ path: '/types', message: `${expected}, got ${JSON.stringify(entry.slice(0, 100))}` })
    return []
  })
}

/** Returns types by the name that a column will have: in the normal form NFC. */
function typesByName(
  given: readonly (readonly [name: string, type: ColumnType])[],
  problems: FieldProblem[],
): Record<string, ColumnType> {
  const types = new Map<string, ColumnType>()
  for (const [written, type] of given) {
    const name = inNfc(written)
    if (types.has(name))
      problems.push({ path: '/types', message: `${JSON.stringify(name)} is given two types` })
    else types.set(name, type)
  }
  return Object.fromEntries(types)
}

/** Forms of dates in one request, at most: each is tried with every column. */
const MOST_FORMS = 20

function dateForms(text: string, problems: FieldProblem[]): DateForms {
  const any = new Set<string>()
  const columns = new Map<string, string>()
  const problem = (message: string) => problems.push({ path: '/dates', message })
  for (const entry of text === '' ? [] : withoutEscapes(text).split(/,(?! )/)) {
    // A quarter may have its letter first.
    const colon = /^Q?%/.test(entry) ? 0 : entry.search(/:Q?%/)
    const name = inNfc(entry.slice(0, Math.max(colon, 0)))
    const pattern = entry.slice(colon === 0 ? 0 : colon + 1)
    const format = dateFormat(pattern)
    if (colon < 0)
      problem(`Expected a form of dates such as %d.%m.%Y, or name:%d.%m.%Y, got ${quoted(entry)}.`)
    else if (typeof format === 'string') problem(`${quoted(pattern)}: ${format}`)
    else if (name !== '' && columns.has(name))
      problem(`${quoted(name)} is given two forms of dates. Remove one.`)
    else if (name !== '') columns.set(name, pattern)
    else if (format.isNumeric)
      problem(`${quoted(pattern)} also reads plain numbers. Say in which column: name:${pattern}.`)
    else any.add(pattern)
  }
  if (any.size > MOST_FORMS) problem(`At most ${MOST_FORMS} forms of dates are tried. Name their columns.`)
  return { any: [...any], columns: [...columns] }
}

/**
 * Decodes percent escapes that are left in a query. A form that was put into an address as it is (`%d.%m.%Y%20%H:%M`) is
 * no correct escape, so nothing else decodes it. No directive begins with a digit.
 */
function withoutEscapes(text: string): string {
  return text.replaceAll(/%[2-7][0-9A-Fa-f]/g, (encoded) =>
    String.fromCharCode(Number.parseInt(encoded.slice(1), 16)),
  )
}

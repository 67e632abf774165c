import { isUtf8 } from 'node:buffer'
import type { Quotes } from '../../datasets/contract.ts'
import { CsvScanner, type CsvSink, type Field, isBlankLine } from '../../datasets/reader/csv-scanner.ts'
import { type Dialect, dialectOfText } from '../../datasets/reader/dialect.ts'
import { withDoubleQuotes } from '../../datasets/reader/requote.ts'
import { type FieldProblem, FitserveError } from '../../errors.ts'
import { counted } from '../../numbers.ts'
import { inTurns, type Steps } from '../../runtime/steps.ts'
import { setOwn } from '../../set-own.ts'

/** Rows of a CSV body. */
export interface CsvRows {
  /** Texts by column; an empty field is null, a missing value. */
  rows: Record<string, Field>[]
  /** The line on which each row begins, from 1. */
  lines: number[]
}

interface CsvRowsOptions {
  delimiter: string | undefined
  quotes?: Quotes | undefined
  maxRows: number
  columnOf?: (name: string) => string
}

/** Limit on the columns of a body: a data set has no more. */
const MAX_COLUMNS = 4_000
/** Limit on the fields of a body, as on the values of a JSON body. */
const MAX_FIELDS = 3_000_000
/** Bad lines that an error describes. */
const MAX_BAD = 10
/** Characters that are read in one step, or one line if that is longer. */
const STEP = 64 * 1024

/**
 * Reads rows of CSV whose header names the columns, by the grammar of uploads: RFC 4180, UTF-8 with or without a byte order
 * mark, and the delimiter that the header shows. A first column without a name, or for which the header has no field, is left
 * out: it is the index that pandas and R write. So are last columns with neither a name nor a value. Long bodies are read in
 * steps, between which others get their turn.
 * @param options.delimiter one character; undefined: the one that the header shows
 * @param options.quotes how texts are quoted. Default: in double quotes
 * @param options.maxRows reading stops once there are more
 * @param options.columnOf returns the column that a name in the header means. Default: the one of that name
 * @throws FitserveError `invalid-request` with the lines of faults
 */
export async function readCsvRows(body: Buffer, options: CsvRowsOptions): Promise<CsvRows> {
  if (!isUtf8(body)) throw new FitserveError('invalid-request', 'The body is not valid UTF-8.')
  return inTurns(readSteps(body.toString('utf8').replace(/^\uFEFF/, ''), options))
}

function* readSteps(
  given: string,
  { delimiter, quotes = 'double', maxRows, columnOf = (name) => name }: CsvRowsOptions,
): Steps<CsvRows> {
  const { text, delimiter: shown } = yield* withDoubleQuotes(given, { quotes, delimiter })
  const dialect = dialectOfText(text, shown)
  const sink = new RowsOfCsv(dialect, columnOf)
  const scanner = new CsvScanner(dialect.delimiter, sink, { maxFields: MAX_COLUMNS })
  scanner.feed({ text, line: 1, faults: new Map(), last: true })
  // A blank line is a character too, although the sink may never see it.
  let lines = 0
  for (let read = STEP; sink.rows.length <= maxRows && scanner.read(); ) {
    if (sink.isOver) break
    lines += 1
    if (sink.characters + lines < read) continue
    read = sink.characters + lines + STEP
    yield
  }
  return sink.finish()
}

/** Takes the first record for the header, and the others for rows. */
class RowsOfCsv implements CsvSink {
  readonly rows: Record<string, Field>[] = []
  readonly #lines: number[] = []
  readonly #bad: FieldProblem[] = []
  /** True until the line `sep=;` has been passed over. */
  #separatorLine: boolean
  readonly #rowNames: boolean
  readonly #columnOf: (name: string) => string
  #names: readonly string[] | undefined
  /** Columns behind the last one with a name, which have no value. */
  #surplus = 0
  #headerLine = 1
  #fields = 0
  /** Characters of the records so far. */
  characters = 0

  constructor(
    { separatorLine, rowNames }: Pick<Dialect, 'separatorLine' | 'rowNames'>,
    columnOf: (name: string) => string,
  ) {
    this.#columnOf = columnOf
    this.#separatorLine = separatorLine
    this.#rowNames = rowNames
  }

  /** Whether nothing more needs to be read, since the body is refused. */
  get isOver(): boolean {
    return this.#bad.length >= MAX_BAD || this.#fields > MAX_FIELDS
  }

  record(line: number, fields: Field[]): void {
    for (const field of fields) this.characters += 1 + (field?.length ?? 0)
    this.#fields += fields.length
    if (this.#separatorLine) this.#separatorLine = false
    else if (isBlankLine(fields, this.#names && this.#names.length + this.#surplus)) return
    else if (!this.#names) this.#takeHeader(line, fields)
    else if (fields.length !== this.#names.length + this.#surplus) {
      const width = counted(this.#names.length + this.#surplus, 'field')
      // A header has no field for the names of rows.
      const first = this.#rowNames ? 'the first line below the header' : 'the header'
      this.bad(line, null, `The line has ${counted(fields.length, 'field')}, ${first} ${width}`)
    } else if (this.#surplus > 0 && fields.slice(this.#names.length).some((field) => field))
      throw badHeader(
        `Column ${this.#names.length + (this.#rowNames ? 0 : 1)} has no name.`,
        this.#headerLine,
      )
    else this.#add(line, fields, this.#names)
  }

  bad(line: number, field: number | null, message: string): void {
    this.characters += STEP
    const column = field === null ? undefined : this.#names?.[field]
    this.#bad.push({ line, ...(column && { column }), message: `${message}.` })
  }

  /** @throws FitserveError `invalid-request` */
  finish(): CsvRows {
    if (this.#bad.length > 0)
      throw invalid(
        `Some lines of the body are not valid CSV. Line ${this.#bad[0]?.line}: ${this.#bad[0]?.message}`,
        this.#bad,
      )
    if (this.#fields > MAX_FIELDS)
      throw invalid(`The body has more than ${MAX_FIELDS.toLocaleString('en')} fields. Send fewer at a time.`)
    if (!this.#names) throw invalid('The body is empty. Its first line names the columns.')
    return { rows: this.rows, lines: this.#lines }
  }

  #takeHeader(line: number, fields: readonly Field[]): void {
    const named = fields.slice(0, fields.findLastIndex((field) => field) + 1)
    const names = named.length > 0 ? named : fields
    this.#surplus = fields.length - names.length
    this.#headerLine = line
    const all = this.#rowNames ? [null, ...names] : names
    this.#names = namesIn(
      all.map((name) => name && this.#columnOf(name)),
      line,
    )
  }

  #add(line: number, fields: readonly Field[], names: readonly string[]): void {
    const row: Record<string, Field> = {}
    for (const [index, name] of names.entries()) if (name !== '') setOwn(row, name, fields[index] ?? null)
    this.rows.push(row)
    this.#lines.push(line)
  }
}

function namesIn(fields: readonly Field[], line: number): string[] {
  const names = fields.map((field) => field ?? '')
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    const isIndex = name === '' && index === 0 && names.length > 1
    const fault =
      name === '' && !isIndex
        ? `Column ${index + 1} has no name.`
        : seen.has(name)
          ? 'Two columns have the same name.'
          : undefined
    if (fault !== undefined) throw badHeader(fault, line, name)
    seen.add(name)
  }
  return names
}

function badHeader(fault: string, line: number, name = ''): FitserveError {
  return invalid(`The header is invalid. ${fault}`, [{ line, ...(name && { column: name }), message: fault }])
}

function invalid(message: string, problems: readonly FieldProblem[] = []): FitserveError {
  return new FitserveError('invalid-request', message, { problems })
}

import { FitserveError } from '../../errors.ts'
import { inNfc } from '../../normal-form.ts'
import { counted } from '../../numbers.ts'
import { missingTexts } from '../../recipe/index.ts'
import type { Warning } from '../../warnings.ts'
import type { Encoding } from '../contract.ts'
import { type Block, blocksOf } from './blocks.ts'
import { INVALID_HEADER, nameProblem, TOO_MANY_COLUMNS } from './columns.ts'
import { CsvScanner, type CsvSink, type Field, isBlankLine } from './csv-scanner.ts'
import type { Dialect } from './dialect.ts'
import type { DuckDb } from './duckdb.ts'
import { BLANK_LINES, EmptyRows } from './empty-rows.ts'
import { encodingRefusal } from './encoding-faults.ts'
import { NO_LINE_ENDS } from './foreign.ts'
import { MAX_COLUMNS } from './limits.ts'
import { stageNumbersOfCsv } from './numbers-of-csv.ts'
import { lookThrough, type PlainCsv } from './plain-csv.ts'
import type { RowMeasures } from './row-measures.ts'
import { stagePlainCsv } from './stage-plain.ts'
import type { StagedTexts, Staging } from './staging.ts'

const NUL_MESSAGE = 'The line contains a NUL character'

/** How a CSV file is read. */
export interface CsvOptions {
  dialect: Pick<Dialect, 'delimiter' | 'separatorLine' | 'rowNames' | 'fields'>
  /** Whether the first line names the columns. */
  header: boolean
  /** Lines above the table that are left out. */
  skip: number
  /** The encoding that the client gave. */
  encoding: Encoding | null
  /** Reading stops soon after this number of bad lines. */
  maxBad: number
  /**
   * Texts that count as missing in all columns. Fields of a plain file that are one of them to the letter are left out at once.
   */
  missing: readonly string[]
  /** Whether a column that holds plain numbers only may be staged as numbers, by its name. */
  mayBeNumber(name: string): boolean
}

/**
 * Reads a CSV file into the staging table. An invalid header refuses the whole file, because the lines mean nothing
 * without it. A first column may have no name (see `index-column.ts`), and last ones that have no value either.
 * @throws FitserveError `invalid-dataset`
 */
export async function readCsv(
  db: DuckDb,
  path: string,
  staging: Staging,
  options: CsvOptions,
): Promise<CsvRead> {
  const { dialect, maxBad } = options
  const sink = new CsvRecords(staging, options)
  const skip = options.skip + (dialect.separatorLine ? 1 : 0) + (options.header ? 1 : 0)
  const scanner = new CsvScanner(dialect.delimiter, sink, { line: options.skip + 1 })
  for await (const block of withoutLines(blocksOf(path, 'csv', options.encoding), options.skip)) {
    const isOneLine = block.last && block.line === 1 && !/[\r\n]/.test(block.text)
    scanner.feed(block)
    sink.nul = block.text.includes('\0') || (sink.nul && !block.last)
    try {
      while (staging.rejected <= maxBad && scanner.read()) {
        if (staging.columns.length > 0 || sink.header === undefined) continue
        await sink.begin(sink.header)
        // `skip` counts one line for the header and none for blank lines above it, and each field needs a column.
        const isOrdinary = sink.surplus === 0 && sink.blank.count === 0
        if (!isOrdinary || sink.header.some((name) => name.includes('\n'))) continue
        const staged = await stageAtOnce(db, path, staging, { ...options, skip })
        if (staged) return staged
      }
    } catch (error) {
      throw isOneLine && error instanceof FitserveError ? oneLine() : error
    }
    // A header alone, or all rows in one: a file of one row has a line end before the row.
    if (isOneLine && options.header && staging.rows === 0 && sink.header !== undefined) throw oneLine()
    if (staging.rejected > maxBad) return { warnings: [] }
  }
  if (sink.header === undefined)
    throw new FitserveError('invalid-dataset', 'The file is empty; expected a header')
  return {
    warnings: [
      ...(sink.surplus > 0 ? [surplusWarning(sink.surplus, sink.header.length)] : []),
      ...sink.blank.warnings(BLANK_LINES),
    ],
  }
}

/**
 * Fills the staging table, which has its columns, with all rows of a file at once, without the scanner. Returns undefined, and
 * leaves the table as it was, if the scanner has to read them.
 * @param options.skip lines ahead of the rows
 */
async function stageAtOnce(
  db: DuckDb,
  path: string,
  staging: Staging,
  { dialect: { delimiter }, skip, missing, mayBeNumber }: CsvOptions,
): Promise<CsvRead | undefined> {
  const gaps = gapsOf(missing)
  if (gaps.length === 0 && staging.columns.every(mayBeNumber)) {
    const rows = await stageNumbersOfCsv(db, path, staging, { delimiter, skip })
    if (rows)
      return {
        warnings: [],
        numbers: { asNumbers: rows.areNumbers, measures: rows.measures },
        file: rows.file,
      }
  }
  const plain = await lookThrough(path, { delimiter, skip, gaps })
  if (!plain || !isOfRows(plain, staging.columns)) return undefined
  const asNumbers = staging.columns.map(
    (name, index) => plain.areNumbers[index] === true && mayBeNumber(name),
  )
  const staged = await stagePlainCsv(db, staging, { file: path, delimiter, skip, gaps, plain, asNumbers })
  if (!staged) return undefined
  const { texts, file } = staged
  return {
    warnings: [],
    ...(asNumbers.includes(true) && { numbers: { texts, asNumbers } }),
    ...(file !== undefined && { file }),
  }
}

/** What there is to tell of a file that was read, and the columns that are staged as numbers, if any. */
export interface CsvRead {
  warnings: Warning[]
  numbers?: StagedNumbers
  /** The Parquet file in which the rows are staged, if they are. */
  file?: string | undefined
}

/** A plain file some of whose columns may be staged as numbers. */
export interface StagedNumbers {
  /** For each column whether it is. */
  asNumbers: readonly boolean[]
  /** Absent where all columns are staged as numbers, or have no value. */
  texts?: StagedTexts
  /** What was measured of the columns on the way. */
  measures?: RowMeasures
}

/** Returns the texts that count as missing wherever they stand to the letter. */
function gapsOf(missing: readonly string[]): string[] {
  const isMissing = missingTexts(missing)
  const written = missing.flatMap((text) => [text, text.toLowerCase(), text.toUpperCase()])
  return [...new Set(written)].filter(isMissing)
}

/** Whether what is plain of a file are its rows. Rows of another width are told one by one. */
function isOfRows({ records, areNumbers }: PlainCsv, names: readonly string[]): boolean {
  return records > 0 && areNumbers.length === names.length
}

/** Leaves out the first lines of a file. */
async function* withoutLines(blocks: AsyncIterable<Block>, skip: number): AsyncGenerator<Block> {
  let left = skip
  for await (const block of blocks) {
    let at = 0
    for (; left > 0; left--) {
      const end = block.text.indexOf('\n', at)
      if (end === -1) {
        if (!block.last && at === block.text.length) break
        at = block.text.length
        if (block.last) left = 1
      } else at = end + 1
    }
    if (at < block.text.length || block.last) yield { ...block, text: block.text.slice(at) }
  }
}

function oneLine(): FitserveError {
  return new FitserveError('invalid-dataset', NO_LINE_ENDS)
}

/** Takes the first record for the header, unless the file has none, and the others for rows. */
class CsvRecords implements CsvSink {
  header: string[] | undefined
  /** Columns behind the last one with a name, which have no value. */
  surplus = 0
  /** Blank lines that were left out. */
  readonly blank = new EmptyRows()
  /** True while a NUL may be in the text: only then is each field searched for one. */
  nul = false
  readonly #staging: Staging
  readonly #hasHeader: boolean
  readonly #rowNames: boolean
  readonly #skip: number
  /** Fields of the first line that is not blank, as far as the beginning of the file shows. */
  readonly #shownFields: number
  #headerLine = 1
  /** True until the line `sep=;` has been passed over. */
  #separatorLine: boolean
  /** Rows that came before the staging table had columns: the first row of a file without a header. */
  #early: { line: number; fields: Field[] } | undefined

  constructor(staging: Staging, { header, dialect, skip }: CsvOptions) {
    this.#staging = staging
    this.#hasHeader = header
    this.#rowNames = header && dialect.rowNames
    this.#skip = skip
    this.#shownFields = dialect.fields
    this.#separatorLine = dialect.separatorLine
  }

  /** Gives the staging table its columns. */
  async begin(header: readonly string[]): Promise<void> {
    await this.#staging.addColumns(header)
    if (this.#early) this.#staging.add(this.#early.line, this.#early.fields)
  }

  record(line: number, fields: Field[], text: () => string): void {
    const { header } = this
    if (this.#separatorLine) {
      this.#separatorLine = false
    } else if (isBlankLine(fields, this.#width)) {
      this.blank.add(line)
    } else if (header === undefined) {
      if (this.#hasHeader) this.#takeHeader(line, fields)
      else {
        this.header = numbered(line, fields)
        this.#early = { line, fields }
      }
    } else if (fields.length !== header.length + this.surplus) {
      const width = count(header.length + this.surplus)
      this.bad(line, null, `The line has ${count(fields.length)}, ${this.#firstLine} ${width}`, text)
    } else if (this.surplus > 0 && fields.splice(header.length).some((field) => field)) {
      throw badHeader(
        this.#headerLine,
        `A column has no name (column ${header.length + 1}). ${remedy(this.#skip)}`,
      )
    } else if (this.nul && fields.some((field) => field?.includes('\0'))) {
      this.bad(
        line,
        fields.findIndex((field) => field?.includes('\0')),
        NUL_MESSAGE,
        text,
      )
    } else {
      this.#staging.add(line, fields)
    }
  }

  /**
   * Fields of a row; undefined ahead of the header. Ahead of a first row without one there is only what the first lines show.
   */
  get #width(): number | undefined {
    if (this.header !== undefined) return this.header.length + this.surplus
    return this.#hasHeader ? undefined : this.#shownFields
  }

  /** The line that shows how many fields each has. A header has no field for the names of rows. */
  get #firstLine(): string {
    if (this.#rowNames) return 'the first line below the header'
    return this.#hasHeader ? 'the header' : 'the first line'
  }

  #takeHeader(line: number, fields: readonly Field[]): void {
    const named = fields.slice(0, fields.findLastIndex((field) => field) + 1)
    // Spreadsheets write columns that once had a value. A file of one column may have an empty header.
    const names = named.length > 0 ? named : fields
    this.surplus = fields.length - names.length
    this.#headerLine = line
    this.header = checkHeader(line, this.#rowNames ? [null, ...names] : names, this.#skip)
  }

  bad(line: number, field: number | null, message: string, text: () => string): void {
    const { header } = this
    if (header === undefined) throw badHeader(line, message)
    this.#staging.reject(line, field !== null && field < header.length ? field : null, message, text())
  }
}

/** Returns the names of the columns of a file without a header. */
function numbered(line: number, fields: readonly Field[]): string[] {
  if (fields.length > MAX_COLUMNS) throw badHeader(line, TOO_MANY_COLUMNS)
  if (fields.some((field) => field?.includes('\0'))) throw badHeader(line, NUL_MESSAGE)
  return fields.map((_, index) => `column${index + 1}`)
}

function checkHeader(line: number, fields: readonly Field[], skip: number): string[] {
  if (fields.length > MAX_COLUMNS) throw badHeader(line, TOO_MANY_COLUMNS)
  const names = new Set<string>()
  fields.forEach((field, index) => {
    const name = inNfc(field ?? '')
    const isIndex = index === 0 && name === '' && fields.length > 1
    const problem = isIndex ? undefined : nameProblem(name)
    if (problem !== undefined) throw badHeader(line, `${problem} (column ${index + 1}). ${remedy(skip)}`)
    if (names.has(name)) throw badHeader(line, `Two columns have the same name. ${remedy(skip)}`, name)
    names.add(name)
  })
  return [...names]
}

/** Says what to do about a header. @param skip lines above it that the client leaves out */
function remedy(skip: number): string {
  return `Change the header, or replace it by column1, column2, … with skip=${skip + 1}&header=false. A file without a header needs header=false alone`
}

function surplusWarning(surplus: number, named: number): Warning {
  const what = surplus === 1 ? 'The last column has' : `The last ${surplus} columns have`
  return {
    code: 'nameless-columns',
    message: `${what} neither a name nor a value, and ${surplus === 1 ? 'is' : 'are'} left out: the table has the first ${counted(named, 'column')}.`,
  }
}

function badHeader(line: number, message: string, column?: string): FitserveError {
  const problem = column === undefined ? { line, message } : { line, column, message }
  const invalid = () => new FitserveError('invalid-dataset', INVALID_HEADER, { problems: [problem] })
  return encodingRefusal([problem]) ?? invalid()
}

function count(fields: number): string {
  return fields === 1 ? '1 field' : `${fields} fields`
}

import { FitserveError } from '../../../errors.ts'
import { inNfc } from '../../../normal-form.ts'
import { nameProblem, TOO_MANY_COLUMNS } from '../columns.ts'
import { EmptyRows } from '../empty-rows.ts'
import { MAX_COLUMNS } from '../limits.ts'
import type { Staging } from '../staging.ts'
import { lettersOf, type SheetRow } from './cells.ts'

/** Columns without a name that a message lists. */
const LISTED_COLUMNS = 5

/** Fills the staging table from the rows of a sheet. The first row that has a value names the columns. */
export class SheetTable {
  readonly #staging: Staging
  readonly #hasHeader: boolean
  readonly #skip: number
  /** Columns of the sheet, by their place in the table. */
  #columns: number[] = []
  #header: SheetRow | undefined
  #last = 0
  #staged = 0
  /** The first row with a value beside a table of one column. */
  #beside: SheetRow | undefined
  /** Characters of the table as a CSV file would have them. */
  bytes = 0
  /** Rows between others that have no value. */
  readonly gaps = new EmptyRows()

  /** @param options.skip rows of the sheet above the table */
  constructor(staging: Staging, { header, skip }: { header: boolean; skip: number }) {
    this.#skip = skip
    this.#staging = staging
    this.#hasHeader = header
  }

  get isEmpty(): boolean {
    return this.#last === 0
  }

  get rejected(): number {
    return this.#staging.rejected
  }

  /** Takes a row that has a value. @throws FitserveError `invalid-dataset` if it is the header, and is none */
  async take(row: SheetRow): Promise<void> {
    if (row.line <= this.#skip) return
    this.#countGaps(row.line)
    if (!this.#hasHeader) return this.#addWithoutHeader(row)
    if (this.#header === undefined) this.#header = row
    else {
      if (this.#columns.length === 0) await this.#begin(this.#header, row)
      this.#add(row, this.#header)
    }
  }

  /** Ends the table. Its header may be its only row. */
  async end(): Promise<void> {
    if (this.#header !== undefined && this.#columns.length === 0)
      await this.#begin(this.#header, this.#header)
    if (this.#header && this.#beside && this.#columns.length === 1 && this.rejected > this.#staged)
      throw noHeader(this.#header, this.#beside, this.#nameless(columnsOf(this.#beside)))
  }

  #countGaps(line: number): void {
    if (this.#last > 0) this.gaps.add(this.#last + 1, line - this.#last - 1)
    this.#last = line
  }

  /** Gives the table its columns. @param next the first row below the header */
  async #begin(header: SheetRow, next: SheetRow): Promise<void> {
    const named = columnsOf(header)
    const first = named[0] ?? 0
    // pandas writes its index as a first column without a name.
    const hasIndex = first > 0 && (next.values[first - 1] ?? null) !== null
    const columns = hasIndex ? [first - 1, ...named] : named
    const known = new Set(columns)
    const nameless = columnsOf(next).filter((column) => !known.has(column))
    // One value more may be a note beside the table, but a single cell above several is a title.
    const isTitle = columns.length === 1 && nameless.length === 1
    if (nameless.length > 1 || isTitle) throw noHeader(header, next, nameless)
    if (columns.length > MAX_COLUMNS) throw badHeader(header.line, TOO_MANY_COLUMNS)
    await this.#staging.addColumns(namesOf(header, columns))
    this.#columns = columns
  }

  #add({ line, values }: SheetRow, header: SheetRow): void {
    const row = this.#columns.map((column) => values[column] ?? null)
    const filled = columnsOf({ line, values })
    if (row.reduce((sum, value) => sum + (value === null ? 0 : 1), 0) < filled.length) {
      this.#beside ??= { line, values }
      const column = lettersOf(this.#nameless(filled)[0] ?? 0)
      const message = `The cell ${column}${line} has a value, but the header in row ${header.line} has no name for its column`
      this.#staging.reject(line, null, message, filled.map((each) => values[each]).join(','))
      return
    }
    this.#stage(line, row)
  }

  /** Returns those of the columns that have no name. */
  #nameless(columns: readonly number[]): number[] {
    const known = new Set(this.#columns)
    return columns.filter((column) => !known.has(column))
  }

  /** Adds a row of a table whose columns are called column1, column2, … from the first that has a value. */
  async #addWithoutHeader({ line, values }: SheetRow): Promise<void> {
    const filled = columnsOf({ line, values })
    const first = this.#columns[0] ?? filled[0] ?? 0
    const width = (filled.at(-1) ?? first) - first + 1
    if ((filled[0] ?? first) < first) {
      const message = `The row begins in column ${lettersOf(filled[0] ?? 0)}, but the table in column ${lettersOf(first)}`
      this.#staging.reject(line, null, message, filled.map((each) => values[each]).join(','))
      return
    }
    if (width > MAX_COLUMNS) throw new FitserveError('invalid-dataset', TOO_MANY_COLUMNS)
    if (width > this.#columns.length) {
      const added = Array.from({ length: width - this.#columns.length }, (_, i) => this.#columns.length + i)
      await this.#staging.addColumns(added.map((index) => `column${index + 1}`))
      this.#columns.push(...added.map((index) => first + index))
    }
    this.#stage(
      line,
      this.#columns.map((column) => values[column] ?? null),
    )
  }

  #stage(line: number, row: readonly (string | null)[]): void {
    for (const value of row) this.bytes += 1 + (value?.length ?? 0)
    this.#staging.add(line, row)
    this.#staged++
  }
}

/** Returns the columns in which a row has a value, from left to right. */
function columnsOf({ values }: SheetRow): number[] {
  const columns: number[] = []
  values.forEach((value, column) => {
    if (value !== null && value !== undefined) columns.push(column)
  })
  return columns
}

function namesOf({ line, values }: SheetRow, columns: readonly number[]): string[] {
  const names = new Set<string>()
  columns.forEach((column, index) => {
    const name = inNfc(values[column] ?? '')
    const problem = index === 0 && name === '' ? undefined : nameProblem(name)
    if (problem !== undefined) throw badHeader(line, `${problem} (column ${lettersOf(column)})`)
    if (names.has(name)) throw badHeader(line, 'Two columns have the same name', name)
    names.add(name)
  })
  return [...names]
}

const REMEDY =
  'Give each column a name of its own in the first row that has a value, or upload a sheet without a header with header=false'

function badHeader(line: number, message: string, column?: string): FitserveError {
  const problem = { line, message: message === TOO_MANY_COLUMNS ? message : `${message}. ${REMEDY}` }
  return new FitserveError('invalid-dataset', 'The header of the sheet is invalid', {
    problems: [column === undefined ? problem : { ...problem, column }],
  })
}

function noHeader(header: SheetRow, next: SheetRow, nameless: readonly number[]): FitserveError {
  const letters = nameless.slice(0, LISTED_COLUMNS).map(lettersOf).join(', ')
  const more = nameless.length > LISTED_COLUMNS ? ' and others' : ''
  return badHeader(
    header.line,
    `Row ${header.line} is the first that has a value, so it was taken for the header, but it has no ${nameless.length === 1 ? 'name for the column' : 'names for the columns'} ${letters}${more} of row ${next.line}. If titles stand above the table, upload the file with skip=${next.line - 1}`,
  )
}

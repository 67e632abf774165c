import { MAX_RECORD } from '../limits.ts'
import { dateText } from './dates.ts'
import { CellText, sharedText, unescaped } from './texts.ts'
import type { Workbook } from './workbook.ts'
import { damagedSheet, readXml, type XmlHandlers } from './xml.ts'

/** Rows and columns of a sheet: Excel's own limits. */
const MAX_ROWS = 1_048_576
const MAX_SHEET_COLUMNS = 16_384

/** A row that has a value. */
export interface SheetRow {
  /** Number of the row in the sheet, from 1. */
  line: number
  /** Texts of its cells by column, from 0; gaps are cells without a value. */
  values: readonly (string | null | undefined)[]
}

/** What was met in the cells of a sheet, beside their values. */
export interface Met {
  /** Rows with an error such as #N/A, and with a formula whose result the file does not have. */
  errors: Lines
  unsolved: Lines
  /** Ranges of merged cells. */
  merged: number
}

/** Rows by number: how many, and the first ones. */
export interface Lines {
  count: number
  first: number[]
}

/**
 * Yields the rows of a sheet that have a value, some at a time. Numbers come as JavaScript writes them, whole ones digit by
 * digit; dates and times in the form of ISO 8601.
 * @param met receives what there is to tell of the cells
 * @throws FitserveError `invalid-dataset`
 */
export async function* rowsOf(
  chunks: AsyncIterable<Buffer>,
  workbook: Pick<Workbook, 'styles' | 'from1904'>,
  texts: readonly string[],
  met: Met,
): AsyncGenerator<SheetRow[]> {
  const cells = new SheetCells(workbook, texts, met)
  for await (const _ of readXml(chunks, cells)) {
    const rows = cells.take()
    if (rows.length > 0) yield rows
  }
}

/** Turns the elements of a sheet into rows. */
class SheetCells implements XmlHandlers {
  readonly #workbook: Pick<Workbook, 'styles' | 'from1904'>
  readonly #texts: readonly string[]
  readonly #met: Met
  #rows: SheetRow[] = []
  #line = 0
  #values: (string | null | undefined)[] = []
  #characters = 0
  #column = -1
  #type = ''
  #style = 0
  #value: string | undefined
  #isFormula = false
  #inline = new CellText()
  /** The element whose text is collected. */
  #within: 'v' | 'is' | undefined

  constructor(workbook: Pick<Workbook, 'styles' | 'from1904'>, texts: readonly string[], met: Met) {
    this.#workbook = workbook
    this.#texts = texts
    this.#met = met
  }

  /** Returns the rows that are complete, and forgets them. */
  take(): SheetRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  open(name: string, attribute: (name: string) => string | undefined): void {
    switch (name) {
      case 'row':
        this.#beginRow(attribute('r'))
        break
      case 'c':
        this.#column = columnOf(attribute('r'), this.#column)
        this.#type = attribute('t') ?? 'n'
        this.#style = Number(attribute('s') ?? 0)
        this.#value = undefined
        this.#isFormula = false
        break
      case 'f':
        this.#isFormula = true
        break
      case 'v':
        this.#within = 'v'
        this.#value = ''
        break
      case 'is':
        this.#within = 'is'
        break
      case 'mergeCell':
        this.#met.merged++
        break
      default:
        if (this.#within === 'is') this.#inline.open(name)
    }
  }

  text(text: string): void {
    if (this.#within === 'v') this.#value += text
    else if (this.#within === 'is') this.#inline.add(text)
  }

  close(name: string): void {
    switch (name) {
      case 'v':
        this.#within = undefined
        break
      case 'is':
        this.#within = undefined
        this.#value = this.#inline.take()
        break
      case 'c':
        this.#endCell()
        break
      case 'row':
        if (this.#values.length > 0) this.#rows.push({ line: this.#line, values: this.#values })
        break
      default:
        if (this.#within === 'is') this.#inline.close(name)
    }
  }

  #beginRow(number: string | undefined): void {
    const line = number === undefined ? this.#line + 1 : Number(number)
    if (!Number.isInteger(line) || line <= this.#line || line > MAX_ROWS) throw damagedSheet(new Error('row'))
    this.#line = line
    this.#values = []
    this.#characters = 0
    this.#column = -1
  }

  #endCell(): void {
    const value = this.#valueOfCell()
    // An empty text is no value, as in a field of a CSV file.
    if (value === null || value === '') return
    this.#characters += value.length
    if (this.#characters > MAX_RECORD) throw damagedSheet(new Error('length'))
    this.#values[this.#column] = value
  }

  #valueOfCell(): string | null {
    const value = this.#value
    // A program that does not calculate writes no result, or an empty one.
    if (value === undefined || (this.#type === 'n' && value.trim() === '')) {
      if (this.#isFormula) add(this.#met.unsolved, this.#line)
      return null
    }
    switch (this.#type) {
      case 's':
        return sharedText(this.#texts, value)
      case 'str':
        return unescaped(value)
      case 'inlineStr':
      case 'd':
        return value
      case 'b':
        return value === '1' || value === 'true' ? 'true' : 'false'
      case 'e':
        add(this.#met.errors, this.#line)
        return null
      default:
        return this.#number(value)
    }
  }

  #number(value: string): string {
    const number = Number(value)
    if (!Number.isFinite(number)) throw damagedSheet(new Error('number'))
    const { styles, from1904 } = this.#workbook
    const date = dateText(number, styles[this.#style] ?? 'number', from1904)
    if (date !== undefined) return date
    // A number of many digits may be an id. Others have up to 17 digits, of which fewer say the same.
    return /^-?\d+$/.test(value) ? value : String(number)
  }
}

function add(lines: Lines, line: number): void {
  lines.count++
  if (lines.first.length < 5 && lines.first.at(-1) !== line) lines.first.push(line)
}

/** Returns the column of a reference such as AB12, from 0; without one, the next. */
function columnOf(reference: string | undefined, last: number): number {
  let column = last + 1
  if (reference !== undefined) {
    const letters = /^([A-Z]{1,3})\d/.exec(reference)?.[1] ?? ''
    column = -1
    for (let at = 0; at < letters.length; at++) column = (column + 1) * 26 + letters.charCodeAt(at) - 65
  }
  if (column <= last || column >= MAX_SHEET_COLUMNS) throw damagedSheet(new Error('cell'))
  return column
}

/** Returns the letters of a column, from 0: A, B, …, AA. */
export function lettersOf(column: number): string {
  const rest = Math.floor(column / 26)
  return (rest > 0 ? lettersOf(rest - 1) : '') + String.fromCharCode(65 + (column % 26))
}

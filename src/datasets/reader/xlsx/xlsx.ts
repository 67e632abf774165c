import { FitserveError, listQuoted, quoted } from '../../../errors.ts'
import type { Warning } from '../../../warnings.ts'
import { headOf, packingOf } from '../../file-kinds.ts'
import { foreignFormat } from '../foreign.ts'
import type { Staging } from '../staging.ts'
import { openZip } from '../zip.ts'
import { type Met, rowsOf, type SheetRow } from './cells.ts'
import { SheetTable } from './table.ts'
import { readSharedTexts } from './texts.ts'
import { namedSheet, readWorkbook, type Sheet, type Workbook } from './workbook.ts'

/** Bytes of a sheet for each byte of its table: elements take several times the room of their values. */
const MARKUP = 8
/** What is told of rows without a value. */
const EMPTY_ROWS = {
  one: 'One row between others has no value and was left out.',
  several: 'rows between others have no value and were left out.',
}

/** How a spreadsheet is read. */
export interface XlsxOptions {
  /** Name of a sheet, or its number from 1; null: the first that has a value and is not hidden. */
  sheet: string | null
  /** Whether the first row that has a value names the columns. */
  header: boolean
  /** Rows above the table that are left out. */
  skip: number
  /** Reading stops soon after this number of bad rows. */
  maxBad: number
  /** Limit on the table as text, in bytes. */
  maxBytes: number
}

/**
 * Reads a sheet of an Excel workbook (.xlsx, ECMA-376) into the staging table. Reads formulas by the results that the file
 * has for them. The line of a row is its number in the sheet. Holds the texts that cells refer to, and no more than some
 * rows.
 * @returns what there is to tell of the sheet
 * @throws FitserveError `invalid-dataset`, `payload-too-large`
 */
export async function readXlsx(path: string, staging: Staging, options: XlsxOptions): Promise<Warning[]> {
  await refuseOthers(path)
  const zip = await openZip(path)
  try {
    const workbook = await readWorkbook(zip)
    const maxMarkup = MARKUP * options.maxBytes
    const texts =
      workbook.texts !== undefined && zip.names.includes(workbook.texts)
        ? await readSharedTexts(zip.read(workbook.texts, maxMarkup))
        : []
    for (const sheet of candidates(workbook, options.sheet)) {
      const met: Met = { errors: { count: 0, first: [] }, unsolved: { count: 0, first: [] }, merged: 0 }
      const rows = rowsOf(zip.read(sheet.path, maxMarkup), workbook, texts, met)
      const table = new SheetTable(staging, options)
      await fill(table, rows, options)
      if (table.isEmpty) continue
      if (staging.rows === 0 && options.header && workbook.sheets.length > 1)
        throw new FitserveError('invalid-dataset', onlyHeader(sheet, workbook.sheets))
      return [
        ...(options.sheet === null ? ofChoice(sheet, workbook.sheets) : []),
        ...ofCells(met),
        ...table.gaps.warnings(EMPTY_ROWS),
      ]
    }
    throw new FitserveError('invalid-dataset', emptyText(workbook, options.sheet, options.skip))
  } finally {
    zip.close()
  }
}

async function refuseOthers(path: string): Promise<void> {
  const head = await headOf(path)
  if (packingOf(head) === 'zip') return
  const other =
    'The file is no spreadsheet (.xlsx). Send the media type that it has, such as text/csv (to import it, its format).'
  throw new FitserveError('invalid-dataset', foreignFormat(head, 'csv') ?? other)
}

function candidates({ sheets }: Workbook, wanted: string | null): Sheet[] {
  if (wanted !== null) return [namedSheet(sheets, wanted)]
  const shown = sheets.filter(({ hidden }) => !hidden)
  return shown.length > 0 ? shown : sheets
}

async function fill(
  table: SheetTable,
  rows: AsyncIterable<SheetRow[]>,
  { maxBad, maxBytes }: XlsxOptions,
): Promise<void> {
  for await (const some of rows) {
    for (const row of some) {
      await table.take(row)
      if (table.rejected > maxBad) return table.end()
    }
    if (table.bytes > maxBytes)
      throw new FitserveError(
        'payload-too-large',
        `The table in the file exceeds the limit of ${maxBytes} bytes`,
      )
  }
  await table.end()
}

function emptyText({ sheets }: Workbook, wanted: string | null, skip: number): string {
  const names = listQuoted(sheets.map(({ name }) => name))
  const where = skip > 0 ? ` below the rows that skip=${skip} leaves out` : ''
  return wanted === null
    ? `No cell of the spreadsheet${where} has a value. Its sheets are ${names}.`
    : `No cell of the sheet ${quoted(wanted)}${where} has a value. The sheets are ${names}.`
}

function onlyHeader(sheet: Sheet, sheets: readonly Sheet[]): string {
  const others = sheets.filter((other) => other !== sheet)
  const example = others[0]?.name ?? ''
  return `The sheet ${quoted(sheet.name)} has one row with values, and so no table. The others are ${listQuoted(others.map(({ name }) => name))}. To read one of them, upload the file with sheet=${encodeURIComponent(example)}`
}

function ofChoice(sheet: Sheet, sheets: readonly Sheet[]): Warning[] {
  const others = sheets.filter((other) => other !== sheet)
  // Those before it may be empty.
  const example = sheets[sheets.indexOf(sheet) + 1] ?? others[0]
  if (example === undefined) return []
  const message = `The sheet ${quoted(sheet.name)} was read, the first that has values. The others are ${listQuoted(others.map(({ name }) => name))}. To read one of them, upload the file with sheet=${encodeURIComponent(example.name)}.`
  return [{ code: 'sheet-found', message }]
}

function ofCells({ errors, unsolved, merged }: Met): Warning[] {
  const warnings: Warning[] = []
  if (errors.count > 0)
    warnings.push({
      code: 'cell-errors',
      count: errors.count,
      lines: errors.first,
      message: `${cells(errors.count)} an error such as #N/A and ${errors.count === 1 ? 'counts' : 'count'} as missing.`,
    })
  if (unsolved.count > 0)
    warnings.push({
      code: 'formulas-without-result',
      count: unsolved.count,
      lines: unsolved.first,
      message: `${cells(unsolved.count)} a formula without its result and ${unsolved.count === 1 ? 'counts' : 'count'} as missing. Open the file in a spreadsheet program, save it, and upload it again.`,
    })
  if (merged > 0)
    warnings.push({
      code: 'merged-cells',
      count: merged,
      message: `The sheet has ${merged === 1 ? 'one range' : `${merged.toLocaleString('en')} ranges`} of merged cells, of which only the first cell has a value; the others count as missing. If the value holds for all of them, unmerge the cells and fill it in.`,
    })
  return warnings
}

function cells(count: number): string {
  return count === 1 ? 'One cell has' : `${count.toLocaleString('en')} cells have`
}

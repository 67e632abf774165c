import type { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { FitserveError } from '../../../errors.ts'
import { bodyTooLarge } from '../../requests/whole-body.ts'
import { rowOfCells } from '../rows.ts'
import { refusal } from '../scope.ts'

/** Largest number of columns of a data set, so that no model has more. */
const MAX_COLUMNS = 4_000

/** Limits on a CSV body. */
export interface CsvLimits {
  maxBytes: number
  maxRows: number
}

/**
 * Reads rows of CSV whose first line names the columns. Empty cells are missing values.
 * @param rename returns the column that a name means
 * @throws FitserveError `payload-too-large`, `invalid-request` with the line of a fault
 */
export async function csvRows(
  body: Readable,
  { maxBytes, maxRows }: CsvLimits,
  rename: (name: string) => string,
): Promise<unknown[]> {
  const parser = parse({ bom: true, skip_empty_lines: true, max_record_size: maxBytes })
  let bytes = 0
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > maxBytes) parser.destroy(bodyTooLarge(maxBytes))
  })
  body.pipe(parser)
  body.once('error', (error) => parser.destroy(error))
  const rows: unknown[] = []
  let names: string[] | undefined
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      if (!names) names = namesOf(cells, rename)
      else if (rows.length >= maxRows) throw refusal(`Send at most ${maxRows} rows.`)
      else rows.push(rowOfCells(names, cells.map(missingIfEmpty)))
    }
  } catch (error) {
    if (error instanceof FitserveError) throw error
    throw refusal(`The body is not valid CSV: ${csvFault(error)}`)
  } finally {
    body.unpipe(parser)
    body.resume()
  }
  return rows
}

function namesOf(cells: readonly string[], rename: (name: string) => string): string[] {
  if (cells.length > MAX_COLUMNS)
    throw refusal(
      `Expected at most ${MAX_COLUMNS.toLocaleString('en')} columns, got ${cells.length.toLocaleString('en')}.`,
    )
  return cells.map(rename)
}

function missingIfEmpty(cell: string): string | null {
  return cell === '' ? null : cell
}

/** Returns what is wrong, without the wording of the library. */
function csvFault(error: unknown): string {
  const line = error instanceof Error && 'lines' in error ? error.lines : undefined
  return typeof line === 'number'
    ? `line ${line} has quotes or a number of cells that do not fit.`
    : 'it ends too early.'
}

import { FitserveError } from '../../errors.ts'
import { blocksOf } from './blocks.ts'
import { nameProblem, TOO_MANY_COLUMNS } from './columns.ts'
import { CsvScanner, type CsvSink, type Field } from './csv-scanner.ts'
import { MAX_COLUMNS } from './limits.ts'
import type { Staging } from './staging.ts'

const NUL_MESSAGE = 'The line contains a NUL character'

/**
 * Reads a CSV file with a header into the staging table. An invalid header refuses the whole file, because the lines
 * mean nothing without it.
 * @param maxBad reading stops soon after this number of bad lines
 * @throws FitserveError `invalid-dataset`
 */
export async function readCsv(
  path: string,
  staging: Staging,
  delimiter: string,
  maxBad: number,
): Promise<void> {
  const sink = new CsvRecords(staging)
  const scanner = new CsvScanner(delimiter, sink)
  for await (const block of blocksOf(path)) {
    scanner.feed(block)
    sink.nul = block.text.includes('\0') || (sink.nul && !block.last)
    while (staging.rejected <= maxBad && scanner.read()) {
      if (staging.columns.length === 0 && sink.header !== undefined) await staging.addColumns(sink.header)
    }
    if (staging.rejected > maxBad) return
  }
  if (sink.header === undefined)
    throw new FitserveError('invalid-dataset', 'The file is empty; expected a header')
}

/** Takes the first record for the header and the others for rows. */
class CsvRecords implements CsvSink {
  header: string[] | undefined
  /** True while a NUL may be in the text: only then is each field searched for one. */
  nul = false
  readonly #staging: Staging

  constructor(staging: Staging) {
    this.#staging = staging
  }

  record(line: number, fields: Field[], text: () => string): void {
    const { header } = this
    if (header === undefined) {
      this.header = checkHeader(line, fields)
    } else if (fields.length !== header.length) {
      this.bad(line, null, `The line has ${count(fields.length)}, the header ${count(header.length)}`, text)
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

  bad(line: number, field: number | null, message: string, text: () => string): void {
    const { header } = this
    if (header === undefined) throw badHeader(line, message)
    this.#staging.reject(line, field !== null && field < header.length ? field : null, message, text())
  }
}

function checkHeader(line: number, fields: readonly Field[]): string[] {
  if (fields.length > MAX_COLUMNS) throw badHeader(line, TOO_MANY_COLUMNS)
  const names = new Set<string>()
  fields.forEach((field, index) => {
    const name = field ?? ''
    const problem = nameProblem(name)
    if (problem !== undefined) throw badHeader(line, `${problem} (column ${index + 1})`)
    if (names.has(name)) throw badHeader(line, 'Two columns have the same name', name)
    names.add(name)
  })
  return [...names]
}

function badHeader(line: number, message: string, column?: string): FitserveError {
  const problem = column === undefined ? { line, message } : { line, column, message }
  return new FitserveError('invalid-dataset', 'The header of the file is invalid', {
    problems: [problem],
  })
}

function count(fields: number): string {
  return fields === 1 ? '1 field' : `${fields} fields`
}

import { type FieldProblem, FitserveError } from '../errors.ts'
import type { FileFormat, FileReadOptions } from './contract.ts'

/** What messages call a format. */
const NAMES: Readonly<Record<FileFormat, string>> = {
  csv: 'a CSV file',
  ndjson: 'a JSON file',
  parquet: 'a Parquet file',
  arrow: 'an Arrow file',
  xlsx: 'a workbook',
}

/** Options that only some formats have: those formats, and whether a request gives the option. */
const OPTIONS: Readonly<
  Record<string, { formats: readonly FileFormat[]; isGiven: (options: FileReadOptions) => boolean }>
> = {
  sheet: { formats: ['xlsx'], isGiven: ({ sheet }) => sheet !== null },
  delimiter: { formats: ['csv'], isGiven: ({ delimiter }) => delimiter !== null },
  quotes: { formats: ['csv'], isGiven: ({ quotes }) => quotes !== 'double' },
  header: { formats: ['csv', 'xlsx'], isGiven: ({ header }) => !header },
  skip: { formats: ['csv', 'xlsx'], isGiven: ({ skip }) => skip > 0 },
  index: { formats: ['csv', 'xlsx', 'parquet', 'arrow'], isGiven: ({ index }) => index !== 'drop' },
  encoding: { formats: ['csv', 'ndjson'], isGiven: ({ encoding }) => encoding !== null },
}

/**
 * Refuses options that say nothing in the format of a file: a client that gives one expects the file to be another one.
 * @throws FitserveError `invalid-dataset` with a problem for each of them
 */
export function refuseOptionsWithoutMeaning(options: FileReadOptions): void {
  const { format } = options
  const problems = Object.entries(OPTIONS).flatMap(([name, { formats, isGiven }]): FieldProblem[] => {
    if (formats.includes(format) || !isGiven(options)) return []
    const message = `The parameter ${name} does not apply to ${NAMES[format]}, and the file was read as such. Leave it out.`
    return [{ path: `/${name}`, message }]
  })
  const [first] = problems
  if (first) throw new FitserveError('invalid-dataset', first.message, { problems })
}

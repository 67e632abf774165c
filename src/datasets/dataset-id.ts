import { createHash } from 'node:crypto'
import type { FileReadOptions } from './contract.ts'

/** Each is increased when the same bytes and options are read into another table than before, so that ids change too. */
const READING_VERSIONS: Record<FileReadOptions['format'], number> = {
  csv: 3,
  ndjson: 4,
  parquet: 3,
  arrow: 3,
  xlsx: 3,
}

/**
 * Returns the id of the data set that an upload becomes. The same bytes read with the same options are the same
 * data set; the order of the types does not matter.
 * @param sha256 hash of the decompressed bytes, in hex
 */
export function datasetId(sha256: string, options: FileReadOptions): string {
  const isText = options.format === 'csv' || options.format === 'ndjson'
  const hasHeader = options.format === 'csv' || options.format === 'xlsx'
  const reading = {
    reading: READING_VERSIONS[options.format],
    format: options.format,
    delimiter: options.format === 'csv' ? options.delimiter : null,
    header: hasHeader ? options.header : null,
    index: hasHeader ? options.index : null,
    onError: options.onError,
    decimal: options.decimal,
    missing: options.missing,
    encoding: isText ? options.encoding : null,
    types: Object.entries(options.types).sort(([a], [b]) => (a < b ? -1 : 1)),
    // Only where it is given, so that ids of earlier releases stay.
    ...(!hasHeader && options.format !== 'ndjson' && options.index === 'keep' && { index: options.index }),
    ...(hasHeader && options.skip > 0 && { skip: options.skip }),
    ...(options.format === 'csv' && options.quotes !== 'double' && { quotes: options.quotes }),
    ...(options.format === 'xlsx' && options.sheet !== null && { sheet: options.sheet }),
    dates: {
      any: options.dates.any,
      columns: options.dates.columns.toSorted(([a], [b]) => (a < b ? -1 : 1)),
    },
  }
  const hash = createHash('sha256').update(sha256).update(JSON.stringify(reading))
  return `ds_${hash.digest('hex').slice(0, 24)}`
}

import type { ResultFormat } from '../../prediction-contract.ts'

/** Media type of a result, by its format. */
export const MEDIA_TYPES: Readonly<Record<ResultFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
}

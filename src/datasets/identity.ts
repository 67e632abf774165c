import { createHash } from 'node:crypto'
import { FitserveError } from '../errors.ts'
import type { ReadOptions } from './contract.ts'

const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/
const LIKE_AN_ID = /^ds_[0-9a-f]*$/
const ID = /^ds_[0-9a-f]{24}$/
/** Counts up when the same bytes and options would be read into another table than before. */
const READING = 1

export function isDatasetId(idOrName: string): boolean {
  return ID.test(idOrName)
}

export function isDatasetName(name: string): boolean {
  return NAME.test(name) && !LIKE_AN_ID.test(name)
}

/** @throws FitserveError `invalid-query` where a data set cannot have this name */
export function checkName(name: string): void {
  if (isDatasetName(name)) return
  const message = LIKE_AN_ID.test(name)
    ? 'A name cannot look like the id of a data set'
    : 'Expected a letter and up to 63 more letters, digits, ".", "_" or "-"'
  throw new FitserveError('invalid-query', 'This name cannot be given to a data set', {
    problems: [{ path: '/name', message }],
  })
}

/**
 * The id of what an upload becomes: the same bytes read in the same way are the same data set, whoever sends
 * them, in whatever order the types are named.
 */
export function datasetId(sha256: string, options: ReadOptions): string {
  const reading = {
    reading: READING,
    format: options.format,
    delimiter: options.format === 'csv' ? options.delimiter : null,
    onError: options.onError,
    types: Object.entries(options.types).sort(([a], [b]) => (a < b ? -1 : 1)),
  }
  const hash = createHash('sha256').update(sha256).update(JSON.stringify(reading))
  return `ds_${hash.digest('hex').slice(0, 24)}`
}

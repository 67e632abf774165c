import { createHash } from 'node:crypto'
import { z } from 'zod'
import { NAME_PATTERN, NAME_RULE } from '../recipe/index.ts'
import type { ReadOptions } from './contract.ts'

const ID = /^ds_[0-9a-f]{24}$/
const LIKE_AN_ID = /^ds_[0-9a-f]*$/
/** Increased when the same bytes and options are read into another table than before, so that ids change too. */
const READING_VERSION = 1

/** A name that an upload may give to a data set. Names that look like an id are kept for ids. */
export const DatasetName = z
  .string({ error: 'A name is needed: ?name=…' })
  .refine((name) => NAME_PATTERN.test(name), NAME_RULE)
  .refine((name) => !looksLikeDatasetId(name), 'A name must not look like an id')
  .brand<'DatasetName'>()
export type DatasetName = z.infer<typeof DatasetName>

/** Returns whether a text is an id: `ds_` and 24 hexadecimal digits. */
export function isDatasetId(text: string): boolean {
  return ID.test(text)
}

/** Returns whether a text looks like an id to its reader: `ds_` and any number of hexadecimal digits. */
export function looksLikeDatasetId(text: string): boolean {
  return LIKE_AN_ID.test(text)
}

/** Returns whether a data set may have this name. */
export function isDatasetName(text: string): text is DatasetName {
  return DatasetName.safeParse(text).success
}

/**
 * Returns the id of the data set that an upload becomes. The same bytes read with the same options are the same
 * data set; the order of the types does not matter.
 * @param sha256 hash of the decompressed bytes, in hex
 */
export function datasetId(sha256: string, options: ReadOptions): string {
  const reading = {
    reading: READING_VERSION,
    format: options.format,
    delimiter: options.format === 'csv' ? options.delimiter : null,
    onError: options.onError,
    types: Object.entries(options.types).sort(([a], [b]) => (a < b ? -1 : 1)),
  }
  const hash = createHash('sha256').update(sha256).update(JSON.stringify(reading))
  return `ds_${hash.digest('hex').slice(0, 24)}`
}

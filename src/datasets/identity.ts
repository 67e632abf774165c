import { z } from 'zod'
import { NAME_PATTERN, NAME_RULE } from '../recipe/index.ts'

const ID = /^ds_[0-9a-f]{24}$/
const LIKE_AN_ID = /^ds_[0-9a-f]*$/

/** A name that an upload may give to a data set. Names that look like an id are kept for ids. */
export const DatasetName = z
  .string({ error: 'Expected a name: ?name=…' })
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

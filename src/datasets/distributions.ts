import type { PageRequest } from '../page.ts'
import type { DistributionPage, NamedDataset } from './contract.ts'
import { offsetCursor } from './cursor.ts'
import { fileOf, type OpenTable } from './kept-tables.ts'
import type { Readers } from './readers.ts'

/** Columns of a page at most: each is a look at the file. */
const MAX_COLUMNS = 100

/** What the distributions of a data set are read with. */
interface Reading {
  table: OpenTable
  readers: Pick<Readers, 'distributions'>
}

/** Returns the distributions of a page of columns. @throws FitserveError as `Datasets.distributions` does */
export async function distributionsOf(
  { table, readers }: Reading,
  dataset: NamedDataset,
  page: PageRequest,
): Promise<DistributionPage> {
  const { id, rows, columns } = dataset
  const offset = offsetCursor.read(page)?.offset ?? 0
  const end = Math.min(columns.length, offset + Math.min(page.limit, MAX_COLUMNS))
  const wanted = columns.slice(offset, end).map(({ name, type }, at) => ({ place: offset + at, name, type }))
  if (wanted.length === 0) return { rows, sampled: 0, items: [], next: null }
  const file = await fileOf(table, id)
  const found = await readers.distributions({
    kind: 'distributions',
    file,
    rows,
    columns: wanted,
  })
  return { rows, ...found, next: end < columns.length ? offsetCursor.write({ offset: end }) : null }
}

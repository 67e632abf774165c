import { FitserveError } from '../errors.ts'
import type { NamedDataset, Overlap } from './contract.ts'
import type { KeptTable } from './kept-tables.ts'
import type { Readers } from './readers.ts'

/** What two data sets are compared with. */
interface Reading {
  table: (id: string) => Promise<KeptTable | undefined>
  readers: Pick<Readers, 'overlap'>
}

/** Counts the rows that two data sets have in common. @throws FitserveError as `Datasets.overlap` does */
export async function overlapOf(
  { table, readers }: Reading,
  one: NamedDataset,
  other: NamedDataset,
): Promise<Overlap> {
  const there = new Map(other.columns.map((column, place) => [column.name, { place, type: column.type }]))
  const columns = one.columns.flatMap(({ name, type }, place) => {
    const same = there.get(name)
    return same ? [{ place, otherPlace: same.place, sameType: same.type === type }] : []
  })
  const [file, otherFile] = await Promise.all([fileOf(table, one.id), fileOf(table, other.id)])
  const found = await readers.overlap({ kind: 'overlap', file, other: otherFile, columns })
  return {
    columns: columns.length,
    rows: one.rows,
    inCommon: found.here,
    otherRows: other.rows,
    otherInCommon: found.there,
  }
}

async function fileOf(table: Reading['table'], id: string): Promise<string> {
  const kept = await table(id)
  if (kept) return kept.file
  throw new FitserveError('corrupt-artifact', `The data set ${id} is damaged: a file is missing`)
}

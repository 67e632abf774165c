import type { ColumnDescription } from '../recipe/table.ts'
import type { NamedDataset, Overlap } from './contract.ts'
import { fileOf, type OpenTable } from './kept-tables.ts'
import type { OverlapTask } from './messages.ts'
import type { Readers } from './readers.ts'

/** What two data sets are compared with. */
interface Reading {
  table: OpenTable
  readers: Pick<Readers, 'overlap'>
}

/** Counts the rows that two data sets have in common. @throws FitserveError as `Datasets.overlap` does */
export async function overlapOf(
  { table, readers }: Reading,
  one: NamedDataset,
  other: NamedDataset,
): Promise<Overlap> {
  const columns = comparedOf(one, other)
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

/**
 * Returns the columns whose names both data sets have. Those that identify rows are left out, since a row that was copied
 * has got another number or id, unless there are no others.
 */
function comparedOf(one: NamedDataset, other: NamedDataset): OverlapTask['columns'] {
  const there = new Map(other.columns.map((column, place) => [column.name, { column, place }]))
  const shared = one.columns.flatMap((column, place) => {
    const same = there.get(column.name)
    return same ? [{ column, place, other: same.column, otherPlace: same.place }] : []
  })
  const telling = shared.filter((pair) => !identifies(pair.column) && !identifies(pair.other))
  return (telling.length > 0 ? telling : shared).map(({ column, place, other: same, otherPlace }) => ({
    place,
    otherPlace,
    type: column.type,
    otherType: same.type,
  }))
}

function identifies({ leftOutAs }: ColumnDescription): boolean {
  return leftOutAs === 'row-number' || leftOutAs === 'identifier'
}

import type { ColumnDescription } from '../recipe/table.ts'
import type { NamedDataset } from './contract.ts'

/** Values of a column that are named as its most frequent ones. */
export const MAX_FREQUENT = 10

/**
 * Returns a data set with what follows from the classes of its columns: their number, and the most frequent ones. They are
 * derived with each look, so that data sets of earlier releases have them too.
 */
export function withFrequent(dataset: NamedDataset): NamedDataset {
  return { ...dataset, columns: dataset.columns.map(described) }
}

function described(column: ColumnDescription): ColumnDescription {
  if (column.classes === undefined) return column
  const counts = Object.entries(column.classes)
  const frequent = counts
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, MAX_FREQUENT)
    .map(([value, rows]) => ({ value, rows }))
  return { ...column, distinct: counts.length, frequent }
}

import { compareCodePoints } from '../code-points.ts'
import type { ColumnDescription } from '../recipe/table.ts'
import type { NamedDataset } from './contract.ts'

/** A value with its rows. */
type Counted = NonNullable<ColumnDescription['frequent']>[number]

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
  const values = Object.keys(column.classes)
  return { ...column, distinct: values.length, frequent: mostFrequent(values, column.classes) }
}

/** Returns the most frequent values, the first by code point where rows are equal. A column may have a million of them. */
function mostFrequent(values: readonly string[], classes: Record<string, number>): Counted[] {
  const first: Counted[] = []
  for (const value of values) {
    const counted = { value, rows: classes[value] ?? 0 }
    const last = first[MAX_FREQUENT - 1]
    if (last && isBefore(last, counted)) continue
    const place = first.findIndex((other) => isBefore(counted, other))
    first.splice(place === -1 ? first.length : place, 0, counted)
    first.length = Math.min(first.length, MAX_FREQUENT)
  }
  return first
}

function isBefore(one: Counted, other: Counted): boolean {
  return one.rows === other.rows ? compareCodePoints(one.value, other.value) < 0 : one.rows > other.rows
}

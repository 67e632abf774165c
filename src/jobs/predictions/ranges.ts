import type { RowRange } from '../../prediction-contract.ts'

/** Rows that a part answers, unless that would be too many parts: some seconds of work, all that a lost worker costs. */
export const PART_ROWS = 100_000
/** Limit on the parts of one prediction: each has a record, and an order writes all of them. */
const MAX_PARTS = 100

/** Returns the number of parts into which so many rows are divided. */
export function partCount(rows: number, partRows = PART_ROWS): number {
  return Math.max(1, Math.min(MAX_PARTS, Math.ceil(rows / partRows)))
}

/** Divides rows into ranges of about equal size, one for each part. */
export function rangesOf(rows: number, parts: number): RowRange[] {
  const begin = (part: number) => Math.floor((part * rows) / parts)
  return Array.from({ length: parts }, (_, part) => ({ from: begin(part), to: begin(part + 1) }))
}

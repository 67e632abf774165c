import type { RowEncoder } from '../encoders/row-encoder.ts'
import { SparseRow } from '../encoders/sparse-row.ts'

/** In what an encoded row differs from the empty row. */
export interface RowDifference {
  /** Input positions, each once. */
  readonly indices: Uint32Array
  /** By how much the number at each position is larger; the id of the word at a position of a sequence. */
  readonly values: Float64Array
}

/**
 * The empty row, against which rows are explained: texts without words, numbers and dates as they are filled in where
 * they are missing, and categories as none. The inputs that tell that a value is missing are 0.
 * @returns value by position; those that are 0 are left out
 */
export function emptyRow({ columns, encode }: RowEncoder): Map<number, number> {
  const row = new SparseRow()
  encode(() => null, row)
  const indicators = new Set(
    columns.map(({ base, encoder: { indicator } }) => (indicator === undefined ? -1 : base + indicator)),
  )
  const values = new Map<number, number>()
  for (let at = 0; at < row.length; at++) {
    const index = row.indices[at] ?? 0
    if (!indicators.has(index)) values.set(index, row.values[at] ?? 0)
  }
  return values
}

/** Returns in what an encoded row differs from the empty one. Its entries of words stay as they are. */
export function differenceOf(row: SparseRow, empty: ReadonlyMap<number, number>): RowDifference {
  const indices = new Uint32Array(row.length + empty.size)
  const values = new Float64Array(indices.length)
  let size = 0
  const add = (index: number, value: number) => {
    if (value === 0) return
    indices[size] = index
    values[size++] = value
  }
  const left = new Map(empty)
  for (let at = 0; at < row.length; at++) {
    const index = row.indices[at] ?? 0
    const value = row.values[at] ?? 0
    if (left.size === 0) add(index, value)
    else {
      add(index, value - (left.get(index) ?? 0))
      left.delete(index)
    }
  }
  for (const [index, value] of left) add(index, -value)
  return { indices: indices.subarray(0, size), values: values.subarray(0, size) }
}

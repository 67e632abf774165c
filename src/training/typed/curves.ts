import type { SparseRows } from '../../models/encoders/sparse-row.ts'
import type { Curve } from '../../models/network/weights.ts'

/**
 * Rows in which an entry stands for all of a curve's inputs of 1 before the last filled one: at `shift` plus the last
 * one's position. Its row of weights is the sum of those inputs' rows (kernels/curves.ts).
 */
export function shortened(rows: SparseRows, curves: readonly Curve[], shift: number): SparseRows {
  if (curves.length === 0) return rows
  const begins = new Int32Array(rows.width).fill(-1)
  for (const { base, length } of curves) begins.fill(base, base, base + length)
  const offsets = new Uint32Array(rows.rows + 1)
  const indices = new Uint32Array(rows.indices.length)
  const values = new Float32Array(rows.indices.length)
  let length = 0
  for (let row = 0; row < rows.rows; row++) {
    const end = rows.offsets[row + 1] ?? 0
    for (let at = rows.offsets[row] ?? 0; at < end; at++) {
      const index = rows.indices[at] ?? 0
      const begin = begins[index] ?? -1
      const next = at + 1 < end ? (rows.indices[at + 1] ?? 0) : 0
      if (begin >= 0 && next === index + 1 && begins[next] === begin) continue
      if (begin >= 0 && index > begin) {
        indices[length] = shift + index
        values[length++] = 1
      }
      indices[length] = index
      values[length++] = rows.values[at] ?? 0
    }
    offsets[row + 1] = length
  }
  return {
    rows: rows.rows,
    width: rows.width,
    offsets,
    indices: indices.slice(0, length),
    values: values.slice(0, length),
  }
}

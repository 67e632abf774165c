import type { SparseRows } from './sparse-row.ts'

/** Added to each term's count, so that a term that occurs in only one class has a finite ratio. */
const SMOOTHING = 1

/**
 * Returns the naive-Bayes log-count ratios of terms (Wang and Manning 2012, "Baselines and Bigrams"):
 * r = ln((p / ‖p‖₁) / (q / ‖q‖₁)) with p = 1 + Σ f over the rows of a class and q = 1 + Σ f over all others.
 *
 * With two classes, r is that of the positive class. With more, each class is compared with the rest, and a term gets
 * the ratio farthest from 0: that of the class about which it says most.
 * @param rows encoded training rows; f is the value there, or with `binary` 1 wherever it is not 0
 * @param labels class number of each row
 * @param from first position of the terms
 * @param length number of terms
 */
export function logCountRatios(
  rows: SparseRows,
  labels: ArrayLike<number>,
  classes: number,
  { from, length, binary }: { from: number; length: number; binary: boolean },
): Float32Array {
  const byClass = rowsByClass(labels, rows.rows, classes)
  const total = new Float64Array(length)
  const own = new Float64Array(length)
  const add = (row: number, into: Float64Array) => {
    for (let at = rows.offsets[row] ?? 0; at < (rows.offsets[row + 1] ?? 0); at++) {
      const term = (rows.indices[at] ?? 0) - from
      if (term < 0 || term >= length) continue
      const value = rows.values[at] ?? 0
      into[term] = (into[term] ?? 0) + (binary ? (value === 0 ? 0 : 1) : value)
    }
  }
  for (let row = 0; row < rows.rows; row++) add(row, total)
  const totalSum = sum(total)
  const ratios = new Float32Array(length)
  // The second of two classes is the positive one; the first would give the same ratios with the other sign.
  for (let label = classes === 2 ? 1 : 0; label < classes; label++) {
    own.fill(0)
    for (const row of byClass[label] ?? []) add(row, own)
    const ownSum = sum(own)
    const scale = Math.log((totalSum - ownSum + SMOOTHING * length) / (ownSum + SMOOTHING * length))
    for (let term = 0; term < length; term++) {
      const inClass = own[term] ?? 0
      const others = (total[term] ?? 0) - inClass
      const ratio = Math.log((SMOOTHING + inClass) / (SMOOTHING + others)) + scale
      if (Math.abs(ratio) > Math.abs(ratios[term] ?? 0)) ratios[term] = ratio
    }
  }
  return ratios
}

/** Multiplies the terms' values by their ratios, in place. */
export function scaleTerms(rows: SparseRows, from: number, ratios: Float32Array): void {
  for (let at = 0; at < rows.indices.length; at++) {
    const term = (rows.indices[at] ?? 0) - from
    if (term >= 0 && term < ratios.length) rows.values[at] = (rows.values[at] ?? 0) * (ratios[term] ?? 0)
  }
}

function rowsByClass(labels: ArrayLike<number>, rows: number, classes: number): number[][] {
  const byClass = Array.from({ length: classes }, (): number[] => [])
  for (let row = 0; row < rows; row++) byClass[labels[row] ?? 0]?.push(row)
  return byClass
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}

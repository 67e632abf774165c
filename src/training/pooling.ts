import type { SparseRows } from '../models/encoders/sparse-row.ts'
import { frontWidth, type SequenceShape } from '../models/network/network.ts'

/** The word ids of chosen rows. Shape [rows, length]; 0 is padding. */
export function wordIds(rows: SparseRows, chosen: Uint32Array, shape: SequenceShape): Uint32Array {
  const { base, length } = shape
  const ids = new Uint32Array(chosen.length * length)
  for (let row = 0; row < chosen.length; row++) {
    const from = chosen[row] ?? 0
    for (let at = rows.offsets[from] ?? 0; at < (rows.offsets[from + 1] ?? 0); at++) {
      const place = (rows.indices[at] ?? 0) - base
      if (place >= 0 && place < length) ids[row * length + place] = rows.values[at] ?? 0
    }
  }
  return ids
}

/** Looks up and pools the vectors of words. Shape [rows, frontWidth]. */
export function pool(shape: SequenceShape, ids: Uint32Array, embedding: Float32Array): Float32Array {
  const { length, dimensions, pooling } = shape
  const rows = ids.length / length
  const width = frontWidth(shape)
  const pooled = new Float32Array(rows * width).fill(pooling === 'max' ? Number.NEGATIVE_INFINITY : 0)
  const share = pooling === 'average' ? 1 / length : 1
  for (let at = 0; at < ids.length; at++) {
    const from = (ids[at] ?? 0) * dimensions
    const to = pooling === 'flatten' ? at * dimensions : Math.floor(at / length) * width
    for (let dimension = 0; dimension < dimensions; dimension++) {
      const value = embedding[from + dimension] ?? 0
      const old = pooled[to + dimension] ?? 0
      pooled[to + dimension] = pooling === 'max' ? Math.max(old, value) : old + value * share
    }
  }
  return pooled
}

/**
 * The gradient of the embedding for a gradient of what `pool` gave. Where several places have the maximum, each
 * gets an equal share, as in TensorFlow.
 */
export function poolGradient(
  shape: SequenceShape,
  ids: Uint32Array,
  embedding: Float32Array,
  gradient: Float32Array,
): Float32Array {
  const { words, dimensions, length, pooling } = shape
  const result = new Float32Array(words * dimensions)
  if (pooling === 'max') {
    addMaxGradient(shape, ids, embedding, gradient, result)
    return result
  }
  const share = pooling === 'average' ? 1 / length : 1
  for (let at = 0; at < ids.length; at++) {
    const to = (ids[at] ?? 0) * dimensions
    const from = (pooling === 'flatten' ? at : Math.floor(at / length)) * dimensions
    for (let dimension = 0; dimension < dimensions; dimension++)
      result[to + dimension] = (result[to + dimension] ?? 0) + (gradient[from + dimension] ?? 0) * share
  }
  return result
}

function addMaxGradient(
  { length, dimensions }: SequenceShape,
  ids: Uint32Array,
  embedding: Float32Array,
  gradient: Float32Array,
  result: Float32Array,
): void {
  for (let start = 0; start < ids.length; start += length) {
    const row = (start / length) * dimensions
    for (let dimension = 0; dimension < dimensions; dimension++) {
      let max = Number.NEGATIVE_INFINITY
      let ties = 0
      for (let at = start; at < start + length; at++) {
        const value = embedding[(ids[at] ?? 0) * dimensions + dimension] ?? 0
        if (value > max) ties = 0
        if (value >= max) {
          max = value
          ties += 1
        }
      }
      const share = (gradient[row + dimension] ?? 0) / ties
      for (let at = start; at < start + length; at++) {
        const place = (ids[at] ?? 0) * dimensions + dimension
        if (embedding[place] === max) result[place] = (result[place] ?? 0) + share
      }
    }
  }
}

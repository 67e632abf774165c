import { describe, expect, it } from 'vitest'
import type { SequenceShape } from '../../src/models/network/network.ts'
import { pool, poolGradient, wordIds } from '../../src/training/pooling.ts'

const shape = (pooling: SequenceShape['pooling']): SequenceShape => ({
  base: 2,
  words: 4,
  length: 3,
  dimensions: 2,
  pooling,
})
/** Vectors of four words, of which the first is padding. */
const VECTORS = Float32Array.of(0, 0, 1, 5, 3, -2, -4, 2)
const IDS = Uint32Array.of(1, 2, 0, 3, 3, 2)

it('word ids of chosen rows are read from their places', () => {
  const rows = {
    rows: 3,
    width: 6,
    offsets: Uint32Array.of(0, 3, 5, 7),
    indices: Uint32Array.of(0, 2, 3, 1, 4, 2, 5),
    values: Float32Array.of(9, 1, 2, 8, 3, 2, 7),
  }
  expect([...wordIds(rows, Uint32Array.of(2, 0), shape('flatten'))]).toEqual([2, 0, 0, 1, 2, 0])
  expect([...wordIds(rows, Uint32Array.of(1), shape('flatten'))]).toEqual([0, 0, 3])
})

describe.each([
  ['average', [4 / 3, 1, -5 / 3, 2 / 3]],
  ['max', [3, 5, 3, 2]],
  ['flatten', [1, 5, 3, -2, 0, 0, -4, 2, -4, 2, 3, -2]],
] as const)('pooled by %s', (pooling, expected) => {
  it('the vectors of a row are one', () => {
    const pooled = pool(shape(pooling), IDS, VECTORS)
    expect(pooled).toHaveLength(expected.length)
    for (const [at, value] of expected.entries()) expect(pooled[at]).toBeCloseTo(value, 6)
  })

  it('each vector has the gradient of what it adds', () => {
    const gradient = Float32Array.from(expected, (_, at) => 0.5 + at)
    // Slightly different vectors, so that no maximum is shared.
    const vectors = VECTORS.map((value, at) => value + at / 100)
    const found = poolGradient(shape(pooling), IDS, vectors, gradient)
    const loss = (of: Float32Array) =>
      pool(shape(pooling), IDS, of).reduce((sum, value, at) => sum + value * (gradient[at] ?? 0), 0)
    // Word 3 is in a row twice: with its gradient shared, moving it moves both.
    for (const at of vectors.keys()) {
      const moved = (by: number) => loss(vectors.map((value, other) => (other === at ? value + by : value)))
      expect(found[at], `number ${at}`).toBeCloseTo((moved(0.004) - moved(-0.004)) / 0.008, 2)
    }
  })
})

it('places that share a maximum share its gradient', () => {
  const found = poolGradient(
    shape('max'),
    Uint32Array.of(1, 2, 3),
    Float32Array.of(0, 0, 5, 1, 5, 0, 4, 1),
    Float32Array.of(6, 8),
  )
  expect([...found]).toEqual([0, 0, 3, 4, 3, 0, 0, 4])
})

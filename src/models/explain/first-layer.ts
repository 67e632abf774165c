import { addRow, dotRow } from '../network/kernel-rows.ts'
import { type DenseLayer, frontWidth, type SequenceFront } from '../network/weights.ts'
import type { RowDifference } from './difference.ts'

/** The first dense layer of a network with the embeddings before it, as a linear function of what a row changes. */
export interface FirstLayer {
  /** Returns its sums for the empty row. @param empty values of the empty row's numbers, by position */
  sums(empty: ReadonlyMap<number, number>): Float64Array
  /** Returns what a row adds to these sums. */
  change(row: RowDifference): Float64Array
  /** Splits Σ weights · change(row) among the row's entries. */
  contributions(row: RowDifference, weights: Float64Array): Float64Array
}

/**
 * Returns the first layer of a network. On the straight way from the empty row, whose sequences are padding, to a row,
 * words move from the vector of padding to their own, and all poolings follow at a constant rate: the largest number of
 * several such lines, which begin at one point, is always the same line.
 */
export function firstLayerOf(layer: DenseLayer, fronts: readonly SequenceFront[]): FirstLayer {
  const { kernel, units, bias } = layer
  const numbers = layer.inputs - fronts.reduce((sum, front) => sum + frontWidth(front), 0)
  let nextInput = numbers
  const pools = fronts.map((front) => {
    const firstInput = nextInput
    nextInput += frontWidth(front)
    return { front, firstInput, share: poolShares(front) }
  })
  const poolOf = (index: number) =>
    pools.find(({ front: { base, length } }) => index >= base && index < base + length)

  /** Calls back with each product that makes the change: an entry, an input of the layer, and what the entry adds to it. */
  const eachInput = (row: RowDifference, take: (entry: number, input: number, by: number) => void) => {
    const shares = pools.map(({ share }) => share(row))
    for (let entry = 0; entry < row.indices.length; entry++) {
      const index = row.indices[entry] ?? 0
      const value = row.values[entry] ?? 0
      if (index < numbers) {
        take(entry, index, value)
        continue
      }
      const pool = poolOf(index)
      if (!pool) continue
      const { front, firstInput } = pool
      const { dimensions, embedding } = front
      const place = index - front.base
      for (let dimension = 0; dimension < dimensions; dimension++) {
        const move = (embedding[value * dimensions + dimension] ?? 0) - (embedding[dimension] ?? 0)
        const share = shares[pools.indexOf(pool)]?.(place, dimension) ?? 0
        const input = firstInput + (front.pooling === 'flatten' ? place * dimensions : 0) + dimension
        if (move !== 0 && share !== 0) take(entry, input, share * move)
      }
    }
  }
  return {
    sums(empty) {
      const sums = Float64Array.from(bias)
      for (const [index, value] of empty) addRow(sums, kernel, index, value)
      for (const { front, firstInput } of pools) {
        const width = frontWidth(front)
        for (let at = 0; at < width; at++)
          addRow(sums, kernel, firstInput + at, front.embedding[at % front.dimensions] ?? 0)
      }
      return sums
    },
    change(row) {
      const change = new Float64Array(units)
      eachInput(row, (_, input, by) => addRow(change, kernel, input, by))
      return change
    },
    contributions(row, weights) {
      const contributions = new Float64Array(row.indices.length)
      eachInput(row, (entry, input, by) => {
        contributions[entry] = (contributions[entry] ?? 0) + by * dotRow(weights, kernel, input)
      })
      return contributions
    },
  }
}

/** Returns how much of a word's move its front's output takes over, by the word's place and the dimension. */
type Share = (place: number, dimension: number) => number

function poolShares(front: SequenceFront): (row: RowDifference) => Share {
  const { base, length, dimensions, embedding, pooling } = front
  if (pooling === 'flatten') return () => () => 1
  if (pooling === 'average') return () => () => 1 / length
  return (row) => {
    // Places without an entry are padding, which moves by 0: a word that moves down is hidden by it.
    const entries = [...row.indices.keys()].filter((entry) => {
      const place = (row.indices[entry] ?? 0) - base
      return place >= 0 && place < length
    })
    const largest = new Float64Array(dimensions).fill(entries.length < length ? 0 : Number.NEGATIVE_INFINITY)
    const winners = new Int32Array(dimensions).fill(-1)
    for (const entry of entries) {
      const word = row.values[entry] ?? 0
      for (let dimension = 0; dimension < dimensions; dimension++) {
        const move = (embedding[word * dimensions + dimension] ?? 0) - (embedding[dimension] ?? 0)
        if (move <= (largest[dimension] ?? 0)) continue
        largest[dimension] = move
        winners[dimension] = (row.indices[entry] ?? 0) - base
      }
    }
    return (place, dimension) => (winners[dimension] === place ? 1 : 0)
  }
}

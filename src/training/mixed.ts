/*
 * Rows of a mean of networks and trees: the inputs of networks, and behind them the bins that trees see. Each kind is fitted
 * to its own part. Afterwards networks take the whole row, with weights of 0 for the bins.
 */

import type { SparseRows } from '../models/encoders/sparse-row.ts'
import type { NetworkWeights } from '../models/network/network.ts'
import type { Examples } from './engine.ts'

/** Returns the examples as networks see them. */
export function withoutBins(examples: Examples): Examples {
  const { firstFeature } = examples.inputs
  if (firstFeature === undefined) return examples
  const { features: _, firstFeature: __, ...inputs } = examples.inputs
  return {
    ...examples,
    inputs: { ...inputs, numbers: firstFeature },
    rows: positionsOf(examples.rows, 0, firstFeature),
  }
}

/** Returns the examples as trees see them. */
export function onlyBins(examples: Examples): Examples {
  const { firstFeature, features, numbers } = examples.inputs
  if (firstFeature === undefined) return examples
  return {
    ...examples,
    inputs: { numbers: numbers - firstFeature, sequences: [], ...(features && { features }) },
    rows: positionsOf(examples.rows, firstFeature, numbers),
  }
}

/** Returns the rows' positions from `from` up to `to`, which is left out, counted from the first of them. */
function positionsOf({ rows, offsets, indices, values }: SparseRows, from: number, to: number): SparseRows {
  const isWanted = (at: number) => (indices[at] ?? 0) >= from && (indices[at] ?? 0) < to
  let length = 0
  for (let at = 0; at < indices.length; at++) if (isWanted(at)) length += 1
  const own = {
    offsets: new Uint32Array(rows + 1),
    indices: new Uint32Array(length),
    values: new Float32Array(length),
  }
  let next = 0
  for (let row = 0; row < rows; row++) {
    for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++) {
      if (!isWanted(at)) continue
      own.indices[next] = (indices[at] ?? 0) - from
      own.values[next] = values[at] ?? 0
      next += 1
    }
    own.offsets[row + 1] = next
  }
  return { rows, width: to - from, ...own }
}

/** Returns a network that takes bins behind its own inputs too, and does not heed them. @param inputs of the whole row */
export function besideBins({ fronts, layers }: NetworkWeights, inputs: number): NetworkWeights {
  const [first, ...others] = layers
  if (!first || first.inputs === inputs) return { fronts, layers }
  const kernel = new Float32Array(inputs * first.units)
  kernel.set(first.kernel)
  return { fronts, layers: [{ ...first, inputs, kernel }, ...others] }
}

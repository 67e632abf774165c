import type { Scored } from '../evaluation/losses.ts'
import { createNetwork, type NetworkWeights } from '../models/network.ts'
import type { Examples } from './engine.ts'

/** What a finished network, or the average of several, gives for examples. */
export function score(members: readonly NetworkWeights[], examples: Examples): Scored {
  const network = createNetwork(members)
  const { rows } = examples
  const logits = new Float64Array(rows.rows * network.outputs)
  for (let row = 0; row < rows.rows; row++)
    logits.set(
      network.logits(rows, rows.offsets[row] ?? 0, rows.offsets[row + 1] ?? 0),
      row * network.outputs,
    )
  return { rows: rows.rows, outputs: network.outputs, logits, truth: Float64Array.from(examples.targets) }
}

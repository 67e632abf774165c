import { type Forest, forestBytes, sumTrees } from '../trees/forest.ts'
import { activate } from './activations.ts'
import type { Network } from './weights.ts'

/** Builds the forward pass of trees, whose encoded rows have a bin at each position. */
export function forestMember(forest: Forest): Network {
  const { features, outputs, activation } = forest
  const bins = new Uint8Array(features)
  const sums = new Float64Array(outputs)
  const logits: Network['logits'] = ({ indices, values }, start, end) => {
    bins.fill(0)
    for (let at = start; at < end; at++) bins[indices[at] ?? 0] = values[at] ?? 0
    sumTrees(forest, bins, 0, sums)
    return sums
  }
  return {
    inputs: { numbers: features, sequences: [] },
    outputs,
    memoryBytes: forestBytes(forest),
    logits,
    outputsOf(input, start, end) {
      const sums = logits(input, start, end)
      activate(activation, sums)
      return sums
    },
  }
}

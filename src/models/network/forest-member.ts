import { type Forest, forestBytes, sumTrees } from '../trees/forest.ts'
import { activate } from './activations.ts'
import type { Network } from './weights.ts'

/** Builds the forward pass of trees, whose encoded rows have a bin at each position from the first feature on. */
export function forestMember(forest: Forest): Network {
  const { features, first = 0, outputs, activation } = forest
  const bins = new Uint8Array(features)
  const sums = new Float64Array(outputs)
  const logits: Network['logits'] = ({ indices, values }, start, end) => {
    bins.fill(0)
    for (let at = start; at < end; at++) {
      const feature = (indices[at] ?? 0) - first
      // Before the first feature stand the inputs of networks.
      if (feature >= 0) bins[feature] = values[at] ?? 0
    }
    sumTrees(forest, bins, 0, sums)
    return sums
  }
  return {
    inputs: { numbers: first + features, sequences: [] },
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

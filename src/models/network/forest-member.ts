import { type Forest, forestBytes, sumTrees } from '../trees/forest.ts'
import { activate } from './activations.ts'
import { type ForestSums, forestKernelBytes, openForestKernel } from './forest-kernel.ts'
import type { Network } from './weights.ts'

/**
 * Builds the forward pass of trees, whose encoded rows have a bin at each position from the first feature on.
 * @param kernels true if the trees may be held a second time, for a kernel; the outputs are the same. Default: false
 */
export function forestMember(forest: Forest, kernels = false): Network {
  const { features, first = 0, outputs, activation } = forest
  const bins = new Uint8Array(features)
  const sums = new Float64Array(outputs)
  const ownBytes = kernels ? forestKernelBytes(forest) : 0
  const plain: ForestSums = (row, into) => sumTrees(forest, row, 0, into)
  // Opened with the first row, since many models are only asked for their shape.
  let sum: ForestSums | undefined
  const logits: Network['logits'] = ({ indices, values }, start, end) => {
    bins.fill(0)
    for (let at = start; at < end; at++) {
      const feature = (indices[at] ?? 0) - first
      // Before the first feature stand the inputs of networks.
      if (feature >= 0) bins[feature] = values[at] ?? 0
    }
    sum ??= (ownBytes > 0 ? openForestKernel(forest) : null) ?? plain
    sum(bins, sums)
    return sums
  }
  return {
    inputs: { numbers: first + features, sequences: [] },
    outputs,
    memoryBytes: forestBytes(forest) + ownBytes,
    logits,
    outputsOf(input, start, end) {
      const sums = logits(input, start, end)
      activate(activation, sums)
      return sums
    },
  }
}

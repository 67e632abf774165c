import { runFinder } from './curve-runs.ts'
import { openLayerKernels, usesKernel } from './layer-kernels.ts'
import { type LayerSums, plainSums } from './plain-sums.ts'
import type { Curve, DenseLayer } from './weights.ts'

/** Largest number of inputs of a row that are put in a kernel's memory, or searched for runs of ones. */
const MOST_INPUTS = 8192

/**
 * Returns the sums of a network's layers. In the first layer the ones of each curve are added up before they are added to the
 * others, with and without kernels, so that both give the same bits.
 * @param curves the curves among the numbers of a row. Default: none
 * @param kernels true if weights may be held a second time, in a memory of the kernels (kernels/forward.ts) that compute the
 * same sums in a third of the time. Default: false
 */
export function layerSums(
  layers: readonly DenseLayer[],
  { curves = [], kernels = false }: { curves?: readonly Curve[] | undefined; kernels?: boolean } = {},
): LayerSums {
  const [first, ...others] = layers
  if (!first) throw new RangeError('a network needs a layer')
  const runsOf = curves.length > 0 ? runFinder(curves, MOST_INPUTS) : undefined
  const plain = plainSums(first, others, curves, runsOf)
  if (!kernels || !layers.some(usesKernel)) return plain
  // Opened with the first row, since many networks are only asked for their shape.
  let opened: LayerSums | undefined
  const sums = () => {
    opened ??= openLayerKernels(layers, { curves, runsOf, plain, mostInputs: MOST_INPUTS }) ?? plain
    return opened
  }
  return {
    first: (input, start, end, into) => sums().first(input, start, end, into),
    others: others.map((_, at) => (input, into) => sums().others[at]?.(input, into)),
  }
}

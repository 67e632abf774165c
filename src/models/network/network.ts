import { activate } from './activations.ts'
import { averagedLogits, averagedOutputs } from './ensemble.ts'
import { forestMember } from './forest-member.ts'
import { kernelBytes } from './layer-kernels.ts'
import { layerSums } from './layer-sums.ts'
import { addDense } from './plain-sums.ts'
import {
  type Curve,
  type DenseLayer,
  frontWidth,
  isForest,
  lastActivation,
  type Member,
  type Network,
  type NetworkWeights,
  type SequenceFront,
  type SparseInput,
} from './weights.ts'

export type { BinnedFeature } from '../trees/forest.ts'
export type {
  DenseLayer,
  InputShape,
  Member,
  Network,
  NetworkWeights,
  Pooling,
  SequenceFront,
  SequenceShape,
  SparseInput,
} from './weights.ts'
export {
  frontWidth,
  inputsOfMember,
  isForest,
  lastActivation,
  networkSize,
  networksOf,
  outputsOfMember,
} from './weights.ts'

/**
 * Builds the forward pass of an ensemble, which often has one member: the average of the members' outputs. Sums have 64
 * bits, so outputs differ from TensorFlow's 32-bit ones only by rounding.
 * @param curves the curves among the numbers of a row, which are then added up faster. Default: none
 * @param kernels true if layers and trees may be held a second time, for kernels; with equal curves the outputs are the same
 */
export function createNetwork(
  members: readonly Member[],
  { kernels = false, curves }: { kernels?: boolean; curves?: readonly Curve[] | undefined } = {},
): Network {
  const [first, ...others] = members.map((member) =>
    isForest(member) ? forestMember(member, kernels) : createMember(member, kernels, curves),
  )
  if (!first) throw new RangeError('a network needs a member')
  if (others.length === 0) return first
  const each = [first, ...others]
  const into = new Float64Array(first.outputs)
  const activation = lastActivation(members[0])
  return {
    inputs: first.inputs,
    outputs: first.outputs,
    memoryBytes: each.reduce((bytes, member) => bytes + member.memoryBytes, 0),
    logits: (input, start, end) =>
      averagedLogits(
        each.map((member) => member.logits(input, start, end)),
        activation,
        into,
      ),
    outputsOf: (input, start, end) =>
      averagedOutputs(
        each.map((member) => member.outputsOf(input, start, end)),
        into,
      ),
  }
}

function createMember(
  { fronts, layers }: NetworkWeights,
  kernels: boolean,
  curves?: readonly Curve[],
): Network {
  const first = layers[0]
  const last = layers.at(-1)
  if (!first || !last) throw new RangeError('a network needs a layer')
  const inputs = {
    numbers: first.inputs - fronts.reduce((sum, front) => sum + frontWidth(front), 0),
    sequences: fronts.map(({ embedding: _, ...shape }) => shape),
  }
  const sums = layers.map((layer) => new Float64Array(layer.units))
  const lastSums = sums[sums.length - 1] ?? new Float64Array(0)
  const pools = createPools(fronts, inputs.numbers)
  const sumsOf = layerSums(layers, { curves, kernels })
  const logits = (input: SparseInput, start: number, end: number): Float64Array => {
    let previous: Float64Array = sums[0] ?? lastSums
    const numbersEnd = pools.length === 0 ? end : endOfNumbers(input, start, end, inputs.numbers)
    sumsOf.first(input, start, numbersEnd, previous)
    for (const pool of pools) pool(input, numbersEnd, end, first, previous)
    for (const [at, sum] of sumsOf.others.entries()) {
      const before = layers[at]
      const into = sums[at + 1]
      if (!before || !into) break
      activate(before.activation, previous)
      sum(previous, into)
      previous = into
    }
    return previous
  }
  return {
    inputs,
    outputs: last.units,
    memoryBytes:
      layers.reduce((bytes, layer) => bytes + layer.kernel.byteLength + layer.bias.byteLength, 0) +
      fronts.reduce((bytes, front) => bytes + front.embedding.byteLength, 0) +
      (kernels ? kernelBytes(layers, curves) : 0),
    logits,
    outputsOf(input, start, end) {
      const outputs = logits(input, start, end)
      activate(last.activation, outputs)
      return outputs
    },
  }
}

/** Returns the index at which a row's numbers end; word ids follow them, in order of their positions. */
function endOfNumbers({ indices }: SparseInput, start: number, end: number, numbers: number): number {
  let at = end
  while (at > start && (indices[at - 1] ?? 0) >= numbers) at -= 1
  return at
}

type Pool = (input: SparseInput, start: number, end: number, layer: DenseLayer, into: Float64Array) => void

/** For each front, looks up the words, pools them, and adds the product with the front's rows of the first kernel. */
function createPools(fronts: readonly SequenceFront[], numbers: number): Pool[] {
  let row = numbers
  return fronts.map((front) => {
    const firstRow = row
    row += frontWidth(front)
    const ids = new Uint32Array(front.length)
    const pooled = new Float64Array(frontWidth(front))
    return (input, start, end, layer, into) => {
      ids.fill(0)
      for (let at = start; at < end; at++) {
        const place = (input.indices[at] ?? 0) - front.base
        if (place >= 0 && place < front.length) ids[place] = input.values[at] ?? 0
      }
      poolVectors(front, ids, pooled)
      addDense(layer, firstRow, pooled, into)
    }
  })
}

/** Pools without masking, as Keras's Embedding by default: padding counts as a word with id 0. */
function poolVectors(front: SequenceFront, ids: Uint32Array, into: Float64Array): void {
  const { embedding, dimensions, pooling, length } = front
  into.fill(pooling === 'max' ? Number.NEGATIVE_INFINITY : 0)
  for (let place = 0; place < length; place++) {
    const from = (ids[place] ?? 0) * dimensions
    const to = pooling === 'flatten' ? place * dimensions : 0
    for (let at = 0; at < dimensions; at++) {
      const value = embedding[from + at] ?? 0
      if (pooling === 'max') into[at] = Math.max(into[at] ?? 0, value)
      else into[to + at] = (into[to + at] ?? 0) + value
    }
  }
  if (pooling === 'average') for (let at = 0; at < dimensions; at++) into[at] = (into[at] ?? 0) / length
}

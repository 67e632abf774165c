import type { DenseLayer } from '../../models/network/network.ts'
import type { LayerPlan } from '../engine.ts'
import { type HiddenActivation, type KernelMemory, type Layout, numberOf, type Place } from './kernels.ts'

/** A dense layer in training: parts of the network's flat arrays, and room for a step's rows. */
export interface TypedLayer {
  readonly inputs: number
  readonly units: number
  /** The kernels' number; −1 is linear. The output layer is always linear: its activation belongs to the loss. */
  readonly activation: number
  readonly dropout: number
  readonly l1: number
  readonly l2: number
  /** Shape [inputs, units]. */
  readonly kernel: Place
  readonly bias: Place
  readonly kernelGradient: Place
  readonly biasGradient: Place
  /** Shape [rows, units]: before the activation, after it, and after dropout. Equal steps share a place. */
  readonly sums: Place
  readonly outputs: Place
  readonly dropped: Place
  /** Factor of dropout for each output: 0 or 1 / (1 − rate). */
  readonly mask: Place
  /** Derivative of the loss by `sums`. */
  readonly gradient: Place
}

/** All weights of a network in one place, kernel and bias of one layer after the other, and their gradients. */
export interface FlatNetwork {
  readonly weights: Place
  readonly gradients: Place
  readonly layers: readonly TypedLayer[]
  readonly output: TypedLayer
  /** The range of each kernel and bias among the weights, layer by layer. */
  readonly variables: readonly { start: number; end: number }[]
}

/**
 * Lays out a network in the kernels' memory.
 * @param rows most rows of a step
 * @param beside numbers to reserve after the weights, and as many after the gradients; see inputs.ts
 */
export function placeNetwork(
  layout: Layout,
  plan: readonly LayerPlan[],
  initial: readonly DenseLayer[],
  { rows, beside }: { rows: number; beside: number },
): FlatNetwork {
  const size = sizeOf(initial)
  const weights = layout.place(size + beside)
  const gradients = layout.place(size + beside)
  const variables: { start: number; end: number }[] = []
  let offset = 0
  const variable = (length: number) => {
    variables.push({ start: offset, end: offset + length })
    offset += length
    return [weights, gradients].map(({ at }) => ({ at: at + (offset - length) * FLOAT, length }))
  }
  const layers = initial.map((layer, index): TypedLayer => {
    const { inputs, units } = layer
    const { dropout, l1, l2 } = plan[index] ?? { dropout: 0, l1: 0, l2: 0 }
    const activation = index === initial.length - 1 ? 'linear' : hiddenOf(layer)
    const [kernel = NOWHERE, kernelGradient = NOWHERE] = variable(layer.kernel.length)
    const [bias = NOWHERE, biasGradient = NOWHERE] = variable(layer.bias.length)
    const sums = layout.place(rows * units)
    // Only swish's derivative needs the sums besides the outputs.
    const outputs = activation === 'swish' ? layout.place(rows * units) : sums
    return {
      inputs,
      units,
      activation: numberOf(activation),
      dropout,
      l1,
      l2,
      kernel,
      bias,
      kernelGradient,
      biasGradient,
      sums,
      outputs,
      dropped: dropout > 0 ? layout.place(rows * units) : outputs,
      mask: layout.place(dropout > 0 ? rows * units : 0),
      gradient: layout.place(rows * units),
    }
  })
  const output = layers.at(-1)
  if (!output) throw new RangeError('a network needs a layer')
  return { weights: { at: weights.at, length: size }, gradients, layers, output, variables }
}

const FLOAT = Float32Array.BYTES_PER_ELEMENT
const NOWHERE: Place = { at: 0, length: 0 }

/** Returns the number of a network's weights and biases. */
export function sizeOf(layers: readonly Pick<DenseLayer, 'inputs' | 'units'>[]): number {
  return layers.reduce((sum, { inputs, units }) => sum + (inputs + 1) * units, 0)
}

function hiddenOf({ activation }: DenseLayer): HiddenActivation {
  return activation === 'softmax' ? 'linear' : activation
}

/** Returns the sum of the layers' l1·Σ|w| and l2·Σw² over their kernels. */
export function penaltyOf(layers: readonly TypedLayer[], memory: KernelMemory): number {
  let total = 0
  for (const { l1, l2, kernel } of layers) {
    if (l1 === 0 && l2 === 0) continue
    for (const weight of memory.floats(kernel)) total += l1 * Math.abs(weight) + l2 * weight * weight
  }
  return total
}

/** Adds the penalties' derivatives to the gradients. */
export function addPenaltyGradients(layers: readonly TypedLayer[], memory: KernelMemory): void {
  for (const { l1, l2, kernel, kernelGradient } of layers) {
    if (l1 === 0 && l2 === 0) continue
    const weights = memory.floats(kernel)
    const gradients = memory.floats(kernelGradient)
    for (let at = 0; at < weights.length; at++) {
      const weight = weights[at] ?? 0
      gradients[at] = (gradients[at] ?? 0) + l1 * Math.sign(weight) + 2 * l2 * weight
    }
  }
}

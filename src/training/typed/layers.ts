import type { DenseLayer } from '../../models/network.ts'
import type { LayerPlan } from '../engine.ts'
import type { HiddenActivation } from './activations.ts'
import type { Strided } from './products.ts'

/** A dense layer in training: views of the network's flat arrays, and room for a step's rows. */
export interface TypedLayer {
  readonly inputs: number
  readonly units: number
  /** Of the output layer `linear`: its activation belongs to the loss. */
  readonly activation: HiddenActivation
  readonly dropout: number
  readonly l1: number
  readonly l2: number
  /** Shape [inputs, units]. */
  readonly kernel: Float32Array
  readonly bias: Float32Array
  readonly kernelGradient: Float32Array
  readonly biasGradient: Float32Array
  /** Shape [rows, units]: before the activation, after it, and after dropout. Equal steps share an array. */
  readonly sums: Float32Array
  readonly outputs: Float32Array
  readonly dropped: Float32Array
  /** What dropout multiplied each output by: 0 or 1 / (1 − rate). */
  readonly mask: Float32Array
  /** `dropped` as a matrix, and its transpose. */
  readonly straight: Strided
  readonly transposed: Strided
  /** Derivative of the loss by `sums`. */
  readonly gradient: Float32Array
}

/** All weights of a network in one array, kernel and bias of one layer after the other, and their gradients. */
export interface FlatNetwork {
  readonly weights: Float32Array
  readonly gradients: Float32Array
  readonly layers: readonly TypedLayer[]
  readonly output: TypedLayer
  /** Where each layer's kernel and bias are in the arrays. */
  readonly variables: readonly { start: number; end: number }[]
}

/** Lays out a network. @param rows most rows of a step */
export function createFlatNetwork(
  plan: readonly LayerPlan[],
  initial: readonly DenseLayer[],
  rows: number,
): FlatNetwork {
  const size = initial.reduce((sum, { kernel, bias }) => sum + kernel.length + bias.length, 0)
  const [weights, gradients] = [new Float32Array(size), new Float32Array(size)]
  let offset = 0
  const layers = initial.map(({ inputs, units, kernel, bias, activation }, index) => {
    const { dropout, l1, l2 } = plan[index] ?? { dropout: 0, l1: 0, l2: 0 }
    const hidden = index === initial.length - 1 || activation === 'softmax' ? 'linear' : activation
    const [start, middle, end] = [offset, offset + kernel.length, offset + kernel.length + bias.length]
    weights.set(kernel, start)
    weights.set(bias, middle)
    offset = end
    const sums = new Float32Array(rows * units)
    // Only swish's derivative needs the sums besides the outputs.
    const outputs = hidden === 'swish' ? new Float32Array(rows * units) : sums
    const dropped = dropout > 0 ? new Float32Array(rows * units) : outputs
    return {
      ...{ inputs, units, activation: hidden, dropout, l1, l2 },
      ...{ kernel: weights.subarray(start, middle), bias: weights.subarray(middle, end) },
      kernelGradient: gradients.subarray(start, middle),
      biasGradient: gradients.subarray(middle, end),
      ...{ sums, outputs, dropped },
      straight: { values: dropped, rowStep: units, columnStep: 1 },
      transposed: { values: dropped, rowStep: 1, columnStep: units },
      mask: new Float32Array(dropout > 0 ? rows * units : 0),
      gradient: new Float32Array(rows * units),
    }
  })
  const output = layers.at(-1)
  if (!output) throw new RangeError('a network needs a layer')
  const variables = layers.flatMap(({ kernel, bias }) =>
    [kernel, bias].map(({ byteOffset, length }) => {
      const start = byteOffset / Float32Array.BYTES_PER_ELEMENT
      return { start, end: start + length }
    }),
  )
  return { weights, gradients, layers, output, variables }
}

/** Sum of the layers' l1·Σ|w| and l2·Σw² over their kernels. */
export function penaltyOf(layers: readonly TypedLayer[]): number {
  let total = 0
  for (const { l1, l2, kernel } of layers) {
    if (l1 === 0 && l2 === 0) continue
    for (const weight of kernel) total += l1 * Math.abs(weight) + l2 * weight * weight
  }
  return total
}

/** Adds the penalties' derivatives to the gradients. */
export function addPenaltyGradients(layers: readonly TypedLayer[]): void {
  for (const { l1, l2, kernel, kernelGradient } of layers) {
    if (l1 === 0 && l2 === 0) continue
    for (let at = 0; at < kernel.length; at++) {
      const weight = kernel[at] ?? 0
      kernelGradient[at] = (kernelGradient[at] ?? 0) + l1 * Math.sign(weight) + 2 * l2 * weight
    }
  }
}

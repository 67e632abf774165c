import type { Activation } from './activations.ts'

/** A dense layer: `kernel` has shape [inputs, units], row after row; `bias` has shape [units]. */
export interface DenseLayer {
  readonly inputs: number
  readonly units: number
  readonly activation: Activation
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

/** Operation that turns the vectors of a sequence's words into inputs of the first dense layer. */
export type Pooling = 'average' | 'max' | 'flatten'

/** A column of word ids in an encoded row, and the embedding that reads it. */
export interface SequenceShape {
  /** Position of the first id in an encoded row; the value there is the id, and a position not named has id 0. */
  readonly base: number
  /** Number of ids. */
  readonly length: number
  /** Number of different ids: the rows of the embedding. */
  readonly words: number
  /** Numbers of a word's vector. */
  readonly dimensions: number
  readonly pooling: Pooling
}

/**
 * Inputs of a number that is encoded piecewise linearly: if one of them is not 0, all inputs of the curve before it are
 * 1.
 */
export interface Curve {
  readonly base: number
  readonly length: number
}

/** An encoded row: positions 0 to `numbers` − 1 are numbers, and then each sequence has its positions. */
export interface InputShape {
  readonly numbers: number
  /** The curves among the numbers; absent: none, or unknown. */
  readonly curves?: readonly Curve[]
  readonly sequences: readonly SequenceShape[]
}

/** A trained embedding; `embedding` has shape [words, dimensions], row after row. */
export interface SequenceFront extends SequenceShape {
  readonly embedding: Float32Array
}

/**
 * One network. Its first dense layer takes the row's numbers, then the outputs of each front, in this order: it has
 * `numbers` + Σ `frontWidth` inputs.
 */
export interface NetworkWeights {
  readonly fronts: readonly SequenceFront[]
  readonly layers: readonly DenseLayer[]
}

/** Returns the number of inputs of the first dense layer that come from a sequence. */
export function frontWidth({ length, dimensions, pooling }: Omit<SequenceShape, 'base'>): number {
  return pooling === 'flatten' ? length * dimensions : dimensions
}

/** Returns the inputs, outputs and trained parameters of an ensemble, as a manifest lists them. */
export function networkSize(members: readonly NetworkWeights[]): {
  inputs: number
  outputs: number
  parameters: number
} {
  let parameters = 0
  for (const { fronts, layers } of members) {
    for (const { embedding } of fronts) parameters += embedding.length
    for (const { kernel, bias } of layers) parameters += kernel.length + bias.length
  }
  const layers = members[0]?.layers ?? []
  return { inputs: layers[0]?.inputs ?? 0, outputs: layers.at(-1)?.units ?? 0, parameters }
}

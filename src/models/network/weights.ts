import type { Activation } from './activations.ts'

/** A dense layer: `kernel` has shape [inputs, units], row after row; `bias` has shape [units]. */
export interface DenseLayer {
  readonly inputs: number
  readonly units: number
  readonly activation: Activation
  readonly kernel: Float32Array
  readonly bias: Float32Array
}

/** How the vectors of a sequence's words become the inputs of the first dense layer. */
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
 * Inputs of a number that is encoded piecewise linearly: where one of them is filled, all of the curve's before it
 * are 1.
 */
export interface Curve {
  readonly base: number
  readonly length: number
}

/** An encoded row: positions 0 to `numbers` − 1 are numbers, and then each sequence has its positions. */
export interface InputShape {
  readonly numbers: number
  /** Which of the numbers are curves; absent: none, or they are not known. */
  readonly curves?: readonly Curve[]
  readonly sequences: readonly SequenceShape[]
}

/** A trained embedding; `embedding` has shape [words, dimensions], row after row. */
export interface SequenceFront extends SequenceShape {
  readonly embedding: Float32Array
}

/**
 * One network. Its first dense layer takes the row's numbers, then what each front gives, in this order: so it
 * has `numbers` + Σ `frontWidth` inputs.
 */
export interface NetworkWeights {
  readonly fronts: readonly SequenceFront[]
  readonly layers: readonly DenseLayer[]
}

/** Number of inputs that a sequence gives the first dense layer. */
export function frontWidth({ length, dimensions, pooling }: Omit<SequenceShape, 'base'>): number {
  return pooling === 'flatten' ? length * dimensions : dimensions
}

/** Inputs, outputs and trained numbers of an ensemble, as a manifest tells them. */
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

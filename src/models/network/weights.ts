import { type BinnedFeature, type Forest, LEAF } from '../trees/forest.ts'
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
  /** What trees see, in the order of the numbers, which are then bins. Absent: the numbers are inputs of a network. */
  readonly features?: readonly BinnedFeature[]
  /** Position of the first bin, where the numbers before it are inputs of networks. Absent: all numbers are bins. */
  readonly firstFeature?: number
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

/** One part of a model, whose outputs are averaged with those of the others: a network, or trees. */
export type Member = NetworkWeights | Forest

/** Returns whether a member is trees. */
export function isForest(member: Member): member is Forest {
  return 'roots' in member
}

/** Returns the networks among a model's members. */
export function networksOf(members: readonly Member[]): NetworkWeights[] {
  return members.flatMap((member) => (isForest(member) ? [] : [member]))
}

/** Returns the activation after a member's last sums. */
export function lastActivation(member: Member | undefined): Activation {
  if (!member) return 'linear'
  return isForest(member) ? member.activation : (member.layers.at(-1)?.activation ?? 'linear')
}

/** Returns the number of outputs of a member. */
export function outputsOfMember(member: Member | undefined): number {
  if (!member) return 1
  return isForest(member) ? member.outputs : (member.layers.at(-1)?.units ?? 1)
}

/** Returns the number of positions of an encoded row of which a member without texts knows. */
export function inputsOfMember(member: Member): number {
  return isForest(member) ? (member.first ?? 0) + member.features : (member.layers[0]?.inputs ?? 0)
}

/**
 * Returns the inputs, outputs and trained parameters of an ensemble, as a manifest lists them: weights and biases; of trees
 * the answers of the leaves. Inputs of networks beside trees are those that the networks heed.
 */
export function networkSize(members: readonly Member[]): {
  inputs: number
  outputs: number
  parameters: number
} {
  let parameters = 0
  // Networks take the bins that trees see behind their own inputs, with weights of 0.
  const bins = members.find(isForest)?.features ?? 0
  for (const member of members) {
    if (isForest(member)) {
      parameters += member.feature.reduce((leaves, feature) => leaves + (feature === LEAF ? 1 : 0), 0)
      continue
    }
    for (const { embedding } of member.fronts) parameters += embedding.length
    for (const { kernel, bias } of member.layers) parameters += kernel.length + bias.length
    parameters -= bins * (member.layers[0]?.units ?? 0)
  }
  const [first] = members
  const inputs = first && (isForest(first) ? first.features : (first.layers[0]?.inputs ?? 0) - bins)
  return { inputs: inputs ?? 0, outputs: first ? outputsOfMember(first) : 0, parameters }
}

/** A model's forward pass in typed arrays: of predictions and of validation. */
export interface Network {
  readonly inputs: InputShape
  readonly outputs: number
  readonly memoryBytes: number
  /**
   * Returns the output layer's sums before its activation (logits), for the inputs from `start` to `end` of `input`;
   * for several members, those of their average. The next call reuses the array.
   */
  logits(input: SparseInput, start: number, end: number): Float64Array
  /** Returns the same after the output layer's activation. */
  outputsOf(input: SparseInput, start: number, end: number): Float64Array
}

/** Positions and values of a row's inputs that are not 0, in parallel arrays. */
export interface SparseInput {
  readonly indices: Uint32Array
  readonly values: Float32Array
}

import type { InputStates } from './encoders/row-encoder.ts'
import { ordinalOutputs } from './ordinal.ts'
import { isOrdinal, type TargetState } from './target.ts'

/*
 * What a classifier answers to a text of which it knows no word. The network would give whatever its biases came to
 * while they learnt beside the words; the honest answer is what is known without a text, the share of each class.
 */

/** Smallest share of which a logarithm is taken, as in Keras: a class may be absent from the training rows. */
const SMALLEST_SHARE = 1e-7

/**
 * Returns the outputs of a classifier for a row without any known word: the probability of the positive class, or of
 * each class or label. Null where the network is asked: it also sees other columns, a word's place matters to it, it is a
 * regression, or an earlier release trained it.
 */
export function outputsWithoutWords(inputs: InputStates, target: TargetState): Float64Array | null {
  if (target.task === 'regression' || target.task === 'severalNumbers' || !target.shares) return null
  if (!inputs.every(({ state }) => state.kind === 'text')) return null
  if (isOrdinal(target)) return ordinalOutputs(target.shares)
  return Float64Array.from(target.task === 'binary' ? target.shares.slice(1) : target.shares)
}

/** Returns the same before the output layer's activation. */
export function logitsWithoutWords(inputs: InputStates, target: TargetState): Float64Array | null {
  const outputs = outputsWithoutWords(inputs, target)
  if (!outputs) return null
  const log = (share: number) => Math.log(Math.max(share, SMALLEST_SHARE))
  const isSoftmax = target.task === 'multiclass' && !isOrdinal(target)
  return outputs.map((share) => (isSoftmax ? log(share) : log(share) - log(1 - share)))
}

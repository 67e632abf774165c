import type { Scored } from '../evaluation/losses.ts'
import type { Activation } from '../models/network/activations.ts'
import { averagedLogits } from '../models/network/ensemble.ts'
import {
  createNetwork,
  isForest,
  lastActivation,
  type Member,
  networksOf,
  outputsOfMember,
} from '../models/network/network.ts'
import { answerEmptyRows, type Examples } from './engine.ts'
import { logitsOf } from './typed/forward.ts'
import { sizeOf } from './typed/layers.ts'

/** Limit on the weights of a network that the kernels score: 1 GB, and as much again is reserved for gradients. */
const MAX_WEIGHTS = 2 ** 28

/** Computes the outputs of a finished network, or of the average of several, for examples. */
export function score(members: readonly Member[], examples: Examples): Scored {
  const outputs = outputsOfMember(members[0])
  const networks = networksOf(members)
  const dense =
    networks.length > 0 &&
    networks.every(({ fronts, layers }) => fronts.length === 0 && sizeOf(layers) < MAX_WEIGHTS)
  const logits = (dense && byKernels(members, outputs, examples)) || byNetwork(members, outputs, examples)
  answerEmptyRows(logits, examples)
  const { rows, targets, weights } = examples
  return { rows: rows.rows, outputs, logits, truth: Float64Array.from(targets), weights }
}

/** Computes logits, those of networks with the kernels; null if there is no room for them. */
function byKernels(members: readonly Member[], outputs: number, examples: Examples): Float64Array | null {
  const each: Float64Array[] = []
  for (const member of members) {
    const logits = isForest(member)
      ? byNetwork([member], outputs, examples)
      : logitsOf(member.layers, examples)
    if (!logits) return null
    each.push(logits)
  }
  return averaged(each, outputs, lastActivation(members[0]))
}

/** Returns the averages of several networks' outputs for the same rows. @param each at least one, shape [rows, outputs] */
export function averaged(
  each: readonly Float64Array[],
  outputs: number,
  activation: Activation,
): Float64Array {
  const [first = new Float64Array()] = each
  if (each.length <= 1) return first
  const averages = new Float64Array(first.length)
  for (let at = 0; at < first.length; at += outputs) {
    const row = each.map((logits) => logits.subarray(at, at + outputs))
    averagedLogits(row, activation, averages.subarray(at, at + outputs))
  }
  return averages
}

/** Computes logits row by row, as predictions are. */
function byNetwork(members: readonly Member[], outputs: number, { rows }: Examples): Float64Array {
  const network = createNetwork(members)
  const logits = new Float64Array(rows.rows * outputs)
  for (let row = 0; row < rows.rows; row++)
    logits.set(network.logits(rows, rows.offsets[row] ?? 0, rows.offsets[row + 1] ?? 0), row * outputs)
  return logits
}

import { logSumExp, softplus } from '../../numbers.ts'
import type { Activation } from './activations.ts'

/** Sets `into` to the mean of the members' outputs (probabilities, or a regression's value). */
export function averagedOutputs(outputs: readonly Float64Array[], into: Float64Array): Float64Array {
  into.fill(0)
  for (const member of outputs)
    for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) + (member[at] ?? 0)
  for (let at = 0; at < into.length; at++) into[at] = (into[at] ?? 0) / outputs.length
  return into
}

/**
 * Computes the logits whose activation gives the mean of the members' outputs: ln of the mean probability, or ln of the
 * odds for a sigmoid. It uses log-sum-exp of the members' logits, so that no small probability becomes 0 on the way.
 */
export function averagedLogits(
  logits: readonly Float64Array[],
  activation: Activation,
  into: Float64Array,
): Float64Array {
  if (activation === 'sigmoid') {
    for (let at = 0; at < into.length; at++) {
      const odds = logits.map((member) => member[at] ?? 0)
      // ln sigmoid(z) = −ln(1 + e^−z)
      into[at] = logSumExp(odds.map((z) => -softplus(-z))) - logSumExp(odds.map((z) => -softplus(z)))
    }
    return into
  }
  if (activation !== 'softmax') return averagedOutputs(logits, into)
  const totals = logits.map((member) => logSumExp(member))
  for (let at = 0; at < into.length; at++)
    into[at] =
      logSumExp(logits.map((member, index) => (member[at] ?? 0) - (totals[index] ?? 0))) -
      Math.log(logits.length)
  return into
}

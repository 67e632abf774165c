import { softplus } from '../numbers.ts'

/*
 * Ordered classes as continuation ratios (Tutz 1991; CORN of Shi, Cao and Raschka 2021): output k of a network is the
 * probability that a row is above class k, given that it is not below it. n classes need n − 1 sigmoid outputs, and
 * whatever these are, the probabilities of the classes that follow are between 0 and 1 and add up to 1.
 */

/** Returns the probability of each of n classes from a network's n − 1 outputs. */
export function classProbabilities(outputs: ArrayLike<number>): Float64Array {
  const probabilities = new Float64Array(outputs.length + 1)
  let reached = 1
  for (let label = 0; label < outputs.length; label++) {
    const above = outputs[label] ?? 0
    probabilities[label] = reached * (1 - above)
    reached *= above
  }
  probabilities[outputs.length] = reached
  return probabilities
}

/** Returns the n − 1 outputs that stand for the probabilities of n classes. */
export function ordinalOutputs(probabilities: ArrayLike<number>): Float64Array {
  const outputs = new Float64Array(probabilities.length - 1)
  let above = 0
  for (let label = probabilities.length - 1; label > 0; label--) {
    above += probabilities[label] ?? 0
    const reached = above + (probabilities[label - 1] ?? 0)
    outputs[label - 1] = reached > 0 ? above / reached : 0
  }
  return outputs
}

/**
 * Returns the logarithms of the classes' probabilities, shape [rows, n], which are logits of a softmax.
 * @param logits the outputs before the sigmoid, shape [rows, n − 1] @param outputs n − 1
 */
export function classLogits(logits: Float64Array, outputs: number): Float64Array {
  const rows = logits.length / outputs
  const classes = outputs + 1
  const result = new Float64Array(rows * classes)
  for (let row = 0; row < rows; row++) {
    let reached = 0
    for (let label = 0; label < outputs; label++) {
      const logit = logits[row * outputs + label] ?? 0
      // ln(1 − sigmoid(z)) = −softplus(z), and ln sigmoid(z) = −softplus(−z).
      result[row * classes + label] = reached - softplus(logit)
      reached -= softplus(-logit)
    }
    result[row * classes + outputs] = reached
  }
  return result
}

import { logSumExp, sigmoid } from '../numbers.ts'

/** Returns the index of the largest value; of equal ones the first. */
export function argMax(values: ArrayLike<number>): number {
  let best = 0
  for (let at = 1; at < values.length; at++) if ((values[at] ?? 0) > (values[best] ?? 0)) best = at
  return best
}

/**
 * Returns the probability of each class, shape [rows, classes], from logits: one for the second of two classes, or one for
 * each class.
 * @param logits shape [rows, 1] or [rows, classes]
 */
export function classProbabilitiesOf(logits: Float64Array, classes: number, rows: number): Float64Array {
  const probabilities = new Float64Array(rows * classes)
  const outputs = rows === 0 ? classes : logits.length / rows
  for (let row = 0; row < rows; row++) {
    if (outputs === 1) {
      const positive = sigmoid(logits[row] ?? 0)
      probabilities[row * 2] = 1 - positive
      probabilities[row * 2 + 1] = positive
      continue
    }
    const total = logSumExp(logits, row * outputs, (row + 1) * outputs)
    for (let each = 0; each < classes; each++)
      probabilities[row * classes + each] = Math.exp((logits[row * outputs + each] ?? 0) - total)
  }
  return probabilities
}

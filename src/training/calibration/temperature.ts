import type { Scored } from '../../evaluation/losses.ts'
import { logSumExp, sigmoid } from '../../numbers.ts'

/** Rows of a classifier with one class each; shapes as in `Scored`. */
export type ClassRows = Pick<Scored, 'rows' | 'outputs' | 'logits' | 'truth' | 'weights'>

/** Smallest and largest factor of logits: beyond, the rows only say "more". */
const LEAST = 0.02
const MOST = 50
/** Halvings of the range: some seven digits are left. */
const HALVINGS = 24

/**
 * Returns the factor of the logits, 1 / temperature, with the least log loss (Guo et al. 2017). The loss is convex in it, so
 * the place where its slope is 0 is found by halving.
 * @param shifts added to the multiplied logits. Default: none
 */
export function fitFactor(rows: ClassRows, shifts?: readonly number[]): number {
  let low = Math.log(LEAST)
  let high = Math.log(MOST)
  for (let round = 0; round < HALVINGS; round++) {
    const middle = (low + high) / 2
    if (slopeOfLoss(rows, Math.exp(middle), shifts) > 0) high = middle
    else low = middle
  }
  return Math.exp((low + high) / 2)
}

/** Returns the derivative of the log loss by the factor: Σ weight · (mean logit by the probabilities − true class's logit). */
function slopeOfLoss(
  { rows, outputs, logits, truth, weights }: ClassRows,
  factor: number,
  shifts?: readonly number[],
): number {
  let slope = 0
  if (outputs === 1) {
    const shift = shifts?.[0] ?? 0
    for (let row = 0; row < rows; row++) {
      const logit = logits[row] ?? 0
      slope += (weights?.[row] ?? 1) * (sigmoid(factor * logit + shift) - (truth[row] ?? 0)) * logit
    }
    return slope
  }
  const scaled = new Float64Array(outputs)
  for (let row = 0; row < rows; row++) {
    const start = row * outputs
    for (let label = 0; label < outputs; label++)
      scaled[label] = factor * (logits[start + label] ?? 0) + (shifts?.[label] ?? 0)
    const whole = logSumExp(scaled)
    let mean = 0
    for (let label = 0; label < outputs; label++)
      mean += Math.exp((scaled[label] ?? 0) - whole) * (logits[start + label] ?? 0)
    slope += (weights?.[row] ?? 1) * (mean - (logits[start + (truth[row] ?? 0)] ?? 0))
  }
  return slope
}

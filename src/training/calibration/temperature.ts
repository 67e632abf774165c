import { meanLoss, type Scored } from '../../evaluation/losses.ts'
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
 * the place where its slope is 0 is found by halving. Where nearly all rows are right, the least loss would make them surer
 * than so few rows can show (D-221): the factor then stays where the loss reaches the least one that they show, or at 1.
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
  return cautious(rows, Math.exp((low + high) / 2), shifts)
}

/**
 * Returns a factor with which the log loss is not below that of n rows of which, by Laplace's rule of succession, one in n + 2
 * would be wrong: ln((n + 2) / (n + 1)). From 1 to the best factor the loss only falls. Factors up to 1 make no row surer.
 */
function cautious(rows: ClassRows, best: number, shifts?: readonly number[]): number {
  const least = Math.log1p(1 / (rows.rows + 1))
  if (best <= 1 || lossAt(rows, best, shifts) >= least) return best
  let low = 0
  let high = Math.log(best)
  for (let round = 0; round < HALVINGS; round++) {
    const middle = (low + high) / 2
    if (lossAt(rows, Math.exp(middle), shifts) > least) low = middle
    else high = middle
  }
  return Math.exp(low)
}

/** Returns the mean log loss of rows whose logits are multiplied and shifted. */
function lossAt(rows: ClassRows, factor: number, shifts?: readonly number[]): number {
  const { outputs } = rows
  const logits = rows.logits.map((logit, at) => factor * logit + (shifts?.[at % outputs] ?? 0))
  return logLoss({ ...rows, logits })
}

/** Returns the mean log loss of rows, whatever loss the network was trained with. */
export function logLoss(rows: ClassRows): number {
  const type = rows.outputs === 1 ? 'binaryCrossentropy' : 'categoricalCrossentropy'
  return meanLoss(rows, { type }, true)
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

import { logSumExp, sigmoid } from '../numbers.ts'
import { cheapestClass } from '../recipe/index.ts'
import type { Scored } from './losses.ts'

/**
 * Returns a function that gives the number of the class that is answered for a row: of two classes the second from
 * `threshold` on, of several the likeliest, or with costs the cheapest; the one that is known already, where it is.
 */
export function answers(scored: Scored, threshold: number): (row: number) => number {
  const { logits, outputs, costs, decisionShifts, answered } = scored
  if (answered) return (row) => answered[row] ?? 0
  if (outputs === 1) return (row) => (sigmoid(logits[row] ?? 0) >= threshold ? 1 : 0)
  if (costs) {
    const probabilityOf = probabilities(scored)
    return (row) => cheapestClass(costs, (label) => probabilityOf(row, label))
  }
  const logitOf = (row: number, label: number) =>
    (logits[row * outputs + label] ?? 0) - (decisionShifts?.[label] ?? 0)
  return (row) => {
    let best = 0
    for (let each = 1; each < outputs; each++) if (logitOf(row, each) > logitOf(row, best)) best = each
    return best
  }
}

/** Returns the numbers of the classes that are answered for all rows. */
export function answeredClasses(scored: Scored, threshold: number): Uint32Array {
  const answerOf = answers(scored, threshold)
  return Uint32Array.from({ length: scored.rows }, (_, row) => answerOf(row))
}

/**
 * Returns a function that gives the probability of a class in a row. The softmax's sums are taken once for each row.
 */
export function probabilities({ rows, logits, outputs }: Scored): (row: number, label: number) => number {
  if (outputs === 1) return (row) => sigmoid(logits[row] ?? 0)
  const logarithms = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    logarithms[row] = logSumExp(logits, row * outputs, (row + 1) * outputs)
  }
  return (row, label) => Math.exp((logits[row * outputs + label] ?? 0) - (logarithms[row] ?? 0))
}

import type { CostMatrix } from '../recipe/index.ts'
import { answers } from './answers.ts'
import { type Scored, totalWeight } from './losses.ts'
import type { AnswerCosts } from './schema.ts'

/**
 * Returns what the answers to rows cost on average, beside what answering the likeliest class and what answering always
 * one class would cost.
 * @param costs by true and answered class @param threshold from which the second of two classes is answered
 */
export function answerCosts(
  scored: Scored,
  classes: readonly string[],
  costs: CostMatrix,
  threshold: number,
): AnswerCosts {
  const whole = totalWeight(scored.weights, scored.rows)
  const mean = (answerOf: (row: number) => number) => {
    let sum = 0
    for (let row = 0; row < scored.rows; row++)
      sum += (costs[scored.truth[row] ?? 0]?.[answerOf(row)] ?? 0) * (scored.weights?.[row] ?? 1)
    return sum / whole
  }
  return {
    perRow: mean(answers(scored, threshold)),
    likeliest: mean(answers({ ...scored, costs: undefined, answered: undefined }, 0.5)),
    always: Object.fromEntries(classes.map((name, label) => [name, mean(() => label)])),
  }
}

/** Returns the mean of several evaluations' costs, by their rows or the rows' weights. */
export function meanCosts(parts: readonly { costs: AnswerCosts; weight: number }[]): AnswerCosts {
  const whole = parts.reduce((sum, { weight }) => sum + weight, 0)
  const mean = (value: (costs: AnswerCosts) => number) =>
    parts.reduce((sum, { costs, weight }) => sum + value(costs) * weight, 0) / whole
  const names = Object.keys(parts[0]?.costs.always ?? {})
  return {
    perRow: mean(({ perRow }) => perRow),
    likeliest: mean(({ likeliest }) => likeliest),
    always: Object.fromEntries(names.map((name) => [name, mean(({ always }) => always[name] ?? 0)])),
  }
}

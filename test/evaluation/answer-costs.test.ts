import { describe, expect, it } from 'vitest'
import { combineFolds } from '../../src/evaluation/combine.ts'
import { evaluateClassifier } from '../../src/evaluation/evaluation.ts'
import type { Scored } from '../../src/evaluation/losses.ts'

const CLASSES = ['a', 'b', 'c']
/** By the true class, then the answered one. To take an `a` for anything else is dear. */
const COSTS = [
  [0, 10, 10],
  [1, 0, 2],
  [1, 2, 0],
]
/**
 * Probabilities of four rows, their true classes and what is cheapest to answer: `a` costs (1 − p), the others 10 p at least.
 */
const PROBABILITIES = [
  [0.2, 0.7, 0.1],
  [0.02, 0.9, 0.08],
  [0.6, 0.2, 0.2],
  [0.01, 0.09, 0.9],
]
const TRUTH = [0, 1, 0, 1]

function scoredOf(rows: readonly number[], weights?: readonly number[]): Scored {
  return {
    rows: rows.length,
    outputs: 3,
    logits: Float64Array.from(rows.flatMap((row) => (PROBABILITIES[row] ?? []).map(Math.log))),
    truth: Float64Array.from(rows, (row) => TRUTH[row] ?? 0),
    weights: weights && Float64Array.from(rows, (row) => weights[row] ?? 0),
    costs: COSTS,
  }
}
const evaluated = (scored: Scored) =>
  evaluateClassifier(scored, CLASSES, { loss: 0, threshold: 0.5, metrics: [], costs: COSTS })
const ALL = [0, 1, 2, 3]

describe('the costs of answers', () => {
  it('are those of the cheapest answers, of the likeliest ones, and of each class for all rows', () => {
    // Cheapest: a, b, a, c, of which the last costs 2. Likeliest: b instead of the first a, which costs 10.
    expect(evaluated(scoredOf(ALL)).costs).toEqual({
      perRow: 2 / 4,
      likeliest: (10 + 2) / 4,
      always: { a: (1 + 1) / 4, b: (10 + 10) / 4, c: (10 + 2 + 10 + 2) / 4 },
    })
  })

  it('count rows by their weights', () => {
    const { costs } = evaluated(scoredOf(ALL, [3, 1, 0, 2]))
    expect(costs?.perRow).toBeCloseTo((2 * 2) / 6, 12)
    expect(costs?.likeliest).toBeCloseTo((3 * 10 + 2 * 2) / 6, 12)
    expect(costs?.always['a']).toBeCloseTo((1 + 2) / 6, 12)
  })

  it('of folds are those of all their rows, and absent where one fold has none', () => {
    for (const weights of [undefined, [3, 1, 0, 2]]) {
      const folds = [[0], [1, 2, 3]].map((rows) => evaluated(scoredOf(rows, weights)))
      const whole = evaluated(scoredOf(ALL, weights)).costs
      const combined = combineFolds(folds).costs
      expect(combined?.perRow).toBeCloseTo(whole?.perRow ?? Number.NaN, 12)
      expect(combined?.likeliest).toBeCloseTo(whole?.likeliest ?? Number.NaN, 12)
      expect(combined?.always['c']).toBeCloseTo(whole?.always['c'] ?? Number.NaN, 12)
    }
    const { costs: _none, ...without } = evaluated(scoredOf([0]))
    expect(combineFolds([without, evaluated(scoredOf([1]))])).not.toHaveProperty('costs')
  })
})

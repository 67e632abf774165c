import { LEVEL_STEP, MOST_LEVELS } from '../../models/conformal.ts'
import { LEVELS } from '../../uncertainty-options.ts'

/**
 * Returns the quantiles by level that a further value does not exceed with at least the level's probability: of n values the
 * ⌈(n + 1) · level⌉-th smallest (split-conformal prediction, Lei et al. 2018). The table ends where n is too small.
 * @param tail true: the value is one of two sides, of which each may be left with half of 1 − level
 */
export function conformalQuantiles(values: Float64Array, { tail = false } = {}): number[] {
  const sorted = values.slice().sort()
  const quantiles: number[] = []
  for (let at = 0; at < MOST_LEVELS; at++) {
    const level = LEVELS.least + at * LEVEL_STEP
    const share = tail ? (1 + level) / 2 : level
    const rank = Math.ceil((sorted.length + 1) * share - 1e-9)
    const quantile = sorted[rank - 1]
    if (quantile === undefined) break
    quantiles.push(quantile)
  }
  return quantiles
}

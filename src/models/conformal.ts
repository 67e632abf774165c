import { z } from 'zod'
import { LEAST_WITH_LOG } from '../numbers.ts'
import { LEVELS } from '../uncertainty-options.ts'

/*
 * Intervals and sets by conformal prediction: rows that a network was not trained on tell how far the truth lies from its
 * answers (Vovk et al. 2005; Lei et al. 2018). What is kept of these rows is a table of quantiles by level.
 */

/** Difference of two neighbouring levels of a table. */
export const LEVEL_STEP = 0.005
/** Number of levels of a table: from 0.5 to 0.99. */
export const MOST_LEVELS = Math.round((LEVELS.most - LEVELS.least) / LEVEL_STEP) + 1

/** Quantiles from the level 0.5 on, in steps of 0.005; too few rows do not reach the highest levels. */
const Quantiles = z.array(z.number()).max(MOST_LEVELS)

/** Errors of a regression's answers to rows that its network was not trained on. */
export const IntervalState = z.object({
  /** Where errors are measured: between values, or between ln(1 + value) of them. */
  scale: z.enum(['value', 'log']),
  /** The usual error by the answered value on this scale: straight between the points, constant beyond the ends. */
  usual: z
    .object({ at: z.array(z.number()).min(1), of: z.array(z.number().positive()).min(1) })
    .refine(({ at, of }) => at.length === of.length, { error: 'points of different numbers' }),
  /** How many usual errors the truth lies below and above the answer at most, by level. */
  below: Quantiles,
  above: Quantiles,
})
export type IntervalState = z.infer<typeof IntervalState>

/** Probability that stands before the true class, likeliest first, at most, by level. */
export const SetState = z.object({ before: Quantiles })
export type SetState = z.infer<typeof SetState>

/** An interval that holds the true value of a share of rows. */
export interface Interval {
  low: number
  high: number
  level: number
}

/** Returns the largest level that tables of these lengths all have; null where one is empty. */
export function mostLevel(lengths: readonly number[]): number | null {
  const least = Math.min(...lengths)
  if (!(least > 0)) return null
  return Math.round((LEVELS.least + (least - 1) * LEVEL_STEP) * 1000) / 1000
}

/**
 * Returns the interval around an answered value. It holds the value itself, and nothing below 0 where no training row is.
 * @param range of the training rows' values. Default: unknown
 */
export function intervalOf(
  state: IntervalState,
  value: number,
  level: number,
  range?: { min: number } | undefined,
): Interval {
  const isLog = state.scale === 'log'
  const place = isLog ? Math.log1p(Math.max(value, LEAST_WITH_LOG)) : value
  const usual = usualError(state, place)
  const from = place - usual * atLevel(state.below, level)
  const to = place + usual * atLevel(state.above, level)
  const low = isLog ? Math.expm1(from) : from
  const high = isLog ? Math.expm1(to) : to
  const floor = range && range.min >= 0 ? 0 : -Number.MAX_VALUE
  return {
    low: Math.min(value, Math.max(floor, low)),
    high: Math.max(value, Math.min(Number.MAX_VALUE, high)),
    level,
  }
}

/** Returns the usual error of an answer, on the state's scale. */
export function usualError({ usual: { at, of } }: Pick<IntervalState, 'usual'>, place: number): number {
  const right = at.findIndex((each) => each > place)
  if (right === 0) return of[0] ?? 1
  if (right < 0) return of[of.length - 1] ?? 1
  const left = right - 1
  const from = at[left] ?? 0
  const share = (place - from) / ((at[right] ?? 0) - from)
  return (of[left] ?? 1) * (1 - share) + (of[right] ?? 1) * share
}

/** Returns the quantile of a level, straight between two levels of the table. */
function atLevel(quantiles: readonly number[], level: number): number {
  const place = (level - LEVELS.least) / LEVEL_STEP
  const below = Math.floor(place + 1e-9)
  const share = Math.max(0, place - below)
  const low = quantiles[below] ?? quantiles.at(-1) ?? 0
  // Rounding must not ask for the next quantile, which the table may lack.
  return share < 1e-9 ? low : low * (1 - share) + (quantiles[below + 1] ?? low) * share
}

/**
 * Returns the classes of a set, the likeliest first: each before which there stands no more probability than before the true
 * class of a share of rows. The likeliest class is always one of them, and an unsure answer has more than a sure one.
 */
export function setOf(
  state: SetState,
  probabilities: Readonly<Record<string, number>>,
  level: number,
): { label: string; score: number }[] {
  const most = atLevel(state.before, level)
  const labels = Object.keys(probabilities)
    .map((label) => ({ label, score: probabilities[label] ?? 0 }))
    .sort((a, b) => b.score - a.score)
  let before = 0
  let size = 0
  for (const { score } of labels) {
    if (before > most + ROUNDING) break
    size += 1
    before += score
  }
  return labels.slice(0, size)
}

/** Sums of the same probabilities in another order may differ by so much. */
const ROUNDING = 1e-12

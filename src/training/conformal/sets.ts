import { probabilities } from '../../evaluation/answers.ts'
import type { Scored } from '../../evaluation/losses.ts'
import type { SetFigures } from '../../evaluation/schema.ts'
import { type SetState, setOf } from '../../models/conformal.ts'
import { TOLD_LEVELS } from './intervals.ts'
import { conformalQuantiles } from './quantiles.ts'

/** Rows below which there is no set: they reach the level 0.9 at most. */
const LEAST_ROWS = 20

/**
 * Learns sets of classes from held-out rows (adaptive prediction sets, Romano, Sesia and Candès 2020, without a random part):
 * the probability that stands before the true class, the likeliest first, does not exceed its quantile in a share of rows.
 * @param partOf number of each row's part: figures of a part come from the other parts
 * @returns null with too few rows
 */
export function learnSets(
  scored: Scored,
  partOf: ArrayLike<number>,
): { state: SetState; figures: SetFigures[] } | null {
  if (scored.rows < LEAST_ROWS || !scored.logits.every(Number.isFinite)) return null
  const before = probabilitiesBefore(scored)
  return { state: { before: conformalQuantiles(before) }, figures: figuresOf(scored, before, partOf) }
}

/** Returns each row's probability of classes that are likelier than its true one. */
function probabilitiesBefore(scored: Scored): Float64Array {
  const of = rowProbabilities(scored)
  return Float64Array.from({ length: scored.rows }, (_, row) => {
    const own = of(row)
    const truth = own[scored.truth[row] ?? 0] ?? 0
    return own.reduce((sum, probability) => (probability > truth ? sum + probability : sum), 0)
  })
}

function rowProbabilities(scored: Scored): (row: number) => number[] {
  const of = probabilities(scored)
  if (scored.outputs === 1) return (row) => [1 - of(row, 1), of(row, 1)]
  return (row) => Array.from({ length: scored.outputs }, (_, label) => of(row, label))
}

function figuresOf(scored: Scored, before: Float64Array, partOf: ArrayLike<number>): SetFigures[] {
  const all = Array.from(before, (_, row) => row)
  const states = new Map(
    [...new Set(all.map((row) => partOf[row] ?? 0))].map((part) => [
      part,
      { before: conformalQuantiles(before.filter((_, row) => partOf[row] !== part)) },
    ]),
  )
  const of = rowProbabilities(scored)
  return TOLD_LEVELS.map((level) => {
    let held = 0
    let size = 0
    for (const row of all) {
      const labels = setOf(
        states.get(partOf[row] ?? 0) ?? { before: [] },
        Object.fromEntries(of(row).entries()),
        level,
      )
      size += labels.length
      if (labels.some(({ label }) => Number(label) === scored.truth[row])) held += 1
    }
    return { level, coverage: held / scored.rows, meanSize: size / scored.rows }
  })
}

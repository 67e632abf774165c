import { mean, median } from '../../numbers.ts'

/**
 * The median stopping rule of Golovin et al. 2017 (Google Vizier, section 3.2.2): a trial is stopped at a step
 * when its best value by then is strictly worse than the median of the other trials' running averages up to that
 * step. There the others are those that have completed by chance so far; here they are the first few trials,
 * which are never stopped themselves, so that which trials fall behind does not depend on the order in which
 * workers end.
 */

/** Number of trials at the beginning that all run to their end, and with which the others are compared. */
export const REFERENCE_TRIALS = 5
/** Reference trials that must have reported before any trial is stopped. */
const MIN_REFERENCES = 3
/** Steps after which a trial may be stopped at the earliest. */
const GRACE_STEPS = 2

/**
 * Returns the step, from 1, at which a trial falls behind; null if it does not.
 * @param own values that it reported, step by step
 * @param references what the reference trials reported; null for one that failed
 * @param larger whether a larger value is better
 */
export function behindAt(
  own: readonly number[],
  references: readonly (readonly number[] | null)[],
  larger: boolean,
): number | null {
  const there = references.filter((each) => each !== null && each.length > 0) as (readonly number[])[]
  if (there.length < MIN_REFERENCES) return null
  const better = (a: number, b: number) => (larger ? a > b : a < b)
  let best: number | undefined
  for (const [index, value] of own.entries()) {
    if (best === undefined || better(value, best)) best = value
    if (index + 1 <= GRACE_STEPS) continue
    const bar = median(there.map((each) => mean(each.slice(0, index + 1))).sort((a, b) => a - b))
    if (better(bar, best)) return index + 1
  }
  return null
}

/** Tells whether the trial with this index falls behind. `reports` has the values of all trials; null if unknown. */
export function fellBehind(
  index: number,
  reports: readonly (readonly number[] | null)[],
  larger: boolean,
): boolean {
  const own = reports[index]
  if (index < REFERENCE_TRIALS || !own) return false
  return behindAt(own, reports.slice(0, REFERENCE_TRIALS), larger) !== null
}

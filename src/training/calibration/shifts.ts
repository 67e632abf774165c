import { logSumExp } from '../../numbers.ts'
import { type ClassRows, fitFactor } from './temperature.ts'

/** Rounds of fitting shifts, then the factor. */
const ROUNDS = 4
/** Steps of the shifts in a round. */
const STEPS = 8
/** Weight of the penalty on squared shifts, in rows: a class of few rows keeps its shift near 0. */
const PENALTY = 1

/**
 * Fits softmax(factor · logits + shifts) to rows by the least log loss with a penalty on squared shifts (bias-corrected
 * temperature scaling, Alexandari et al. 2020), by turns. A step of the shifts divides the slope of the loss by a bound of
 * its curvature, so the loss never grows (majorize–minimize, Böhning and Lindsay 1988).
 */
export function fitShifts(rows: ClassRows): { slope: number; shifts: number[] } {
  let slope = fitFactor(rows)
  const shifts = Array.from({ length: rows.outputs }, () => 0)
  const wanted = totalsOf(rows)
  for (let round = 0; round < ROUNDS; round++) {
    for (let step = 0; step < STEPS; step++) {
      const expected = expectedTotals(rows, slope, shifts)
      for (const [label, shift] of shifts.entries()) {
        const answered = expected[label] ?? 0
        const gradient = (wanted[label] ?? 0) - answered - PENALTY * shift
        shifts[label] = shift + gradient / (answered + PENALTY)
      }
    }
    slope = fitFactor(rows, shifts)
  }
  return { slope, shifts }
}

function totalsOf({ rows, outputs, truth, weights }: ClassRows): Float64Array {
  const totals = new Float64Array(outputs)
  for (let row = 0; row < rows; row++) {
    const label = truth[row] ?? 0
    totals[label] = (totals[label] ?? 0) + (weights?.[row] ?? 1)
  }
  return totals
}

function expectedTotals(
  { rows, outputs, logits, weights }: ClassRows,
  slope: number,
  shifts: readonly number[],
): Float64Array {
  const totals = new Float64Array(outputs)
  const scaled = new Float64Array(outputs)
  for (let row = 0; row < rows; row++) {
    for (let label = 0; label < outputs; label++)
      scaled[label] = slope * (logits[row * outputs + label] ?? 0) + (shifts[label] ?? 0)
    const whole = logSumExp(scaled)
    const weight = weights?.[row] ?? 1
    for (let label = 0; label < outputs; label++)
      totals[label] = (totals[label] ?? 0) + weight * Math.exp((scaled[label] ?? 0) - whole)
  }
  return totals
}

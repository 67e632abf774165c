import { z } from 'zod'
import { logSumExp, sigmoid, softplus } from '../numbers.ts'

/*
 * Calibration: a map from a network's logits to logits whose probabilities come true as often as they say. It is learnt
 * after training, from rows that the network was not trained on, and is part of a version's `target`.
 */

/** Largest number of points of a curve. */
export const MOST_POINTS = 100

/** A strictly increasing curve through points, linear between them, with the slope 1 before the first and after the last. */
const Curve = z
  .object({ at: z.array(z.number()).min(1).max(MOST_POINTS), of: z.array(z.number()).min(1) })
  .refine(({ at, of }) => at.length === of.length && isAscending(at) && isAscending(of), {
    error: 'a curve of calibration does not increase',
  })
export type CalibrationCurve = z.infer<typeof Curve>

/** How the logits of a classifier are calibrated. */
export const CalibrationState = z.discriminatedUnion('method', [
  /** Logits are divided by one number (Guo et al. 2017). */
  z.object({ method: z.literal('temperature'), temperature: z.number().positive() }),
  /**
   * Logits are multiplied by `slope`, and each gets a shift: one of two classes (Platt 1999), or one for each of several
   * (bias-corrected temperature scaling, Alexandari et al. 2020).
   */
  z.object({ method: z.literal('platt'), slope: z.number().positive(), shifts: z.array(z.number()).min(1) }),
  /** Log-odds go through a curve: one of two classes, or one for each of several, whose results are made to add up to 1. */
  z.object({ method: z.literal('isotonic'), curves: z.array(Curve).min(1) }),
])
export type CalibrationState = z.infer<typeof CalibrationState>

function isAscending(values: readonly number[]): boolean {
  return values.every((value, at) => at === 0 || value > (values[at - 1] ?? 0))
}

/** Returns whether a map is made for as many outputs; one for any number of them always is. */
export function calibrationFits(state: CalibrationState, outputs: number): boolean {
  if (state.method === 'temperature') return true
  return (state.method === 'platt' ? state.shifts : state.curves).length === outputs
}

/**
 * Calibrates logits, shape [rows, outputs]: of two classes one for each row, the positive class's log-odds; of several one for
 * each class. @returns logits of the same shape
 */
export function calibratedLogits(
  state: CalibrationState,
  logits: Float64Array,
  outputs: number,
): Float64Array {
  if (state.method === 'temperature') return logits.map((logit) => logit / state.temperature)
  if (state.method === 'platt') {
    const { slope, shifts } = state
    return logits.map((logit, at) => logit * slope + (shifts[at % outputs] ?? 0))
  }
  const [only] = state.curves
  if (outputs === 1) return only ? logits.map((logit) => heightAt(only, logit)) : logits
  const calibrated = new Float64Array(logits.length)
  for (let start = 0; start < logits.length; start += outputs) {
    const whole = logSumExp(logits, start, start + outputs)
    for (let label = 0; label < outputs; label++) {
      const curve = state.curves[label]
      const odds = logOdds((logits[start + label] ?? 0) - whole)
      // ln sigmoid(z) = −softplus(−z); the softmax of these makes the probabilities add up to 1.
      calibrated[start + label] = curve ? -softplus(-heightAt(curve, odds)) : odds
    }
  }
  return calibrated
}

/** Probabilities nearer to 0 or 1 than this have the same log-odds: their difference is rounding. */
const LEAST_PROBABILITY = 1e-15

/** Returns ln(p / (1 − p)) of a probability that is given as its logarithm. */
export function logOdds(logarithm: number): number {
  const probability = Math.min(1 - LEAST_PROBABILITY, Math.max(LEAST_PROBABILITY, Math.exp(logarithm)))
  return Math.log(probability) - Math.log1p(-probability)
}

/** Returns a curve's height. */
function heightAt({ at, of }: CalibrationCurve, x: number): number {
  let low = 0
  let high = at.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((at[middle] ?? 0) <= x) low = middle + 1
    else high = middle
  }
  const left = at[low - 1]
  const right = at[low]
  if (left === undefined) return (of[0] ?? 0) + x - (at[0] ?? 0)
  if (right === undefined) return (of[low - 1] ?? 0) + x - left
  const from = of[low - 1] ?? 0
  return from + (((of[low] ?? 0) - from) * (x - left)) / (right - left)
}

/** Returns the probabilities that logits of one row stand for: the positive class's, or one for each class. */
export function probabilitiesOf(logits: Float64Array): Float64Array {
  if (logits.length === 1) return logits.map(sigmoid)
  const whole = logSumExp(logits)
  return logits.map((logit) => Math.exp(logit - whole))
}

import { calibratedLogits } from '../calibration.ts'
import { isOrdinal, scoresOf, type TargetState } from '../target.ts'
import type { ChosenOutput } from './choice.ts'
import type { Explanation } from './explanation.ts'

/** Differences of logits below this say nothing about how steep the map is between them. */
const SMALL = 1e-9
/** Step by which the map's slope at one place is measured. */
const STEP = 1e-4

/**
 * Returns an explanation of the calibrated logit, which the answered probability has. The map takes base and output to their
 * calibrated values, and every contribution is multiplied by the same factor, so that they add up as before. Where a class's
 * calibrated logit depends on those of other classes too, the explanation is of the network's own logit, as it was.
 * @param told is changed: its contributions are multiplied in place
 */
export function explainedCalibrated(
  target: TargetState,
  told: Explanation,
  chosen: Pick<ChosenOutput, 'position' | 'negated'>,
): Explanation {
  const { base, explanation, explained } = told
  const map = mapOf(target, chosen)
  if (!map)
    return isCalibrated(target) ? { ...told, explained: { ...explained, beforeCalibration: true } } : told
  const difference = explained.output - base
  const from = map(base)
  const to = map(explained.output)
  const factor =
    Math.abs(difference) > SMALL
      ? (to - from) / difference
      : (map(base + STEP) - map(base - STEP)) / (2 * STEP)
  // They are this explanation's own: hundreds of copies would take longer than a prediction.
  for (const each of explanation) each.contribution *= factor
  return {
    ...told,
    base: from,
    explained: { ...explained, output: to, rest: explained.rest * factor },
  }
}

function isCalibrated(target: TargetState): boolean {
  return (target.task === 'binary' || target.task === 'multiclass') && target.calibration !== undefined
}

/** Returns the map of the explained logit; undefined where there is none of this logit alone. */
function mapOf(
  target: TargetState,
  { position, negated }: Pick<ChosenOutput, 'position' | 'negated'>,
): ((logit: number) => number) | undefined {
  if ((target.task !== 'binary' && target.task !== 'multiclass') || !target.calibration) return undefined
  const { calibration } = target
  if (target.task === 'multiclass' && (isOrdinal(target) || calibration.method === 'isotonic'))
    return undefined
  const sign = negated ? -1 : 1
  const outputs = scoresOf(target)
  return (logit) => {
    const logits = new Float64Array(outputs)
    logits[position] = sign * logit
    return sign * (calibratedLogits(calibration, logits, outputs)[position] ?? 0)
  }
}

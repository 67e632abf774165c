import { sigmoid, softplus } from '../../numbers.ts'
import { type BinaryRows, classTotals } from './weighted-rows.ts'

/** Steps after which a fit is given up; some ten are usual. */
const MOST_STEPS = 100
/** Change of the loss per row below which a fit has arrived. */
const ARRIVED = 1e-12

/** Slope and shift of log-odds. */
export interface SigmoidFit {
  slope: number
  shift: number
}

/**
 * Fits sigmoid(slope · logit + shift) to rows by the least log loss, as Platt (1999) does: the targets are not 0 and 1, but
 * 1 / (N₋ + 2) and (N₊ + 1) / (N₊ + 2), which keeps the slope finite where the classes are apart. Equal to scikit-learn's
 * `CalibratedClassifierCV(method="sigmoid")`. Null where no slope above 0 fits, since it would turn the order round.
 */
export function fitSigmoid(rows: BinaryRows): SigmoidFit | null {
  const { positives, negatives } = classTotals(rows)
  const whole = positives + negatives
  if (positives === 0 || negatives === 0) return null
  const high = (positives + 1) / (positives + 2)
  const low = 1 / (negatives + 2)
  const { logits, truth, weights } = rows
  const lossOf = ({ slope, shift }: SigmoidFit) => {
    let loss = 0
    for (let row = 0; row < truth.length; row++) {
      const odds = slope * (logits[row] ?? 0) + shift
      const target = truth[row] === 1 ? high : low
      loss += (weights?.[row] ?? 1) * (softplus(odds) - target * odds)
    }
    return loss / whole
  }
  let fit: SigmoidFit = { slope: 0, shift: Math.log(positives / negatives) }
  let loss = lossOf(fit)
  for (let step = 0; step < MOST_STEPS; step++) {
    const next = newtonStep(rows, fit, { high, low }, { loss, lossOf })
    if (!next) break
    const gain = loss - next.loss
    fit = next.fit
    loss = next.loss
    if (gain < ARRIVED) break
  }
  return fit.slope > 0 ? fit : null
}

/** Returns the fit after one step of Newton's method, shortened until the loss falls; undefined where it does not. */
function newtonStep(
  { logits, truth, weights }: BinaryRows,
  { slope, shift }: SigmoidFit,
  { high, low }: { high: number; low: number },
  { loss, lossOf }: { loss: number; lossOf: (fit: SigmoidFit) => number },
): { fit: SigmoidFit; loss: number } | undefined {
  let ofSlope = 0
  let ofShift = 0
  let slopes = 1e-12
  let shifts = 1e-12
  let both = 0
  for (let row = 0; row < truth.length; row++) {
    const weight = weights?.[row] ?? 1
    const logit = logits[row] ?? 0
    const probability = sigmoid(slope * logit + shift)
    const error = weight * (probability - (truth[row] === 1 ? high : low))
    const curvature = weight * probability * (1 - probability)
    ofSlope += error * logit
    ofShift += error
    slopes += curvature * logit * logit
    shifts += curvature
    both += curvature * logit
  }
  const determinant = slopes * shifts - both * both
  if (!(determinant > 0)) return undefined
  const slopeStep = (shifts * ofSlope - both * ofShift) / determinant
  const shiftStep = (slopes * ofShift - both * ofSlope) / determinant
  for (let length = 1; length > 1e-6; length /= 2) {
    const fit = { slope: slope - length * slopeStep, shift: shift - length * shiftStep }
    const reached = lossOf(fit)
    if (reached < loss) return { fit, loss: reached }
  }
  return undefined
}

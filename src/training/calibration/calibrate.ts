import { answeredClasses } from '../../evaluation/answers.ts'
import { reliabilityOf } from '../../evaluation/classes.ts'
import type { Scored } from '../../evaluation/losses.ts'
import type { Evaluation } from '../../evaluation/schema.ts'
import { calibratedLogits } from '../../models/calibration.ts'
import { decisionShiftsOf, outputsOf, type TargetState } from '../../models/target.ts'
import { sigmoid } from '../../numbers.ts'
import type { CompleteRecipe } from '../../recipe/index.ts'
import { evaluate } from '../evaluate.ts'
import { type MeasuredRows, measuredRows } from '../measured-rows.ts'
import { type Calibrated, chooseCalibration } from './choose.ts'
import { logLoss } from './temperature.ts'

/** A target with its map, and rows that are calibrated. */
export interface CalibratedRows {
  target: TargetState
  /** The rows by maps that they did not fit: of these probabilities the figures are honest. */
  scored: Scored
  /** The rows by the target's own map, which keeps the order that the network gives them. */
  answered: Scored
  /** A regression's answers in the target's own unit. Absent: what comes back of the scored ones. */
  own?: Float64Array | undefined
  /** What was gained. */
  figures: Pick<Evaluation, 'calibration'>
}

/**
 * Calibrates a classifier by rows that its network was not trained on, if its recipe wants that; else returns target and
 * rows as they are.
 * @param scored with a logit for each class, or one of two classes
 * @param partOf number of each row's part: a map that the other parts fit calibrates it
 */
export function calibrate(
  recipe: CompleteRecipe,
  target: TargetState,
  scored: Scored,
  partOf: ArrayLike<number>,
): CalibratedRows {
  const plain = { target, scored, answered: scored, figures: {} }
  if (recipe.calibration === 'none' || scored.rows === 0) return plain
  if (target.task !== 'binary' && target.task !== 'multiclass') return plain
  const chosen = chooseCalibration(scored, recipe.calibration, partOf)
  const { state, logits } = chosen
  if (!state) return { ...plain, figures: figuresOf(target, scored, scored, chosen) }
  const calibrated = { ...withDecisions(recipe, target, state), calibration: state }
  const answered = calibratedScores(calibrated, scored)
  const after = { ...scored, logits, ...keptDecisions(recipe, calibrated, answered) }
  return {
    target: calibrated,
    scored: after,
    answered,
    figures: figuresOf(target, scored, after, chosen),
  }
}

/**
 * Evaluates calibrated rows. Probabilities are those of maps that the rows did not fit. With two classes, figures of the order
 * alone (curves and the area under them) are those of the target's own map: the order is the network's, and several maps for
 * parts of the rows would disturb it.
 */
export function evaluateCalibrated(
  recipe: CompleteRecipe,
  { target, scored, answered, figures }: CalibratedRows,
): Evaluation {
  const evaluation = evaluate(recipe, target, scored)
  if (target.task !== 'binary' || scored === answered) return { ...evaluation, ...figures }
  const { metrics, roc, precisionRecall } = evaluate(recipe, target, answered)
  const { auc } = metrics
  return {
    ...evaluation,
    ...figures,
    metrics: auc === undefined ? evaluation.metrics : { ...evaluation.metrics, auc },
    ...(roc && { roc }),
    ...(precisionRecall && { precisionRecall }),
  }
}

/**
 * Keeps the answers of a network that was trained with weights of classes. The weights have moved its probabilities so that
 * rare classes are answered more often; the map moves the probabilities back, and must not take that with them.
 */
function withDecisions<Target extends Extract<TargetState, { task: 'binary' | 'multiclass' }>>(
  { classWeights }: CompleteRecipe,
  target: Target,
  state: NonNullable<Calibrated['state']>,
): Target {
  if (classWeights === null) return target
  if (target.task === 'binary') {
    const { threshold } = target
    const logit = Float64Array.of(Math.log(threshold) - Math.log1p(-threshold))
    return { ...target, threshold: sigmoid(calibratedLogits(state, logit, outputsOf(target))[0] ?? 0) }
  }
  return state.method === 'platt' ? { ...target, decisionShifts: state.shifts } : target
}

/** Returns what the rows are answered with where that is the network's own choice, which no map changes. */
function keptDecisions(
  { classWeights, threshold }: CompleteRecipe,
  target: Extract<TargetState, { task: 'binary' | 'multiclass' }>,
  answered: Scored,
): Pick<Scored, 'answered'> {
  // A rule chooses the threshold out of calibrated answers.
  if (classWeights === null || typeof threshold === 'object') return {}
  const decided = { ...answered, decisionShifts: decisionShiftsOf(target) }
  return { answered: answeredClasses(decided, target.task === 'binary' ? target.threshold : 0.5) }
}

function figuresOf(
  target: Extract<TargetState, { task: 'binary' | 'multiclass' }>,
  before: Scored,
  after: Scored,
  { state, tried }: Calibrated,
): Pick<Evaluation, 'calibration'> {
  const threshold = target.task === 'binary' ? target.threshold : 0.5
  const of = (scored: Scored) => ({
    logLoss: logLoss(scored),
    expectedCalibrationError: reliabilityOf(scored, threshold).expectedCalibrationError,
  })
  return { calibration: { method: state?.method ?? 'none', before: of(before), after: of(after), tried } }
}

/**
 * Returns calibrated rows with their losses, of which any selection can be measured: losses by maps that the rows did not
 * fit, and answers by the target's own map, which does not disturb their order.
 */
export function measuredCalibrated(
  recipe: CompleteRecipe,
  { target, scored, answered, own }: CalibratedRows,
  truth: Float64Array,
): MeasuredRows {
  const { losses } = measuredRows(recipe, target, scored, truth, own)
  return { ...measuredRows(recipe, target, answered, truth, own), losses }
}

/**
 * Returns a fitted target with the map that rows of a first fit have chosen for the same classes, and what hangs on it. The
 * threshold that goes with it is a matter of `withThresholdsOf`.
 */
export function withCalibrationOf(target: TargetState, chosen: TargetState): TargetState {
  if (target.task === 'binary' && chosen.task === 'binary' && chosen.calibration)
    return { ...target, calibration: chosen.calibration }
  if (target.task !== 'multiclass' || chosen.task !== 'multiclass' || !chosen.calibration) return target
  const { calibration, decisionShifts } = chosen
  return { ...target, calibration, ...(decisionShifts ? { decisionShifts } : {}) }
}

/** Calibrates a version's scored rows by its map, where it has one. */
export function calibratedScores(target: TargetState, scored: Scored): Scored {
  if ((target.task !== 'binary' && target.task !== 'multiclass') || !target.calibration) return scored
  return { ...scored, logits: calibratedLogits(target.calibration, scored.logits, scored.outputs) }
}

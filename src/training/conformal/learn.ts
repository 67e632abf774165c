import type { Evaluation } from '../../evaluation/schema.ts'
import { valuesOfTarget } from '../../evaluation/several-targets.ts'
import type { TargetState } from '../../models/target.ts'
import { setOwn } from '../../set-own.ts'
import { randomParts } from '../calibration/choose.ts'
import type { HeldOut } from '../held-out.ts'
import { learnIntervals } from './intervals.ts'
import { learnSets } from './sets.ts'

/** Answers to rows that the network was not trained on, and the truth: class numbers, or values in the target's own unit. */
export type TrueAnswers = Pick<HeldOut, 'outputs' | 'values'> & { truth: Float64Array }

/**
 * Learns from held-out rows how far a version's answers are from the truth.
 * @returns the target with the intervals or sets, and the evaluation with what they are worth; both as they are where there
 * are too few rows, or labels
 */
export function withUncertainty(
  target: TargetState,
  evaluation: Evaluation,
  answers: TrueAnswers,
): { target: TargetState; evaluation: Evaluation } {
  if (target.task === 'multiLabel') return { target, evaluation }
  if (target.task === 'severalNumbers') return withIntervals(target, evaluation, answers)
  const { outputs, values, truth } = answers
  const partOf = randomParts(truth.length)
  if (target.task === 'regression') {
    const learnt = learnIntervals({ predicted: values, truth, partOf }, target)
    if (!learnt) return { target, evaluation }
    return {
      target: { ...target, interval: learnt.state },
      evaluation: { ...evaluation, intervals: learnt.figures },
    }
  }
  const learnt = learnSets({ rows: truth.length, outputs, logits: values, truth }, partOf)
  if (!learnt) return { target, evaluation }
  return { target: { ...target, set: learnt.state }, evaluation: { ...evaluation, sets: learnt.figures } }
}

function withIntervals(
  target: Extract<TargetState, { task: 'severalNumbers' }>,
  evaluation: Evaluation,
  { values, truth }: TrueAnswers,
): { target: TargetState; evaluation: Evaluation } {
  const { targets } = target
  const partOf = randomParts(truth.length / targets.length)
  const perTarget: NonNullable<Evaluation['perTarget']> = { ...evaluation.perTarget }
  const learnt = targets.map(({ name, state }, at) => {
    const own = (all: Float64Array) => valuesOfTarget(all, targets.length, at)
    const intervals = learnIntervals({ predicted: own(values), truth: own(truth), partOf }, state)
    const figures = Object.hasOwn(perTarget, name) ? perTarget[name] : undefined
    if (!intervals) return { name, state }
    if (figures) setOwn(perTarget, name, { ...figures, intervals: intervals.figures })
    return { name, state: { ...state, interval: intervals.state } }
  })
  return { target: { ...target, targets: learnt }, evaluation: { ...evaluation, perTarget } }
}

/** Returns a fitted target with the intervals or sets that held-out answers of a first fit have taught. */
export function withUncertaintyOf(target: TargetState, chosen: TargetState): TargetState {
  if (target.task === 'regression' && chosen.task === 'regression' && chosen.interval)
    return { ...target, interval: chosen.interval }
  if (target.task === 'severalNumbers' && chosen.task === 'severalNumbers') {
    const targets = target.targets.map(({ name, state }, at) => {
      const interval = chosen.targets[at]?.state.interval
      return interval ? { name, state: { ...state, interval } } : { name, state }
    })
    return { ...target, targets }
  }
  if (target.task === 'binary' && chosen.task === 'binary' && chosen.set)
    return { ...target, set: chosen.set }
  if (target.task === 'multiclass' && chosen.task === 'multiclass' && chosen.set)
    return { ...target, set: chosen.set }
  return target
}

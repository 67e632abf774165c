import { setOwn } from '../set-own.ts'
import type { AnswerableLevels, UncertaintyOptions } from '../uncertainty-options.ts'
import { type Interval, intervalOf, mostLevel, setOf } from './conformal.ts'
import type { Prediction } from './prediction.ts'
import type { TargetState } from './target.ts'

/** What stands beside an answer, as far as it was asked for. */
export interface Uncertainty {
  interval?: Interval
  /** Of several targets: the interval of each. */
  intervals?: Record<string, Interval>
  /** The set of classes, the likeliest first. */
  labels?: { label: string; score: number }[]
  /** Whether the confidence is below the one that was asked for. */
  abstained?: boolean
}

/** Returns the largest levels that a version answers; undefined where an earlier release trained it. */
export function answerableLevels(target: TargetState): AnswerableLevels {
  const none = { interval: null, set: null }
  if (target.task === 'regression' || target.task === 'severalNumbers') {
    const states = target.task === 'regression' ? [target] : target.targets.map(({ state }) => state)
    const lengths = states.flatMap(({ interval }) => [
      interval?.below.length ?? 0,
      interval?.above.length ?? 0,
    ])
    return { ...none, interval: mostLevel(lengths) }
  }
  return target.task === 'multiLabel' ? none : { ...none, set: mostLevel([target.set?.before.length ?? 0]) }
}

/** Returns what stands beside an answer. The options must be those that `uncertaintyFaults` finds nothing wrong with. */
export function uncertaintyOf(
  target: TargetState,
  prediction: Prediction,
  { interval, set, abstain }: UncertaintyOptions,
): Uncertainty {
  if ('value' in prediction)
    return target.task === 'regression' && interval !== undefined && target.interval
      ? { interval: intervalOf(target.interval, prediction.value, interval, target.range) }
      : {}
  if ('values' in prediction) {
    if (target.task !== 'severalNumbers' || interval === undefined) return {}
    const intervals: Record<string, Interval> = {}
    for (const { name, state } of target.targets)
      if (state.interval)
        setOwn(
          intervals,
          name,
          intervalOf(state.interval, prediction.values[name] ?? 0, interval, state.range),
        )
    return { intervals }
  }
  if ('labels' in prediction || target.task === 'multiLabel') return {}
  return {
    ...(set !== undefined && 'set' in target && target.set
      ? { labels: setOf(target.set, prediction.probabilities, set) }
      : {}),
    ...(abstain !== undefined ? { abstained: prediction.confidence < abstain } : {}),
  }
}

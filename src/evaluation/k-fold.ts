import { largerIsBetter } from '../recipe/index.ts'
import { combineFolds } from './combine.ts'
import {
  bestEpoch,
  type Columns,
  columnsIn,
  deviation,
  type History,
  kFoldHistory,
  meanOfPresent,
} from './history.ts'
import type { Evaluation } from './schema.ts'

/** Results of training one fold, or those of all folds summed up. */
export interface FoldResult {
  history: History
  evaluation: Evaluation
}

/** How the folds' histories are summed up. */
export interface KFoldOptions {
  /** The column that decides on the best epoch. */
  monitor: string
  /** Share of the past in the moving average of the means. */
  smoothing: number
}

/**
 * Sums the folds of a k-fold validation up in two ways: the scores of each fold's kept network with mean and deviation
 * (the evaluation), and the means over the folds epoch by epoch (the history), with the scores at the best epoch.
 */
export function summarizeFolds(folds: readonly FoldResult[], options: KFoldOptions): FoldResult {
  const { monitor, smoothing } = options
  const columns = folds.map((fold) => columnsIn(fold.history))
  const history = kFoldHistory(columns, { monitor, smoothing })
  const best = history.bestEpoch === null ? undefined : scoresAt(columns, history.bestEpoch)
  const evaluation: Evaluation = {
    ...combineFolds(folds.map((fold) => fold.evaluation)),
    ...(best ? { best } : {}),
  }
  return { history, evaluation }
}

/**
 * Returns for each fold the epoch that the other folds of its repeat chose: the best one of their mean. Where they tell
 * none, it is the best one of all.
 * @param history of all folds, those of one repeat after those of the other
 * @param options.monitor the column that decides
 * @param options.kFold folds of a repeat
 */
export function epochsByOthers(
  { folds = [], bestEpoch: best }: History,
  { monitor, kFold }: { monitor: string; kFold: number },
): number[] {
  const epochs = Math.min(...folds.map((fold) => fold[monitor]?.length ?? 0))
  return folds.map((own, at) => {
    const first = at - (at % kFold)
    const others = folds.slice(first, first + kFold)
    const means = Array.from({ length: epochs }, (_, epoch) => meanWithout(others, own, monitor, epoch))
    return bestEpoch(means, largerIsBetter(monitor)) ?? best ?? Math.max(1, epochs)
  })
}

/** Returns the mean over the folds but one of a column's value at an epoch; null where none of them has one. */
function meanWithout(folds: readonly Columns[], own: Columns, column: string, epoch: number): number | null {
  return meanOfPresent(folds.map((fold) => (fold === own ? null : (fold[column]?.[epoch] ?? null))))
}

/**
 * Returns the evaluation of a version after k-fold: that of the folds' networks at the epochs that the other folds chose.
 * @param folds one evaluation for each fold
 * @param options.epochs epochs of the version
 * @param options.foldEpochs epochs of each fold
 * @param options.last the evaluation of the folds after all epochs of the recipe
 */
export function keptEvaluation(
  folds: readonly Evaluation[],
  { epochs, foldEpochs, last }: { epochs: number; foldEpochs: readonly number[]; last: Evaluation },
): Evaluation {
  const kept = combineFolds(folds)
  const { mean = {}, deviation = {} } = kept
  return {
    ...kept,
    folds: (kept.folds ?? []).map((fold, at) => ({ ...fold, epochs: foldEpochs[at] ?? epochs })),
    best: { epoch: epochs, mean, deviation },
    ...(last.mean && last.deviation ? { last: { mean: last.mean, deviation: last.deviation } } : {}),
  }
}

/** Mean and deviation over the folds of the loss and metrics of validation rows after `epoch` epochs. */
function scoresAt(folds: readonly Columns[], epoch: number): NonNullable<Evaluation['best']> {
  const names = Object.keys(folds[0] ?? {}).filter((name) => name.startsWith('val'))
  const values = (name: string) => folds.map((fold) => fold[name]?.[epoch - 1] ?? null)
  const over = (take: (values: (number | null)[]) => number | null) =>
    Object.fromEntries(names.map((name) => [plainName(name), take(values(name))]))
  return { epoch, mean: over(meanOfPresent), deviation: over(deviation) }
}

/** `accuracy` for `valAccuracy`. */
function plainName(name: string): string {
  return name.charAt(3).toLowerCase() + name.slice(4)
}

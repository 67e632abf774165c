import { columnsIn, type History } from '../../evaluation/history.ts'
import {
  type CompleteRecipe,
  foldCount,
  largerIsBetter,
  type Search,
  validationName,
} from '../../recipe/index.ts'
import type { JobOutcome, TrainingRecord } from '../records/records.ts'
import { fellBehind } from './median-stopping.ts'

/** Returns the column of the history that ranks a search's trials. Default: `valLoss`. */
export function scoreColumn(search: Search): string {
  return search.metric ?? 'valLoss'
}

/** Returns the names of the columns that a recipe's history has. */
export function columnNames(recipe: CompleteRecipe): string[] {
  const names = ['loss', ...recipe.metrics.map((metric) => metric.type)]
  const validated = names.map(validationName)
  return recipe.validation === null ? names : [...names, ...validated]
}

/** Returns a trial's score: the column's value at the epoch whose weights would be kept; null if it has none. */
export function scoreOf(recipe: CompleteRecipe, history: History, column: string): number | null {
  const values = columnsIn(history)[column] ?? []
  const keepsBest = foldCount(recipe) > 0 || recipe.earlyStopping?.restoreBest === true
  return (keepsBest && history.bestEpoch !== null ? values[history.bestEpoch - 1] : values.at(-1)) ?? null
}

/**
 * Returns the values that the stopping rule compares (median-stopping.ts): one for each epoch, or with k-fold one for
 * each fold.
 */
export function reportsOf(recipe: CompleteRecipe, history: History, column: string): number[] {
  if (foldCount(recipe) === 0) return (columnsIn(history)[column] ?? []).filter((value) => value !== null)
  return (history.folds ?? []).flatMap((fold) => fold[column]?.at(-1) ?? [])
}

/** A trial with what ranks it. */
export interface RankedTrial {
  record: TrainingRecord
  outcome: JobOutcome | undefined
  /** See `scoreOf`. */
  score: number | null
  /** Whether the stopping rule says that it fell behind, also if it had run to its end before that was known. */
  behind: boolean
}

/**
 * Sorts trials, the best first: completed ones by their score, then those that fell behind, then those without a score.
 */
export function rankTrials(
  trials: readonly { record: TrainingRecord; outcome: JobOutcome | undefined }[],
  search: Search,
): RankedTrial[] {
  const column = scoreColumn(search)
  const larger = largerIsBetter(column)
  const reports = trials.map(({ record, outcome }) =>
    outcome?.state === 'completed' && outcome.history
      ? reportsOf(record.recipe, outcome.history, column)
      : null,
  )
  const ranked = trials.map(({ record, outcome }, index): RankedTrial => {
    const history = outcome?.state === 'completed' ? outcome.history : null
    return {
      record,
      outcome,
      score: history ? scoreOf(record.recipe, history, column) : null,
      behind: outcome?.stopped === true || fellBehind(index, reports, larger),
    }
  })
  const tier = (trial: RankedTrial) => (trial.score === null ? 2 : trial.behind ? 1 : 0)
  return ranked
    .map((trial, index) => ({ trial, index }))
    .sort(
      (a, b) =>
        tier(a.trial) - tier(b.trial) ||
        ((a.trial.score ?? 0) - (b.trial.score ?? 0)) * (larger ? -1 : 1) ||
        a.index - b.index,
    )
    .map(({ trial }) => trial)
}

import { FitserveError } from '../../errors.ts'
import { SMOOTHING } from '../../evaluation/history.ts'
import { type FoldResult, type KFoldOptions, summarizeFolds } from '../../evaluation/k-fold.ts'
import { counted } from '../../numbers.ts'
import { type CompleteRecipe, foldCount, monitorOf } from '../../recipe/index.ts'
import type { JobOutcome, JobRecords, TrainingRecord } from '../records/records.ts'
import { rankTrials, scoreColumn } from '../search/score.ts'

/**
 * Returns the folds or trials of a job that have a record, in their order, with their outcomes; undefined for one that
 * is open.
 */
export async function partsOf(
  records: JobRecords,
  { children }: TrainingRecord,
): Promise<{ record: TrainingRecord; outcome: JobOutcome | undefined }[]> {
  const parts: { record: TrainingRecord; outcome: JobOutcome | undefined }[] = []
  for (const id of children) {
    const record = await records.findTraining(id)
    if (record) parts.push({ record, outcome: await records.outcome(id) })
  }
  return parts
}

/** Sums up the results of a job's folds. @throws FitserveError `training-failed` or `cancelled`, naming the fold */
export async function foldsOf(records: JobRecords, job: TrainingRecord): Promise<FoldResult> {
  const parts = await partsOf(records, job)
  const results = parts.map(({ record, outcome }) => {
    if (outcome?.state === 'completed' && outcome.history && outcome.evaluation)
      return { history: outcome.history, evaluation: outcome.evaluation }
    const detail = outcome?.error?.detail ?? 'it has no result.'
    throw new FitserveError(
      outcome?.state === 'cancelled' ? 'cancelled' : 'training-failed',
      `Fold ${record.part?.number}: ${detail}`,
    )
  })
  return summarizeFolds(results, foldOptions(job))
}

/** Returns the options by which the folds of a job are summed up. */
export function foldOptions({ recipe }: TrainingRecord): KFoldOptions {
  return { monitor: monitorOf(recipe), smoothing: recipe.validation?.smoothing ?? SMOOTHING }
}

/**
 * Returns the best trial of a search: its recipe, its entry for the manifest, and with k-fold the result of its folds.
 * @throws FitserveError `training-failed` if no trial has a score
 */
export async function winnerOf(
  records: JobRecords,
  job: TrainingRecord,
): Promise<{ recipe: CompleteRecipe; search: Record<string, unknown>; folds: FoldResult | null }> {
  const { search } = job.recipe
  if (!search) throw new RangeError('the job is no search')
  const ranked = rankTrials(await partsOf(records, job), search)
  const [winner] = ranked
  const { part, recipe } = winner?.record ?? {}
  if (!winner || winner.score === null || !recipe || part?.kind !== 'trial') {
    const failed = ranked.find(({ outcome }) => outcome?.error)?.outcome?.error?.detail
    throw new FitserveError(
      'training-failed',
      `None of ${counted(ranked.length, 'trial')} has a score. ${failed ?? ''}`.trim(),
    )
  }
  const { history, evaluation } = winner.outcome ?? {}
  return {
    recipe,
    folds: foldCount(recipe) > 0 && history && evaluation ? { history, evaluation } : null,
    search: {
      type: search.type,
      metric: scoreColumn(search),
      trials: ranked.length,
      winner: part.number,
      params: part.params,
      score: winner.score,
    },
  }
}

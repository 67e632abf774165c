import { columnsIn, type EpochValues, type History, SMOOTHING } from '../evaluation/history.ts'
import { type FoldResult, summarizeFolds } from '../evaluation/k-fold.ts'
import { foldCount, monitorOf } from '../recipe/index.ts'
import { progressOf, type TrainingRun } from '../training-contract.ts'
import { type TrainingInput, type TrainingResult, train, trainOnAll } from './train.ts'
import { overfittingWarning } from './warnings.ts'

/** Input of one training run of a job. */
export interface RunInput extends Omit<TrainingInput, 'fold'> {
  run: TrainingRun
}

/** Results of a run; `model` is null for a fold or trial, which is only evaluated. */
export interface RunResult extends Pick<TrainingResult, 'history' | 'evaluation' | 'rows' | 'warnings'> {
  model: Pick<TrainingResult, 'encoder' | 'members' | 'engine'> | null
}

/** Does one training run of a job. @throws what `train` throws */
export async function execute(input: RunInput): Promise<RunResult> {
  const { run, recipe } = input
  const plain = trainingInput(input, null)
  if (run.kind === 'fold') return { ...(await train({ ...plain, fold: run })), model: null }
  if (run.kind === 'final') return finish(input, run)
  if (foldCount(recipe) === 0) {
    const result = await train({
      ...plain,
      recipe: run.kind === 'trial' ? { ...recipe, finalEpochs: null } : recipe,
    })
    return { ...result, model: run.kind === 'trial' ? null : result }
  }
  const { folds, rows } = await oneAfterTheOther(input)
  const all = summarizeFolds(folds, {
    monitor: monitorOf(recipe),
    smoothing: recipe.validation?.smoothing ?? SMOOTHING,
  })
  return run.kind === 'whole' ? finish(input, all) : { ...all, rows, warnings: [], model: null }
}

async function finish(input: RunInput, { history, evaluation }: FoldResult): Promise<RunResult> {
  const { finalEpochs } = input.recipe
  const best = history.bestEpoch ?? Math.max(1, history.epochs.length)
  const epochs = typeof finalEpochs === 'number' ? finalEpochs : best
  const last = await trainOnAll(trainingInput(input, null), epochs)
  return {
    evaluation,
    rows: last.rows,
    model: last,
    warnings: [...last.warnings, ...overfittingWarning(history, epochs)],
    history: { ...history, final: last.columns },
  }
}

async function oneAfterTheOther(input: RunInput) {
  const { kFold = 2 } = input.recipe.validation ?? {}
  const folds: FoldResult[] = []
  const count = foldCount(input.recipe)
  let rows = { training: 0, validation: 0 }
  for (let number = 1; number <= count; number++) {
    const fold = { fold: ((number - 1) % kFold) + 1, repeat: Math.ceil(number / kFold) }
    const result = await train({ ...trainingInput(input, { number, count }), fold })
    rows = result.rows
    if (!result.evaluation) throw new RangeError('a fold has validation rows')
    folds.push({ history: result.history, evaluation: result.evaluation })
    await input.onProgress(progressOf('evaluate', { fold: number, foldValues: lastValues(result.history) }))
  }
  return { folds, rows }
}

/** Returns the input of one training among several, whose epochs are not the job's. */
function trainingInput(input: RunInput, fold: { number: number; count: number } | null): TrainingInput {
  const { run: _run, ...plain } = input
  if (!fold) return plain
  return {
    ...plain,
    onProgress: (progress) => {
      const { etaSeconds } = progress
      // The rest of this fold, and the other folds in full.
      const done = (progress.epoch ?? 0) / (progress.epochs ?? 1)
      const whole = etaSeconds !== null && done > 0 && done < 1 ? etaSeconds / (1 - done) : null
      const eta = whole === null ? null : (etaSeconds ?? 0) + whole * (fold.count - fold.number)
      return input.onProgress({ ...progress, fold: fold.number, epochEnded: false, etaSeconds: eta })
    },
  }
}

/** Returns the last values of a history's columns. */
function lastValues(history: History): EpochValues {
  return Object.fromEntries(
    Object.entries(columnsIn(history)).map(([name, values]) => [name, values.at(-1) ?? null]),
  )
}

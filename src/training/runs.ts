import { columnsIn, type EpochValues, type History, SMOOTHING } from '../evaluation/history.ts'
import { type FoldResult, summarizeFolds } from '../evaluation/k-fold.ts'
import { foldCount, monitorOf } from '../recipe/index.ts'
import type { FoldChoice } from './data/rows.ts'
import { type TrainingInput, type TrainingProgress, type TrainingResult, train, trainOnAll } from './train.ts'
import { overfittingWarning } from './warnings.ts'

/** Which part of a job a process is to run. */
export type Run =
  /** The recipe as it stands; a k-fold validation one fold after the other. */
  | { kind: 'whole' }
  /** One fold of a k-fold validation: no model comes out of it. */
  | ({ kind: 'fold' } & FoldChoice)
  /** To see how well a recipe does: no model comes out of it. */
  | { kind: 'trial' }
  /** The last fit on all rows, when the result of all folds is there. */
  | ({ kind: 'final' } & FoldResult)

export interface RunProgress extends TrainingProgress {
  /** The fold that is running, from 1; null outside of folds. */
  fold: number | null
  /** The last values of a fold that has just ended. */
  foldValues: EpochValues | null
}

export interface RunInput extends Omit<TrainingInput, 'onProgress' | 'fold'> {
  run: Run
  onProgress: (progress: RunProgress) => Promise<void>
}

/** What came of a run; `model` is null where none was to come of it. */
export interface RunResult extends Pick<TrainingResult, 'history' | 'evaluation' | 'rows' | 'warnings'> {
  model: Pick<TrainingResult, 'encoder' | 'members' | 'engine'> | null
}

/** Runs a part of a job. @throws what `train` throws */
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
    await input.onProgress(foldEnded(number, lastValues(result.history)))
  }
  return { folds, rows }
}

/** The input of one training among several, whose epochs are not the job's. */
function trainingInput(input: RunInput, fold: { number: number; count: number } | null): TrainingInput {
  const { run, onProgress, ...rest } = input
  return {
    ...rest,
    onProgress: (progress) => {
      const { etaSeconds } = progress
      if (!fold) return onProgress({ ...progress, fold: null, foldValues: null })
      // This fold's rest, and the others' whole.
      const done = (progress.epoch ?? 0) / (progress.epochs ?? 1)
      const whole = etaSeconds !== null && done > 0 && done < 1 ? etaSeconds / (1 - done) : null
      const eta = whole === null ? null : (etaSeconds ?? 0) + whole * (fold.count - fold.number)
      const own = { fold: fold.number, foldValues: null, epochEnded: false, etaSeconds: eta }
      return onProgress({ ...progress, ...own })
    },
  }
}

function foldEnded(fold: number, foldValues: EpochValues): RunProgress {
  return { phase: 'evaluate', ...NO_EPOCH, fold, foldValues }
}

const NO_EPOCH = { epoch: null, epochs: null, values: null, epochEnded: false, etaSeconds: null }

/** A history's last values. */
function lastValues(history: History): EpochValues {
  return Object.fromEntries(
    Object.entries(columnsIn(history)).map(([name, values]) => [name, values.at(-1) ?? null]),
  )
}

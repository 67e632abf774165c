import { meanOfPresent } from '../../evaluation/history.ts'
import { rangesOf } from '../predictions/ranges.ts'
import type { QueueState } from '../queue/contract.ts'
import {
  type ByKind,
  byKind,
  type JobOutcome,
  type JobRecord,
  type PredictionRecord,
  Progress,
  type TrainingRecord,
} from '../records/records.ts'

/**
 * Limit on unfinished parts that are read from the queue. Workers take parts in order, so the later ones are waiting.
 */
const MAX_OPEN = 64

/** Progress of a job in parts. */
export interface FamilyProgress {
  /** When the first part began, in milliseconds since 1970; null before. */
  startedAt: number | null
  progress: Progress | null
}

interface Reading {
  find: (id: string) => Promise<QueueState | undefined>
  outcome: (id: string) => Promise<JobOutcome | undefined>
}

/** The parts of a job that have ended or are running, by their numbers, which count from 1. */
interface Parts {
  ended: readonly number[]
  running: readonly { number: number; progress: Progress }[]
  /** Seconds since the first of them began. */
  seconds: number
}

/** Sums up the progress of a job's parts. */
export async function familyProgress(record: JobRecord, reading: Reading): Promise<FamilyProgress> {
  const running: { number: number; progress: Progress }[] = []
  const ended: number[] = []
  let begun = Number.POSITIVE_INFINITY
  let asked = 0
  for (const [index, id] of record.children.entries()) {
    const outcome = await reading.outcome(id)
    if (outcome) {
      // A cancelled part does not count as done.
      if (outcome.state !== 'cancelled') ended.push(index + 1)
      if (outcome.startedAt !== null) begun = Math.min(begun, Date.parse(outcome.startedAt))
    } else if (asked < MAX_OPEN) {
      asked += 1
      const known = await reading.find(id)
      if (known?.state !== 'active') continue
      begun = Math.min(begun, known.startedAt ?? begun)
      const progress = Progress.safeParse(known.progress)
      if (progress.success) running.push({ number: index + 1, progress: progress.data })
    }
  }
  if (!Number.isFinite(begun)) return { startedAt: null, progress: null }
  const seconds = (Date.now() - begun) / 1000
  return { startedAt: begun, progress: byKind(record, SUMS, { ended, running, seconds }) }
}

const SUMS: ByKind<[Parts], Progress> = { training: fitted, prediction: answered }

/** Returns the rows that are answered, and the time that the others take. */
function answered({ rows: total, children }: PredictionRecord, { ended, running, seconds }: Parts): Progress {
  const ranges = rangesOf(total, children.length)
  const rowsOf = (number: number) => {
    const { from, to } = ranges[number - 1] ?? { from: 0, to: 0 }
    return to - from
  }
  const done =
    ended.reduce((sum, number) => sum + rowsOf(number), 0) +
    running.reduce((sum, { progress }) => sum + (progress.rows?.done ?? 0), 0)
  const etaSeconds = done > 0 ? Math.round((seconds / done) * (total - done) * 10) / 10 : null
  const none = { epoch: null, epochs: null, fold: null, loss: null, valLoss: null }
  return { phase: 'predict', ...none, etaSeconds, rows: { done, total } }
}

/**
 * Returns the epochs over all folds, the first running fold, the mean loss of the running folds, and the time left,
 * which includes the last fit.
 */
function fitted(
  { children, recipe }: TrainingRecord,
  { ended: endedParts, running, seconds }: Parts,
): Progress {
  const ended = endedParts.length
  const folds = recipe.search === null
  const share = ({ epoch, epochs }: Progress) => (epochs === null ? 0 : (epoch ?? 0) / epochs)
  const done = ended + running.reduce((sum, { progress }) => sum + share(progress), 0)
  const { kFold = 2 } = recipe.validation ?? {}
  // The last fit has all rows, and only one process works on it.
  const lastFit = (folds ? kFold / (kFold - 1) : 1) * Math.max(1, running.length)
  const left = children.length - done + lastFit
  const epochs = children.length * recipe.epochs
  return {
    phase: 'fit',
    epoch: folds ? Math.round(done * recipe.epochs) : null,
    epochs: folds ? epochs : null,
    fold: folds ? (running[0]?.number ?? Math.min(ended + 1, children.length)) : null,
    loss: meanOfPresent(running.map(({ progress }) => progress.loss)),
    valLoss: meanOfPresent(running.map(({ progress }) => progress.valLoss)),
    etaSeconds: done > 0 ? Math.round((seconds / done) * left * 10) / 10 : null,
  }
}

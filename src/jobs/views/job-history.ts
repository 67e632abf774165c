import { columnsIn, type History, historyOf, kFoldHistory } from '../../evaluation/history.ts'
import { monitorOf } from '../../recipe/index.ts'
import { foldOptions, partsOf } from '../family/results.ts'
import type { JobQueue } from '../queue/contract.ts'
import { EpochLine } from '../records/epoch-lines.ts'
import {
  type ByKind,
  byKind,
  type JobOutcome,
  type JobRecord,
  type JobRecords,
  type TrainingRecord,
} from '../records/records.ts'
import { rankTrials } from '../search/score.ts'

interface Reading {
  records: JobRecords
  queue: Pick<JobQueue, 'log'>
}

/**
 * Returns the metrics of a job's epochs so far. A k-fold job gives the mean over its folds so far, a search the
 * history of its best trial so far; a prediction has no epochs.
 */
export function historyOfJob(
  record: JobRecord,
  outcome: JobOutcome | undefined,
  reading: Reading,
): Promise<History> {
  return byKind(record, HISTORIES, outcome, reading)
}

const HISTORIES: ByKind<[JobOutcome | undefined, Reading], Promise<History>> = {
  training: historyOfTraining,
  prediction: async () => historyOf([], 'valLoss'),
}

async function historyOfTraining(
  record: TrainingRecord,
  outcome: JobOutcome | undefined,
  reading: Reading,
): Promise<History> {
  if (outcome?.history) return outcome.history
  if (record.children.length > 0) return historyOfParts(record, reading)
  const lines = outcome ? [] : await reading.queue.log(record.id)
  const epochLines = lines.flatMap((line) => {
    const parsed = EpochLine.safeParse(parseJson(line))
    return parsed.success ? [parsed.data] : []
  })
  const attempt = epochLines.at(-1)?.attempt
  const current = epochLines.filter((line) => line.attempt === attempt).flatMap((line) => line.epochs)
  return historyOf(current, monitorOf(record.recipe))
}

async function historyOfParts(record: TrainingRecord, reading: Reading): Promise<History> {
  const parts = await partsOf(reading.records, record)
  const { search } = record.recipe
  if (search) {
    const [best] = rankTrials(parts, search)
    return best?.score != null && best.outcome?.history ? best.outcome.history : historyOf([], 'valLoss')
  }
  const histories = await Promise.all(
    parts.map((part) => historyOfTraining(part.record, part.outcome, reading)),
  )
  // A fold that has not begun has no epochs to average.
  const begun = histories.filter(({ epochs }) => epochs.length > 0)
  return kFoldHistory(begun.map(columnsIn), foldOptions(record))
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

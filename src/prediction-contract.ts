import type { Readable } from 'node:stream'
import { z } from 'zod'
import type { Task } from './recipe/index.ts'
import type { VersionEntry } from './registry/model-log.ts'
import type { UncertaintyOptions } from './uncertainty-options.ts'

// The contract between the rooms `jobs` and `batch`. An attempt of a prediction calls an `Answerer`, which
// `batch/answerer.ts` makes. The contract is beside the rooms, as that of training is: `jobs` would load models into
// the API's process, and `batch` would learn of queues and records. Start reading at `Answerer`.

/** Format of the file that a prediction writes. */
export const ResultFormat = z.enum(['csv', 'ndjson', 'parquet'])
export type ResultFormat = z.infer<typeof ResultFormat>

/** Rows of a data set, from row `from`, which counts from 0, to before row `to`. */
export interface RowRange {
  from: number
  to: number
}

/** What a file of answers has beside the answer itself. */
export interface ResultShape {
  format: ResultFormat
  /** Names of the data set's columns that the file repeats, in any normal form. */
  columns: readonly string[]
  /** Whether it has the scores of all classes. */
  scores: boolean
  /** Whether it has notes on values outside of what was learnt. */
  notes: boolean
  /** Stands before the names of the answer's columns. */
  prefix: string
  /** What each answer has beside it. Default: nothing. */
  uncertainty?: UncertaintyOptions | undefined
}

/** An order to answer rows. */
export interface AnswerInput {
  model: string
  version: VersionEntry
  /** Id of the data set. */
  dataset: string
  range: RowRange
  shape: ResultShape
  /** Path of the file to write. The file of the first rows of a CSV has the header; the others have none. */
  file: string
  /** Called with the number of rows that are answered so far; awaited. */
  onRows: (done: number) => Promise<void>
  /** Aborting it ends the work with the signal's reason. */
  signal: AbortSignal
}

/** An order to join the files of all ranges, in their order, to one. */
export interface JoinInput {
  format: ResultFormat
  /** Each opens the file of one range. */
  parts: readonly (() => Promise<Readable>)[]
  /** Path of the file to write. */
  file: string
  /** An empty folder for work in progress. */
  folder: string
  signal: AbortSignal
}

/** Answers rows of data sets by versions. */
export interface Answerer {
  /**
   * Answers rows and writes a file. The same rows give the same file each time.
   * @returns the number of rows that could not be answered; the file says why
   * @throws FitserveError `unknown-dataset`, `corrupt-artifact`; the signal's reason when aborted
   */
  answer(input: AnswerInput): Promise<{ failed: number }>
  /** Joins the files of all ranges to the result. @throws the signal's reason when aborted */
  join(input: JoinInput): Promise<void>
}

/** What a column of the answer holds; `score` of a class is that class's own. */
export type AnswerColumn = { name: string } & (
  | {
      holds:
        | 'label'
        | 'labels'
        | 'value'
        | 'score'
        | 'confidence'
        | 'probabilities'
        | 'abstained'
        | 'notes'
        | 'error'
    }
  | { holds: 'class' | 'target'; label: string }
  /** An end of the interval of a target; the label of the only target is empty. */
  | { holds: 'low' | 'high'; label: string }
)

/**
 * Returns the columns of the answer, which stand behind those of the data set.
 * @param classes names of the model's classes or labels, or of several targets; empty for one number
 */
export function answerColumns(
  task: Task,
  classes: readonly string[],
  { format, scores, notes, prefix, uncertainty = {} }: Omit<ResultShape, 'columns'>,
): AnswerColumn[] {
  const columns: AnswerColumn[] = []
  const addInterval = (label: string, suffix: string) => {
    if (uncertainty.interval === undefined) return
    for (const holds of ['low', 'high'] as const)
      columns.push({ name: `${prefix}interval_${holds}${suffix}`, holds, label })
  }
  const add = (holds: Exclude<AnswerColumn['holds'], 'class' | 'target' | 'low' | 'high'>) =>
    columns.push({ name: `${prefix}${holds}`, holds })
  if (task === 'regression' && classes.length > 0)
    for (const label of classes) {
      columns.push({ name: `${prefix}value_${label}`, holds: 'target', label })
      addInterval(label, `_${label}`)
    }
  else if (task === 'regression') {
    add('value')
    addInterval('', '')
  } else {
    if (task === 'multiLabel') add('labels')
    else {
      add('label')
      add('score')
      add('confidence')
      if (uncertainty.set !== undefined) add('labels')
      if (uncertainty.abstain !== undefined) add('abstained')
    }
    if (scores && format === 'ndjson') add('probabilities')
    else if (scores)
      for (const label of classes) columns.push({ name: `${prefix}score_${label}`, holds: 'class', label })
  }
  if (notes) add('notes')
  add('error')
  return columns
}

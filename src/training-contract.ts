import type { Comparison } from './evaluation/comparison.ts'
import type { EpochValues, History } from './evaluation/history.ts'
import type { FoldResult } from './evaluation/k-fold.ts'
import type { Evaluation } from './evaluation/schema.ts'
import type { CompleteRecipe, Metric } from './recipe/index.ts'
import type { Warning } from './warnings.ts'

// The contract between the rooms `jobs` and `training`. An attempt of a job calls a `Trainer` and, to decide on a
// promotion, a `Comparer`; `training/trainer.ts` and `training/compare.ts` make them. The contract is beside the
// rooms because neither may import the other: `jobs` would load the training code into the API's process, and
// `training` would learn of queues and records. Start reading at `Trainer`.

/** Progress of a training run. Fields without a meaning in a phase are null: see `progressOf`. */
export interface TrainingProgress {
  phase: 'read' | 'encode' | 'fit' | 'evaluate'
  /** Epochs done, over all networks of an ensemble; null outside `fit`. */
  epoch: number | null
  /** Epochs to be done in all; null outside `fit`. */
  epochs: number | null
  /** Values of the newest complete epoch; null before the first one has ended. */
  values: EpochValues | null
  /** True if `values` are new since the last report. */
  epochEnded: boolean
  /** Estimate of the time left, in seconds; null if unknown. */
  etaSeconds: number | null
  /** The fold that is running, from 1, where one process runs several; null elsewhere. */
  fold: number | null
  /** The last values of a fold that has just ended in such a process; null elsewhere. */
  foldValues: EpochValues | null
}

/** Returns the progress of a phase; all fields that `more` does not give are null. */
export function progressOf(
  phase: TrainingProgress['phase'],
  more: Partial<Omit<TrainingProgress, 'phase'>> = {},
): TrainingProgress {
  return {
    phase,
    epoch: null,
    epochs: null,
    values: null,
    epochEnded: false,
    etaSeconds: null,
    fold: null,
    foldValues: null,
    ...more,
  }
}

/** The training run of a job that a process does. */
export type TrainingRun =
  /** The whole recipe; a k-fold validation runs one fold after the other. */
  | { kind: 'whole' }
  /** One fold of a k-fold validation: it is evaluated, and no model comes out of it. Both numbers count from 1. */
  | { kind: 'fold'; fold: number; repeat: number }
  /** One recipe of a search: it is evaluated, and no model comes out of it. */
  | { kind: 'trial' }
  /** The last fit on all rows, with the summed-up result of the folds that ran before it. */
  | ({ kind: 'final' } & FoldResult)

/** The checkpoints of one job, kept where later attempts in other processes find them. */
export interface CheckpointFiles {
  /** Returns the undamaged checkpoints of this and of earlier attempts, oldest first. */
  read(): Promise<Uint8Array[]>
  /**
   * Keeps bytes. `running` replaces the `running` bytes that were kept before; `done` bytes stay. Bytes that cannot
   * be written are left out, since a later save may succeed.
   * @throws Fenced where a later attempt has the job
   */
  save(kind: 'done' | 'running', bytes: Uint8Array): Promise<void>
}

/** One training run, as an attempt orders it. */
export interface TrainerInput {
  recipe: CompleteRecipe
  /** Id of the data set. */
  dataset: string
  /** The run to do. */
  run: TrainingRun
  /** Awaited: training goes on when it has resolved, and ends with its error when it rejects. */
  onProgress: (progress: TrainingProgress) => Promise<void>
  /** Aborting it ends the run with the signal's reason. */
  signal: AbortSignal
  /** Stores this run's checkpoints and returns those of earlier attempts. */
  checkpoints: CheckpointFiles
}

/** A finished training run. */
export interface Trained {
  /** Files of the version, by name; empty after a fold or a trial. */
  files: ReadonlyMap<string, Uint8Array | string>
  /** The best candidate's recipe, where the ordered one has candidates. Absent: the ordered one was trained. */
  recipe?: CompleteRecipe
  history: History
  /** Evaluation on the validation rows; null if the recipe holds none out. */
  evaluation: Evaluation | null
  warnings: Warning[]
  /** Further members of the version's manifest: metrics, rows, sizes. */
  about: Record<string, unknown>
}

/**
 * Trains a recipe on a data set.
 * @throws FitserveError `training-failed`, `loss-not-finite`, `unknown-dataset`, `corrupt-artifact`; the signal's
 * reason when aborted
 */
export type Trainer = (input: TrainerInput) => Promise<Trained>

/** Name of the version's file with answers to rows that its network has seen, by networks that had not. */
export const HELD_OUT_FILE = 'held-out.json'

/** A version, its recipe and its data set. */
export interface ComparedVersion {
  recipe: CompleteRecipe
  /** Id of the data set that it was trained on. */
  dataset: string
  files: {
    encoder: Uint8Array
    model: Uint8Array
    weights: Uint8Array
    /** Content of `HELD_OUT_FILE`, where the version has one. */
    heldOut?: Uint8Array | undefined
  }
}

/** A question to a `Comparer`. */
export interface CompareInput {
  candidate: ComparedVersion
  production: ComparedVersion
  /** Id of the data set to compare on; null: the candidate's own validation rows. */
  dataset: string | null
  metric: Metric['type']
  /** Aborting it ends the comparison with the signal's reason. */
  signal: AbortSignal
}

/**
 * Measures two versions on the same rows, on which neither was trained. If that is not possible, the result is marked
 * as not fair, with the reason as a sentence.
 * @throws FitserveError `corrupt-artifact`; the signal's reason when aborted
 */
export type Comparer = (input: CompareInput) => Promise<Comparison>

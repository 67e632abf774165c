import type { Comparison } from '../evaluation/comparison.ts'
import type { EpochValues, History } from '../evaluation/history.ts'
import type { FoldResult } from '../evaluation/k-fold.ts'
import type { Evaluation } from '../evaluation/schema.ts'
import type { CompleteRecipe, Metric } from '../recipe/index.ts'

export interface TrainerProgress {
  phase: 'read' | 'encode' | 'fit' | 'evaluate'
  epoch: number | null
  epochs: number | null
  values: EpochValues | null
  epochEnded: boolean
  etaSeconds: number | null
  /** The fold that is running, where one process runs several. */
  fold?: number | null
  /** The last values of a fold that has just ended in such a process. */
  foldValues?: EpochValues | null
}

/** A finished training run: files for the store (none of a fold or a trial), and what the manifest says of it. */
export interface Trained {
  files: ReadonlyMap<string, Uint8Array | string>
  history: History
  evaluation?: Evaluation | null
  warnings: string[]
  /** For the manifest: metrics, rows, sizes. */
  about: Record<string, unknown>
}

/** Where a trainer keeps how far it is, and finds how far earlier attempts came. */
export interface CheckpointFiles {
  /** What is there and whole, oldest first. */
  read(): Promise<Uint8Array[]>
  /** `running` takes the place of what was kept as `running` before; `done` stays. @throws Fenced */
  save(kind: 'done' | 'running', bytes: Uint8Array): Promise<void>
}

/** Which part of a job is to be trained. */
export type TrainerRun =
  | { kind: 'whole' }
  | { kind: 'fold'; fold: number; repeat: number }
  /** To see how well a recipe does: no model comes out of it. */
  | { kind: 'trial' }
  /** The last fit on all rows, after the folds, and what these gave together. */
  | ({ kind: 'final' } & FoldResult)

/** What trains: all that this room knows of the training room. */
export type Trainer = (input: {
  recipe: CompleteRecipe
  dataset: string
  run: TrainerRun
  onProgress: (progress: TrainerProgress) => Promise<void>
  signal: AbortSignal
  checkpoints: CheckpointFiles
}) => Promise<Trained>

/** A version with what it was trained from. */
export interface ComparedVersion {
  recipe: CompleteRecipe
  /** Id of the data set that it was trained on. */
  dataset: string
  files: { encoder: Uint8Array; model: Uint8Array; weights: Uint8Array }
}

/**
 * Measures two versions on the same rows, which neither was trained on, or says (a sentence) why that is not
 * possible. `dataset` is the id of the data set to compare on, or null for the candidate's own validation rows.
 */
export type Comparer = (input: {
  candidate: ComparedVersion
  production: ComparedVersion
  dataset: string | null
  metric: Metric['type']
  signal: AbortSignal
}) => Promise<Comparison>

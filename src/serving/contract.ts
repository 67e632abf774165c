import type { FieldProblem } from '../errors.ts'
import type { Prediction } from '../models/predictor.ts'
import type { Deadline } from './deadline.ts'

export interface PredictTarget {
  /** Undefined: the only model there is. */
  model?: string | undefined
  /** A number or an alias; undefined: `production`. */
  version?: string | number | undefined
}

/** A row that could not be answered, in its place. */
export interface RowError {
  error: { message: string; errors: FieldProblem[] }
}

export interface Answer<T> {
  model: string
  version: number
  predictions: T[]
}

export interface PredictOptions {
  form: 'text' | 'features'
  path: string
  single: boolean
  onError: 'refuse' | 'row'
  /** Absent: whoever asks has all the time. */
  deadline?: Deadline | undefined
}

/** A version in memory, and how much it takes. */
export interface LoadedVersion {
  version: number
  bytes: number
}

export interface ServingHealth {
  /** Whether the models' logs have been read at least once since the start. */
  looked: boolean
  /** Whether they could be read at the last look. */
  reachable: boolean
  /** By name. */
  models: ModelHealth[]
}

export interface ModelHealth {
  name: string
  /** The version that answers by default; null: none is in production, or it could not be loaded. */
  version: number | null
  /** Why its log cannot be read or the version in production not be loaded; null: nothing is wrong. */
  fault: string | null
}

/** Predictions from the versions in memory: the door of this room for the API. */
export interface Serving {
  /**
   * Answers all rows by one version, taken once at the beginning, so that a swap never mixes two.
   * `rows` are what the client sent, unchecked; `path` is where they stand in its body (`/rows`, `/texts`;
   * for one row `/features`, `/text`, with `single` true, so that no index is added).
   * @throws FitserveError `invalid-request` where no model is named and there are several, `unknown-model`,
   *   `unknown-version`, `unknown-alias` (message lists what there is),
   *   `invalid-rows` with a problem for every bad row, `corrupt-artifact`, `not-ready`, `deadline-exceeded`,
   *   `cancelled` where nobody waits any more, `overloaded` where too many rows wait already
   */
  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'refuse' },
  ): Promise<Answer<Prediction>>
  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'row' },
  ): Promise<Answer<Prediction | RowError>>
  /**
   * Answers one good row by a version that is in memory, at once; undefined in every other case, for which
   * `predict` has the answer or the error. A text may be a `JsonText`.
   */
  predictNow(
    target: PredictTarget,
    row: unknown,
    form: PredictOptions['form'],
  ): { model: string; version: number; prediction: Prediction } | undefined
  /** Looks now at the log of a model, or of those that have changed: called after a change by this process. */
  refresh(model?: string): Promise<void>
  /** The versions of a model that are in memory. */
  loaded(model: string): LoadedVersion[]
  /** What can be answered from now, whatever has happened to store and queue since. */
  health(): ServingHealth
  close(): Promise<void>
}

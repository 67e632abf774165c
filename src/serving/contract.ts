/*
 * The interface of this room. Serving keeps the versions in memory that answer predictions: it follows the models'
 * logs, loads and warms versions, swaps them without a gap, and drops those that nobody uses. It knows nothing of HTTP,
 * and writes nothing. Start reading at `serving.ts` (one request), then `follower.ts` (which models), `served-model.ts`
 * (which versions of a model) and `served-version.ts` (when its memory is freed).
 */
import type { FieldProblem } from '../errors.ts'
import type { ExplainOptions, Explanation } from '../models/explain/explanation.ts'
import type { Note, Prediction, Predictor, Uncertainty } from '../models/predictor.ts'
import type { UncertaintyOptions } from '../uncertainty-options.ts'
import type { Deadline } from './deadline.ts'

/** The model and version that a request means. */
export interface PredictTarget {
  /** Name of the model. Default: the only model that exists. */
  model?: string | undefined
  /** A number or an alias. Default: `production`. */
  version?: string | number | undefined
}

/** A prediction, with what was asked for beside it: an interval or a set, and notes or an explanation. */
export type NotedPrediction = Prediction & Uncertainty & ({ notes?: Note[] } | Explanation)

/** Takes the place of a prediction whose row is invalid. */
export interface RowError {
  error: { message: string; errors: FieldProblem[] }
}

/** Predictions of one version, in the order of the rows. */
export interface Answer<T> {
  model: string
  version: number
  predictions: T[]
}

/** How rows were sent, and how they are answered. */
export interface PredictOptions {
  /** `text`: each row is the text of the model's one text column; `features`: an object by column. */
  form: 'text' | 'features'
  /** JSON pointer to the rows in the request's body, for problems. */
  path: string
  /** True where `path` means the one row itself, so that no index is added. */
  single: boolean
  /**
   * True: where the answer would be too large, only as many of the first rows are answered as fit. Default: it is
   * refused.
   */
  partly?: boolean
  /** True: the answer has no limit of size, since its reader writes it to a file. Default: it has one. */
  anySize?: boolean
  /** `refuse`: one invalid row refuses the request; `row`: it is answered by an error in its place. */
  onError: 'refuse' | 'row'
  /** True: each prediction has notes on values outside of what was learnt. Default: none has. */
  notes?: boolean | undefined
  /** Each prediction has an explanation, whose notes say more. Default: none has. */
  explain?: ExplainOptions | undefined
  /** Intervals or sets that each prediction has beside it. Default: none. */
  uncertainty?: UncertaintyOptions | undefined
  /** Default: no time limit. */
  deadline?: Deadline | undefined
}

/** Inputs and outputs of a version. */
export interface ServedSignature
  extends Pick<Predictor, 'task' | 'inputs' | 'classes' | 'targets' | 'textInput'> {
  model: string
  version: number
}

/** A version in memory, and the bytes that it takes. */
export interface LoadedVersion {
  version: number
  bytes: number
}

/** State of the models in memory. */
export interface ServingHealth {
  /** True once the models' logs have been read since the start. */
  looked: boolean
  /** True where they could be read at the last look. */
  reachable: boolean
  /** The models, sorted by name. */
  models: ModelHealth[]
}

/** State of one model. */
export interface ModelHealth {
  name: string
  /** The version that answers by default; null where none is in production or it could not be loaded. */
  version: number | null
  /** The newest version; null where there is none or the log cannot be read. */
  newest: number | null
  /** Why its log cannot be read or the version in production cannot be loaded; null where nothing is wrong. */
  fault: string | null
}

/** Predictions from the versions in memory. */
export interface Serving {
  /**
   * Answers all rows by one version, taken once at the beginning, so that a swap never mixes two.
   * @param rows as the client sent them, unchecked
   * @throws FitserveError `invalid-request` where no model is named and there are several, `unknown-model`,
   *   `unknown-version`, `unknown-alias` (the message lists what exists),
   *   or where the version cannot give what `uncertainty` asks for,
   *   `invalid-rows` with a problem for every bad row, `corrupt-artifact`, `not-ready`, `deadline-exceeded`,
   *   `cancelled` where the client has gone away, `overloaded` where too many rows wait already
   */
  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'refuse' },
  ): Promise<Answer<NotedPrediction>>
  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'row' },
  ): Promise<Answer<NotedPrediction | RowError>>
  /**
   * Returns what a version takes and answers, and loads it where it is not in memory.
   * @param deadline default: no time limit
   * @throws FitserveError as `predict`, but never `invalid-rows`
   */
  describe(target: PredictTarget, deadline?: Deadline): Promise<ServedSignature>
  /**
   * Answers one valid row by a version in memory, at once. Returns undefined in every other case; `predict` then has
   * the answer or the error. A text may be a `JsonText`.
   */
  predictNow(
    target: PredictTarget,
    row: unknown,
    form: PredictOptions['form'],
  ): { model: string; version: number; prediction: Prediction } | undefined
  /** Follows the log of one model, or of all that have changed, now: for use after a change by this process. */
  refresh(model?: string): Promise<void>
  /**
   * Tells whether the publication of a version was followed: if it became `production`, it is in memory, or is known
   * not to be loadable or to have no room.
   */
  hasFollowed(model: string, version: number): boolean
  /** Returns the versions of a model that are in memory. */
  loaded(model: string): LoadedVersion[]
  /** Returns what can be answered from now, whatever has happened to store and queue since. */
  health(): ServingHealth
  /** Stops following the models' logs. */
  close(): Promise<void>
}

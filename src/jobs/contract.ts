import type { Readable } from 'node:stream'
import type { History } from '../evaluation/history.ts'
import type { Page, PageRequest } from '../page.ts'
import type { ResultFormat } from '../prediction-contract.ts'
import type { CompleteRecipe, InputContract, Promote, RecipeNote, RetrainBody } from '../recipe/index.ts'
import type { Warning } from '../warnings.ts'
import type { ResultDeletion } from './predictions/files.ts'
import type { JobLimits } from './records/limits.ts'
import type {
  JobError,
  JobKind,
  JobMark,
  JobOrigin,
  Part,
  Progress,
  RowsPart,
  TrainingPart,
} from './records/records.ts'

// The interface of jobs. This room takes orders for trainings and predictions, keeps them, hands them to workers, runs
// their attempts and tells how they are and how they ended. It does not train (`src/training/`, behind
// `src/training-contract.ts`), does not answer rows (`src/batch/`, behind `src/prediction-contract.ts`), does not know
// HTTP (`src/api/`), and does not serve models (`src/serving/`).
// Start reading at the head of service.ts, which follows a job through its life; then `orders/submit.ts` for the way
// in, `attempt/attempt.ts` for the work, and `worker/reconcile.ts` for what happens when something was lost.

export type { Progress }

/** An order for a training job, and the client that sends it. */
export interface JobSubmission {
  /** The body of `POST /jobs` as it came. It is checked here, against the data set too. */
  body: unknown
  /** Name of the client's API key; null without one. */
  by: string | null
  /** The header `Idempotency-Key`: within 24 hours the same key answers with the same job; null: no key. */
  idempotencyKey: string | null
  /** What the version that is to be trained again takes. Absent: the order trains no version again. */
  contract?: InputContract | undefined
  /** The request that it comes from. Absent: none. */
  origin?: JobOrigin | undefined
  /** A UUIDv7 that is the same each time the same order is repeated; absent: a new one is made. */
  id?: string
}

/** The checked form of an order and its estimated cost; nothing is queued or kept. */
export interface DryRun {
  recipe: CompleteRecipe
  /** Inputs of the network, at most. */
  inputs: number
  /** Weights of the network, at most. */
  parameters: number
  /** Time of the whole job, and resident memory of its largest process (1 MB is 2^20 bytes). */
  estimated: { seconds: number; memoryMb: number }
  warnings: Warning[]
  /** What the fields of the recipe that divide, weight or decide rows do with this data set. */
  notes: RecipeNote[]
}

/** How far the delivery of a job's webhook is, as the API answers it. */
export interface WebhookView {
  /** The address without its query, which may hold a secret. */
  url: string
  state: 'pending' | 'delivered' | 'failed'
  /** Attempts so far. */
  attempts: number
  /** HTTP status of the receiver's last answer; null where none came. */
  status: number | null
  /** Why the last attempt failed, as a sentence; null where none has failed. */
  error: string | null
  /** When it was delivered or given up; null while it is pending. */
  at: string | null
}

/** `cancelling`: a cancel was requested and the running attempt has not ended yet. */
export type JobState = 'queued' | 'active' | 'cancelling' | 'completed' | 'failed' | 'cancelled'

/** What the API answers of a job of any kind. */
interface AnyJobView {
  id: string
  model: string
  /** Id of the data set. */
  dataset: string
  /** The name under which the data set was ordered. */
  datasetName: string
  state: JobState
  /** Number of the running or last attempt; 0 before the first. */
  attempt: number
  /** Whether an equal job had completed before, so that the order began none. */
  reused: boolean
  progress: Progress | null
  createdAt: string
  startedAt: string | null
  finishedAt: string | null
  /** Number of the version that was published or that answers; null without one. */
  version: number | null
  error: JobError | null
  warnings: Warning[]
  /** 1 goes first; null: after all numbered ones. */
  priority: number | null
  /** Limits of each of its processes. */
  limits: JobLimits
  /** Id of the job that this one is a part of; null for other jobs. */
  parent: string | null
  /** How far the delivery of its webhook is; null without one. */
  webhook: WebhookView | null
}

/** A job that trains, as the API answers it. */
export interface TrainingJobView extends AnyJobView {
  kind: 'training'
  promote: Promote
  recipe: CompleteRecipe
  part: TrainingPart | null
}

/** A prediction, as the API answers it. */
export interface PredictionJobView extends AnyJobView {
  kind: 'prediction'
  /** Rows of the data set. */
  rows: number
  /** Rows that could not be answered; null before the end. */
  failedRows: number | null
  /** The columns of the data set that the result repeats. */
  columns: string[]
  format: ResultFormat
  scores: boolean
  notes: boolean
  /** What each answer has beside it; null: it was not asked for. */
  interval: number | null
  set: number | null
  abstain: number | null
  prefix: string
  part: RowsPart | null
}

/** A job as the API answers it. */
export type JobView = TrainingJobView | PredictionJobView

/** A prediction with what is to be known of its result. */
export interface PredictionView extends PredictionJobView {
  /** The file; null while there is none. */
  result: { path: string; mediaType: string; bytes: number; sha256: string } | null
  /** When the result was deleted, and why; null where it was not. */
  deleted: ResultDeletion | null
}

/** The result of a prediction, to be sent. */
export interface PredictionResult {
  mediaType: string
  bytes: number
  /** SHA-256 of its content, in lower-case hex. */
  sha256: string
  /** A name for a file with it. */
  fileName: string
  /** Returns its bytes, of the whole or from byte `from` to byte `to`, both included. */
  open(range?: { from: number; to: number }): Promise<Readable>
}

/** A trial of a search, as the leaderboard shows it. */
export interface TrialView {
  /** Id of the trial's own job. */
  id: string
  /** Counts from 1 in the order of the search. */
  number: number
  /** Values under the paths of `search.over`. */
  params: Record<string, unknown>
  state: JobState
  /** Whether it fell behind and was stopped. */
  stopped: boolean
  /** Value of the ranking metric at the epoch that counts; null before the trial has one. */
  score: number | null
  /** Number of trained epochs. */
  epochs: number
  /** Why it failed; null where it did not. */
  error: JobError | null
}

/** Selects jobs of a list; an absent member selects all. */
export interface JobFilter {
  state?: JobState | undefined
  model?: string | undefined
  kind?: JobKind | undefined
  /** Tells whether jobs of a model are listed. Default: those of all models. */
  ofModel?: ((model: string) => boolean) | undefined
  /** Lists the parts of this job; absent: jobs that are not parts. */
  parent?: string | undefined
}

/** The id of a job's last event: no other event follows it. */
export const END_EVENT_ID = 'end'

/** An event of a job's stream: its progress, or its end with the job. */
export type JobEvent = { id: string } & (
  | { event: 'progress'; data: Progress }
  | { event: 'completed' | 'failed' | 'cancelled'; data: JobView }
)

/** How a round of a job ended, for logs and metrics. */
export interface JobEnd {
  id: string
  model: string
  /** Id of the job that it is a fold or a trial of; null for other jobs. */
  parent: string | null
  /** Id of the request that ordered it; null where none did. */
  request: string | null
  state: 'completed' | 'failed' | 'cancelled'
  /** Why it did not complete; null if it did. */
  reason: { code: string; detail: string } | null
  /** Seconds from the start of its last attempt; null if none began. */
  seconds: number | null
}

/** Something that happened to a job. */
export interface JobLogEntry extends Omit<JobMark, 'event'> {
  event: JobMark['event'] | 'ordered'
}

/** A job, a fold, a trial or a range of rows that a worker has. */
export interface RunningJobView {
  id: string
  model: string
  kind: JobKind
  /** Id of the job that it is a part of, and which part, from 1; null for other jobs. */
  parent: string | null
  part: { kind: Part['kind']; number: number } | null
  /** Machine and process id of the worker, as `host:pid`; null for one of an earlier release. */
  worker: string | null
  startedAt: string | null
}

/** What workers do and what waits for them. Parts of jobs count as jobs. */
export interface Workload {
  /** Number of processes that take jobs. */
  processes: number
  /** Jobs that a worker could take. */
  waiting: number
  /** Jobs that a worker has. */
  active: number
  /** At most 200 of the active ones. */
  running: RunningJobView[]
  /** The next 200 of the waiting ones by model, the model with the most first. */
  next: { model: string; jobs: number }[]
}

/** What the API asks of jobs. */
export interface Jobs {
  /**
   * Takes an order. @throws FitserveError `invalid-job`, `idempotency-key-reused`, `queue-unavailable`,
   * `store-unavailable`
   */
  submit(submission: JobSubmission): Promise<TrainingJobView>
  /**
   * Takes an order to answer the rows of a data set. @throws FitserveError what `submit` throws
   */
  predict(submission: Omit<JobSubmission, 'contract' | 'id'>): Promise<PredictionView>
  /** Returns a prediction. @throws FitserveError `unknown-prediction` */
  prediction(id: string): Promise<PredictionView>
  /**
   * Returns the file with a prediction's answers. @throws FitserveError `unknown-prediction`, `no-result`,
   * `corrupt-artifact`
   */
  result(id: string): Promise<PredictionResult>
  /** Deletes the file with a prediction's answers. @throws FitserveError `unknown-prediction`, `no-result` */
  deleteResult(id: string, by: string | null): Promise<void>
  /**
   * Checks an order and estimates its cost; nothing is queued or kept. @throws FitserveError `invalid-job`,
   * `store-unavailable`
   */
  dryRun(body: unknown): Promise<DryRun>
  /**
   * Orders a model's training again, with changes.
   * @param own its id, by which it is known if it was ordered before, and the request that it comes from
   * @throws FitserveError what `submit` throws, and `unknown-model`, `unknown-alias`, `corrupt-artifact`
   */
  retrain(
    model: string,
    body: RetrainBody,
    by: string | null,
    own?: Pick<JobSubmission, 'id' | 'origin'>,
  ): Promise<TrainingJobView>
  /** Returns a job. @throws FitserveError `unknown-job` */
  get(id: string): Promise<JobView>
  /**
   * Returns the newest job of a model, or undefined if none of the newest 200 jobs is.
   * @param model null: the newest job of any model
   */
  latest(model: string | null): Promise<JobView | undefined>
  /** Returns a page of jobs, newest first. */
  list(page: PageRequest, filter: JobFilter): Promise<Page<JobView>>
  /** Returns the metrics of each epoch so far. @throws FitserveError `unknown-job` */
  history(id: string): Promise<History>
  /**
   * Returns a page of a search's trials, the best first; an empty one for other jobs. @throws FitserveError
   * `unknown-job`
   */
  trials(id: string, page: PageRequest): Promise<Page<TrialView>>
  /**
   * Orders a failed or cancelled job again. @throws FitserveError `unknown-job`, `job-not-retryable`,
   * `queue-unavailable`
   */
  retry(id: string, by: string | null): Promise<JobView>
  /** Cancels a job with its parts. @throws FitserveError `unknown-job`, `job-finished` */
  cancel(id: string, by: string | null): Promise<JobView>
  /**
   * Yields progress as it comes, then the job's end; for a finished job its end alone.
   * @param lastEventId progress up to this event is not sent again; null: all of it is sent
   * @param signal ends the stream
   */
  events(id: string, lastEventId: string | null, signal: AbortSignal): AsyncIterable<JobEvent>
  /**
   * Calls back once for each end of a job (not of folds and trials), in any process, until the returned function is
   * called. An end while the queue is away may be missed.
   */
  onEnd(listener: (end: JobEnd) => void): () => void
  /**
   * Returns what happened to a job, newest first: its order, attempts, retries, requests to cancel it, and ends.
   * @throws FitserveError `unknown-job`
   */
  log(id: string): Promise<JobLogEntry[]>
  /** Returns what workers do, at most a second old. @throws FitserveError `queue-unavailable` */
  workload(): Promise<Workload>
  /** Returns which unfinished job uses a data set, as the end of a sentence; null where none does. */
  datasetInUse(datasetId: string): Promise<string | null>
}

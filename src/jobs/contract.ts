import type { History } from '../evaluation/history.ts'
import type { Page, PageRequest } from '../page.ts'
import type { CompleteRecipe, Promote, RetrainBody } from '../recipe/index.ts'
import type { JobLimits } from './records/limits.ts'
import type { JobError, Part, Progress } from './records/records.ts'

export type { Progress }

/** An order for a training job, and the client that sends it. */
export interface JobSubmission {
  /** The body of `POST /jobs` as it came. It is checked here, against the data set too. */
  body: unknown
  /** Name of the client's API key; null without one. */
  by: string | null
  /** The header `Idempotency-Key`: within 24 hours the same key answers with the same job; null: no key. */
  idempotencyKey: string | null
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
  /** Sentences for people. */
  warnings: string[]
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

export type JobState = 'queued' | 'active' | 'cancelling' | 'completed' | 'failed' | 'cancelled'

/** A job as the API answers it. */
export interface JobView {
  id: string
  model: string
  /** Id of the data set. */
  dataset: string
  datasetName: string
  state: JobState
  attempt: number
  reused: boolean
  promote: Promote
  progress: Progress | null
  createdAt: string
  startedAt: string | null
  finishedAt: string | null
  version: number | null
  error: JobError | null
  warnings: string[]
  /** 1 first; null: last. */
  priority: number | null
  /** What each of its processes may use. */
  limits: JobLimits
  recipe: CompleteRecipe
  /** The job that this one is a fold or a trial of. */
  parent: string | null
  part: Part | null
  /** The report of its end; null: nobody is told. */
  webhook: WebhookView | null
}

/** A trial of a search, as the leaderboard shows it. */
export interface TrialView {
  /** Its own job's id. */
  id: string
  number: number
  params: Record<string, unknown>
  state: JobState
  /** Whether it fell behind and was stopped. */
  stopped: boolean
  /** The ranking column's value at the epoch that counts; null while there is none. */
  score: number | null
  /** Epochs that were trained. */
  epochs: number
  /** Why it failed; null: it did not. */
  error: JobError | null
}

export interface JobFilter {
  state?: JobState | undefined
  model?: string | undefined
  parent?: string | undefined
}

/** The id of a job's last event. Who has seen it has nothing to wait for. */
export const END_EVENT_ID = 'end'

export type JobEvent = { id: string } & (
  | { event: 'progress'; data: Progress }
  | { event: 'completed' | 'failed' | 'cancelled'; data: JobView }
)

/** Jobs over store and queue: the door of this room for the API. */
export interface Jobs {
  /** @throws FitserveError `invalid-job`, `idempotency-key-reused`, `queue-unavailable`, `store-unavailable` */
  submit(submission: JobSubmission): Promise<JobView>
  /** What an order would be; nothing is queued or kept. @throws FitserveError `invalid-job`, `store-unavailable` */
  dryRun(body: unknown): Promise<DryRun>
  /**
   * Orders a model's training again, with changes.
   * @param id of the job, where it is decided already: the same id again answers the job that there is
   * @throws what `submit` throws, `unknown-model`, `unknown-alias`, `corrupt-artifact`
   */
  retrain(model: string, body: RetrainBody, by: string | null, id?: string): Promise<JobView>
  /** @throws FitserveError `unknown-job` */
  get(id: string): Promise<JobView>
  list(page: PageRequest, filter: JobFilter): Promise<Page<JobView>>
  /** Metrics per epoch so far, or of the whole run. @throws FitserveError `unknown-job` */
  history(id: string): Promise<History>
  /** A search's trials, the best first; of other jobs there are none. @throws FitserveError `unknown-job` */
  trials(id: string, page: PageRequest): Promise<Page<TrialView>>
  /** Orders a failed or cancelled job again. @throws FitserveError `unknown-job`, `job-not-retryable`, `queue-unavailable` */
  retry(id: string, by: string | null): Promise<JobView>
  /** Cancels a job with its parts. @throws FitserveError `unknown-job`, `job-finished` */
  cancel(id: string, by: string | null): Promise<JobView>
  /** Progress as it comes, then the end, then no more; for a finished job its end alone. */
  events(id: string, lastEventId: string | null, signal: AbortSignal): AsyncIterable<JobEvent>
  /** What uses a data set (a sentence's end), or null. */
  datasetInUse(datasetId: string): Promise<string | null>
}

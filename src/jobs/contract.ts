import type { FieldProblem } from '../errors.ts'
import type { History } from '../evaluation/history.ts'
import type { Page, PageRequest } from '../page.ts'
import type { CompleteRecipe } from '../recipe/index.ts'

export type JobState = 'queued' | 'active' | 'cancelling' | 'completed' | 'failed' | 'cancelled'
export type Promote = 'always' | 'ifBetter' | 'never'

/** What a running job says of itself, at least twice a second or once an epoch. */
export interface Progress {
  phase: 'start' | 'read' | 'encode' | 'fit' | 'evaluate' | 'publish'
  epoch: number | null
  epochs: number | null
  fold: number | null
  loss: number | null
  valLoss: number | null
  /** Estimate of the time left, in seconds. */
  etaSeconds: number | null
}

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
  error: { type: string; title: string; detail: string; errors?: FieldProblem[] } | null
  warnings: string[]
  recipe: CompleteRecipe
}

export interface JobSubmission {
  /** The body of `POST /jobs` as it came: it is checked here, against the data set too. */
  body: unknown
  /** Name of the API key, or null. */
  by: string | null
  idempotencyKey: string | null
}

export type JobEvent = { id: string } & (
  | { event: 'progress'; data: Progress }
  | { event: 'completed' | 'failed' | 'cancelled'; data: JobView }
)

/** Jobs over store and queue: the door of this room for the API. */
export interface Jobs {
  /** @throws FitserveError `invalid-job`, `idempotency-key-reused`, `queue-unavailable`, `store-unavailable` */
  submit(submission: JobSubmission): Promise<JobView>
  /** @throws FitserveError `unknown-job` */
  get(id: string): Promise<JobView>
  list(page: PageRequest, filter: { state?: JobState | undefined; model?: string | undefined; parent?: string | undefined }): Promise<Page<JobView>>
  /** Metrics per epoch so far, or of the whole run. */
  history(id: string): Promise<History>
  /** @throws FitserveError `unknown-job`, `job-finished` */
  cancel(id: string): Promise<JobView>
  /** Progress as it comes, then the end, then no more; for a finished job its end alone. */
  events(id: string, lastEventId: string | null, signal: AbortSignal): AsyncIterable<JobEvent>
}

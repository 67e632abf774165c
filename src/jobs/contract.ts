import type { History } from '../evaluation/history.ts'
import type { Page, PageRequest } from '../page.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import type { JobError, Progress } from './records.ts'
import type { JobSubmission } from './submit.ts'

export type { JobSubmission, Progress }
export type JobState = 'queued' | 'active' | 'cancelling' | 'completed' | 'failed' | 'cancelled'
export type Promote = 'always' | 'ifBetter' | 'never'

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
  recipe: CompleteRecipe
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
  /** @throws FitserveError `unknown-job` */
  get(id: string): Promise<JobView>
  list(page: PageRequest, filter: JobFilter): Promise<Page<JobView>>
  /** Metrics per epoch so far, or of the whole run. @throws FitserveError `unknown-job` */
  history(id: string): Promise<History>
  /** @throws FitserveError `unknown-job`, `job-finished` */
  cancel(id: string, by: string | null): Promise<JobView>
  /** Progress as it comes, then the end, then no more; for a finished job its end alone. */
  events(id: string, lastEventId: string | null, signal: AbortSignal): AsyncIterable<JobEvent>
  /** What uses a data set (a sentence's end), or null. */
  datasetInUse(datasetId: string): Promise<string | null>
  close(): Promise<void>
}

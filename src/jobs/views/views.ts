import { unlessDamaged } from '../../errors.ts'
import { forgetOldest } from '../../runtime/forget-oldest.ts'
import type { JobState, JobView } from '../contract.ts'
import type { JobQueue } from '../queue/contract.ts'
import { lastTaken } from '../records/outcomes.ts'
import {
  type ByKind,
  byKind,
  type JobOutcome,
  type JobRecord,
  type JobRecords,
  Progress,
} from '../records/records.ts'
import { familyProgress } from './family-progress.ts'
import { webhookView } from './webhook-view.ts'

/** Caches the outcomes of completed jobs, which never change, so that lists do not read them again. */
export class EndedJobs {
  /** Limit on cached outcomes; the oldest goes first. */
  static readonly #MAX = 10_000
  readonly #records: JobRecords
  readonly #outcomes = new Map<string, JobOutcome>()

  constructor(records: JobRecords) {
    this.#records = records
  }

  /**
   * Returns how a job ended. A refused outcome is returned only where no order of the job was ever taken: to clients
   * there is no such job.
   */
  async outcome(id: string): Promise<JobOutcome | undefined> {
    const known = this.#outcomes.get(id)
    if (known) return known
    const last = await this.#records.outcome(id)
    const outcome = last?.refused ? ((await lastTaken(this.#records, id)) ?? last) : last
    // A failed or cancelled job may be ordered again, by another process too.
    if (outcome?.state !== 'completed') return outcome
    this.#outcomes.set(id, outcome)
    forgetOldest(this.#outcomes, EndedJobs.#MAX)
    return outcome
  }

  /** Returns the ids of the jobs that have not ended. */
  async openIds(): Promise<string[]> {
    const open: string[] = []
    // A job with a damaged outcome has ended all the same.
    for (const id of await this.#records.ids())
      if (!this.#outcomes.has(id) && (await unlessDamaged(() => this.#records.hasEnded(id))) === false)
        open.push(id)
    return open
  }
}

/** Returns the view of a job that was ordered just now: all of it is in the record. */
export function newJobView(record: JobRecord): JobView {
  return viewWith(record, {
    state: 'queued',
    attempt: 0,
    progress: null,
    startedAt: null,
    finishedAt: null,
    error: null,
    outcome: null,
  })
}

/** Returns the view of a job that has ended, but for its webhook, which `pending` stands for. */
export function endedView(record: JobRecord, outcome: JobOutcome): JobView {
  const { state, attempt, progress, startedAt, finishedAt, error } = outcome
  return viewWith(record, { state, attempt, progress, startedAt, finishedAt, error, outcome })
}

/** Returns the view of a job that has not ended, from what the queue knows of it and of its parts. */
export async function runningView(
  record: JobRecord,
  { records, queue, ended }: { records: JobRecords; queue: Pick<JobQueue, 'find'>; ended: EndedJobs },
): Promise<JobView> {
  const [known, cancelling] = await Promise.all([queue.find(record.id), records.cancelRequested(record.id)])
  const family =
    record.children.length === 0
      ? null
      : await familyProgress(record, { find: (id) => queue.find(id), outcome: (id) => ended.outcome(id) })
  // A job that the queue has just ended counts as active until its outcome is kept.
  const running = known !== undefined && known.state !== 'waiting'
  const active = running || family?.startedAt != null
  const progress = running ? Progress.safeParse(known.progress).data : family?.progress
  const startedAt = family?.startedAt ?? known?.startedAt ?? null
  return viewWith(record, {
    state: cancelling ? 'cancelling' : active ? 'active' : 'queued',
    attempt: Math.max(known?.attempt ?? 0, family && active ? 1 : 0),
    progress: active ? (progress ?? null) : null,
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
    finishedAt: null,
    error: null,
    outcome: null,
  })
}

/** Progress of a job. */
interface Standing extends Pick<JobView, 'attempt' | 'progress' | 'startedAt' | 'finishedAt' | 'error'> {
  state: JobState
  /** Null before its end. */
  outcome: JobOutcome | null
}

function viewWith(record: JobRecord, standing: Standing): JobView {
  return byKind(record, VIEWS, standing)
}

const VIEWS: ByKind<[Standing], JobView> = {
  training(record, standing) {
    const { promote, recipe, part } = record
    const version = standing.outcome?.version ?? null
    return { ...common(record, standing), kind: 'training', version, promote, recipe, part }
  },
  prediction(record, standing) {
    const { version, rows, columns, format, scores, notes, interval, set, abstain, prefix, part } = record
    return {
      ...common(record, standing),
      kind: 'prediction',
      version,
      rows,
      failedRows: standing.outcome?.answered?.failed ?? null,
      columns,
      format,
      scores,
      notes,
      interval: interval ?? null,
      set: set ?? null,
      abstain: abstain ?? null,
      prefix,
      part,
    }
  },
}

function common(record: JobRecord, { outcome, ...standing }: Standing) {
  const { id, model, dataset, datasetName, createdAt, priority, limits, parent, warnings } = record
  return {
    id,
    model,
    dataset,
    datasetName,
    createdAt,
    priority,
    limits,
    parent,
    reused: false,
    warnings: outcome ? [...warnings, ...outcome.warnings] : warnings,
    webhook: record.webhook ? webhookView(record.webhook.url) : null,
    ...standing,
  }
}

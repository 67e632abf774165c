import type { JobQueue } from './queue.ts'
import type { JobOutcome, JobRecords } from './records.ts'

/** What is seen of a run of the reconciler, for the log. */
export interface Reconciliation {
  requeued: string[]
  ended: string[]
}

/** Jobs younger than this may still be on their way into the queue. */
const GRACE_MS = 10_000

/**
 * Brings the queue in line with the store, which is the truth: a job without outcome that the queue has lost
 * is queued again; one that the queue gave up, or that was cancelled while it waited, gets its outcome.
 */
export class Reconciler {
  readonly #records: JobRecords
  readonly #queue: Pick<JobQueue, 'add' | 'find' | 'remove'>
  /** Jobs that are known to have ended, so that a run looks at open ones only. */
  readonly #ended = new Set<string>()

  constructor(records: JobRecords, queue: Pick<JobQueue, 'add' | 'find' | 'remove'>) {
    this.#records = records
    this.#queue = queue
  }

  /** @param signal ends the run between two jobs */
  async run(signal?: AbortSignal): Promise<Reconciliation> {
    const result: Reconciliation = { requeued: [], ended: [] }
    for (const id of await this.#records.ids()) {
      if (signal?.aborted) break
      if (this.#ended.has(id)) continue
      if (await this.#records.hasEnded(id)) this.#ended.add(id)
      else await this.#align(id, result)
    }
    return result
  }

  /** Gives a job that no attempt is left for its outcome. */
  async giveUp(id: string): Promise<void> {
    const record = await this.#records.find(id)
    if (!record) return
    if (await this.#records.cancelRequested(id))
      await this.#records.end(id, outcome('cancelled', 'The job was cancelled.', 0))
    else {
      const attempt = (await this.#queue.find(id))?.attempt ?? 0
      const detail =
        'The process that trained the model ended again and again without saying why; most often it ran out of memory. Use fewer words, smaller layers or smaller batches.'
      await this.#records.end(id, outcome('failed', detail, attempt))
    }
  }

  async #align(id: string, result: Reconciliation): Promise<void> {
    const record = await this.#records.find(id)
    if (!record) return
    const known = await this.#queue.find(id)
    if (known === undefined) {
      if (Date.now() - Date.parse(record.createdAt) < GRACE_MS) return
      // Between the two looks it may have ended.
      if (await this.#records.hasEnded(id)) return
      if (await this.#records.cancelRequested(id)) return this.#end(id, result)
      await this.#queue.add({ id, data: { jobId: id } })
      result.requeued.push(id)
    } else if (known.state === 'failed') await this.#end(id, result)
    else if (
      known.state === 'waiting' &&
      (await this.#records.cancelRequested(id)) &&
      (await this.#queue.remove(id))
    )
      await this.#end(id, result)
  }

  async #end(id: string, result: Reconciliation): Promise<void> {
    await this.giveUp(id)
    result.ended.push(id)
  }
}

function outcome(state: 'failed' | 'cancelled', detail: string, attempt: number): JobOutcome {
  const error =
    state === 'cancelled'
      ? { type: 'urn:fitserve:cancelled', title: 'Cancelled', detail }
      : { type: 'urn:fitserve:job-crashed', title: 'Job crashed', detail }
  return {
    ...{ state, attempt, startedAt: null, finishedAt: new Date().toISOString(), version: null, error },
    ...{ warnings: [], progress: null, history: null },
  }
}

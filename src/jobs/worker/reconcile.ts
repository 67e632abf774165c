/*
 * The store is the source of truth and the queue only hands out work; no transaction spans the two. A process may die
 * between a write to one and a write to the other; a Redis may be wiped, a damaged embedded database is replaced by an
 * empty one. This file compares them and repairs the difference, at the start of a process and every 15 s.
 *
 *   order ──► record ──► queue ──► worker ──► attempt ──► outcome ──► checkpoints dropped
 *            (store)    (queue)                          (store)     (store)
 *                 └─ 1 ─┘   └──────── 2, 3, 4 ─────────────┘     └─ 5 ─┘
 *
 *      store says             queue says               repaired by
 *   1  record, no outcome     nothing                  queued again, once the record is older than GRACE_MS
 *   2  record, no outcome     failed (given up)        outcome `failed`, with the reason of the last attempt
 *   2a record, no outcome     completed                forgotten with its open parts, and queued again: an attempt keeps
 *                                                      its outcome before the queue hears of its end, so this end was
 *                                                      that of an older round
 *   3  cancel of the job or   waiting                  taken out of the queue; outcome `cancelled`
 *      its whole, no outcome
 *   4  part, no outcome; its  waiting or nothing       outcome `cancelled`; a running attempt sees it for itself
 *      job has ended
 *   4a job waits for parts    some part unknown        job and open parts are queued again together
 *   5  outcome                anything                 leftover checkpoints are deleted
 *   -  record damaged         anything                 left alone, so that other jobs are not kept waiting
 *
 * Every step is safe to repeat and to run in several processes at once: `add` does nothing for a job that the queue
 * knows, and an outcome is created only if absent.
 */
import { unlessDamaged } from '../../errors.ts'
import { queueJob } from '../family/queue-job.ts'
import { settleParent } from '../family/settle.ts'
import type { JobQueue } from '../queue/contract.ts'
import { gaveUp } from '../records/failed-reason.ts'
import { cancelledError, endedOutside } from '../records/outcomes.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'

/** Result of a run of the reconciler, for the log. */
export interface Reconciliation {
  /** Ids of jobs that were queued again. */
  requeued: string[]
  /** Ids of jobs that were given an outcome. */
  ended: string[]
}

/**
 * Interval at which a process compares queue and store, in ms. The operating guide promises repairs "within some 15 s".
 */
export const RECONCILE_MS = 15_000
/** Age up to which a job may still be on its way into the queue, in ms. */
const GRACE_MS = 10_000
/** Runs after which ended jobs are looked at again: a retry may have begun a new round. */
const FORGET_RUNS = 20

const isFresh = ({ createdAt }: JobRecord) => Date.now() - Date.parse(createdAt) < GRACE_MS

/** Brings the queue in line with the store. See the head of this file. */
export class Reconciler {
  readonly #records: JobRecords
  readonly #queue: Pick<JobQueue, 'add' | 'addFlow' | 'find' | 'remove' | 'forget'>
  /** Jobs that are known to have ended, so that a run looks only at open ones. */
  readonly #ended = new Set<string>()
  /** Ended jobs whose leftover checkpoints have been deleted. */
  readonly #tidied = new Set<string>()
  #runs = 0

  constructor(records: JobRecords, queue: Pick<JobQueue, 'add' | 'addFlow' | 'find' | 'remove' | 'forget'>) {
    this.#records = records
    this.#queue = queue
  }

  /** Compares all jobs once. @param signal ends the run between two jobs */
  async run(signal?: AbortSignal): Promise<Reconciliation> {
    const result: Reconciliation = { requeued: [], ended: [] }
    this.#runs += 1
    // A failed job may have been ordered again, also in another process.
    if (this.#runs % FORGET_RUNS === 0) this.#ended.clear()
    for (const id of await this.#records.ids()) {
      if (signal?.aborted) break
      if (this.#ended.has(id)) continue
      // A job with a damaged file can be neither run nor ended, and must not keep others waiting.
      await unlessDamaged(async () => {
        if (await this.#records.hasEnded(id)) await this.#hasEnded(id)
        else await this.#align(id, result)
      })
    }
    return result
  }

  /** Deletes the checkpoints that a process left which died right after a job's end; once for each job is enough. */
  async #hasEnded(id: string): Promise<void> {
    this.#ended.add(id)
    if (this.#tidied.has(id)) return
    this.#tidied.add(id)
    await this.#records.dropCheckpoints(id)
  }

  /** Writes the outcome of a job that has no attempts left. */
  async giveUp(id: string): Promise<void> {
    const record = await this.#records.find(id)
    if (!record) return
    // A round is ended for what the queue says after this: by then a retry may have begun the next one.
    const round = await this.#records.round(id)
    const { attempt = 0, failedReason = null } = (await this.#queue.find(id)) ?? {}
    const outcome = (await this.#unwanted(record))
      ? endedOutside('cancelled', cancelledError('The job was cancelled.'))
      : endedOutside('failed', gaveUp(failedReason, attempt), { attempt })
    await this.#records.end(id, outcome, round)
    if (record.parent !== null) await settleParent(this.#records, record, outcome, round)
  }

  async #align(id: string, result: Reconciliation): Promise<void> {
    const record = await this.#records.find(id)
    if (!record) return
    if (record.parent !== null && (await this.#endedWithParent(record, result))) return
    const known = await this.#queue.find(id)
    if (known === undefined) return this.#requeue(record, result)
    if (known.state === 'failed') return this.#end(id, result)
    if (known.state === 'completed') return this.#beginAgain(record, result)
    if (known.state !== 'waiting') return
    if (!(await this.#unwanted(record))) return this.#requeueParts(record, result)
    if (await this.#queue.remove(id)) await this.#end(id, result)
  }

  /** Ends a part whose job has ended or was never kept. Returns true if nothing else is to be done for it. */
  async #endedWithParent(record: JobRecord, result: Reconciliation): Promise<boolean> {
    const { id, parent } = record
    const job = parent === null ? undefined : await this.#records.find(parent)
    const belongs = job?.children.includes(id) === true
    if (!belongs && isFresh(record)) return true
    const isOpen = belongs && !(await this.#records.hasEnded(job.id))
    if (isOpen) {
      const queued = await this.#queue.find(id)
      // The usual case, in each run and for each part, so it must not list the retries.
      if (queued?.state !== 'failed') return queued === undefined
    }
    const round = await this.#records.round(id)
    // A retry begins the rounds of the parts before that of their job, and before the queue forgets the round before.
    if (Date.now() - (await this.#records.roundBegan(id, round)) < GRACE_MS) return true
    if (isOpen) return false
    const known = await this.#queue.find(id)
    // A running attempt sees for itself that its job has ended.
    if (known?.state === 'active' || (known?.state === 'waiting' && !(await this.#queue.remove(id))))
      return true
    await this.#records.end(
      id,
      endedOutside('cancelled', cancelledError('The job that it is a part of has ended.')),
      round,
    )
    result.ended.push(id)
    return true
  }

  async #requeue(record: JobRecord, result: Reconciliation): Promise<void> {
    const { id } = record
    if (isFresh(record)) return
    // It may have ended between the two questions.
    if (await this.#records.hasEnded(id)) return
    if (await this.#records.cancelRequested(id)) return this.#end(id, result)
    await queueJob(this.#queue, this.#records, record)
    result.requeued.push(id)
  }

  /** Queues a job again that has ended for the queue only. A part is left to its job, which runs its open parts. */
  async #beginAgain(record: JobRecord, result: Reconciliation): Promise<void> {
    const { id, parent, children } = record
    // An attempt may have kept its outcome since the store was asked.
    if (parent !== null || isFresh(record) || (await this.#records.hasEnded(id))) return
    for (const child of children) if (!(await this.#records.hasEnded(child))) await this.#queue.forget(child)
    await this.#queue.forget(id)
    await this.#requeue(record, result)
  }

  /** Queues a job again that waits for parts which the queue has lost; it would wait forever. */
  async #requeueParts(record: JobRecord, result: Reconciliation): Promise<void> {
    for (const child of record.children) {
      if (this.#ended.has(child) || (await this.#records.hasEnded(child))) continue
      if ((await this.#queue.find(child)) !== undefined) continue
      await this.#requeue(record, result)
      return
    }
  }

  /** Tells whether a job, or the one that it is a part of, is to be cancelled. */
  async #unwanted({ id, parent }: JobRecord): Promise<boolean> {
    if (await this.#records.cancelRequested(id)) return true
    return parent !== null && (await this.#records.cancelRequested(parent))
  }

  async #end(id: string, result: Reconciliation): Promise<void> {
    await this.giveUp(id)
    result.ended.push(id)
  }
}

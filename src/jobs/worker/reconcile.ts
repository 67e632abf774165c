import { unlessDamaged } from '../../errors.ts'
import { queueJob } from '../family/queue-job.ts'
import { settleParent } from '../family/settle.ts'
import type { JobQueue } from '../queue/contract.ts'
import { gaveUp } from '../records/failed-reason.ts'
import { cancelledError, endedOutside } from '../records/outcomes.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'

/** What is seen of a run of the reconciler, for the log. */
export interface Reconciliation {
  requeued: string[]
  ended: string[]
}

/** Jobs younger than this may still be on their way into the queue. */
const GRACE_MS = 10_000
/** Runs after which ended jobs are looked at again. */
const FORGET_RUNS = 20

const isFresh = ({ createdAt }: JobRecord) => Date.now() - Date.parse(createdAt) < GRACE_MS

/**
 * Brings the queue in line with the store, which is the truth: a job without outcome that the queue has lost
 * is queued again; one that the queue gave up, or that was cancelled while it waited, gets its outcome.
 */
export class Reconciler {
  readonly #records: JobRecords
  readonly #queue: Pick<JobQueue, 'add' | 'addFlow' | 'find' | 'remove'>
  /** Jobs that are known to have ended, so that a run looks at open ones only. */
  readonly #ended = new Set<string>()
  /** Those of them whose leftovers were looked for. */
  readonly #tidied = new Set<string>()
  #runs = 0

  constructor(records: JobRecords, queue: Pick<JobQueue, 'add' | 'addFlow' | 'find' | 'remove'>) {
    this.#records = records
    this.#queue = queue
  }

  /** @param signal ends the run between two jobs */
  async run(signal?: AbortSignal): Promise<Reconciliation> {
    const result: Reconciliation = { requeued: [], ended: [] }
    this.#runs += 1
    // What had failed may have been ordered again, by another process too.
    if (this.#runs % FORGET_RUNS === 0) this.#ended.clear()
    for (const id of await this.#records.ids()) {
      if (signal?.aborted) break
      if (this.#ended.has(id)) continue
      // A job of which a file is damaged can be neither run nor ended, and must not keep others from it.
      await unlessDamaged(async () => {
        if (await this.#records.hasEnded(id)) await this.#hasEnded(id)
        else await this.#align(id, result)
      })
    }
    return result
  }

  /** A process that died right after a job's end has left its checkpoints; once for each job that is enough. */
  async #hasEnded(id: string): Promise<void> {
    this.#ended.add(id)
    if (this.#tidied.has(id)) return
    this.#tidied.add(id)
    await this.#records.dropCheckpoints(id)
  }

  /** Gives a job that no attempt is left for its outcome. */
  async giveUp(id: string): Promise<void> {
    const record = await this.#records.find(id)
    if (!record) return
    const { attempt = 0, failedReason = null } = (await this.#queue.find(id)) ?? {}
    const outcome = (await this.#records.cancelRequested(id))
      ? endedOutside('cancelled', cancelledError('The job was cancelled.'))
      : endedOutside('failed', gaveUp(failedReason, attempt), { attempt })
    await this.#records.end(id, outcome)
    if (record.parent !== null) await settleParent(this.#records, record, outcome)
  }

  async #align(id: string, result: Reconciliation): Promise<void> {
    const record = await this.#records.find(id)
    if (!record) return
    if (record.parent !== null && (await this.#endedWithParent(record, result))) return
    const known = await this.#queue.find(id)
    if (known === undefined) return this.#requeue(record, result)
    if (known.state === 'failed') return this.#end(id, result)
    if (known.state !== 'waiting') return
    if (!(await this.#unwanted(record))) return this.#requeueParts(record, result)
    if (await this.#queue.remove(id)) await this.#end(id, result)
  }

  /** A part whose job has ended, or was never kept, ends too; the lost ones are queued together with their job. */
  async #endedWithParent(record: JobRecord, result: Reconciliation): Promise<boolean> {
    const { id, parent } = record
    const job = parent === null ? undefined : await this.#records.find(parent)
    const belongs = job?.children.includes(id) === true
    if (!belongs && isFresh(record)) return true
    if (belongs && !(await this.#records.hasEnded(job.id))) return (await this.#queue.find(id)) === undefined
    const known = await this.#queue.find(id)
    // A running attempt sees for itself that its job has ended.
    if (known?.state === 'active' || (known?.state === 'waiting' && !(await this.#queue.remove(id))))
      return true
    await this.#records.end(
      id,
      endedOutside('cancelled', cancelledError('The job that it is a part of has ended.')),
    )
    result.ended.push(id)
    return true
  }

  async #requeue(record: JobRecord, result: Reconciliation): Promise<void> {
    const { id } = record
    if (isFresh(record)) return
    // Between the two looks it may have ended.
    if (await this.#records.hasEnded(id)) return
    if (await this.#records.cancelRequested(id)) return this.#end(id, result)
    await queueJob(this.#queue, this.#records, record)
    result.requeued.push(id)
  }

  /** A job that waits for parts that the queue has lost would wait for ever. */
  async #requeueParts(record: JobRecord, result: Reconciliation): Promise<void> {
    for (const child of record.children) {
      if (this.#ended.has(child) || (await this.#records.hasEnded(child))) continue
      if ((await this.#queue.find(child)) !== undefined) continue
      await this.#requeue(record, result)
      return
    }
  }

  async #unwanted({ id, parent }: JobRecord): Promise<boolean> {
    if (await this.#records.cancelRequested(id)) return true
    return parent !== null && (await this.#records.cancelRequested(parent))
  }

  async #end(id: string, result: Reconciliation): Promise<void> {
    await this.giveUp(id)
    result.ended.push(id)
  }
}

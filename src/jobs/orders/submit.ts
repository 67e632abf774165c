import { v7 as uuidv7 } from 'uuid'
import type { FindDataset } from '../../datasets/contract.ts'
import { FitserveError } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import type { JobSubmission } from '../contract.ts'
import { queueJob } from '../family/queue-job.ts'
import type { JobQueue } from '../queue/contract.ts'
import { refusedOutcome } from '../records/outcomes.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'
import { awaitWebhook } from '../webhooks/marks.ts'
import { datasetsGone } from './datasets-used.ts'
import { fingerprintOf } from './fingerprint.ts'
import { claimKey, findKeyed, type KeyedJob } from './idempotency.ts'
import { invalidJob, type OrderChecks } from './order.ts'

/** Dependencies of `submit`. */
export interface SubmitDependencies {
  store: Store
  records: JobRecords
  queue: Pick<JobQueue, 'add' | 'addFlow'>
  dataset: FindDataset
  /** Tells whether the data set of an id is there, after the end of deletions that are under way. */
  datasetStands: (id: string) => Promise<boolean>
  /** Refuses a client's order while too many jobs wait. @throws FitserveError `overloaded` */
  refuseWhereFull: () => Promise<void>
  webhookFault: OrderChecks['webhookFault']
}

/** A checked order of any kind, ready to be kept. */
export interface Plan {
  /** A finished job that has the same result; undefined where a new one is needed. */
  equal: JobRecord | undefined
  /** Makes the record of the job, and those of its parts. */
  recordsOf(own: OwnFields): { record: JobRecord; parts: JobRecord[] }
}

/** What a record has from the order's client and not from its body. */
export type OwnFields = Pick<JobRecord, 'id' | 'createdBy' | 'scheduled' | 'origin'>

/** The job of an order. */
export interface Submitted {
  record: JobRecord
  /**
   * `new`: made just now, and taken by the queue; `known`: the same order made it before; `reused`: another order made
   * it, and it has completed with the same result.
   */
  from: 'new' | 'known' | 'reused'
}

/**
 * Checks an order, keeps its record and those of its parts, then queues them. No order is acknowledged before it is
 * in the store and in the queue.
 * @param plan checks the order's body, as its kind of job demands; called unless the order has its job already
 * @throws FitserveError `invalid-job`, `idempotency-key-reused`, `overloaded`, `queue-unavailable`,
 *   `store-unavailable`
 */
export async function submit(
  dependencies: SubmitDependencies,
  submission: JobSubmission,
  plan: () => Promise<Plan>,
): Promise<Submitted> {
  const { store, records } = dependencies
  const repeated = submission.id === undefined ? undefined : await records.find(submission.id)
  if (repeated) return { record: repeated, from: 'known' }
  const { idempotencyKey: key } = submission
  const request =
    key === null ? undefined : { key, owner: submission.by, body: fingerprintOf(submission.body) }
  // The key is looked up before the order is checked: its job stays its answer when the data set has been deleted
  // since.
  const keyed = request && (await findKeyed(store, request))
  const before = keyed && (await answeredBefore(dependencies, keyed))
  if (before) return before
  const { equal, recordsOf } = await plan()
  // A schedule's order is always taken: nobody would repeat it.
  if (!equal && submission.id === undefined) await dependencies.refuseWhereFull()
  let id: string = equal?.id ?? submission.id ?? uuidv7()
  if (request) {
    const claimed = await claimKey(store, request, { id, reused: equal !== undefined })
    const known = await answeredBefore(dependencies, claimed)
    if (known) return known
    id = claimed.id
  } else if (equal) return { record: equal, from: 'reused' }
  const { record, parts } = recordsOf({
    id,
    createdBy: submission.by,
    scheduled: submission.id !== undefined,
    ...(submission.origin ? { origin: submission.origin } : {}),
  })
  // The job's own record is created last: parts without it are taken for leftovers of a process that died here.
  for (const part of parts) await records.create(part)
  if (record.webhook) await awaitWebhook(store, { job: id, round: 1 })
  const created = await records.create(record)
  // Of two requests with one key at the same moment, both answer with the record that was kept.
  if (!created) await records.discard(record.children)
  else await refuseWithoutDatasets(dependencies, record)
  const kept = created ? record : ((await records.find(id)) ?? record)
  // An order with an id of its own is a schedule's. No client waits for its answer, so where the queue is down the job
  // stays, and the reconciler queues it later.
  const queued =
    submission.id === undefined
      ? await enqueue(dependencies, kept, 1)
      : await queueJob(dependencies.queue, records, kept).then(
          () => true,
          () => false,
        )
  return { record: kept, from: created && queued ? 'new' : 'known' }
}

/**
 * Refuses an order whose data set was deleted between its check and its record. From the record on a deletion is
 * refused.
 * @throws FitserveError `invalid-job`, `store-unavailable`
 */
async function refuseWithoutDatasets(
  { records, datasetStands }: Pick<SubmitDependencies, 'records' | 'datasetStands'>,
  record: JobRecord,
): Promise<void> {
  const refuse = () => refuseRound(records, record, 1, 'A data set was deleted during the order.')
  const gone = await datasetsGone(datasetStands, record).catch(async (error: unknown) => {
    // Dropped: where the store is away, the first error says it.
    await refuse().catch(() => undefined)
    throw error
  })
  if (gone.length === 0) return
  await refuse()
  throw invalidJob(
    gone.map(({ path, id }) => ({
      path,
      message: `The data set ${id} was deleted while the job was being ordered.`,
    })),
  )
}

/**
 * Returns the job that an Idempotency-Key answers with, in the queue where it has not ended; undefined before it has a
 * record.
 */
async function answeredBefore(
  { queue, records }: Pick<SubmitDependencies, 'queue' | 'records'>,
  { id, reused }: KeyedJob,
): Promise<Submitted | undefined> {
  const record = await records.find(id)
  if (!record) return undefined
  // The first request may have failed before it queued the job, or the queue may have been wiped since. A job that runs
  // already is not ended where the queue is down, as `enqueue` would do.
  if (!(await records.hasEnded(id))) await queueJob(queue, records, record)
  return { record, from: reused ? 'reused' : 'known' }
}

/**
 * Queues a job that was ordered just now. Where that fails the job ends at once: its client gets an error, and must not
 * find the job run all the same. A job that has ended otherwise, because the queue took it and only its answer was
 * lost, is no failure.
 * @param round the round that was ordered: 1, or that of a retry
 * @returns whether the queue answered; otherwise the job has run and ended
 * @throws FitserveError `queue-unavailable`
 */
export async function enqueue(
  { queue, records }: Pick<SubmitDependencies, 'queue' | 'records'>,
  record: JobRecord,
  round: number,
): Promise<boolean> {
  try {
    await queueJob(queue, records, record)
    return true
  } catch (cause) {
    const detail = 'The job could not be queued.'
    if (!(await refuseRound(records, record, round, detail))) return false
    throw cause instanceof FitserveError ? cause : new FitserveError('queue-unavailable', detail, { cause })
  }
}

/**
 * Ends a round that was kept and is refused all the same, with the parts that were to run in it. Returns false, and
 * changes nothing, where it has run and ended already.
 */
export async function refuseRound(
  records: JobRecords,
  { id, children }: JobRecord,
  round: number,
  detail: string,
): Promise<boolean> {
  // Read before the job ends: a retry may begin the next round of each part as soon as it has.
  const rounds = await Promise.all(children.map((child) => records.round(child)))
  await records.end(id, refusedOutcome(detail), round)
  if ((await records.outcomeOf(id, round))?.refused === false) return false
  for (const [index, child] of children.entries())
    await records.end(child, refusedOutcome(detail), rounds[index])
  return true
}

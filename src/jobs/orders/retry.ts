import type { FindDataset } from '../../datasets/contract.ts'
import { FitserveError } from '../../errors.ts'
import type { Store } from '../../store/contract.ts'
import { queueJob } from '../family/queue-job.ts'
import type { JobQueue } from '../queue/contract.ts'
import { type ByKind, byKind, type JobRecord, type JobRecords } from '../records/records.ts'
import { awaitWebhook } from '../webhooks/marks.ts'
import { datasetsGone, datasetsUsed } from './datasets-used.ts'
import { enqueue, refuseRound, type SubmitDependencies } from './submit.ts'

/**
 * Orders a failed or cancelled job again, under its own id; parts that had completed are kept. Of requests at the same
 * moment one begins the next round, and the others are refused.
 * @throws FitserveError `job-not-retryable`, `queue-unavailable`
 */
export async function retryJob(
  dependencies: {
    store: Store
    records: JobRecords
    queue: Pick<JobQueue, 'add' | 'addFlow' | 'find' | 'remove' | 'forget'>
    dataset: FindDataset
    datasetStands: SubmitDependencies['datasetStands']
  },
  record: JobRecord,
  by: string | null,
): Promise<void> {
  const { store, records, queue, dataset } = dependencies
  const { id, parent, children, webhook } = record
  if (parent !== null)
    throw notRetryable(`The job ${id} is a part of ${parent}. Retry that one: its completed parts are kept.`)
  // Only the request that creates the entry after this round may order the job: another one may read the same outcome.
  const round = await records.round(id)
  const outcome = await records.outcomeOf(id, round)
  if (!outcome) throw notRetryable(`The job ${id} has not ended. Cancel it first.`)
  if (outcome.state === 'completed')
    throw notRetryable(`The job ${id} has completed. ${byKind(record, AGAIN)}`)
  for (const used of datasetsUsed(record))
    await dataset(used.id).catch((cause: unknown) => {
      if (!(cause instanceof FitserveError) || cause.code !== 'unknown-dataset') throw cause
      throw datasetGone(id, used.id)
    })
  const again: { child: string; childRound: number }[] = []
  for (const child of children) {
    const childRound = await records.round(child)
    const part = await records.outcomeOf(child, childRound)
    if (!part) throw stillEnding(id)
    if (part.state !== 'completed') again.push({ child, childRound })
  }
  for (const each of [id, ...again.map(({ child }) => child)]) {
    await queue.remove(each)
    await queue.forget(each)
    if (await queue.find(each)) throw stillEnding(id)
  }
  // The job's own round begins last, so that a process that dies in between leaves a job that the reconciler queues.
  for (const { child, childRound } of again) await records.beginRound(child, childRound + 1, by)
  if (webhook) await awaitWebhook(store, { job: id, round: round + 1 })
  if (!(await records.beginRound(id, round + 1, by))) {
    // This request may have taken the job of the faster one out of the queue. Where it cannot be put back now, the
    // reconciler does it.
    await queueJob(queue, records, record).catch(() => undefined)
    throw notRetryable(`The job ${id} has just been ordered again by another request.`)
  }
  const [gone] = await datasetsGone(dependencies.datasetStands, record)
  if (gone) {
    await refuseRound(records, record, round + 1, 'A data set was deleted during the retry.')
    throw datasetGone(id, gone.id)
  }
  await enqueue({ records, queue }, record, round + 1)
}

/** How to have the work of a completed job done again. */
const AGAIN: ByKind<[], string> = {
  training: () => 'Order it again with "force" to train it once more.',
  prediction: () => 'Order a new prediction with POST /predictions.',
}

function datasetGone(job: string, dataset: string): FitserveError {
  return notRetryable(`The data set ${dataset}, which the job ${job} needs, has been deleted.`)
}

function stillEnding(id: string): FitserveError {
  return notRetryable(`The job ${id} is still ending. Try again in a moment.`)
}

function notRetryable(message: string): FitserveError {
  return new FitserveError('job-not-retryable', message)
}

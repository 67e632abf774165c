import { FitserveError } from '../../errors.ts'
import type { JobQueue } from '../queue.ts'
import type { JobRecord, JobRecords } from '../records.ts'
import { enqueue } from './submit.ts'

/**
 * Orders a failed or cancelled job again, under its own id; parts that had completed are kept.
 * @throws FitserveError `job-not-retryable`, `queue-unavailable`
 */
export async function retryJob(
  {
    records,
    queue,
  }: { records: JobRecords; queue: Pick<JobQueue, 'add' | 'addFlow' | 'find' | 'remove' | 'forget'> },
  record: JobRecord,
  by: string | null,
): Promise<void> {
  const { id, parent, children } = record
  if (parent !== null)
    throw notRetryable(
      `The job ${id} is a part of ${parent}: retry that one, which keeps what has completed.`,
    )
  const outcome = await records.outcome(id)
  if (!outcome) throw notRetryable(`The job ${id} has not ended. Cancel it first.`)
  if (outcome.state === 'completed')
    throw notRetryable(`The job ${id} has completed. Order it again with "force" to train it once more.`)
  const again: string[] = []
  for (const child of children) {
    const part = await records.outcome(child)
    if (!part) throw stillEnding(id)
    if (part.state !== 'completed') again.push(child)
  }
  for (const each of [id, ...again]) {
    await queue.remove(each)
    await queue.forget(each)
    if (await queue.find(each)) throw stillEnding(id)
  }
  // In this order a process that dies in between leaves a job that is queued again from its record.
  for (const child of again) await records.beginRound(child, by)
  await records.beginRound(id, by)
  await enqueue({ records, queue }, record)
}

function stillEnding(id: string): FitserveError {
  return notRetryable(`The job ${id} is still ending. Try again in a moment.`)
}

function notRetryable(message: string): FitserveError {
  return new FitserveError('job-not-retryable', message)
}

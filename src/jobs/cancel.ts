import { FitserveError } from '../errors.ts'
import { settleCancelled, settleParent } from './family/settle.ts'
import type { JobQueue } from './queue/contract.ts'
import { cancelledError, endedOutside } from './records/outcomes.ts'
import type { JobOutcome, JobRecord, JobRecords } from './records/records.ts'

/**
 * Cancels a job with its parts: waiting ones end at once, running ones see the request within half a second.
 * @throws FitserveError `job-finished`
 */
export async function cancelJob(
  { records, queue }: { records: JobRecords; queue: Pick<JobQueue, 'remove'> },
  record: JobRecord,
  by: string | null,
): Promise<void> {
  const { id, children } = record
  const round = await records.round(id)
  if (await records.hasEnded(id)) throw new FitserveError('job-finished', `The job ${id} has ended already.`)
  await records.requestCancel(id, by)
  for (const child of children) {
    const childRound = await records.round(child)
    if (!(await records.hasEnded(child)) && (await queue.remove(child)))
      await records.end(child, cancelledBeforeStart(child), childRound)
  }
  if (await queue.remove(id)) {
    const outcome = cancelledBeforeStart(id)
    // Another process may have ended this round meanwhile, and a retry may have begun the next one.
    await records.end(id, outcome, round)
    if (record.parent !== null) await settleParent(records, record, outcome, round)
  } else if (children.length > 0) await settleCancelled(records, id, round)
}

function cancelledBeforeStart(id: string): JobOutcome {
  return endedOutside('cancelled', cancelledError(`The job ${id} was cancelled before it began.`))
}

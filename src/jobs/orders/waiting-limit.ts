import { FitserveError } from '../../errors.ts'
import { sharedLooks } from '../../runtime/shared-looks.ts'
import type { JobQueue } from '../queue/contract.ts'

/**
 * Returns a check that refuses an order while the queue holds `most` waiting jobs, folds and trials or more. Orders at
 * one moment share a count, and each may bring parts, so that the queue can hold somewhat more than that.
 */
export function waitingLimit(queue: Pick<JobQueue, 'counts'>, most: number): () => Promise<void> {
  const counts = sharedLooks(() => queue.counts())
  /** @throws FitserveError `overloaded`, `queue-unavailable` */
  return async () => {
    const { waiting } = await counts('all')
    if (waiting >= most)
      throw new FitserveError(
        'overloaded',
        `${waiting.toLocaleString('en')} jobs, folds and trials wait already, and new orders are taken below ${most.toLocaleString('en')} (MAX_WAITING_JOBS). Wait until some have run, or cancel some of GET /jobs?state=queued.`,
      )
  }
}

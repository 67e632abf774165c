import type { JobError, JobOutcome, JobRecords } from './records.ts'

/** Returns the outcome of a job that is ended from outside of its attempts. */
export function endedOutside(
  state: 'failed' | 'cancelled',
  error: JobError,
  more: Partial<JobOutcome> = {},
): JobOutcome {
  return {
    state,
    error,
    attempt: 0,
    startedAt: null,
    finishedAt: new Date().toISOString(),
    version: null,
    warnings: [],
    progress: null,
    history: null,
    evaluation: null,
    stopped: false,
    refused: false,
    answered: null,
    ...more,
  }
}

/** Returns the error of a cancelled job. */
export function cancelledError(detail: string): JobError {
  return { type: 'urn:fitserve:cancelled', title: 'Cancelled', detail }
}

/**
 * Returns the outcome of a job whose order is refused after its record was kept, because the queue did not take it or a
 * data set was deleted meanwhile. The record is not deleted: the queue may have got the job all the same, and its
 * worker must then find that the job has ended.
 */
export function refusedOutcome(detail: string): JobOutcome {
  const error = { type: 'urn:fitserve:queue-unavailable', title: 'Queue unavailable', detail }
  return endedOutside('failed', error, { refused: true })
}

/** Returns the outcome of the last round whose order was not refused; undefined where each was. */
export async function lastTaken(
  records: Pick<JobRecords, 'round' | 'outcomeOf'>,
  id: string,
): Promise<JobOutcome | undefined> {
  for (let round = await records.round(id); round > 0; round--) {
    const outcome = await records.outcomeOf(id, round)
    if (outcome?.refused === false) return outcome
  }
  return undefined
}

import type { JobError, JobOutcome, JobRecords } from './records.ts'

/** The outcome of a job that no attempt has brought to its end. */
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
    ...more,
  }
}

/** Why a cancelled job ended. */
export function cancelledError(detail: string): JobError {
  return { type: 'urn:fitserve:cancelled', title: 'Cancelled', detail }
}

/**
 * The outcome of a job whose order is refused since the queue did not take it. It is kept, and not the record deleted,
 * since the queue may have heard of the job all the same and answered late: whoever takes it then finds it ended.
 */
export function refusedOutcome(detail: string): JobOutcome {
  const error = { type: 'urn:fitserve:queue-unavailable', title: 'Queue unavailable', detail }
  return endedOutside('failed', error, { refused: true })
}

/** How the last round of a job ended whose order was not refused; undefined where each was. */
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

import type { FitserveError } from '../../errors.ts'
import { isUnwanted } from '../attempt/watch.ts'
import { settleParent } from '../family/settle.ts'
import type { Guard, RunningJob } from '../queue/contract.ts'
import { jobError } from '../records/failed-reason.ts'
import { type JobLimits, overLimit, stricter } from '../records/limits.ts'
import { cancelledError, endedOutside } from '../records/outcomes.ts'
import type { JobError, JobRecord, JobRecords } from '../records/records.ts'

/** Time that a process has to end by itself after a cancel or at its time limit, in ms. */
const GRACE_MS = 3_000
/** The same after it has passed its memory limit, in ms: shorter, since other processes lack that memory meanwhile. */
const MEMORY_GRACE_MS = 1_000
/** Interval at which the store is checked for a cancellation of the job, in ms. */
const ASK_MS = 1_000

interface Watched {
  record: JobRecord
  round: number
  askedAt: number
  unwantedAt: number | null
  overMemoryAt: number | null
}

/**
 * Watches a worker's training processes from outside, since a process in a long step notices neither a cancel nor a
 * limit. When the grace period is over that process is killed, and its job gets its outcome.
 */
export function createGuard(records: JobRecords, service: JobLimits): Guard {
  const watched = new Map<string, Watched>()

  const begin = async (id: string): Promise<Watched | undefined> => {
    const record = await records.find(id)
    if (!record) return undefined
    const times = { askedAt: 0, unwantedAt: null, overMemoryAt: null }
    const known = { record, round: await records.round(id), ...times }
    watched.set(id, known)
    return known
  }
  const cancelled = async (known: Watched): Promise<boolean> => {
    const now = performance.now()
    if (known.unwantedAt === null && now - known.askedAt > ASK_MS) {
      known.askedAt = now
      if (await isUnwanted(records, known.record)) known.unwantedAt = now
    }
    return known.unwantedAt !== null && now - known.unwantedAt > GRACE_MS
  }
  return {
    async check(job) {
      const known = watched.get(job.id) ?? (await begin(job.id))
      if (!known) return null
      const { record, round } = known
      const end = (state: 'failed' | 'cancelled', error: JobError) => async () => {
        const outcome = endedOutside(state, error, { attempt: job.attempt })
        if (await records.end(record.id, outcome, round)) await settleParent(records, record, outcome, round)
      }
      const over = overFor(known, job, stricter(service, record.limits))
      if (over) return end('failed', jobError(over))
      if (await cancelled(known)) return end('cancelled', cancelledError('The job was cancelled.'))
      return null
    },
    forget: (id) => void watched.delete(id),
  }
}

/** Returns the error for a limit that the process has exceeded for its grace period, or null. */
function overFor(known: Watched, job: RunningJob, limits: JobLimits): FitserveError | null {
  const late = overLimit(limits, { seconds: job.seconds - GRACE_MS / 1000, bytes: null })
  if (late) return late
  const full = overLimit(limits, { seconds: 0, bytes: job.bytes })
  if (!full) known.overMemoryAt = null
  else known.overMemoryAt ??= performance.now()
  const since = known.overMemoryAt
  return since !== null && performance.now() - since > MEMORY_GRACE_MS ? full : null
}

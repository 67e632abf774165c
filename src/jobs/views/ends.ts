import { setTimeout as wait } from 'node:timers/promises'
import { forgetOldest } from '../../runtime/forget-oldest.ts'
import type { JobEnd } from '../contract.ts'
import type { JobQueue } from '../queue/contract.ts'
import type { JobOutcome, JobRecord, JobRecords } from '../records/records.ts'

/**
 * Waits before an outcome is looked for, in ms. A worker writes that of a crashed job after the queue has reported its
 * end; a job that was only taken out of the queue gets none.
 */
const WAITS_MS = [0, 250, 1_000, 5_000, 20_000]
/** Limit on the ends that are remembered, since the queue may report one more than once; the oldest goes first. */
const MAX_REMEMBERED = 10_000

/** Returns how a job ended, from its record and its outcome. */
function endOf({ id, model, parent, origin }: JobRecord, outcome: JobOutcome): JobEnd {
  const { state, error, startedAt, finishedAt } = outcome
  const seconds = startedAt === null ? null : (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000
  const reason = error && { code: error.type.split(':').at(-1) ?? error.type, detail: error.detail }
  return { id, model, parent, request: origin?.request ?? null, state, reason, seconds }
}

/** Returns how the newest round of a job ended; undefined while it has not, or for an unknown job. */
export async function findEnd(records: JobRecords, id: string): Promise<JobEnd | undefined> {
  const record = await records.find(id)
  const outcome = record && (await records.outcome(id))
  return outcome && !outcome.refused ? endOf(record, outcome) : undefined
}

/**
 * Calls back once for each end of a job, in any process, from now on; not for folds and trials. An end while the queue
 * or the store is away may be missed.
 * @returns a function that ends it
 */
export function watchEnds(
  { queue, records }: { queue: Pick<JobQueue, 'subscribe'>; records: JobRecords },
  listener: (end: JobEnd) => void,
): () => void {
  const reported = new Set<string>()
  const stopped = new AbortController()
  const look = async (id: string): Promise<void> => {
    const record = await records.find(id)
    if (!record || record.parent !== null) return
    for (const ms of WAITS_MS) {
      if (ms > 0) await wait(ms, undefined, { signal: stopped.signal, ref: false })
      const outcome = await records.outcome(id)
      if (!outcome) continue
      const key = `${id} ${outcome.finishedAt}`
      if (outcome.refused || reported.has(key)) return
      reported.add(key)
      forgetOldest(reported, MAX_REMEMBERED)
      listener(endOf(record, outcome))
      return
    }
  }
  const unsubscribe = queue.subscribe(({ type, id }) => {
    if (type === 'active' || type === 'progress') return
    // A damaged or unreachable file: other metrics and the log show it.
    look(id).catch(() => undefined)
  })
  return () => {
    stopped.abort()
    unsubscribe()
  }
}

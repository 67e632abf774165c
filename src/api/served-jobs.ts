import type { Jobs, JobView } from '../jobs/contract.ts'
import { forgetOldest } from '../runtime/forget-oldest.ts'
import { inParallel } from '../runtime/in-parallel.ts'
import { withTimeout } from '../runtime/with-timeout.ts'
import type { Serving } from '../serving/contract.ts'

/** Limit on the wait for a version, in milliseconds, within the time that clients usually wait for an answer. */
const WAIT_MS = 5_000
/** Jobs of a list whose models are followed at once. */
const AT_ONCE = 4
/** Limit on the remembered jobs; the oldest goes first. */
const MAX_REMEMBERED = 10_000

/** Waits until a job's version is served, if it has one; see `untilServed`. Never rejects. */
export type UntilServed = (job: Pick<JobView, 'id' | 'model' | 'state' | 'version'>) => Promise<void>

/**
 * Returns a function that waits until this process has followed the publication of a completed job's version, so that a
 * client that has been told of the end and asks at once is answered by it. A version that cannot be loaded, or takes
 * longer than the limit, is waited for once. Jobs whose publication was followed before cost nothing, and no old
 * version is loaded.
 * @param waitMs limit on the wait, in milliseconds
 */
export function untilServed(
  serving: () => Pick<Serving, 'hasFollowed' | 'refresh'>,
  waitMs = WAIT_MS,
): UntilServed {
  /** Jobs that were waited for and may still not be followed: their models were deleted, or do not load in time. */
  const tried = new Set<string>()
  return async ({ id, model, state, version }) => {
    if (state !== 'completed' || version === null) return
    if (tried.has(id) || serving().hasFollowed(model, version)) return
    // Without the store there is nothing to wait for; the next answer tries again.
    const refreshed = serving()
      .refresh(model)
      .then(
        () => true,
        () => false,
      )
    if (!(await withTimeout(refreshed, waitMs, () => true))) return
    tried.add(id)
    forgetOldest(tried, MAX_REMEMBERED)
  }
}

/**
 * The jobs' room as the API answers from it: a job is shown as `completed` once this process serves its version.
 * @param waitMs limit on the wait for all versions of one answer, in milliseconds
 */
export function servedJobs(jobs: Jobs, served: UntilServed, waitMs = WAIT_MS): Jobs {
  const one = async <View extends JobView>(job: View): Promise<View> => {
    await served(job)
    return job
  }
  return {
    ...jobs,
    submit: async (submission) => one(await jobs.submit(submission)),
    retrain: async (model, body, by, own) => one(await jobs.retrain(model, body, by, own)),
    get: async (id) => one(await jobs.get(id)),
    async list(page, filter) {
      const found = await jobs.list(page, filter)
      await withTimeout(inParallel(found.items, AT_ONCE, served), waitMs, () => undefined)
      return found
    },
    async *events(id, lastEventId, signal) {
      for await (const event of jobs.events(id, lastEventId, signal)) {
        if (event.event === 'completed') await served(event.data)
        yield event
      }
    },
  }
}

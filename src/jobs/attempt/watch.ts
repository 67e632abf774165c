import { getHeapStatistics } from 'node:v8'
import { FitserveError } from '../../errors.ts'
import { type JobLimits, overLimit } from '../records/limits.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'
import { type Fence, Fenced } from './fence.ts'

/** Interval in which an attempt checks its limits and whether its job is to be cancelled, in milliseconds. */
const CHECK_MS = 400
/** Every n-th check also asks whether a later attempt has begun, which is rare. */
const FENCE_EVERY = 5
/** Share of V8's heap limit beyond which V8 would soon abort the process without a message. */
const HEAP_SHARE = 0.95

/** A running watch over an attempt. */
export interface Watch {
  /** Fires when the attempt is to stop; its reason is the error that ends the attempt. */
  signal: AbortSignal
  /** Ends the watch. */
  end(): void
}

/**
 * Watches an attempt from within its process. The signal fires when the job or its parent is cancelled, when the
 * parent has ended, when a limit is exceeded, and when a later attempt has begun. A long step of training blocks this
 * watch; the worker's guard (worker/guard.ts) then acts from outside.
 */
export async function watchAttempt(
  records: JobRecords,
  record: JobRecord,
  how: { limits: JobLimits; fence: Fence; outer: AbortSignal },
): Promise<Watch> {
  const { limits, fence, outer } = how
  const controller = new AbortController()
  const started = performance.now()
  let checks = 0
  const checkLimits = () => {
    const over = overLimit(limits, used(started)) ?? heapIsFull()
    if (over) controller.abort(over)
  }
  const checkStore = async () => {
    checks += 1
    if (checks % FENCE_EVERY === 0)
      await fence.check().catch((error: unknown) => error instanceof Fenced && controller.abort(error))
    // A store that is down for a moment does not stop a training run.
    if (await isUnwanted(records, record).catch(() => false))
      controller.abort(new FitserveError('cancelled', 'The job was cancelled.'))
  }
  checkLimits()
  await checkStore()
  let isChecking = false
  const timer = setInterval(() => {
    checkLimits()
    // The store may take longer than the interval.
    if (isChecking) return
    isChecking = true
    void checkStore().finally(() => {
      isChecking = false
    })
  }, CHECK_MS)
  const onOuter = () => controller.abort(outer.reason)
  if (outer.aborted) onOuter()
  else outer.addEventListener('abort', onOuter, { once: true })
  return {
    signal: controller.signal,
    end() {
      clearInterval(timer)
      outer.removeEventListener('abort', onOuter)
    },
  }
}

/** Tells whether a job or its parent is to be cancelled, or its parent has ended. */
export async function isUnwanted(records: JobRecords, { id, parent }: JobRecord): Promise<boolean> {
  if (await records.cancelRequested(id)) return true
  if (parent === null) return false
  return (await records.cancelRequested(parent)) || (await records.hasEnded(parent))
}

function used(started: number) {
  return { seconds: (performance.now() - started) / 1000, bytes: process.memoryUsage.rss() }
}

function heapIsFull(): FitserveError | null {
  const { used_heap_size: filled, heap_size_limit: limit } = getHeapStatistics()
  if (filled < HEAP_SHARE * limit) return null
  const mb = Math.round(limit / 2 ** 20)
  return new FitserveError(
    'out-of-memory',
    `The job filled its process's heap of ${mb} MB. Fewer rows or shorter texts need less; JOB_MEMORY of the service sets its size.`,
  )
}

import { getHeapStatistics } from 'node:v8'
import { FitserveError } from '../../errors.ts'
import { type JobLimits, overLimit } from '../records/limits.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'
import { type Fence, Fenced } from './fence.ts'

/** How often a running attempt looks whether its job is to be cancelled, and what it uses. */
const LOOK_MS = 400
/** It looks for a later attempt at every so many of these. */
const FENCE_LOOKS = 5
/** Share of V8's own limit from which the process would soon be ended by it without a word. */
const HEAP_SHARE = 0.95

export interface Watch {
  /** Fires when the attempt is to stop, with why. */
  signal: AbortSignal
  end(): void
}

/**
 * Watches an attempt from within its process: whether the job, or the one that it is a part of, is cancelled or has
 * ended, whether it is over its limits, and whether another attempt has begun. What a long step keeps from being
 * seen here is seen by the worker (guard.ts).
 */
export async function watchAttempt(
  records: JobRecords,
  record: JobRecord,
  how: { limits: JobLimits; fence: Fence; outer: AbortSignal },
): Promise<Watch> {
  const { limits, fence, outer } = how
  const controller = new AbortController()
  const started = performance.now()
  let looks = 0
  const look = async () => {
    const over = overLimit(limits, used(started)) ?? heapIsFull()
    if (over) controller.abort(over)
    looks += 1
    if (looks % FENCE_LOOKS === 0)
      await fence.check().catch((error: unknown) => error instanceof Fenced && controller.abort(error))
    // A store that is away for a moment does not stop a training run.
    if (await isUnwanted(records, record).catch(() => false))
      controller.abort(new FitserveError('cancelled', 'The job was cancelled.'))
  }
  await look()
  const timer = setInterval(() => void look(), LOOK_MS)
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

/** Whether a job, or the one that it is a part of, is to be cancelled, or that one has ended. */
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

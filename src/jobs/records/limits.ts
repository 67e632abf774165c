import { z } from 'zod'
import { FitserveError } from '../../errors.ts'

/** Limits of one process of a job; null: none. */
export const JobLimits = z.object({
  /** Time of an attempt, in seconds. */
  seconds: z.int().positive().nullable().default(null),
  /** Resident memory of the process, its libraries included (1 MB is 2^20 bytes). */
  memoryMb: z.int().positive().nullable().default(null),
})
export type JobLimits = z.infer<typeof JobLimits>

/** No limit at all. */
export const NO_LIMITS: JobLimits = { seconds: null, memoryMb: null }

const MB = 2 ** 20

/** Returns the stricter of two limits, member by member. */
export function stricter(one: JobLimits, other: JobLimits): JobLimits {
  const lower = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.min(a, b))
  return { seconds: lower(one.seconds, other.seconds), memoryMb: lower(one.memoryMb, other.memoryMb) }
}

/** Returns the error that ends a job whose process is over a limit; null where it is over none. */
export function overLimit(
  { seconds, memoryMb }: JobLimits,
  used: { seconds: number; bytes: number | null },
): FitserveError | null {
  if (seconds !== null && used.seconds > seconds)
    return new FitserveError(
      'job-timed-out',
      `The job took longer than its limit of ${seconds} s. Fewer rows, and in a training fewer epochs or smaller layers, take less time; "limits" of the job and JOB_SECONDS of the service set the limit.`,
    )
  if (memoryMb !== null && used.bytes !== null && used.bytes > memoryMb * MB)
    return new FitserveError(
      'out-of-memory',
      `The job needed more than its limit of ${memoryMb} MB. Fewer words, smaller layers or smaller batches need less; "limits" of the job and JOB_MEMORY of the service set the limit.`,
    )
  return null
}

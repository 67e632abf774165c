/** What is shown of a failed job. */
interface FailedJob {
  error?: { type: string; title: string } | null
}

/** Jobs that failed for one reason, in the order in which they were given. */
export interface Reason<Job extends FailedJob> {
  /** The title of the error; null for jobs that name none. */
  title: string | null
  jobs: readonly [Job, ...Job[]]
}

/** Groups failed jobs by the kind of their errors, the most frequent one first. */
export function byReason<Job extends FailedJob>(jobs: readonly Job[]): readonly Reason<Job>[] {
  const groups = new Map<string | null, [Job, ...Job[]]>()
  for (const job of jobs) {
    const type = job.error?.type ?? null
    const group = groups.get(type)
    if (group) group.push(job)
    else groups.set(type, [job])
  }
  return [...groups.values()]
    .map((group) => ({ title: group[0].error?.title ?? null, jobs: group }))
    .toSorted((a, b) => b.jobs.length - a.jobs.length)
}

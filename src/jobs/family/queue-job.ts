import type { JobQueue } from '../queue.ts'
import type { JobRecord, JobRecords } from '../records.ts'

/** Puts a job into the queue, with those of its parts before it that have not ended. */
export async function queueJob(
  queue: Pick<JobQueue, 'add' | 'addFlow'>,
  records: JobRecords,
  { id, children }: JobRecord,
): Promise<void> {
  const open: string[] = []
  for (const child of children) if (!(await records.hasEnded(child))) open.push(child)
  const entry = (each: string) => ({ id: each, data: { jobId: each } })
  await (open.length === 0 ? queue.add(entry(id)) : queue.addFlow(entry(id), open.map(entry)))
}

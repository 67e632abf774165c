import type { JobQueue } from '../queue/contract.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'

/** Puts a job into the queue, behind those of its parts that have not ended. */
export async function queueJob(
  queue: Pick<JobQueue, 'add' | 'addFlow'>,
  records: JobRecords,
  { id, children, priority, origin }: JobRecord,
): Promise<void> {
  const open: string[] = []
  for (const child of children) if (!(await records.hasEnded(child))) open.push(child)
  const entry = (each: string, ahead = 0) => ({
    id: each,
    data: { jobId: each, ...(origin?.trace === undefined ? {} : { trace: origin.trace }) },
    // Every second number, so that a job whose parts have ended goes before others of its priority.
    ...(priority === null ? {} : { priority: 2 * priority - ahead }),
  })
  if (open.length === 0) await queue.add(entry(id))
  else
    await queue.addFlow(
      entry(id, 1),
      open.map((each) => entry(each)),
    )
}

import { unlessDamaged } from '../../errors.ts'
import { forgetOldest } from '../../runtime/forget-oldest.ts'
import { inParallel } from '../../runtime/in-parallel.ts'
import { recentLooks } from '../../runtime/recent-looks.ts'
import type { RunningJobView, Workload } from '../contract.ts'
import type { JobQueue, RunningInQueue } from '../queue/contract.ts'
import type { JobRecord, JobRecords } from '../records/records.ts'

/** Limit on the running jobs that are listed, and on the next waiting ones. */
const MAX_LISTED = 200
/** Limit on the records that are remembered; the oldest goes first. */
const MAX_REMEMBERED = 1_000
/** Records that are read at once. */
const READS_AT_ONCE = 16
/** Milliseconds for which an answer is given again. */
const FRESH_MS = 1_000

/** Fields of a record that are shown; they never change. */
type Known = Pick<RunningJobView, 'model' | 'kind' | 'parent' | 'part'>

interface Sources {
  queue: Pick<JobQueue, 'workers' | 'counts' | 'running' | 'next'>
  records: Pick<JobRecords, 'find'>
}

/** Returns what tells the load of the queue: it is looked at once a second at most, and each record is read once. */
export function workloads({ queue, records }: Sources): () => Promise<Workload> {
  const known = new Map<string, Known>()
  const learn = async (ids: readonly string[]) => {
    const unknown = ids.filter((id) => !known.has(id))
    await inParallel(unknown, READS_AT_ONCE, async (id) => {
      const record = await unlessDamaged(() => records.find(id))
      if (record) known.set(id, factsOf(record))
    })
  }
  const look = async (): Promise<Workload> => {
    const [processes, counts, running, next] = await Promise.all([
      queue.workers(),
      queue.counts(),
      queue.running(MAX_LISTED),
      queue.next(MAX_LISTED),
    ])
    forgetOldest(known, MAX_REMEMBERED)
    await learn([...running.map(({ id }) => id), ...next])
    return {
      processes,
      ...counts,
      running: running.flatMap((each) => runningView(each, known.get(each.id))),
      next: byModel(next.flatMap((id) => known.get(id) ?? [])),
    }
  }
  const shared = recentLooks(look, FRESH_MS, 1)
  return () => shared.of('all')
}

function factsOf({ model, kind, parent, part }: JobRecord): Known {
  return { model, kind, parent, part: part && { kind: part.kind, number: part.number } }
}

function runningView({ id, worker, startedAt }: RunningInQueue, facts: Known | undefined): RunningJobView[] {
  if (!facts) return []
  return [{ id, ...facts, worker, startedAt: startedAt === null ? null : new Date(startedAt).toISOString() }]
}

function byModel(jobs: readonly Known[]): Workload['next'] {
  const counts = new Map<string, number>()
  for (const { model } of jobs) counts.set(model, (counts.get(model) ?? 0) + 1)
  return [...counts].map(([model, count]) => ({ model, jobs: count })).sort((a, b) => b.jobs - a.jobs)
}

import type { components } from '../../api/openapi.ts'

type Workload = components['schemas']['Workload']
type AnyJob = components['schemas']['AnyJob']
type Known = Pick<AnyJob, 'id' | 'state'>

/** Jobs that are shown with their progress. */
const MAX_SHOWN = 10

/** A queued job is counted with those that wait. */
const RUNNING: ReadonlySet<AnyJob['state']> = new Set(['active', 'cancelling'])

/** The jobs that run, those of parts by their parents, and what waits. */
export interface OpenJobs<Job extends Known> extends Pick<Workload, 'waiting' | 'next'> {
  running: readonly Job[]
  /** Whether a job that ran at the last look does so no more. */
  ended: boolean
}

/**
 * Returns the jobs that run. The queue is asked, since a list of jobs by state has
 * to look at each of what may be thousands that wait.
 * @param before ids of those that ran at the last look: a job runs on while its next fold or trial has not begun
 * @param find loads a job; none where it is not known any more
 */
export async function openJobsOf<Job extends Known>(
  {
    running,
    waiting,
    next,
  }: Pick<Workload, 'waiting' | 'next'> & {
    running: readonly Pick<Workload['running'][number], 'id' | 'parent'>[]
  },
  before: readonly string[],
  find: (id: string) => Promise<readonly Job[]>,
): Promise<OpenJobs<Job>> {
  const ids = [...new Set([...before, ...running.map(({ id, parent }) => parent ?? id)])]
  const jobs = await Promise.all(ids.slice(0, MAX_SHOWN).map(find))
  const open = jobs.flatMap((found) => found.filter(({ state }) => RUNNING.has(state)))
  const still = new Set(open.map(({ id }) => id))
  return { running: open, waiting, next, ended: before.some((id) => !still.has(id)) }
}

import { useEffect, useRef, useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { ProblemError } from '../../api/problem.ts'
import { useFormat } from '../../parts/format.ts'
import { JobLine } from '../../parts/job-line.tsx'
import { ErrorNotice } from '../../parts/notice.tsx'
import { isOpen } from '../../parts/use-job.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Seconds between two looks at the jobs, while there are any and while there are none. */
const EVERY_SECONDS = 1
const IDLE_SECONDS = 3
/** Jobs that are shown with their progress, and models whose waiting jobs are counted. */
const MAX_SHOWN = 10

/** The jobs that run, and how many wait. Nothing is shown while there are none. */
export function RunningJobs({ onEnd }: { onEnd: () => void }) {
  const { start } = useTexts()
  const { number } = useFormat()
  const [seconds, setSeconds] = useState(EVERY_SECONDS)
  const load = useLoad(openJobs, [], seconds)
  const { running = [], waiting = 0, next = [] } = load.value ?? {}
  const count = running.length + waiting
  const before = useRef(0)
  useEffect(() => {
    if (count < before.current) onEnd()
    before.current = count
    setSeconds(count === 0 && load.value ? IDLE_SECONDS : EVERY_SECONDS)
  }, [count, load.value === undefined])
  if (load.error instanceof ProblemError) {
    return (
      <div class="stack tight">
        <ErrorNotice error={load.error} />
        <p class="quiet fine">{start.noJobs}</p>
      </div>
    )
  }
  if (count === 0) return null
  return (
    <section class="card stack" aria-labelledby="running-jobs">
      <h2 id="running-jobs">{start.running}</h2>
      {running.length > 0 && (
        <ul class="plain-list stack">
          {running.map((job) => (
            <li key={job.id}>
              <JobLine job={job} />
            </li>
          ))}
        </ul>
      )}
      {waiting > 0 && (
        <p class="fine">
          {start.waiting(number(waiting))}
          {next.length > 0 && ': '}
          {next
            .slice(0, MAX_SHOWN)
            .map(({ model, jobs }) => `${model} (${number(jobs)})`)
            .join(', ')}
        </p>
      )}
    </section>
  )
}

interface OpenJobs extends Pick<Schemas['Workload'], 'waiting' | 'next'> {
  running: readonly Schemas['AnyJob'][]
}

/**
 * Loads the jobs that run, those of parts by their parents. The queue is asked, since a list of jobs by state has to look at
 * each of what may be thousands that wait.
 */
async function openJobs(signal: AbortSignal): Promise<OpenJobs> {
  const { running, waiting, next } = await answerOf(api.GET('/workload', { signal }))
  const ids = [...new Set(running.map(({ id, parent }) => parent ?? id))].slice(0, MAX_SHOWN)
  const jobs = await Promise.all(
    ids.map((id) => answerOf(api.GET('/jobs/{id}', { params: { path: { id } }, signal }))),
  )
  return { running: jobs.filter(isOpen), waiting, next }
}

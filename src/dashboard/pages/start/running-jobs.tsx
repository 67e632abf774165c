import { useEffect, useRef, useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { ProblemError } from '../../api/problem.ts'
import { useFormat } from '../../parts/format.ts'
import { JobLine } from '../../parts/job-line.tsx'
import { NextJobs } from '../../parts/next-jobs.tsx'
import { ErrorNotice } from '../../parts/notice.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { openJobsOf } from './open-jobs.ts'

/** Seconds between two looks at the jobs, while there are any and while there are none. */
const EVERY_SECONDS = 1
const IDLE_SECONDS = 3

/** The jobs that run, and how many wait. Nothing is shown while there are none. */
export function RunningJobs({ onEnd }: { onEnd: () => void }) {
  const { start } = useTexts()
  const { number } = useFormat()
  const [seconds, setSeconds] = useState(EVERY_SECONDS)
  const shown = useRef<readonly string[]>([])
  const load = useLoad(
    async (signal) => {
      const workload = await answerOf(api.GET('/workload', { signal }))
      const open = await openJobsOf(workload, shown.current, (id) => findJob(id, signal))
      shown.current = open.running.map(({ id }) => id)
      if (open.ended) onEnd()
      return open
    },
    [],
    seconds,
  )
  const { running = [], waiting = 0, next = [] } = load.value ?? {}
  const isIdle = load.value !== undefined && running.length + waiting === 0
  useEffect(() => setSeconds(isIdle ? IDLE_SECONDS : EVERY_SECONDS), [isIdle])
  if (load.error instanceof ProblemError) {
    return (
      <div class="stack tight">
        <ErrorNotice error={load.error} />
        {isQueueAway(load.error) && <p class="quiet fine">{start.noJobs}</p>}
      </div>
    )
  }
  if (running.length + waiting === 0) return null
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
          {next.length > 0 && (
            <>
              {'. '}
              <NextJobs next={next} />
            </>
          )}
        </p>
      )}
    </section>
  )
}

/** Loads a job; none where it is not known any more. */
async function findJob(id: string, signal: AbortSignal): Promise<readonly Schemas['AnyJob'][]> {
  try {
    return [await answerOf(api.GET('/jobs/{id}', { params: { path: { id } }, signal }))]
  } catch (cause) {
    if (cause instanceof ProblemError && !isQueueAway(cause)) return []
    throw cause
  }
}

function isQueueAway({ code }: ProblemError): boolean {
  return code === 'queue-unavailable'
}

import { useEffect, useRef, useState } from 'preact/hooks'
import { answerOf, api, type Schemas } from '../../api/client.ts'
import { JobLine } from '../../parts/job-line.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Seconds between two looks at the jobs, while there are any and while there are none. */
const EVERY_SECONDS = 1
const IDLE_SECONDS = 3

/** The jobs that wait or run. Nothing is shown while there are none. */
export function RunningJobs({ onEnd }: { onEnd: () => void }) {
  const { start } = useTexts()
  const [seconds, setSeconds] = useState(EVERY_SECONDS)
  const jobs = useLoad(openJobs, [], seconds)
  const count = jobs.value?.length ?? 0
  const before = useRef(0)
  useEffect(() => {
    if (count < before.current) onEnd()
    before.current = count
    setSeconds(count === 0 && jobs.value ? IDLE_SECONDS : EVERY_SECONDS)
  }, [count, jobs.value === undefined])
  if (!jobs.value || count === 0) return null
  return (
    <section class="card stack" aria-labelledby="running-jobs">
      <h2 id="running-jobs">{start.running}</h2>
      <ul class="plain-list stack">
        {jobs.value.map((job) => (
          <li key={job.id}>
            <JobLine job={job} />
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Loads the jobs that have not ended, the newest first. */
async function openJobs(signal: AbortSignal): Promise<Schemas['AnyJob'][]> {
  const lists = await Promise.all(
    (['active', 'queued'] as const).map((state) =>
      answerOf(api.GET('/jobs', { params: { query: { state, limit: 10 } }, signal })),
    ),
  )
  return lists.flatMap(({ items }) => items)
}

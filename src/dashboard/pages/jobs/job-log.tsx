import { answerOf, api } from '../../api/client.ts'
import { useFormat } from '../../parts/format.ts'
import { Loading } from '../../parts/loading.tsx'
import { type AnyJob, isOpen } from '../../parts/use-job.ts'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Seconds between two looks while the job goes on. */
const EVERY_SECONDS = 3

/** What happened to a job, the newest first: attempts, requests to cancel or retry it, and how it ended. */
export function JobLog({ job }: { job: AnyJob }) {
  const { jobs } = useTexts()
  const { timeToSecond } = useFormat()
  const log = useLoad(
    (signal) => answerOf(api.GET('/jobs/{id}/log', { params: { path: { id: job.id } }, signal })),
    [job.id, job.state],
    isOpen(job) ? EVERY_SECONDS : undefined,
  )
  return (
    <section class="card stack" aria-labelledby="log">
      <h2 id="log">{jobs.log}</h2>
      <Loading of={log}>
        {({ items }) => (
          <ol class="timeline plain-list">
            {items.map(({ at, event, by, attempt, detail }) => (
              <li key={`${at} ${event} ${attempt}`}>
                <div class="quiet fine">
                  {timeToSecond(at)}
                  {by !== null && ` · ${by}`}
                </div>
                <div>
                  <strong>{attempt === null ? jobs.events[event] : jobs.attempt(attempt)}</strong>
                  {detail !== null && <span class="quiet"> · {detail}</span>}
                </div>
              </li>
            ))}
          </ol>
        )}
      </Loading>
    </section>
  )
}

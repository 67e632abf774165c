import { Link } from 'wouter-preact'
import { useFormat } from '../../parts/format.ts'
import { foundJobs } from '../../parts/found-jobs.ts'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'

/** Failures that are shown. */
const MAX_FAILURES = 10
/** Seconds between two looks, each at the jobs that have ended without a version. */
const EVERY_SECONDS = 30

/** The jobs that failed last, each with the reason. */
export function Failures() {
  const { operations } = useTexts()
  const { time } = useFormat()
  const failed = useLoad(
    (signal) => foundJobs({ state: 'failed', limit: MAX_FAILURES }, signal),
    [],
    EVERY_SECONDS,
  )
  return (
    <section class="card stack" aria-labelledby="failures">
      <h2 id="failures">{operations.failures}</h2>
      <Loading of={failed}>
        {({ items, next }) =>
          items.length === 0 ? (
            <p class="quiet">{next === null ? operations.noFailures : operations.noRecentFailures}</p>
          ) : (
            <ul class="plain-list stack">
              {items.map(({ id, model, finishedAt, createdAt, error }) => (
                <li key={id}>
                  <Link href={`/jobs/${id}`}>{model}</Link>{' '}
                  <span class="quiet fine">{time(finishedAt ?? createdAt)}</span>
                  <div>{error?.detail ?? error?.title}</div>
                </li>
              ))}
            </ul>
          )
        }
      </Loading>
    </section>
  )
}

import { Link } from 'wouter-preact'
import type { Schemas } from '../../api/client.ts'
import { Fold } from '../../parts/fold.tsx'
import { useFormat } from '../../parts/format.ts'
import { foundJobs } from '../../parts/found-jobs.ts'
import { Loading } from '../../parts/loading.tsx'
import { useLoad } from '../../parts/use-load.ts'
import { useTexts } from '../../texts/texts.tsx'
import { byReason, type Reason } from './by-reason.ts'

/** Failures that are looked at. */
const MAX_FAILURES = 100
/** Further jobs of a reason that are shown when it is opened. */
const MAX_OF_REASON = 20
/** Seconds between two looks, each at the jobs that have ended without a version. */
const EVERY_SECONDS = 30

/** The jobs that failed last, by their reasons. */
export function Failures() {
  const { operations } = useTexts()
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
            <>
              {next !== null && (
                <p class="quiet fine">
                  {operations.failuresHint(items.length)} <Link href="/jobs">{operations.allJobs}</Link>
                </p>
              )}
              <ul class="plain-list stack">
                {byReason(items).map((reason) => (
                  <li key={reason.title}>
                    <OneReason of={reason} />
                  </li>
                ))}
              </ul>
            </>
          )
        }
      </Loading>
    </section>
  )
}

/** A reason, the newest job that failed for it, and further ones when it is opened. */
function OneReason({ of: { title, jobs } }: { of: Reason<Schemas['AnyJob']> }) {
  const { operations, common } = useTexts()
  const { number } = useFormat()
  const [newest, ...others] = jobs
  const more = others.slice(0, MAX_OF_REASON)
  return (
    <div class="stack tight">
      <div class="row">
        <h3>{title ?? operations.noReason}</h3>
        <span class="tag bad">{operations.jobCount(jobs.length, number(jobs.length))}</span>
      </div>
      <Failure job={newest} />
      {more.length > 0 && (
        <Fold summary={operations.moreFailures} class="fine">
          <ul class="plain-list stack tight">
            {more.map((job) => (
              <li key={job.id}>
                <Failure job={job} />
              </li>
            ))}
            {more.length < others.length && <li class="quiet">{common.more(others.length - more.length)}</li>}
          </ul>
        </Fold>
      )}
    </div>
  )
}

function Failure({ job: { id, model, finishedAt, createdAt, error } }: { job: Schemas['AnyJob'] }) {
  const { time } = useFormat()
  return (
    <>
      <div>
        <Link href={`/jobs/${id}`}>{model}</Link>{' '}
        <span class="quiet fine">{time(finishedAt ?? createdAt)}</span>
      </div>
      {error && <div>{error.detail}</div>}
    </>
  )
}

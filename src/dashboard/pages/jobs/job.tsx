import { Link } from 'wouter-preact'
import { answerOf, api } from '../../api/client.ts'
import { ConfirmButton } from '../../parts/confirm-button.tsx'
import { useFormat } from '../../parts/format.ts'
import { StateTag } from '../../parts/job-line.tsx'
import { JobWait } from '../../parts/job-wait.tsx'
import { ErrorNotice } from '../../parts/notice.tsx'
import { ResultButton } from '../../parts/result-button.tsx'
import { useAction } from '../../parts/use-action.ts'
import { type AnyJob, isOpen, useJob } from '../../parts/use-job.ts'
import { Warnings } from '../../parts/warnings.tsx'
import { useTexts } from '../../texts/texts.tsx'
import { JobCurves } from './job-curves.tsx'
import { JobLog } from './job-log.tsx'
import { Trials } from './trials.tsx'

/** A job: how far it is, what it has learnt so far, and what became of it. */
export function Job({ id }: { id: string }) {
  const { common } = useTexts()
  const { job, error, again } = useJob(id)
  return (
    <>
      <ErrorNotice error={error} />
      {!job && !error && <p class="quiet waiting">{common.loading}</p>}
      {job && <Details job={job} again={again} />}
    </>
  )
}

function Details({ job, again }: { job: AnyJob; again: () => void }) {
  const { jobs } = useTexts()
  const { time } = useFormat()
  const isTraining = job.kind === 'training'
  return (
    <>
      <div class="row apart">
        <div class="stack tight">
          <div class="row">
            <h1>{job.model}</h1>
            <StateTag state={job.state} />
          </div>
          <p class="quiet">
            {jobs.on} <Link href={`/datasets/${job.dataset}`}>{job.datasetName}</Link> · {time(job.createdAt)}
          </p>
        </div>
        <Outcome job={job} />
      </div>
      {isOpen(job) && (
        <section class="card stack" role="status">
          <JobWait job={job} />
        </section>
      )}
      {job.error && (
        <div class="notice bad" role="alert">
          <strong>{job.error.title}</strong>
          <p>{job.error.detail}</p>
        </div>
      )}
      <Warnings warnings={job.warnings} />
      {isTraining && <JobCurves job={job} />}
      {isTraining && job.recipe.search && <Trials job={job} />}
      <Actions job={job} again={again} />
      <JobLog job={job} />
      {isTraining && (
        <details class="card">
          <summary>{jobs.recipe}</summary>
          <pre class="code">{JSON.stringify(job.recipe, null, 2)}</pre>
        </details>
      )}
    </>
  )
}

/** The ways on from a completed job. */
function Outcome({ job }: { job: AnyJob }) {
  const { jobs, start } = useTexts()
  if (job.state !== 'completed') return null
  if (job.kind === 'prediction') return <ResultButton id={job.id} />
  if (job.version === null || job.version === undefined) return null
  return (
    <div class="row">
      <Link href={`/models/${job.model}`} class="button">
        {jobs.showVersion(job.version)}
      </Link>
      <Link href={`/models/${job.model}/try`} class="button primary">
        {start.tryIt}
      </Link>
    </div>
  )
}

function Actions({ job, again }: { job: AnyJob; again: () => void }) {
  const { jobs } = useTexts()
  const path = { params: { path: { id: job.id } } }
  const retry = useAction(async () => {
    await answerOf(api.POST('/jobs/{id}/retry', path))
    again()
  })
  if (job.state === 'failed' || job.state === 'cancelled') {
    return (
      <div class="stack tight">
        <ErrorNotice error={retry.error} />
        <div class="row">
          <button type="button" class="button primary" disabled={retry.busy} onClick={() => void retry.run()}>
            {jobs.retry}
          </button>
        </div>
      </div>
    )
  }
  if (job.state !== 'active' && job.state !== 'queued') return null
  const cancel = async () => {
    await answerOf(api.DELETE('/jobs/{id}', path))
    again()
  }
  return <ConfirmButton name={jobs.cancel} about={jobs.cancelAbout} act={cancel} />
}

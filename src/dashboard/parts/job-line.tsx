import { Link } from 'wouter-preact'
import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import { JobProgress } from './job-progress.tsx'

/** A job in a line: its model, state and progress. */
export function JobLine({ job }: { job: Schemas['AnyJob'] }) {
  const { states } = useTexts()
  return (
    <div class="stack tight">
      <div class="row apart">
        <Link href={`/jobs/${job.id}`}>
          <strong>{job.model}</strong>
        </Link>
        <StateTag state={job.state} name={states[job.state]} />
      </div>
      {job.state === 'active' && <JobProgress progress={job.progress} />}
    </div>
  )
}

const KINDS: Readonly<Record<Schemas['JobState'], string>> = {
  queued: '',
  active: 'accent',
  cancelling: 'warn',
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
}

/** The state of a job. */
export function StateTag({ state, name }: { state: Schemas['JobState']; name: string }) {
  return <span class={`tag ${KINDS[state]}`}>{name}</span>
}

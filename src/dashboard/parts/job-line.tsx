import { Link } from 'wouter-preact'
import type { Schemas } from '../api/client.ts'
import { useTexts } from '../texts/texts.tsx'
import { JobProgress } from './job-progress.tsx'

/** A job in a line: its model, state and progress. */
export function JobLine({ job }: { job: Schemas['AnyJob'] }) {
  return (
    <div class="stack tight">
      <div class="row apart">
        <Link href={`/jobs/${job.id}`}>
          <strong>{job.model}</strong>
        </Link>
        <StateTag state={job.state} />
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
export function StateTag({ state }: { state: Schemas['JobState'] }) {
  const { states } = useTexts()
  return <span class={`tag ${KINDS[state]}`}>{states[state]}</span>
}

import { useTexts } from '../texts/texts.tsx'
import { JobProgress } from './job-progress.tsx'
import { type AnyJob, isOpen } from './use-job.ts'

/** How far a job is, or what it waits for; nothing once it has ended. */
export function JobWait({ job }: { job: AnyJob }) {
  const { jobs } = useTexts()
  if (!isOpen(job)) return null
  if (job.state === 'active') return <JobProgress progress={job.progress} />
  return <p>{job.state === 'cancelling' ? jobs.waits.cancelling : jobs.waits.queued}</p>
}

import { clipped, type ErrorCode, FitserveError } from '../../errors.ts'
import type { Jobs, JobView } from '../../jobs/contract.ts'
import { withTimeout } from '../../runtime/with-timeout.ts'
import { sentence } from '../problem-table.ts'

/** Codes of errors about something that a job may be about to make. */
const UNKNOWN: ReadonlySet<ErrorCode> = new Set(['unknown-model', 'unknown-version', 'unknown-alias'])
/** Time in which the job must be found, in milliseconds; without it the answer says less. */
const WAIT_MS = 1_000
/** Characters of the reason of a failure. */
const MAX_REASON = 500

/**
 * Returns an error about an unknown model, version or alias with one more sentence: which job trains the model, and how
 * far it is. Other errors are returned as they are, and so is one whose job cannot be found in a second.
 */
export async function withTrainingJob(error: unknown, jobs: Pick<Jobs, 'latest'>): Promise<unknown> {
  if (!(error instanceof FitserveError) || !UNKNOWN.has(error.code)) return error
  const job = await withTimeout(
    jobs.latest(error.model ?? null).catch(() => undefined),
    WAIT_MS,
    () => undefined,
  )
  const more = job && aboutJob(job, error.code)
  if (!more) return error
  const { code, message, cause, problems, total, model } = error
  return new FitserveError(code, `${sentence(message)} ${more}`, { cause, problems, total, model })
}

function aboutJob({ id, model, state, version, error }: JobView, code: ErrorCode): string | undefined {
  const job = `The job ${id}, which trains "${clipped(model)}",`
  switch (state) {
    case 'queued':
      return `${job} is queued.`
    case 'active':
      return `${job} is running.`
    case 'cancelling':
    case 'cancelled':
      return `${job} was cancelled.`
    case 'failed':
      return sentence(`${job} failed: ${error?.detail.slice(0, MAX_REASON) ?? 'without a reason'}`)
    case 'completed':
      // The model was deleted since, or the message lists the versions already.
      if (code !== 'unknown-alias' || version === null) return undefined
      return `The newest version is ${version}, of the job ${id}.`
  }
}

import type { Logger } from 'pino'
import { type ErrorCode, FitserveError } from '../../errors.ts'
import { settleParent } from '../family/settle.ts'
import { type JobLimits, stricter } from '../records/limits.ts'
import { type ByKind, byKind, type JobOutcome, type JobRecord } from '../records/records.ts'
import { type AttemptReporter, AttemptRun, type Ended } from './attempt-run.ts'
import { Fence } from './fence.ts'
import { type PredictionDependencies, predictionWork } from './prediction-work.ts'
import { type TrainingDependencies, trainingWork } from './training-work.ts'
import { waitForStore } from './wait-for-store.ts'
import { watchAttempt } from './watch.ts'
import type { Work } from './work.ts'

export type { AttemptReporter } from './attempt-run.ts'

/** What an attempt at a job of any kind works with. */
export interface AttemptDependencies extends TrainingDependencies, PredictionDependencies {
  models: TrainingDependencies['models'] & PredictionDependencies['models']
  /** Limits that the service sets for a job's process; the job's own may be stricter. */
  limits: JobLimits
  /** Where the start and the end of attempts are logged. Default: nowhere. */
  log?: Pick<Logger, 'info' | 'warn'>
}

/** What an attempt does for a job of each kind. */
const WORK: ByKind<[AttemptDependencies, Work], Promise<Ended>> = {
  training: trainingWork,
  prediction: predictionWork,
}

/** Causes that end a job for good: another attempt would end the same way. After all others it is tried again. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'training-failed',
  'loss-not-finite',
  'prediction-failed',
  'cancelled',
  'corrupt-artifact',
  'unknown-dataset',
  'unknown-model',
  'unknown-version',
  'out-of-memory',
  'job-timed-out',
])

/**
 * Runs one attempt of a job from its record to its outcome: does the work of its kind, writes the attempt's own files,
 * keeps the outcome. An attempt that was thought dead and goes on changes nothing, since a job gets one version or file
 * and one outcome.
 * @param signal fires when the process is to end: the attempt rejects with the signal's reason and leaves no outcome
 * @returns how the job ended, also when it failed for good
 * @throws a transient error, which is worth another attempt
 */
export async function runAttempt(
  dependencies: AttemptDependencies,
  jobId: string,
  reporter: AttemptReporter,
  signal: AbortSignal,
): Promise<JobOutcome['state']> {
  try {
    return await runOnce(dependencies, jobId, reporter, signal)
  } catch (error) {
    // Without this wait the next attempts would find the store down as well, and soon none would be left.
    if (error instanceof FitserveError && error.code === 'store-unavailable')
      await waitForStore(dependencies.store, signal)
    throw error
  }
}

async function runOnce(
  dependencies: AttemptDependencies,
  jobId: string,
  reporter: AttemptReporter,
  signal: AbortSignal,
): Promise<JobOutcome['state']> {
  const { records, log } = dependencies
  const record = await records.find(jobId)
  if (!record) throw new FitserveError('unknown-job', 'The store has no record of this job.')
  const round = await records.round(jobId)
  const before = await records.outcome(jobId)
  if (before) return before.state
  const number = await records.claimAttempt(jobId)
  const fence = new Fence(records, jobId, number)
  const run = new AttemptRun(record, { attempt: number, round, fence }, reporter)
  const limits = stricter(dependencies.limits, record.limits)
  const watch = await watchAttempt(records, record, { limits, fence, outer: signal })
  const attempt = new Attempt(dependencies, run, watch.signal)
  const began = performance.now()
  const ids = idsOf(record, number)
  log?.info({ ...ids, kind: record.kind, dataset: record.dataset }, 'attempt begins')
  const outcome = await attempt
    .run(signal)
    .catch((error: unknown) => {
      log?.warn({ ...ids, err: error, ...secondsSince(began) }, 'attempt ends without an outcome')
      throw error
    })
    .finally(() => watch.end())
  log?.info({ ...ids, state: outcome.state, ...secondsSince(began) }, 'attempt ends')
  if (record.parent !== null) await settleParent(records, record, outcome, round)
  return outcome.state
}

/** Returns what each line about an attempt has: with the request's id as in the log of the API. */
function idsOf({ id, model, parent, origin }: JobRecord, attempt: number) {
  return {
    job: id,
    model,
    attempt,
    ...(parent === null ? {} : { parent }),
    ...(origin ? { reqId: origin.request } : {}),
  }
}

function secondsSince(began: number): { seconds: number } {
  return { seconds: Math.round(performance.now() - began) / 1000 }
}

/** One try at a job. */
class Attempt {
  readonly #dependencies: AttemptDependencies
  readonly #run: AttemptRun
  readonly #signal: AbortSignal

  /** @param signal fires when the attempt is to stop: cancelled, over a limit, overtaken, or its process is to end */
  constructor(dependencies: AttemptDependencies, run: AttemptRun, signal: AbortSignal) {
    this.#dependencies = dependencies
    this.#run = run
    this.#signal = signal
  }

  /**
   * Does the job's work and keeps its outcome.
   * @param outer fires when the process is to end, which ends the attempt but not the job
   * @throws a transient error, which is worth another attempt
   */
  async run(outer: AbortSignal): Promise<JobOutcome> {
    const { records } = this.#dependencies
    const { record, fence } = this.#run
    const work: Work = {
      run: this.#run,
      signal: this.#signal,
      step: (work) => this.#step(work),
      runLeftChildren: () => this.#runLeftChildren(),
    }
    try {
      const ended = await byKind(record, WORK, this.#dependencies, work)
      await fence.check()
      const outcome = await this.#run.finish(records, 'completed', ended)
      await ended.tidy?.()
      return outcome
    } catch (error) {
      const cause = this.#signal.aborted ? this.#signal.reason : error
      if (outer.aborted || !(cause instanceof FitserveError) || !FINAL.has(cause.code)) throw cause
      const state = cause.code === 'cancelled' ? 'cancelled' : 'failed'
      await fence.check()
      return await this.#run.finish(records, state, { version: null }, cause)
    }
  }

  /**
   * Runs the parts that have no outcome, one after the other. The queue lets a parent run when all its parts have
   * ended, so some are left only where it has lost them or could not start their processes.
   */
  async #runLeftChildren(): Promise<void> {
    const silent: AttemptReporter = { progress: async () => {}, log: async () => {} }
    for (const child of this.#run.record.children)
      await this.#step(async () => {
        if (await this.#dependencies.records.hasEnded(child)) return
        await runAttempt(this.#dependencies, child, silent, this.#signal)
      })
  }

  async #step<T>(work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted()
    return work()
  }
}

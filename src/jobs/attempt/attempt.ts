import { type ErrorCode, FitserveError } from '../../errors.ts'
import type { CompleteRecipe } from '../../recipe/index.ts'
import { writeArtifacts } from '../../registry/artifacts.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import type { Store } from '../../store/contract.ts'
import type { Comparer, Trainer, TrainingRun } from '../../training-contract.ts'
import { foldsOf, winnerOf } from '../family/results.ts'
import { settleParent } from '../family/settle.ts'
import { type JobLimits, stricter } from '../records/limits.ts'
import type { JobOutcome, JobRecord, JobRecords } from '../records/records.ts'
import { TrialStop, TrialStopped } from '../search/trial-stop.ts'
import { type AttemptReporter, AttemptRun, type Ended } from './attempt-run.ts'
import { Fence } from './fence.ts'
import { promotionOf } from './promotion.ts'
import { storeIsBack } from './store-is-back.ts'
import { watchAttempt } from './watch.ts'

export type { AttemptReporter } from './attempt-run.ts'

export interface AttemptDependencies {
  store: Store
  records: JobRecords
  models: Pick<ModelRegistry, 'publish' | 'versionOf' | 'head' | 'manifest' | 'readArtifact'>
  trainer: Trainer
  /** For `promote: ifBetter`. */
  compare: Comparer
  /** Versions of fitserve, Node and TensorFlow, for the manifest. */
  engine: Record<string, string>
  /** What the service allows a job's process. */
  limits: JobLimits
}

/** Causes that end a job for good: another attempt would end the same way. All others are tried again. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'training-failed',
  'loss-not-finite',
  'cancelled',
  'corrupt-artifact',
  'unknown-dataset',
  'out-of-memory',
  'job-timed-out',
])

/**
 * Runs one attempt of a job from its record to its outcome: trains, writes the attempt's own files, publishes
 * them in one step, keeps the outcome. An attempt that was thought dead and goes on changes nothing, since a
 * job gets one version and one outcome.
 * @param signal the process is to end: the attempt rejects with the signal's reason and leaves no outcome
 * @returns how the job ended, also when it failed for good
 * @throws what may pass and is worth another attempt
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
    // The next attempts would find it away as well, and soon there would be none left.
    if (error instanceof FitserveError && error.code === 'store-unavailable')
      await storeIsBack(dependencies.store, signal)
    throw error
  }
}

async function runOnce(
  dependencies: AttemptDependencies,
  jobId: string,
  reporter: AttemptReporter,
  signal: AbortSignal,
): Promise<JobOutcome['state']> {
  const { records } = dependencies
  const record = await records.find(jobId)
  if (!record) throw new FitserveError('unknown-job', 'The store has no record of this job.')
  const round = await records.round(jobId)
  const before = await records.outcome(jobId)
  if (before) return before.state
  const attempt = await records.claimAttempt(jobId)
  const run = new AttemptRun(record, { attempt, round, fence: new Fence(records, jobId, attempt) }, reporter)
  const outcome = await attemptOutcome(dependencies, run, signal)
  if (record.parent !== null) await settleParent(records, record, outcome)
  return outcome.state
}

async function attemptOutcome(
  dependencies: AttemptDependencies,
  run: AttemptRun,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const { records } = dependencies
  const { record, fence } = run
  const limits = stricter(dependencies.limits, record.limits)
  const stop = await watchAttempt(records, record, { limits, fence, outer: signal })
  try {
    const ended = await work(dependencies, run, stop.signal)
    await fence.check()
    return await run.finish(records, 'completed', ended)
  } catch (error) {
    const cause = stop.signal.aborted ? stop.signal.reason : error
    if (signal.aborted || !(cause instanceof FitserveError) || !FINAL.has(cause.code)) throw cause
    const state = cause.code === 'cancelled' ? 'cancelled' : 'failed'
    await fence.check()
    return await run.finish(records, state, { version: null }, cause)
  } finally {
    stop.end()
  }
}

async function work(dependencies: AttemptDependencies, run: AttemptRun, signal: AbortSignal): Promise<Ended> {
  const { record } = run
  signal.throwIfAborted()
  if (record.part?.kind === 'fold') return evaluatePart(dependencies, run, record.part, signal)
  if (record.part?.kind === 'trial') return tryRecipe(dependencies, run, signal)
  const published = await dependencies.models.versionOf(record.model, record.id)
  if (published) return { version: published.version }
  await run.report('start')
  if (record.children.length === 0) return publishRun(dependencies, run, { kind: 'whole' }, {}, signal)
  await runLeftChildren(dependencies, record, signal)
  const parts = await Promise.all(record.children.map((child) => dependencies.records.outcome(child)))
  run.beganBefore(parts.map((part) => part?.startedAt))
  if (record.recipe.search === null) {
    const folds = await foldsOf(dependencies.records, record)
    return publishRun(dependencies, run, { kind: 'final', ...folds }, {}, signal)
  }
  const { recipe, search, folds } = await winnerOf(dependencies.records, record)
  const part: TrainingRun = folds ? { kind: 'final', ...folds } : { kind: 'whole' }
  return publishRun(dependencies, run, part, { recipe, search }, signal)
}

/** A fold: trained and evaluated, and nothing kept but its figures. */
async function evaluatePart(
  { trainer, store }: AttemptDependencies,
  run: AttemptRun,
  part: TrainingRun,
  signal: AbortSignal,
): Promise<Ended> {
  const { recipe, dataset } = run.record
  await run.report('start')
  const { history, evaluation, warnings } = await trainer({
    recipe,
    dataset,
    run: part,
    signal,
    checkpoints: run.checkpoints(store),
    onProgress: (progress) => run.report(progress.phase, progress),
  })
  run.trained(history, warnings)
  return { version: null, evaluation: evaluation ?? null }
}

async function tryRecipe(
  { trainer, records, store }: AttemptDependencies,
  run: AttemptRun,
  signal: AbortSignal,
): Promise<Ended> {
  const { recipe, dataset } = run.record
  const stop = new TrialStop(records, run.record)
  await run.report('start')
  try {
    const { history, evaluation, warnings } = await trainer({
      recipe,
      dataset,
      run: { kind: 'trial' },
      signal,
      checkpoints: run.checkpoints(store),
      onProgress: async (progress) => {
        await run.report(progress.phase, progress)
        await stop.look(progress)
      },
    })
    run.trained(history, warnings)
    return { version: null, evaluation: evaluation ?? null }
  } catch (error) {
    if (!(error instanceof TrialStopped)) throw error
    return { version: null, stopped: true }
  }
}

/**
 * Runs the parts that have no outcome, one after the other. The queue lets a parent run when all its parts have
 * ended, so there are some only where it has lost them or could not start their processes.
 */
async function runLeftChildren(
  dependencies: AttemptDependencies,
  { children }: JobRecord,
  signal: AbortSignal,
): Promise<void> {
  const silent: AttemptReporter = { progress: async () => {}, log: async () => {} }
  for (const child of children) {
    signal.throwIfAborted()
    if (!(await dependencies.records.hasEnded(child))) await runAttempt(dependencies, child, silent, signal)
  }
}

async function publishRun(
  dependencies: AttemptDependencies,
  run: AttemptRun,
  part: TrainingRun,
  found: { recipe?: CompleteRecipe; search?: Record<string, unknown> },
  signal: AbortSignal,
): Promise<Ended> {
  const { store, models, trainer, records } = dependencies
  const { record, attempt } = run
  const { recipe = record.recipe, search } = found
  signal.throwIfAborted()
  const { files, history, warnings, about } = await trainer({
    recipe,
    dataset: record.dataset,
    run: part,
    signal,
    checkpoints: run.checkpoints(store),
    onProgress: (progress) => run.report(progress.phase, progress),
  })
  signal.throwIfAborted()
  run.trained(history, warnings)
  await run.report('publish')
  const artifacts = `artifacts/${record.id}-${attempt}/`
  const manifest = await writeArtifacts(store, artifacts, files, {
    model: record.model,
    job: record.id,
    attempt,
    createdAt: new Date().toISOString(),
    dataset: { id: record.dataset, name: record.datasetName },
    recipe,
    warnings: [...record.warnings, ...warnings],
    engine: dependencies.engine,
    ...(search ? { search } : {}),
    ...about,
  })
  signal.throwIfAborted()
  await run.mayPublish(records)
  const promote = promotionOf(dependencies, record, { recipe, files }, signal)
  const publication = { job: record.id, attempt, artifacts, manifest, promote }
  const { version } = await models.publish(record.model, publication, record.createdBy)
  await records.keepFingerprint(record.fingerprint, record.id)
  return { version }
}

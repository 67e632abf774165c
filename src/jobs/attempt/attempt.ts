import { type ErrorCode, FitserveError } from '../../errors.ts'
import type { CompleteRecipe } from '../../recipe/index.ts'
import { artifactsOf, writeArtifacts } from '../../registry/artifacts.ts'
import type { VersionEntry } from '../../registry/model-log.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import { VersionManifest } from '../../registry/version-files.ts'
import type { Store } from '../../store/contract.ts'
import type { Comparer, Trained, Trainer, TrainingProgress, TrainingRun } from '../../training-contract.ts'
import { foldsOf, winnerOf } from '../family/results.ts'
import { settleParent } from '../family/settle.ts'
import { type JobLimits, stricter } from '../records/limits.ts'
import type { JobOutcome, JobRecords } from '../records/records.ts'
import { TrialStop, TrialStopped } from '../search/trial-stop.ts'
import { type AttemptReporter, AttemptRun, type Ended } from './attempt-run.ts'
import { Fence } from './fence.ts'
import { promotionOf, promotionWarnings } from './promotion.ts'
import { waitForStore } from './wait-for-store.ts'
import { watchAttempt } from './watch.ts'

export type { AttemptReporter } from './attempt-run.ts'

/** What an attempt works with. */
export interface AttemptDependencies {
  store: Store
  records: JobRecords
  models: Pick<ModelRegistry, 'publish' | 'versionOf' | 'head' | 'log' | 'manifest' | 'readArtifact'>
  trainer: Trainer
  /** Compares the new version with `production`, for `promote: ifBetter`. */
  compare: Comparer
  /** Versions of fitserve, Node and TensorFlow, for the manifest. */
  engine: Record<string, string>
  /** Limits that the service sets for a job's process; the job's own may be stricter. */
  limits: JobLimits
}

/** What a training says that clients have to send to its version. */
const TrainedInputs = VersionManifest.pick({ inputs: true })

/** Causes that end a job for good: another attempt would end the same way. After all others it is tried again. */
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
  const { records } = dependencies
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
  const outcome = await attempt.run(signal).finally(() => watch.end())
  if (record.parent !== null) await settleParent(records, record, outcome, round)
  return outcome.state
}

/** One try at a job: what kind of job it is decides which of its methods do the work. */
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
    const { fence } = this.#run
    try {
      const ended = await this.#work()
      await fence.check()
      return await this.#run.finish(records, 'completed', ended)
    } catch (error) {
      const cause = this.#signal.aborted ? this.#signal.reason : error
      if (outer.aborted || !(cause instanceof FitserveError) || !FINAL.has(cause.code)) throw cause
      const state = cause.code === 'cancelled' ? 'cancelled' : 'failed'
      await fence.check()
      return await this.#run.finish(records, state, { version: null }, cause)
    }
  }

  async #work(): Promise<Ended> {
    const { records, models } = this.#dependencies
    const { record } = this.#run
    if (record.part?.kind === 'fold') return this.evaluateOnly(record.part)
    if (record.part?.kind === 'trial') return this.tryRecipe()
    const published = await this.#step(() => models.versionOf(record.model, record.id))
    if (published) return this.#published(published)
    await this.#run.report('start')
    if (record.children.length === 0) return this.publish({ kind: 'whole' })
    await this.#runLeftChildren()
    const parts = await Promise.all(record.children.map((child) => records.outcome(child)))
    this.#run.beganBefore(parts.map((part) => part?.startedAt))
    if (record.recipe.search === null)
      return this.publish({ kind: 'final', ...(await foldsOf(records, record)) })
    const { recipe, search, folds } = await winnerOf(records, record)
    return this.publish(folds ? { kind: 'final', ...folds } : { kind: 'whole' }, { recipe, search })
  }

  /** Trains and evaluates a fold, of which only the figures are kept. */
  async evaluateOnly(part: TrainingRun): Promise<Ended> {
    const { history, evaluation, warnings } = await this.#step(async () => {
      await this.#run.report('start')
      return this.train(part)
    })
    this.#run.trained(history, warnings)
    return { version: null, evaluation }
  }

  /** Trains and evaluates a trial of a search, and stops it when it falls behind. */
  async tryRecipe(): Promise<Ended> {
    const stop = new TrialStop(this.#dependencies.records, this.#run.record)
    try {
      const { history, evaluation, warnings } = await this.#step(async () => {
        await this.#run.report('start')
        return this.train({ kind: 'trial' }, { onProgress: (progress) => stop.look(progress) })
      })
      this.#run.trained(history, warnings)
      return { version: null, evaluation }
    } catch (error) {
      if (!(error instanceof TrialStopped)) throw error
      return { version: null, stopped: true }
    }
  }

  /**
   * Trains, writes the attempt's files and publishes them as a version.
   * @param found the recipe that a search found, and what the manifest says of the search; absent: the job's own
   */
  async publish(
    part: TrainingRun,
    found: { recipe?: CompleteRecipe; search?: Record<string, unknown> } = {},
  ): Promise<Ended> {
    const { store, models, records, engine } = this.#dependencies
    const { record, attempt } = this.#run
    const { recipe = record.recipe, search } = found
    const { files, history, warnings, about } = await this.#step(() => this.train(part, { recipe }))
    const artifacts = artifactsOf(record.id, attempt)
    const manifest = await this.#step(async () => {
      this.#run.trained(history, warnings)
      await this.#run.report('publish')
      return writeArtifacts(store, artifacts, files, {
        model: record.model,
        job: record.id,
        attempt,
        createdAt: new Date().toISOString(),
        dataset: { id: record.dataset, name: record.datasetName },
        recipe,
        warnings: [...record.warnings, ...warnings],
        engine,
        ...(search ? { search } : {}),
        ...about,
      })
    })
    const entry = await this.#step(async () => {
      await this.#run.mayPublish(records)
      const { inputs } = TrainedInputs.parse(about)
      const candidate = { recipe, files, warnings, inputs }
      const promote = promotionOf(this.#dependencies, record, candidate, this.#signal)
      const publication = { job: record.id, attempt, artifacts, manifest, promote }
      return models.publish(record.model, publication, record.createdBy)
    })
    await records.keepFingerprint(record.fingerprint, record.id)
    return this.#published(entry)
  }

  /** Tells of the published version's promotion in the job's warnings. */
  async #published({ version }: VersionEntry): Promise<Ended> {
    this.#run.warn(await promotionWarnings(this.#dependencies.models, this.#run.record.model, version))
    return { version }
  }

  /**
   * Calls the trainer and reports its progress.
   * @param options.recipe the recipe to train; absent: the job's own
   * @param options.onProgress called after each report; its error ends the training
   */
  train(
    part: TrainingRun,
    options: { recipe?: CompleteRecipe; onProgress?: (progress: TrainingProgress) => Promise<void> } = {},
  ): Promise<Trained> {
    const { trainer, store } = this.#dependencies
    const { recipe, dataset } = this.#run.record
    return trainer({
      recipe: options.recipe ?? recipe,
      dataset,
      run: part,
      signal: this.#signal,
      checkpoints: this.#run.checkpoints(store),
      onProgress: async (progress) => {
        await this.#run.report(progress.phase, progress)
        await options.onProgress?.(progress)
      },
    })
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

  /** Does a step of the work, unless the attempt is to stop. @throws the signal's reason */
  async #step<T>(work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted()
    return work()
  }
}

import { type ErrorCode, FitserveError } from '../errors.ts'
import { type EpochValues, type History, historyOf } from '../evaluation/history.ts'
import type { CompleteRecipe } from '../recipe/index.ts'
import { writeArtifacts } from '../store/artifacts.ts'
import type { Store } from '../store/contract.ts'
import type { ModelRegistry } from '../store/models.ts'
import type { EpochLine } from './log-lines.ts'
import type { JobOutcome, JobRecord, JobRecords, Progress } from './records.ts'

/** What is said to the queue while an attempt runs. */
export interface AttemptReporter {
  progress(progress: Progress): Promise<void>
  log(line: string): Promise<void>
}

export interface TrainerProgress {
  phase: 'read' | 'encode' | 'fit' | 'evaluate'
  epoch: number | null
  epochs: number | null
  values: EpochValues | null
  epochEnded: boolean
  etaSeconds: number | null
}

/** A finished training run: files for the store, and what the manifest says of it. */
export interface Trained {
  files: ReadonlyMap<string, Uint8Array | string>
  history: History
  warnings: string[]
  /** For the manifest: metrics, rows, sizes. */
  about: Record<string, unknown>
}

/** What trains: all that this room knows of the training room. */
export type Trainer = (input: {
  recipe: CompleteRecipe
  dataset: string
  onProgress: (progress: TrainerProgress) => Promise<void>
  signal: AbortSignal
}) => Promise<Trained>

export interface AttemptDependencies {
  store: Store
  records: JobRecords
  models: Pick<ModelRegistry, 'publish' | 'head'>
  trainer: Trainer
  /** Versions of fitserve, Node and TensorFlow, for the manifest. */
  engine: Record<string, string>
}

/** Causes that end a job for good: another attempt would end the same way. All others are tried again. */
const FINAL: ReadonlySet<ErrorCode> = new Set([
  'training-failed',
  'loss-not-finite',
  'cancelled',
  'corrupt-artifact',
  'unknown-dataset',
])

/** How often a running attempt looks whether its job is to be cancelled. */
const CANCEL_LOOK_MS = 400

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
  const { records } = dependencies
  const record = await records.find(jobId)
  if (!record) throw new FitserveError('unknown-job', 'The store has no record of this job.')
  const before = await records.outcome(jobId)
  if (before) return before.state
  const attempt = await records.claimAttempt(jobId)
  const run = new AttemptRun(record, attempt, reporter)
  const stop = watchCancel(records, jobId, signal)
  try {
    return await run.finish(records, 'completed', await trainAndPublish(dependencies, run, stop.signal))
  } catch (error) {
    const cause = stop.signal.aborted ? stop.signal.reason : error
    if (signal.aborted || !(cause instanceof FitserveError) || !FINAL.has(cause.code)) throw cause
    return await run.finish(records, cause.code === 'cancelled' ? 'cancelled' : 'failed', null, cause)
  } finally {
    stop.end()
  }
}

/** One attempt's state: what it reported and when it began. */
class AttemptRun {
  readonly record: JobRecord
  readonly attempt: number
  readonly #reporter: AttemptReporter
  readonly #startedAt = new Date().toISOString()
  readonly epochs: EpochValues[] = []
  #progress: Progress | null = null
  #history: History | null = null
  #warnings: string[] = []

  constructor(record: JobRecord, attempt: number, reporter: AttemptReporter) {
    this.record = record
    this.attempt = attempt
    this.#reporter = reporter
  }

  async report(phase: Progress['phase'], more: Partial<TrainerProgress> = {}): Promise<void> {
    const { epoch = null, epochs = null, values = null, etaSeconds = null } = more
    if (more.epochEnded && values) {
      this.epochs.push(values)
      const line: EpochLine = { attempt: this.attempt, values }
      await this.#reporter.log(JSON.stringify(line))
    }
    const [loss, valLoss] = [values?.['loss'] ?? null, values?.['valLoss'] ?? null]
    this.#progress = { phase, epoch, epochs, fold: null, loss, valLoss, etaSeconds }
    await this.#reporter.progress(this.#progress)
  }

  trained(history: History, warnings: string[]): void {
    this.#history = history
    this.#warnings = warnings
  }

  async finish(
    records: JobRecords,
    state: JobOutcome['state'],
    version: number | null,
    error?: FitserveError,
  ): Promise<JobOutcome['state']> {
    const { recipe } = this.record
    const monitor = recipe.earlyStopping?.monitor ?? (recipe.validation ? 'valLoss' : 'loss')
    const outcome: JobOutcome = {
      ...{
        state,
        attempt: this.attempt,
        startedAt: this.#startedAt,
        finishedAt: new Date().toISOString(),
        version,
      },
      error: error ? jobError(error) : null,
      ...{ warnings: this.#warnings, progress: this.#progress },
      history: this.#history ?? (this.epochs.length > 0 ? historyOf(this.epochs, monitor) : null),
    }
    if (await records.end(this.record.id, outcome)) return state
    return (await records.outcome(this.record.id))?.state ?? state
  }
}

/** How an error is told in a job. */
export function jobError(error: FitserveError) {
  const title = error.code.charAt(0).toUpperCase() + error.code.slice(1).replaceAll('-', ' ')
  return { type: `urn:fitserve:${error.code}`, title, detail: error.message }
}

async function trainAndPublish(
  dependencies: AttemptDependencies,
  run: AttemptRun,
  signal: AbortSignal,
): Promise<number> {
  const { store, models, trainer, records } = dependencies
  const { record, attempt } = run
  signal.throwIfAborted()
  const published = (await models.head(record.model))?.state.versions.find((entry) => entry.job === record.id)
  if (published) return published.version
  await run.report('start')
  signal.throwIfAborted()
  const { files, history, warnings, about } = await trainer({
    recipe: record.recipe,
    dataset: record.dataset,
    onProgress: (progress) => run.report(progress.phase, progress),
    signal,
  })
  signal.throwIfAborted()
  run.trained(history, warnings)
  await run.report('publish')
  const artifacts = `artifacts/${record.id}-${attempt}/`
  const manifest = await writeArtifacts(store, artifacts, files, {
    ...{ model: record.model, job: record.id, attempt, createdAt: new Date().toISOString() },
    dataset: { id: record.dataset, name: record.datasetName },
    ...{ recipe: record.recipe, warnings: [...record.warnings, ...warnings], engine: dependencies.engine },
    ...about,
  })
  signal.throwIfAborted()
  const promote = record.promote === 'always' ? 'always' : 'never'
  const publication = { job: record.id, attempt, artifacts, manifest, promote } as const
  const { version } = await models.publish(record.model, publication, record.createdBy)
  await records.keepFingerprint(record.fingerprint, record.id)
  return version
}

/** A signal that also fires when the job is cancelled in the store. */
function watchCancel(records: JobRecords, jobId: string, outer: AbortSignal) {
  const controller = new AbortController()
  const look = async () => {
    // A store that is away for a moment does not stop a training run.
    const cancelled = await records.cancelRequested(jobId).catch(() => false)
    if (cancelled) controller.abort(new FitserveError('cancelled', 'The job was cancelled.'))
  }
  const timer = setInterval(() => void look(), CANCEL_LOOK_MS)
  const onOuter = () => controller.abort(outer.reason)
  if (outer.aborted) onOuter()
  else outer.addEventListener('abort', onOuter, { once: true })
  void look()
  const end = () => {
    clearInterval(timer)
    outer.removeEventListener('abort', onOuter)
  }
  return { signal: controller.signal, end }
}

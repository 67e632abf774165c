import type { CompleteRecipe } from '../../recipe/index.ts'
import { artifactsOf, writeArtifacts } from '../../registry/artifacts.ts'
import type { VersionEntry } from '../../registry/model-log.ts'
import type { ModelRegistry } from '../../registry/registry.ts'
import { VersionManifest } from '../../registry/version-files.ts'
import type { Store } from '../../store/contract.ts'
import type { Comparer, Trained, Trainer, TrainingProgress, TrainingRun } from '../../training-contract.ts'
import { foldsOf, winnerOf } from '../family/results.ts'
import type { JobRecords, TrainingRecord } from '../records/records.ts'
import { TrialStop, TrialStopped } from '../search/trial-stop.ts'
import type { Ended } from './attempt-run.ts'
import { promotionOf, promotionWarnings } from './promotion.ts'
import type { Work } from './work.ts'

/** What an attempt at a training works with. */
export interface TrainingDependencies {
  store: Store
  records: JobRecords
  models: Pick<ModelRegistry, 'publish' | 'versionOf' | 'head' | 'log' | 'manifest' | 'readArtifact'>
  trainer: Trainer
  /** Compares the new version with `production`, for `promote: ifBetter`. */
  compare: Comparer
  /** Versions of fitserve, Node and TensorFlow, for the manifest. */
  engine: Record<string, string>
}

/** What a training says that clients have to send to its version. */
const TrainedInputs = VersionManifest.pick({ inputs: true })

/** Trains a job's recipe, and publishes the version unless the job is a fold or a trial. */
export function trainingWork(
  record: TrainingRecord,
  dependencies: TrainingDependencies,
  work: Work,
): Promise<Ended> {
  return new TrainingWork(dependencies, record, work).run()
}

/** The work of one attempt: which part of its parent the job is decides which methods do it. */
class TrainingWork {
  readonly #dependencies: TrainingDependencies
  readonly #record: TrainingRecord
  readonly #work: Work

  constructor(dependencies: TrainingDependencies, record: TrainingRecord, work: Work) {
    this.#dependencies = dependencies
    this.#record = record
    this.#work = work
  }

  /** Does the job's work: a fold and a trial are evaluated, any other job publishes a version. */
  async run(): Promise<Ended> {
    const { records, models } = this.#dependencies
    const record = this.#record
    if (record.part?.kind === 'fold') return this.#evaluateOnly(record.part)
    if (record.part?.kind === 'trial') return this.#tryRecipe()
    const published = await this.#work.step(() => models.versionOf(record.model, record.id))
    if (published) return this.#tellOf(published)
    await this.#work.run.report('start')
    if (record.children.length === 0) return this.#publish({ kind: 'whole' })
    await this.#work.runLeftChildren()
    const parts = await Promise.all(record.children.map((child) => records.outcome(child)))
    this.#work.run.beganBefore(parts.map((part) => part?.startedAt))
    if (record.recipe.search === null)
      return this.#publish({ kind: 'final', ...(await foldsOf(records, record)) })
    const { recipe, search, folds } = await winnerOf(records, record)
    return this.#publish(folds ? { kind: 'final', ...folds } : { kind: 'whole' }, { recipe, search })
  }

  /** Trains and evaluates a fold, of which only the figures are kept. */
  async #evaluateOnly(part: TrainingRun): Promise<Ended> {
    const { history, evaluation, warnings } = await this.#work.step(async () => {
      await this.#work.run.report('start')
      return this.#train(part)
    })
    this.#work.run.trained(history, warnings)
    return { version: null, evaluation }
  }

  /** Trains and evaluates a trial of a search, and stops it when it falls behind. */
  async #tryRecipe(): Promise<Ended> {
    const stop = new TrialStop(this.#dependencies.records, this.#record)
    try {
      const { history, evaluation, warnings } = await this.#work.step(async () => {
        await this.#work.run.report('start')
        return this.#train({ kind: 'trial' }, { onProgress: (progress) => stop.look(progress) })
      })
      this.#work.run.trained(history, warnings)
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
  async #publish(
    part: TrainingRun,
    found: { recipe?: CompleteRecipe; search?: Record<string, unknown> } = {},
  ): Promise<Ended> {
    const { store, models, records, engine } = this.#dependencies
    const record = this.#record
    const { attempt } = this.#work.run
    const { search } = found
    const { files, history, warnings, about, ...trained } = await this.#work.step(() =>
      this.#train(part, found.recipe ? { recipe: found.recipe } : {}),
    )
    const recipe = trained.recipe ?? found.recipe ?? record.recipe
    const artifacts = artifactsOf(record.id, attempt)
    const manifest = await this.#work.step(async () => {
      this.#work.run.trained(history, warnings)
      await this.#work.run.report('publish')
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
    const entry = await this.#work.step(async () => {
      await this.#work.run.mayPublish(records)
      const { inputs } = TrainedInputs.parse(about)
      const candidate = { recipe, files, warnings, inputs }
      const promote = promotionOf(this.#dependencies, record, candidate, this.#work.signal)
      const publication = { job: record.id, attempt, artifacts, manifest, promote }
      return models.publish(record.model, publication, record.createdBy)
    })
    await records.keepFingerprint(record.fingerprint, record.id)
    return this.#tellOf(entry)
  }

  /** Tells of the published version's promotion in the job's warnings. */
  async #tellOf({ version }: VersionEntry): Promise<Ended> {
    this.#work.run.warn(await promotionWarnings(this.#dependencies.models, this.#record.model, version))
    return { version }
  }

  /**
   * Calls the trainer and reports its progress.
   * @param options.recipe the recipe to train; absent: the job's own
   * @param options.onProgress called after each report; its error ends the training
   */
  #train(
    part: TrainingRun,
    options: { recipe?: CompleteRecipe; onProgress?: (progress: TrainingProgress) => Promise<void> } = {},
  ): Promise<Trained> {
    const { trainer, store } = this.#dependencies
    const { recipe, dataset } = this.#record
    return trainer({
      recipe: options.recipe ?? recipe,
      dataset,
      run: part,
      signal: this.#work.signal,
      checkpoints: this.#work.run.checkpoints(store),
      onProgress: async (progress) => {
        await this.#work.run.report(progress.phase, progress)
        await options.onProgress?.(progress)
      },
    })
  }
}

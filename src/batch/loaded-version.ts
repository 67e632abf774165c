import { createPreparer } from '../models/preparing/preparing.ts'
import type { VersionEntry } from '../registry/model-log.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { loadVersion } from '../serving/load-version.ts'
import type { ServedVersion } from '../serving/served-version.ts'

/**
 * Time for which a version without work stays in memory, in ms: the next range of the same prediction comes within it,
 * and a training that follows has the memory soon.
 */
const KEPT_MS = 3_000

/** Keeps one version in memory, from one range of rows to the next. One use at a time. */
export class LoadedVersion {
  readonly #models: Pick<ModelRegistry, 'readArtifacts'>
  readonly #preparer = createPreparer()
  #loaded: { artifacts: string; served: ServedVersion } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(models: Pick<ModelRegistry, 'readArtifacts'>) {
    this.#models = models
  }

  /** Does work with a version, which is loaded first unless it is in memory. @throws FitserveError `corrupt-artifact` */
  async use<T>(model: string, entry: VersionEntry, work: (served: ServedVersion) => Promise<T>): Promise<T> {
    clearTimeout(this.#timer)
    const served = await this.#load(model, entry)
    try {
      return await work(served)
    } finally {
      this.#timer = setTimeout(() => this.#forget(), KEPT_MS).unref()
    }
  }

  async #load(model: string, entry: VersionEntry): Promise<ServedVersion> {
    const { artifacts } = entry
    if (this.#loaded?.artifacts === artifacts) return this.#loaded.served
    this.#forget()
    const served = await loadVersion({ models: this.#models, preparer: this.#preparer }, model, entry)
    this.#loaded = { artifacts, served }
    return served
  }

  #forget(): void {
    this.#loaded?.served.retire()
    this.#loaded = undefined
  }
}

import { FitserveError } from '../errors.ts'
import { createPreparer, type Preparer } from '../models/preparing/preparing.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { inParallel } from '../runtime/in-parallel.ts'
import type { ServingHealth } from './contract.ts'
import { type ModelMemory, modelMemory } from './model-memory.ts'
import { repeat } from './repeat.ts'
import { ServedModel } from './served-model.ts'

export interface FollowerDependencies {
  models: Pick<ModelRegistry, 'names' | 'head' | 'readArtifact' | 'changes'>
  /** Bytes that versions in memory may take together; the least recently used leave first. Absent: any. */
  maxBytes?: number
  /** Bytes of a model's `encoder.json` from which it is read in a thread. */
  largeBytes?: number
  /** Milliseconds between two looks for changes. */
  lookMs?: number
  onSwap?: (model: string, version: number) => void
  onFault?: (model: string, error: FitserveError) => void
}

/** Models that are looked at, and loaded, at once. */
const LOOKS_AT_ONCE = 4
/** Of the time, at most one part in so many goes into looks at all models. */
const ALL_MODELS_SHARE = 50
const MAX_BETWEEN_ALL_MS = 60_000
/** Between two of them there are at least so many looks at the changes, which cost less. */
const CHANGES_BETWEEN_ALL = 5

/**
 * Keeps the models in memory at what their logs say. Every change that was noted is followed within a look; all models
 * are looked at as often as their number allows, beside that, for changes whose note is missing.
 */
export class Follower {
  /** By name: the models that are there. */
  readonly served = new Map<string, ServedModel>()
  readonly #dependencies: FollowerDependencies
  readonly #memory: ModelMemory
  readonly #ends: (() => Promise<void>)[] = []
  readonly #preparer: Preparer
  #closed = false
  #looked = false
  #reachable = true
  #skipAt = 0
  /** Models whose log cannot be read. */
  readonly #unreadable = new Map<string, FitserveError>()

  constructor(dependencies: FollowerDependencies) {
    this.#dependencies = dependencies
    const { maxBytes = Number.POSITIVE_INFINITY } = dependencies
    this.#preparer = createPreparer({ largeBytes: dependencies.largeBytes })
    this.#memory = modelMemory(() => this.served.values(), maxBytes)
  }

  /** Resolves when every model's `production` is loaded or known not to be. */
  async start(): Promise<void> {
    // A store that is away at the start is no reason not to start: readiness says so, and it is looked at again.
    await this.#lookAtAll().catch(() => undefined)
    const { lookMs = 1000 } = this.#dependencies
    this.#ends.push(
      repeat(
        () => this.#lookAtChanged(),
        () => lookMs,
      ),
      repeat(
        () => this.#lookAtAll(),
        (tookMs) => this.#pauseAfter(tookMs, lookMs),
      ),
    )
  }

  /** Milliseconds between two looks at all models, of which the last took so long. */
  #pauseAfter(tookMs: number, lookMs: number): number {
    if (!this.#looked) return lookMs
    const least = lookMs * CHANGES_BETWEEN_ALL
    return Math.max(least, Math.min(tookMs * ALL_MODELS_SHARE, MAX_BETWEEN_ALL_MS))
  }

  /** Looks at one model, or at those that have changed. */
  refresh(model?: string): Promise<void> {
    if (model === undefined) return this.#lookAtChanged()
    return this.#watch(() => this.#followReadable(model))
  }

  #lookAtAll(): Promise<void> {
    const { models } = this.#dependencies
    return this.#watch(async () => {
      // What this look takes from the others is not to wait until its turn among all.
      await this.#followChanged()
      // Who was stopped for long may be behind notes that are gone. To find out takes a list of them.
      if (performance.now() >= this.#skipAt) {
        await models.changes.skip()
        this.#skipAt = performance.now() + MAX_BETWEEN_ALL_MS
      }
      const names = new Set(await models.names())
      for (const name of this.served.keys()) if (!names.has(name)) this.#drop(name)
      for (const name of this.#unreadable.keys()) if (!names.has(name)) this.#unreadable.delete(name)
      await inParallel(names, LOOKS_AT_ONCE, (name) => this.#followReadable(name))
      this.#looked = true
    })
  }

  #lookAtChanged(): Promise<void> {
    return this.#watch(() => this.#followChanged())
  }

  async #followChanged(): Promise<void> {
    const changed = await this.#dependencies.models.changes.changed()
    await inParallel(changed, LOOKS_AT_ONCE, (name) => this.#followReadable(name))
  }

  /** Remembers whether the store could be read. */
  async #watch(look: () => Promise<void>): Promise<void> {
    try {
      await look()
      this.#reachable = true
    } catch (error) {
      this.#reachable = false
      throw error
    }
  }

  /** A log that is damaged concerns its own model only. */
  async #followReadable(name: string): Promise<void> {
    try {
      await this.follow(name)
      this.#unreadable.delete(name)
    } catch (error) {
      if (!(error instanceof FitserveError) || error.code === 'store-unavailable') throw error
      if (!this.#unreadable.has(name)) this.#dependencies.onFault?.(name, error)
      this.#unreadable.set(name, error)
    }
  }

  /** Takes over the newest state of a model. @throws FitserveError `store-unavailable`, `corrupt-artifact` */
  async follow(name: string): Promise<void> {
    const generation = await this.#dependencies.models.head(name)
    if (!generation) {
      // It was deleted.
      this.#drop(name)
      return
    }
    const loading = { models: this.#dependencies.models, preparer: this.#preparer }
    const model = this.served.get(name) ?? new ServedModel(name, loading, generation, this.#memory)
    const before = model.production?.version
    const fault = model.fault
    this.served.set(name, model)
    await model.follow(generation)
    const after = model.production?.version
    if (after !== undefined && after !== before) this.#dependencies.onSwap?.(name, after)
    if (model.fault && !fault && !this.#closed) this.#dependencies.onFault?.(name, model.fault)
  }

  #drop(name: string): void {
    const model = this.served.get(name)
    this.served.delete(name)
    model?.retire()
  }

  health(): ServingHealth {
    const names = new Set([...this.served.keys(), ...this.#unreadable.keys()])
    const models = [...names].sort().map((name) => {
      const model = this.served.get(name)
      const fault = this.#unreadable.get(name) ?? model?.fault
      return { name, version: model?.current ?? null, fault: fault?.message ?? null }
    })
    return { looked: this.#looked, reachable: this.#reachable, models }
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#preparer.close()
    await Promise.all(this.#ends.map((end) => end()))
  }
}

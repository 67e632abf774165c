import { FitserveError } from '../errors.ts'
import { createPreparer, type Preparer } from '../models/preparing/preparing.ts'
import type { ModelRegistry } from '../registry/registry.ts'
import { inParallel } from '../runtime/in-parallel.ts'
import type { ServingHealth } from './contract.ts'
import { type ModelMemory, modelMemory } from './model-memory.ts'
import { repeat } from './repeat.ts'
import { ServedModel } from './served-model.ts'

/** Dependencies of the follower, and its callbacks. */
export interface FollowerDependencies {
  models: Pick<ModelRegistry, 'names' | 'head' | 'readArtifacts' | 'changes'>
  /** Limit on the bytes of all versions in memory; the least recently used are dropped first. Default: none. */
  maxBytes?: number
  /** Bytes of a model's `encoder.json` from which on it is read in a thread. */
  largeBytes?: number
  /** Milliseconds between two reads of the change feed. Default: 1000. */
  pollMs?: number
  /** Called when another version of a model has become `production` in memory. */
  onSwap?: (model: string, version: number) => void
  /** Called once when a model's log cannot be read or its version in production cannot be loaded. */
  onFault?: (model: string, error: FitserveError) => void
  /** Called when the logs can no longer be read, once until they can be read again. */
  onUnreachable?: (error: unknown) => void
}

/** Models that are read and loaded at once. */
const MODELS_AT_ONCE = 4
/** Full scans take at most one part in 200 of the time, so that no request in a hundred meets one. */
const ALL_MODELS_SHARE = 200
/** Limit on the pause between two full scans, in ms, however long they take. */
const MAX_BETWEEN_ALL_MS = 60_000
/** Minimum number of (cheaper) change-feed reads between two full scans. */
const CHANGES_BETWEEN_ALL = 5

/**
 * Keeps the models in memory up to date with their logs. A change in the change feed is followed at the next read of
 * the feed. Full scans of all models, as often as their number allows, find changes without a note.
 */
export class Follower {
  /** The models that exist, by name. */
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
    // Without the store the process starts all the same: readiness reports it, and the next scan tries again.
    await this.#scanAll().catch(() => undefined)
    const { pollMs = 1000 } = this.#dependencies
    this.#ends.push(
      repeat(
        () => this.#readChanges(),
        () => pollMs,
      ),
      repeat(
        () => this.#scanAll(),
        (tookMs) => this.#pauseAfter(tookMs, pollMs),
      ),
    )
  }

  /** Returns the pause before the next full scan, in ms, from how long the last one took. */
  #pauseAfter(tookMs: number, pollMs: number): number {
    if (!this.#looked) return pollMs
    const least = pollMs * CHANGES_BETWEEN_ALL
    return Math.max(least, Math.min(tookMs * ALL_MODELS_SHARE, MAX_BETWEEN_ALL_MS))
  }

  /** Follows one model, or all that have changed. */
  refresh(model?: string): Promise<void> {
    if (model === undefined) return this.#readChanges()
    return this.#watch(() => this.#followReadable(model))
  }

  #scanAll(): Promise<void> {
    const { models } = this.#dependencies
    return this.#watch(async () => {
      // Changed models first: they must not wait for their turn in the scan.
      await this.#followChanged()
      // After a long stop this process may be behind notes that were removed. To find out takes a list of them.
      if (performance.now() >= this.#skipAt) {
        await models.changes.skip()
        this.#skipAt = performance.now() + MAX_BETWEEN_ALL_MS
      }
      const names = new Set(await models.names())
      for (const name of this.served.keys()) if (!names.has(name)) this.#drop(name)
      for (const name of this.#unreadable.keys()) if (!names.has(name)) this.#unreadable.delete(name)
      await inParallel(names, MODELS_AT_ONCE, (name) => this.#followReadable(name))
      this.#looked = true
    })
  }

  #readChanges(): Promise<void> {
    return this.#watch(() => this.#followChanged())
  }

  async #followChanged(): Promise<void> {
    const changed = await this.#dependencies.models.changes.changed()
    await inParallel(changed, MODELS_AT_ONCE, (name) => this.#followReadable(name))
  }

  /** Reads the logs, remembers whether the store could be read, and reports when that changes for the worse. */
  async #watch(read: () => Promise<void>): Promise<void> {
    try {
      await read()
      this.#reachable = true
    } catch (error) {
      if (this.#reachable && !this.#closed) this.#dependencies.onUnreachable?.(error)
      this.#reachable = false
      throw error
    }
  }

  /** Follows a model; a damaged log affects its own model only. */
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

  /** Takes over the newest state of a model's log. @throws FitserveError `store-unavailable`, `corrupt-artifact` */
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

  /** Returns what can be answered from, and what is wrong. */
  health(): ServingHealth {
    const names = new Set([...this.served.keys(), ...this.#unreadable.keys()])
    const models = [...names].sort().map((name) => {
      const model = this.served.get(name)
      const fault = this.#unreadable.get(name) ?? model?.fault
      return {
        name,
        version: model?.current ?? null,
        newest: model?.newest ?? null,
        fault: fault?.message ?? null,
      }
    })
    return { looked: this.#looked, reachable: this.#reachable, models }
  }

  /** Stops following. Versions in memory stay usable. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#preparer.close()
    await Promise.all(this.#ends.map((end) => end()))
  }
}

import { FitserveError } from '../errors.ts'
import { PRODUCTION } from '../registry/alias-moves.ts'
import type { Generation, VersionEntry } from '../registry/model-log.ts'
import { aliasOf, unknownAlias, unknownVersion } from '../registry/model-lookup.ts'
import { serial } from '../runtime/serial.ts'
import { type LoadDependencies, loadVersion } from './load-version.ts'
import type { ModelMemory } from './model-memory.ts'
import type { ServedVersion } from './served-version.ts'

/** Versions besides `production` that stay in memory once they were asked for, for each model. */
const MAX_OTHERS = 3

/**
 * One model as it is served: its newest known log entry, and versions in memory. `production` is swapped only when its
 * successor is loaded and warm, so that a prediction never waits for a swap and never mixes two versions.
 */
export class ServedModel {
  readonly name: string
  readonly #loading: LoadDependencies
  #generation: Generation
  /** Number of the next version in the newest state that was followed to its end. */
  #nextVersion = 0
  /** Serialized, so that concurrent callers share one load. */
  readonly #oneAtATime = serial()
  #production: ServedVersion | undefined
  #fault: FitserveError | undefined
  /** Loaded or loading, the least recently asked for first. */
  readonly #others = new Map<number, Promise<ServedVersion>>()
  /** Those of the others that are loaded. */
  readonly #loadedOthers = new Map<number, ServedVersion>()
  readonly #memory: ModelMemory
  /**
   * The version of `production` that was let go to make room, and the load that brings it back once it is asked for.
   */
  #away: number | undefined
  #return: { version: number; loading: Promise<ServedVersion> } | undefined

  constructor(name: string, loading: LoadDependencies, generation: Generation, memory: ModelMemory) {
    this.name = name
    this.#memory = memory
    this.#loading = loading
    this.#generation = generation
  }

  /** Error with which `production` could not be loaded; undefined where it could or does not exist. */
  get fault(): FitserveError | undefined {
    return this.#fault
  }

  /** The version in production, if it is in memory. */
  get production(): ServedVersion | undefined {
    return this.#production
  }

  /** The version that answers by default, in memory or let go to make room. */
  get current(): number | undefined {
    return this.#production?.version ?? this.#away
  }

  /** The newest version of the newest known state, in memory or not. */
  get newest(): number | undefined {
    return this.#generation.state.versions.at(-1)?.version
  }

  /** Versions in memory. */
  loaded(): ServedVersion[] {
    const others = [...this.#loadedOthers.values()]
    return this.#production ? [this.#production, ...others] : others
  }

  /** Drops a version from memory; it is loaded again when it is asked for. */
  letGo(served: ServedVersion): void {
    if (served === this.#production) {
      this.#become(undefined)
      this.#away = served.version
    } else this.#forget(served.version)
  }

  /** Drops all versions: the model was deleted. */
  retire(): void {
    this.#become(undefined)
    for (const version of this.#others.keys()) this.#forget(version)
  }

  #forget(version: number): void {
    this.#others.delete(version)
    this.#loadedOthers.get(version)?.retire()
    this.#loadedOthers.delete(version)
  }

  /** Puts a version into the place of `production`. */
  #become(version: ServedVersion | undefined): void {
    const before = this.#production
    this.#production = version
    if (before !== version) before?.retire()
  }

  /**
   * Takes over a newer state of the log, and loads and swaps `production` if it moved. If memory has no room for a
   * version that no request has asked for, it is loaded at the first request.
   */
  follow(generation: Generation): Promise<void> {
    return this.#oneAtATime(async () => {
      await this.#follow(generation)
      this.#nextVersion = this.#generation.state.nextVersion
    })
  }

  /** Tells whether the state of the log that published a version, or a newer one, was followed to its end. */
  hasFollowed(version: number): boolean {
    return version < this.#nextVersion
  }

  async #follow(generation: Generation): Promise<void> {
    if (generation.generation > this.#generation.generation) this.#generation = generation
    const wanted = this.#generation.state.aliases[PRODUCTION]?.version
    if (wanted === undefined) {
      // The alias was removed.
      this.#become(undefined)
      this.#away = undefined
      this.#fault = undefined
      return
    }
    if (wanted === this.current && !this.#fault) return
    const entry = this.#entryOf(wanted)
    if (!entry) return
    if (!this.#production && !this.#memory.hasRoom()) {
      this.#away = wanted
      return
    }
    try {
      this.#serve(await loadVersion(this.#loading, this.name, entry))
      this.#fault = undefined
    } catch (error) {
      // The version that was served so far stays in place.
      this.#fault = asKnown(error)
    }
  }

  /** Returns `production` if `wanted` means it and it is in memory. */
  inMemory(wanted: string | number | undefined): ServedVersion | undefined {
    const production = this.#production
    if (!production) return undefined
    if (wanted !== undefined && wanted !== PRODUCTION && wanted !== production.version) return undefined
    production.use()
    return production
  }

  #serve(version: ServedVersion): ServedVersion {
    this.#become(version)
    this.#away = undefined
    this.#forget(version.version)
    this.#memory.loaded(this, version)
    return version
  }

  /** Loads `production` again; all requests that wait for this version share the load. */
  #bringBack(entry: VersionEntry): Promise<ServedVersion> {
    const { version } = entry
    if (this.#return?.version === version) return this.#return.loading
    const loading = loadVersion(this.#loading, this.name, entry)
      // Meanwhile another version may have become production.
      .then((served) => (this.#away === version ? this.#serve(served) : served))
      .finally(() => {
        if (this.#return?.loading === loading) this.#return = undefined
      })
    this.#return = { version, loading }
    return loading
  }

  /**
   * Returns the version that a number or alias means: at once (no promise) if it is in memory, else loaded first.
   * @throws FitserveError `unknown-version`, `unknown-alias`
   */
  version(wanted: string | number | undefined): ServedVersion | Promise<ServedVersion> {
    const isProduction = wanted === undefined || wanted === PRODUCTION
    const known = this.inMemory(isProduction ? undefined : this.#numberOf(wanted))
    if (known) return known
    const number = isProduction ? (this.#away ?? this.#withoutProduction()) : this.#numberOf(wanted)
    const entry = this.#entryOf(number)
    if (!entry) throw unknownVersion(this.#generation.state, this.name, number)
    return number === this.#away ? this.#bringBack(entry) : this.#other(entry)
  }

  #withoutProduction(): never {
    if (this.#fault) throw this.#fault
    if (this.#generation.state.aliases[PRODUCTION])
      throw new FitserveError('not-ready', `The model "${this.name}" is being loaded.`)
    const versions = this.#generation.state.versions.map(({ version }) => version)
    throw new FitserveError(
      'unknown-alias',
      `No version of "${this.name}" is in production yet. Name one of its versions (${versions.join(', ')}) or set the alias production.`,
    )
  }

  #numberOf(wanted: string | number): number {
    if (/^[0-9]{1,15}$/.test(String(wanted))) return Number(wanted)
    const alias = aliasOf(this.#generation.state, String(wanted))
    if (alias) return alias.version
    throw unknownAlias(this.#generation.state, this.name, String(wanted))
  }

  #entryOf(version: number): VersionEntry | undefined {
    return this.#generation.state.versions.find((entry) => entry.version === version)
  }

  #other(entry: VersionEntry): Promise<ServedVersion> {
    const { version } = entry
    const known = this.#others.get(version)
    this.#others.delete(version)
    const loading = known ?? loadVersion(this.#loading, this.name, entry)
    this.#others.set(version, loading)
    this.#loadedOthers.get(version)?.use()
    if (!known)
      loading.then(
        (served) => {
          if (this.#others.get(version) !== loading) return
          this.#loadedOthers.set(version, served)
          this.#memory.loaded(this, served)
        },
        () => {
          // It may have been forgotten and asked for again meanwhile.
          if (this.#others.get(version) === loading) this.#others.delete(version)
        },
      )
    const [oldest] = this.#others.keys()
    if (this.#others.size > MAX_OTHERS && oldest !== undefined) this.#forget(oldest)
    return loading
  }
}

function asKnown(error: unknown): FitserveError {
  if (error instanceof FitserveError) return error
  return new FitserveError('corrupt-artifact', 'The version could not be loaded.', { cause: error })
}

import { FitserveError } from '../errors.ts'
import type { Generation, VersionEntry } from '../registry/model-log.ts'
import { type LoadDependencies, loadVersion } from './load-version.ts'
import type { ModelMemory } from './model-memory.ts'
import type { ServedVersion } from './served-version.ts'

/** Versions besides `production` that stay in memory once they were asked for. */
const MAX_OTHERS = 3

/**
 * One model as it is served: its newest known log entry, and versions in memory. `production` is swapped only
 * when its successor is loaded and warm, so predictions never wait for a swap nor see half of one.
 */
export class ServedModel {
  readonly name: string
  readonly #loading: LoadDependencies
  #generation: Generation
  #following: Promise<void> = Promise.resolve()
  #production: ServedVersion | undefined
  #fault: FitserveError | undefined
  /** Loaded or loading, the least recently asked for first. */
  readonly #others = new Map<number, Promise<ServedVersion>>()
  /** Those of the others that are loaded. */
  readonly #loadedOthers = new Map<number, ServedVersion>()
  readonly #memory: ModelMemory
  /** The version of `production` that was let go to make room, and its way back where it is asked for. */
  #away: number | undefined
  #return: { version: number; loading: Promise<ServedVersion> } | undefined

  constructor(name: string, loading: LoadDependencies, generation: Generation, memory: ModelMemory) {
    this.name = name
    this.#memory = memory
    this.#loading = loading
    this.#generation = generation
  }

  /** Why `production` cannot be loaded; undefined where it can or does not exist. */
  get fault(): FitserveError | undefined {
    return this.#fault
  }

  get production(): ServedVersion | undefined {
    return this.#production
  }

  /** The version that answers by default, in memory or let go to make room. */
  get current(): number | undefined {
    return this.#production?.version ?? this.#away
  }

  /** Versions in memory. */
  loaded(): ServedVersion[] {
    const others = [...this.#loadedOthers.values()]
    return this.#production ? [this.#production, ...others] : others
  }

  /** Lets a version go; it comes back when it is asked for. */
  letGo(served: ServedVersion): void {
    if (served === this.#production) {
      this.#become(undefined)
      this.#away = served.version
    } else this.#forget(served.version)
  }

  /** Lets all versions go: the model was deleted. */
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
   * Takes over a newer state of the log, and loads and swaps `production` where it moved. Where there is no room for
   * a version that nobody has asked for, it is loaded when somebody does.
   */
  follow(generation: Generation): Promise<void> {
    // One after the other: who asks for what is being loaded waits for it, and it is loaded once.
    this.#following = this.#following.then(() => this.#follow(generation))
    return this.#following
  }

  async #follow(generation: Generation): Promise<void> {
    if (generation.generation > this.#generation.generation) this.#generation = generation
    const wanted = this.#generation.state.aliases['production']?.version
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
      // The version that was served goes on being served.
      this.#fault = asKnown(error)
    }
  }

  /** `production` where it is meant and in memory. */
  inMemory(wanted: string | number | undefined): ServedVersion | undefined {
    const production = this.#production
    if (!production) return undefined
    if (wanted !== undefined && wanted !== 'production' && wanted !== production.version) return undefined
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

  /** Brings `production` back into memory, once for all who wait for this version of it. */
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
   * The version that a number or alias means. Known from memory at once (no promise), else loaded first.
   * @throws FitserveError `unknown-version`, `unknown-alias`
   */
  version(wanted: string | number | undefined): ServedVersion | Promise<ServedVersion> {
    const isProduction = wanted === undefined || wanted === 'production'
    const known = this.inMemory(isProduction ? undefined : this.#numberOf(wanted))
    if (known) return known
    const number = isProduction ? (this.#away ?? this.#withoutProduction()) : this.#numberOf(wanted)
    const entry = this.#entryOf(number)
    if (!entry) throw unknownVersion(this.name, number, this.#generation)
    return number === this.#away ? this.#bringBack(entry) : this.#other(entry)
  }

  #withoutProduction(): never {
    if (this.#fault) throw this.#fault
    if (this.#generation.state.aliases['production'])
      throw new FitserveError('not-ready', `The model "${this.name}" is being loaded.`)
    const versions = this.#generation.state.versions.map(({ version }) => version)
    throw new FitserveError(
      'unknown-alias',
      `No version of "${this.name}" is in production yet. Name one of its versions (${versions.join(', ')}) or set the alias production.`,
    )
  }

  #numberOf(wanted: string | number): number {
    if (/^[0-9]{1,15}$/.test(String(wanted))) return Number(wanted)
    const { aliases } = this.#generation.state
    const alias = Object.hasOwn(aliases, wanted) ? aliases[wanted] : undefined
    if (alias) return alias.version
    const known = Object.keys(aliases).sort().join(', ') || 'none'
    throw new FitserveError(
      'unknown-alias',
      `"${this.name}" has no alias ${JSON.stringify(String(wanted).slice(0, 64))}. There is: ${known}.`,
    )
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
        () => this.#others.delete(version),
      )
    const [oldest] = this.#others.keys()
    if (this.#others.size > MAX_OTHERS && oldest !== undefined) this.#forget(oldest)
    return loading
  }
}

function unknownVersion(model: string, version: number, { state }: Generation): FitserveError {
  const known = state.versions.slice(-20).map((entry) => entry.version)
  return new FitserveError(
    'unknown-version',
    `"${model}" has no version ${version}. There is: ${known.reverse().join(', ') || 'none'}.`,
  )
}

function asKnown(error: unknown): FitserveError {
  if (error instanceof FitserveError) return error
  return new FitserveError('corrupt-artifact', 'The version could not be loaded.', { cause: error })
}

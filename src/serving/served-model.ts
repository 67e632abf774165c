import { FitserveError } from '../errors.ts'
import { loadPredictor, type Predictor } from '../models/predictor.ts'
import type { Generation, VersionEntry } from '../store/model-log.ts'
import type { ModelRegistry } from '../store/models.ts'

/** A version in memory. */
export interface ServedVersion {
  readonly version: number
  readonly predictor: Predictor
}

type Models = Pick<ModelRegistry, 'head' | 'readArtifact'>

/** Versions besides `production` that stay in memory once they were asked for. */
const MAX_OTHERS = 3

/**
 * One model as it is served: its newest known log entry, and versions in memory. `production` is swapped only
 * when its successor is loaded and warm, so predictions never wait for a swap nor see half of one.
 */
export class ServedModel {
  readonly name: string
  readonly #models: Models
  #generation: Generation
  #production: ServedVersion | undefined
  #fault: FitserveError | undefined
  /** Loaded or loading, the least recently asked for first. */
  readonly #others = new Map<number, Promise<ServedVersion>>()

  constructor(name: string, models: Models, generation: Generation) {
    this.name = name
    this.#models = models
    this.#generation = generation
  }

  /** Why `production` cannot be loaded; undefined where it can or does not exist. */
  get fault(): FitserveError | undefined {
    return this.#fault
  }

  get production(): ServedVersion | undefined {
    return this.#production
  }

  get memoryBytes(): number {
    return this.#production?.predictor.memoryBytes ?? 0
  }

  /** Takes over a newer state of the log, and loads and swaps `production` where it moved. */
  async follow(generation: Generation): Promise<void> {
    if (generation.generation > this.#generation.generation) this.#generation = generation
    const wanted = this.#generation.state.aliases['production']?.version
    if (wanted === undefined) {
      // The alias was removed.
      this.#production = undefined
      this.#fault = undefined
      return
    }
    if (wanted === this.#production?.version && !this.#fault) return
    const entry = this.#entryOf(wanted)
    if (!entry) return
    try {
      this.#production = await this.#load(entry)
      this.#fault = undefined
    } catch (error) {
      // The version that was served goes on being served.
      this.#fault = asKnown(error)
    }
  }

  /** `production` where it is meant and in memory. */
  inMemory(wanted: string | number | undefined): ServedVersion | undefined {
    const production = this.#production
    return wanted === undefined || wanted === 'production' || wanted === production?.version
      ? production
      : undefined
  }

  /**
   * The version that a number or alias means. Known from memory at once (no promise), else loaded first.
   * @throws FitserveError `unknown-version`, `unknown-alias`
   */
  version(wanted: string | number | undefined): ServedVersion | Promise<ServedVersion> {
    if (wanted === undefined || wanted === 'production') return this.#production ?? this.#withoutProduction()
    const number = this.#numberOf(wanted)
    if (number === this.#production?.version) return this.#production
    const entry = this.#entryOf(number)
    if (!entry) throw unknownVersion(this.name, number, this.#generation)
    return this.#other(entry)
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
    const known = this.#others.get(entry.version)
    this.#others.delete(entry.version)
    const loading = known ?? this.#load(entry)
    this.#others.set(entry.version, loading)
    if (!known) loading.catch(() => this.#others.delete(entry.version))
    const [oldest] = this.#others.keys()
    if (this.#others.size > MAX_OTHERS && oldest !== undefined) this.#others.delete(oldest)
    return loading
  }

  async #load(entry: VersionEntry): Promise<ServedVersion> {
    const read = async (file: string): Promise<Buffer> => {
      const bytes = await this.#models.readArtifact(this.name, entry, file)
      if (bytes) return bytes
      throw new FitserveError(
        'corrupt-artifact',
        `Version ${entry.version} of "${this.name}" has no ${file}.`,
      )
    }
    const [encoder, model, weights] = [
      await read('encoder.json'),
      await read('model.json'),
      await read('weights.bin'),
    ]
    const predictor = loadPredictor({ encoder, model, weights })
    warm(predictor)
    return { version: entry.version, predictor }
  }
}

/** Runs the forward pass a few times before it takes traffic, so that its code is compiled. */
function warm(predictor: Predictor): void {
  const example = { text: 'a warm word', number: 0, category: '', boolean: false }
  const row = Object.fromEntries(predictor.inputs.map(({ name, type }) => [name, example[type]]))
  for (let round = 0; round < 50; round++) predictor.predict(row)
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

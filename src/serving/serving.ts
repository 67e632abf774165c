import { type FieldProblem, FitserveError } from '../errors.ts'
import type { Prediction, Predictor } from '../models/predictor.ts'
import type { Row } from '../recipe/table.ts'
import type { Generation } from '../store/model-log.ts'
import type { ModelRegistry } from '../store/models.ts'
import type {
  Answer,
  LoadedVersion,
  PredictOptions,
  PredictTarget,
  RowError,
  Serving,
  ServingHealth,
} from './contract.ts'
import { before, checkDeadline } from './deadline.ts'
import { inParallel, repeatLooks } from './looks.ts'
import { bytesOf, makeRoom, ServedModel, type ServedVersion } from './served-model.ts'

export interface ServingDependencies {
  models: Pick<ModelRegistry, 'names' | 'head' | 'readArtifact' | 'changes'>
  /** Bytes that versions in memory may take together; the least recently used leave first. Absent: any. */
  maxBytes?: number
  /** Rows that may wait for their answers at once. */
  maxWaiting?: number
  /** Milliseconds between two looks at the models' logs. */
  lookMs?: number
  onSwap?: (model: string, version: number) => void
  onFault?: (model: string, error: FitserveError) => void
}

/** Models that are looked at, and loaded, at once. */
const LOOKS_AT_ONCE = 4
/** Milliseconds of predictions after which others get their turn. */
const TURN_MS = 8
const MAX_WAITING = 1_000_000

/** Starts to follow the models' logs; resolves when every model's `production` is loaded or known not to be. */
export async function createServing(dependencies: ServingDependencies): Promise<Serving> {
  const serving = new ModelServing(dependencies)
  await serving.start()
  return serving
}

class ModelServing implements Serving {
  readonly #dependencies: ServingDependencies
  readonly #served = new Map<string, ServedModel>()
  #stop: () => void = () => undefined
  #looking: Promise<void> | undefined
  /** The look after the one that is under way. */
  #next: Promise<void> | undefined
  #looked = false
  #reachable = true
  /** Models whose log cannot be read. */
  readonly #unreadable = new Map<string, FitserveError>()
  /** Rows of requests under way. */
  #waiting = 0

  constructor(dependencies: ServingDependencies) {
    this.#dependencies = dependencies
  }

  async start(): Promise<void> {
    // A store that is away at the start is no reason not to start: readiness says so, and it is looked at again.
    await this.refresh().catch(() => undefined)
    this.#stop = repeatLooks(this.#dependencies.lookMs ?? 1000, (all) => this.#looking ?? this.#begin(all))
  }

  refresh(): Promise<void> {
    // Who comes while a look is under way may have news that it has passed: one more look is enough for all of them.
    if (this.#looking) {
      this.#next ??= this.#looking
        .catch(() => undefined)
        .then(() => {
          this.#next = undefined
          return this.#begin(true)
        })
      return this.#next
    }
    return this.#begin(true)
  }

  #begin(all: boolean): Promise<void> {
    const done = this.#look(all).finally(() => {
      if (this.#looking === done) this.#looking = undefined
    })
    this.#looking = done
    return done
  }

  async #look(all: boolean): Promise<void> {
    const { models } = this.#dependencies
    try {
      if (all) {
        // Before the names: what changes from here on is noted after where the notes are read next.
        await models.changes.skip()
        const names = new Set(await models.names())
        for (const name of this.#served.keys()) if (!names.has(name)) this.#served.delete(name)
        for (const name of this.#unreadable.keys()) if (!names.has(name)) this.#unreadable.delete(name)
        await inParallel(names, LOOKS_AT_ONCE, (name) => this.#followReadable(name))
      } else
        await inParallel(await models.changes.changed(), LOOKS_AT_ONCE, (name) => this.#followReadable(name))
      this.#looked ||= all
      this.#reachable = true
    } catch (error) {
      this.#reachable = false
      throw error
    }
  }

  /** A log that is damaged concerns its own model only. */
  async #followReadable(name: string): Promise<void> {
    try {
      await this.#follow(name)
      this.#unreadable.delete(name)
    } catch (error) {
      if (!(error instanceof FitserveError) || error.code === 'store-unavailable') throw error
      if (!this.#unreadable.has(name)) this.#dependencies.onFault?.(name, error)
      this.#unreadable.set(name, error)
    }
  }

  async #follow(name: string): Promise<ServedModel | undefined> {
    const generation = await this.#dependencies.models.head(name)
    if (!generation) {
      // It was deleted.
      this.#served.delete(name)
      return undefined
    }
    const model = this.#served.get(name) ?? this.#newModel(name, generation)
    const [before, fault] = [model.production?.version, model.fault]
    this.#served.set(name, model)
    await model.follow(generation)
    const after = model.production?.version
    if (after !== undefined && after !== before) this.#dependencies.onSwap?.(name, after)
    if (model.fault && !fault) this.#dependencies.onFault?.(name, model.fault)
    return model
  }

  #newModel(name: string, generation: Generation): ServedModel {
    const { models, maxBytes = Number.POSITIVE_INFINITY } = this.#dependencies
    return new ServedModel(name, models, generation, {
      hasRoom: () => maxBytes === Number.POSITIVE_INFINITY || bytesOf(this.#served.values()) < maxBytes,
      loaded: (model, version) => makeRoom(new Set([...this.#served.values(), model]), version, maxBytes),
    })
  }

  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'refuse' },
  ): Promise<Answer<Prediction>>
  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'row' },
  ): Promise<Answer<Prediction | RowError>>
  async predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions,
  ): Promise<Answer<Prediction | RowError>> {
    const { maxWaiting = MAX_WAITING } = this.#dependencies
    if (this.#waiting > 0 && this.#waiting + rows.length > maxWaiting)
      throw new FitserveError('overloaded', 'Too many rows wait for their answers. Try again in a moment.')
    this.#waiting += rows.length
    try {
      return await this.#predictAll(target, rows, options)
    } finally {
      this.#waiting -= rows.length
    }
  }

  async #predictAll(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions,
  ): Promise<Answer<Prediction | RowError>> {
    const { deadline } = options
    const model = this.#known(target.model) ?? (await before(deadline, this.#find(target.model)))
    const served = await before(deadline, this.#version(model, target.version))
    checkDeadline(deadline)
    const predictions: (Prediction | RowError)[] = []
    const problems: FieldProblem[] = []
    let turn = performance.now()
    for (const [index, input] of rows.entries()) {
      const path = options.single ? options.path : `${options.path}/${index}`
      const { row, faults } = readRow(served, input, path, options.form)
      if (faults.length === 0) predictions.push(served.predictor.predict(row))
      else if (options.onError === 'row') predictions.push(rowError(faults))
      else problems.push(...faults)
      if (index % 16 === 15 && performance.now() - turn > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve))
        checkDeadline(deadline)
        turn = performance.now()
      }
    }
    if (problems.length > 0) throw invalidRows(served, problems)
    return { model: model.name, version: served.version, predictions }
  }

  predictNow({ model, version }: PredictTarget, row: unknown, form: PredictOptions['form']) {
    const served = this.#known(model)
    const inMemory = served?.inMemory(version)
    if (!served || !inMemory) return undefined
    const prediction = predictGood(inMemory.predictor, row, form)
    return prediction && { model: served.name, version: inMemory.version, prediction }
  }

  loaded(model: string): LoadedVersion[] {
    const versions = this.#served.get(model)?.loaded() ?? []
    return versions.map(({ version, predictor }) => ({ version, bytes: predictor.memoryBytes }))
  }

  health(): ServingHealth {
    const names = new Set([...this.#served.keys(), ...this.#unreadable.keys()])
    const models = [...names].sort().map((name) => {
      const model = this.#served.get(name)
      const fault = this.#unreadable.get(name) ?? model?.fault
      return { name, version: model?.current ?? null, fault: fault?.message ?? null }
    })
    return { looked: this.#looked, reachable: this.#reachable, models }
  }

  async close(): Promise<void> {
    this.#stop()
    await Promise.allSettled([this.#looking, this.#next])
  }

  #known(name: string | undefined): ServedModel | undefined {
    if (name !== undefined) return this.#served.get(name)
    if (this.#served.size === 1) for (const only of this.#served.values()) return only
    return undefined
  }

  /** A model that is not known yet may have been published a moment ago. */
  async #find(name: string | undefined): Promise<ServedModel> {
    await (name === undefined ? this.refresh() : this.#follow(name))
    const model = this.#known(name)
    if (model) return model
    const known = [...this.#served.keys()].sort()
    const listed = known.length === 0 ? 'There is none yet.' : `There is: ${known.slice(0, 20).join(', ')}.`
    const sentence =
      name === undefined
        ? 'Say which model is meant, with "model".'
        : `There is no model ${JSON.stringify(name.slice(0, 64))}.`
    throw new FitserveError('unknown-model', `${sentence} ${listed}`)
  }

  async #version(model: ServedModel, wanted: string | number | undefined): Promise<ServedVersion> {
    try {
      return await model.version(wanted)
    } catch (error) {
      const maybeNew =
        error instanceof FitserveError &&
        ['unknown-version', 'unknown-alias', 'not-ready'].includes(error.code)
      if (!maybeNew) throw error
      await this.#follow(model.name)
      return model.version(wanted)
    }
  }
}

function predictGood(predictor: Predictor, row: unknown, form: 'text' | 'features'): Prediction | undefined {
  if (form === 'text')
    return predictor.textInput !== null && typeof row === 'string' ? predictor.predictText(row) : undefined
  return predictor.check(row, '').length === 0 ? predictor.predict(row as Row) : undefined
}

function readRow(
  served: ServedVersion,
  input: unknown,
  path: string,
  form: 'text' | 'features',
): { row: Row; faults: FieldProblem[] } {
  const { predictor } = served
  if (form === 'features') return { row: input as Row, faults: predictor.check(input, path) }
  if (predictor.textInput === null) {
    const names = predictor.inputs.map(({ name }) => name).join(', ')
    return {
      row: {},
      faults: [
        {
          path,
          message: `This model has other inputs than one text. Send features or rows with the columns ${names}.`,
        },
      ],
    }
  }
  const row = { [predictor.textInput]: input as string }
  return { row, faults: predictor.check(row, path).map((fault) => ({ ...fault, path })) }
}

function rowError(faults: FieldProblem[]): RowError {
  return { error: { message: faults.map((fault) => fault.message).join(' '), errors: faults } }
}

function invalidRows(served: ServedVersion, problems: FieldProblem[]): FitserveError {
  const columns = served.predictor.inputs.map(({ name, type }) => `${name} (${type})`).join(', ')
  return new FitserveError(
    'invalid-rows',
    `Nothing was answered, since some rows are bad. Expected columns: ${columns}.`,
    { problems },
  )
}

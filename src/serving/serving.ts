import { FitserveError } from '../errors.ts'
import { JsonText } from '../models/encoders/words/json-text.ts'
import type { Prediction, Predictor } from '../models/predictor.ts'
import type { Row } from '../recipe/table.ts'
import type {
  Answer,
  LoadedVersion,
  PredictOptions,
  PredictTarget,
  RowError,
  Serving,
  ServingHealth,
} from './contract.ts'
import { before, checkDeadline, type Deadline } from './deadline.ts'
import { Follower, type FollowerDependencies } from './follower.ts'
import { predictRows } from './predict-rows.ts'
import type { ServedModel } from './served-model.ts'
import type { ServedVersion } from './served-version.ts'

export interface ServingDependencies extends FollowerDependencies {
  /** Rows that may wait for their answers at once. */
  maxWaiting?: number
}

const MAX_WAITING = 1_000_000

/** Starts to follow the models' logs; resolves when every model's `production` is loaded or known not to be. */
export async function createServing(dependencies: ServingDependencies): Promise<Serving> {
  const serving = new ModelServing(dependencies)
  await serving.start()
  return serving
}

class ModelServing implements Serving {
  readonly #maxWaiting: number
  readonly #follower: Follower
  /** Rows of requests under way. */
  #waiting = 0

  constructor(dependencies: ServingDependencies) {
    this.#maxWaiting = dependencies.maxWaiting ?? MAX_WAITING
    this.#follower = new Follower(dependencies)
  }

  start(): Promise<void> {
    return this.#follower.start()
  }

  refresh(model?: string): Promise<void> {
    return this.#follower.refresh(model)
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
    if (this.#waiting > 0 && this.#waiting + rows.length > this.#maxWaiting)
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
    const served = await this.#held(model, target.version, deadline)
    try {
      checkDeadline(deadline)
      const predictions = await predictRows(served, rows, options)
      return { model: model.name, version: served.version, predictions }
    } finally {
      served.release()
    }
  }
  predictNow({ model, version }: PredictTarget, row: unknown, form: PredictOptions['form']) {
    const served = this.#known(model)
    const inMemory = served?.inMemory(version)
    if (!served || !inMemory) return undefined
    const prediction = predictGood(inMemory.predictor, row, form)
    return prediction && { model: served.name, version: inMemory.version, prediction }
  }

  loaded(model: string): LoadedVersion[] {
    const versions = this.#follower.served.get(model)?.loaded() ?? []
    return versions.map(({ version, predictor }) => ({ version, bytes: predictor.memoryBytes }))
  }

  health(): ServingHealth {
    return this.#follower.health()
  }

  close(): Promise<void> {
    return this.#follower.close()
  }

  #known(name: string | undefined): ServedModel | undefined {
    if (name !== undefined) return this.#follower.served.get(name)
    if (this.#follower.served.size === 1) for (const only of this.#follower.served.values()) return only
    return undefined
  }

  /** A model that is not known yet may have been published a moment ago. */
  async #find(name: string | undefined): Promise<ServedModel> {
    await (name === undefined ? this.refresh() : this.#follower.follow(name))
    const model = this.#known(name)
    if (model) return model
    const known = [...this.#follower.served.keys()].sort()
    const listed = known.length === 0 ? 'There is none yet.' : `There is: ${known.slice(0, 20).join(', ')}.`
    const sentence =
      name === undefined
        ? 'Say which model is meant, with "model".'
        : `There is no model ${JSON.stringify(name.slice(0, 64))}.`
    const message = `${sentence} ${listed}`
    // Nothing that was named is missing: the request leaves something out.
    if (name === undefined && known.length > 0)
      throw new FitserveError('invalid-request', message, { problems: [{ path: '/model', message }] })
    throw new FitserveError('unknown-model', message)
  }

  /** The version that is meant, which stays in memory until its `release`. */
  async #held(
    model: ServedModel,
    wanted: string | number | undefined,
    deadline: Deadline | undefined,
  ): Promise<ServedVersion> {
    for (;;) {
      const served = await before(deadline, this.#version(model, wanted))
      if (served.hold()) return served
      // Between its coming and now it had to leave again.
      checkDeadline(deadline)
    }
  }

  async #version(model: ServedModel, wanted: string | number | undefined): Promise<ServedVersion> {
    try {
      return await model.version(wanted)
    } catch (error) {
      const maybeNew =
        error instanceof FitserveError &&
        ['unknown-version', 'unknown-alias', 'not-ready'].includes(error.code)
      if (!maybeNew) throw error
      await this.#follower.follow(model.name)
      return model.version(wanted)
    }
  }
}

function predictGood(predictor: Predictor, row: unknown, form: 'text' | 'features'): Prediction | undefined {
  if (form === 'text') {
    const isText = typeof row === 'string' || row instanceof JsonText
    return predictor.textInput !== null && isText ? predictor.predictText(row) : undefined
  }
  return predictor.check(row, '').length === 0 ? predictor.predict(row as Row) : undefined
}

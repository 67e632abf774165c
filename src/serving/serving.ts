import { FitserveError, listKnown, unknown } from '../errors.ts'
import { MAX_TEXT } from '../models/encoders/text.ts'
import { JsonText } from '../models/encoders/words/json-text.ts'
import type { Prediction, Predictor } from '../models/predictor.ts'
import type { Row } from '../recipe/table.ts'
import { answerBytes, MAX_ANSWER, rowsThatFit } from './answer-size.ts'
import type {
  Answer,
  LoadedVersion,
  NotedPrediction,
  PredictOptions,
  PredictTarget,
  RowError,
  ServedSignature,
  Serving,
  ServingHealth,
} from './contract.ts'
import { checkDeadline, type Deadline, withDeadline } from './deadline.ts'
import { expectedBytes } from './explained-rows.ts'
import { Follower, type FollowerDependencies } from './follower.ts'
import { predictRows } from './predict-rows.ts'
import type { ServedModel } from './served-model.ts'
import type { ServedVersion } from './served-version.ts'

/** Dependencies of serving, and its limits. */
export interface ServingDependencies extends FollowerDependencies {
  /** Rows of all requests that may wait for their predictions at once. Default: a million. */
  maxWaiting?: number
}

const MAX_WAITING = 1_000_000
/** Bytes of all answers, as JSON, that are made at once; in memory they take some four times as much. */
const MAX_ANSWERS = 2 * MAX_ANSWER

/** Starts serving: follows the models' logs. Resolves when every model's `production` is loaded or known not to be. */
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
  /** Bytes of the answers that are being made. */
  #answerBytes = 0

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
  ): Promise<Answer<NotedPrediction>>
  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'row' },
  ): Promise<Answer<NotedPrediction | RowError>>
  async predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions,
  ): Promise<Answer<NotedPrediction | RowError>> {
    if (this.#waiting > 0 && this.#waiting + rows.length > this.#maxWaiting)
      throw new FitserveError(
        'overloaded',
        'Too many rows are waiting for predictions. Try again in a moment.',
      )
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
  ): Promise<Answer<NotedPrediction | RowError>> {
    const { deadline } = options
    const model = await this.#found(target.model, deadline)
    const served = await this.#held(model, target.version, deadline)
    try {
      checkDeadline(deadline)
      return await this.#predictBy(served, model.name, rows, options)
    } finally {
      served.release()
    }
  }

  async describe(target: PredictTarget, deadline?: Deadline): Promise<ServedSignature> {
    const model = await this.#found(target.model, deadline)
    const served = await this.#held(model, target.version, deadline)
    try {
      const { task, inputs, classes, targets, textInput } = served.predictor
      return { model: model.name, version: served.version, task, inputs, classes, targets, textInput }
    } finally {
      served.release()
    }
  }

  async #predictBy(
    served: ServedVersion,
    model: string,
    rows: readonly unknown[],
    options: PredictOptions,
  ): Promise<Answer<NotedPrediction | RowError>> {
    const fitting = rowsThatFit(served, rows, options)
    const more = options.explain ? expectedBytes(served.predictor, rows) : 0
    const bytes = fitting.length * answerBytes(served.predictor, options.uncertainty) + more
    if (this.#answerBytes > 0 && this.#answerBytes + bytes > MAX_ANSWERS)
      throw new FitserveError('overloaded', 'Too many large answers are being made. Try again in a moment.')
    this.#answerBytes += bytes
    try {
      const predictions = await predictRows(served, fitting, options)
      return { model, version: served.version, predictions }
    } finally {
      this.#answerBytes -= bytes
    }
  }

  predictNow({ model, version }: PredictTarget, row: unknown, form: PredictOptions['form']) {
    const served = this.#servedModel(model)
    const inMemory = served?.inMemory(version)
    if (!served || !inMemory) return undefined
    const prediction = predictGood(inMemory.predictor, row, form)
    return prediction && { model: served.name, version: inMemory.version, prediction }
  }

  hasFollowed(model: string, version: number): boolean {
    return this.#follower.served.get(model)?.hasFollowed(version) ?? false
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

  #servedModel(name: string | undefined): ServedModel | undefined {
    if (name !== undefined) return this.#follower.served.get(name)
    if (this.#follower.served.size === 1) for (const only of this.#follower.served.values()) return only
    return undefined
  }

  async #found(name: string | undefined, deadline: Deadline | undefined): Promise<ServedModel> {
    return this.#servedModel(name) ?? (await withDeadline(deadline, this.#findOrReport(name)))
  }

  /** Looks for a model in the store: it may have been published a moment ago. @throws FitserveError */
  async #findOrReport(name: string | undefined): Promise<ServedModel> {
    await (name === undefined ? this.refresh() : this.#follower.follow(name))
    const model = this.#servedModel(name)
    if (model) return model
    const known = [...this.#follower.served.keys()].sort()
    if (name !== undefined) throw unknown('unknown-model', 'model', name, { known })
    if (known.length === 0) throw new FitserveError('unknown-model', 'No model exists yet.')
    // The request leaves something out; nothing that it names is missing.
    const message = `Several models exist, so name one in "model". ${listKnown(known)}`
    throw new FitserveError('invalid-request', message, { problems: [{ path: '/model', message }] })
  }

  /** Returns the version that is meant, held in memory until its `release`. */
  async #held(
    model: ServedModel,
    wanted: string | number | undefined,
    deadline: Deadline | undefined,
  ): Promise<ServedVersion> {
    for (;;) {
      const served = await withDeadline(deadline, this.#version(model, wanted))
      if (served.hold()) return served
      // It was loaded and had to make room again before this request could hold it.
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
    if (predictor.checksTexts) return undefined
    const isText = (typeof row === 'string' && row.length <= MAX_TEXT) || row instanceof JsonText
    return predictor.textInput !== null && isText ? predictor.predictText(row) : undefined
  }
  return predictor.check(row, '', 0).total === 0 ? predictor.predict(row as Row) : undefined
}

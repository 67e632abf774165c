import { type FieldProblem, FitserveError } from '../errors.ts'
import { JsonText } from '../models/encoders/json-text.ts'
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
import { before, checkDeadline } from './deadline.ts'
import { Follower, type FollowerDependencies } from './follower.ts'
import type { ServedVersion } from './load-version.ts'
import type { ServedModel } from './served-model.ts'

export interface ServingDependencies extends FollowerDependencies {
  /** Rows that may wait for their answers at once. */
  maxWaiting?: number
}

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
    const served = await before(deadline, this.#version(model, target.version))
    checkDeadline(deadline)
    const predictions: (Prediction | RowError)[] = []
    const bad: FieldProblem[][] = []
    let turn = performance.now()
    for (const [index, input] of rows.entries()) {
      const path = options.single ? options.path : `${options.path}/${index}`
      const { row, faults } = readRow(served, input, path, options.form)
      if (faults.length === 0) predictions.push(served.predictor.predict(row))
      else if (options.onError === 'row') predictions.push(rowError(faults, path))
      else bad.push(faults)
      if (index % 16 === 15 && performance.now() - turn > TURN_MS) {
        await new Promise((resolve) => setImmediate(resolve))
        checkDeadline(deadline)
        turn = performance.now()
      }
    }
    if (bad.length > 0) throw invalidRows(served, bad)
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

function firstOf([first, ...others]: readonly FieldProblem[]): FieldProblem[] {
  if (!first || others.length === 0) return first ? [first] : []
  return [{ ...first, message: `${first.message} And ${others.length} more in this row.` }]
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

/** Faults that a row's message tells; all of them are in its list. */
const TOLD = 10

/** @param path of the row, below which a fault's path names the column */
function rowError(faults: FieldProblem[], path: string): RowError {
  const told = faults.slice(0, TOLD).map((fault) => {
    const column = fault.path
      ?.slice(path.length + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~')
    return column ? `${column}: ${fault.message}` : fault.message
  })
  if (faults.length > TOLD) told.push(`And ${faults.length - TOLD} more.`)
  return { error: { message: told.join(' '), errors: faults } }
}

/** Errors above which each bad row is named by its first one only, so that all rows find room in an answer. */
const MAX_PROBLEMS = 10_000

function invalidRows(served: ServedVersion, bad: readonly FieldProblem[][]): FitserveError {
  const all = bad.reduce((sum, faults) => sum + faults.length, 0)
  const problems = all <= MAX_PROBLEMS ? bad.flat() : bad.flatMap(firstOf)
  const columns = served.predictor.inputs.map(({ name, type }) => `${name} (${type})`).join(', ')
  return new FitserveError(
    'invalid-rows',
    `Nothing was answered, since some rows are bad. Expected columns: ${columns}.`,
    { problems },
  )
}

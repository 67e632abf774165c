import { clipped, type FieldProblem, FitserveError, listEach, listNames } from '../errors.ts'
import type { Prediction, Predictor, RowProblems, Uncertainty } from '../models/predictor.ts'
import { counted } from '../numbers.ts'
import type { Row } from '../recipe/table.ts'
import { type Steps, Turns } from '../runtime/steps.ts'
import { asksForUncertainty, type UncertaintyOptions, uncertaintyFaults } from '../uncertainty-options.ts'
import type { NotedPrediction, PredictOptions, RowError } from './contract.ts'
import { checkDeadline } from './deadline.ts'
import { bytesOf, checkExplain, MAX_EXPLANATIONS, tooLongToExplain } from './explained-rows.ts'
import type { ServedVersion } from './served-version.ts'

/** Milliseconds of predictions after which other requests get their turn. */
const TURN_MS = 8

/** Bytes of the predictions of one answer, as JSON: those of 10,000 rows and 200 classes. */
export const MAX_ANSWER = 64 * 2 ** 20
/** Bytes of an answer to some of the rows. */
const MAX_PART = 2 ** 20

/** Returns the rows whose predictions fit into one answer. @throws FitserveError `invalid-rows` if these are not all */
export function rowsThatFit(
  { predictor }: ServedVersion,
  rows: readonly unknown[],
  { path, partly, uncertainty }: PredictOptions,
): readonly unknown[] {
  const rowBytes = answerBytes(predictor, uncertainty)
  const most = Math.max(1, Math.floor((partly ? MAX_PART : MAX_ANSWER) / rowBytes))
  if (rows.length <= most) return rows
  if (partly) return rows.slice(0, most)
  const megabytes = Math.ceil((rows.length * rowBytes) / 2 ** 20)
  const message = `The predictions of ${counted(rows.length, 'row')} may take ${megabytes} MB, above the limit of ${MAX_ANSWER / 2 ** 20} MB, since each has the probabilities of all classes. Send at most ${counted(most, 'row')}, or a stream of application/x-ndjson.`
  throw new FitserveError('invalid-rows', message, { problems: [{ path, message }] })
}

/** Times that an answer with a set or intervals is larger than one without: three numbers for one, and their names. */
const UNCERTAINTY_TIMES = 5

/** Returns the bytes that one prediction takes as JSON, at most, with what is asked for beside it. */
export function answerBytes(
  predictor: Pick<Predictor, 'answerBytes'>,
  uncertainty: UncertaintyOptions | undefined,
): number {
  return predictor.answerBytes * (uncertainty && asksForUncertainty(uncertainty) ? UNCERTAINTY_TIMES : 1)
}

/** Checks that a version can give what is asked for beside its answers. @throws FitserveError `invalid-request` */
function checkUncertainty({ version, predictor }: ServedVersion, options: UncertaintyOptions): void {
  const problems = uncertaintyFaults(options, predictor.task, predictor.levels)
  if (problems.length === 0) return
  const told = problems.map(({ message }) => message).join(' ')
  throw new FitserveError('invalid-request', `Version ${version}: ${told}`, { problems })
}

/** The room that is left in an answer for notes or explanations: how long they are is only known once a row is read. */
class MoreRoom {
  readonly #options: PredictOptions
  readonly #limit: number
  #left: number

  /** @param used bytes of the predictions */
  constructor(options: PredictOptions, used: number) {
    this.#options = options
    this.#limit = options.explain ? MAX_EXPLANATIONS : MAX_ANSWER
    this.#left = options.explain ? MAX_EXPLANATIONS : MAX_ANSWER - used
  }

  /** Takes room for what a row's prediction has more. @throws FitserveError `invalid-rows` where there is none */
  take(prediction: NotedPrediction, index: number): void {
    if ('explanation' in prediction) this.#left -= bytesOf(prediction)
    else if (prediction.notes && prediction.notes.length > 0)
      this.#left -= Buffer.byteLength(JSON.stringify(prediction.notes))
    if (this.#left >= 0 || index === 0) return
    const [what, remedy] = this.#options.explain
      ? ['explanations', 'set "top" in "explain"']
      : ['notes', 'leave "notes" out']
    const message = `The ${what} make the answer larger than the limit of ${this.#limit / 2 ** 20} MB. Send at most ${counted(index, 'row')} like these, or ${remedy}.`
    throw new FitserveError('invalid-rows', message, { problems: [{ path: this.#options.path, message }] })
  }
}

/**
 * Predicts rows, yielding to other requests between short runs. @throws FitserveError `invalid-rows`,
 * `deadline-exceeded`, `cancelled`
 */
export async function predictRows(
  served: ServedVersion,
  rows: readonly unknown[],
  options: PredictOptions,
): Promise<(NotedPrediction | RowError)[]> {
  if (options.uncertainty) checkUncertainty(served, options.uncertainty)
  const predictions: (NotedPrediction | RowError)[] = []
  const bad: RowProblems[] = []
  let room = MAX_PROBLEMS
  const turns = new Turns(TURN_MS)
  const moreRoom = new MoreRoom(options, rows.length * answerBytes(served.predictor, options.uncertainty))
  const { explain } = options
  if (explain) checkExplain(served.predictor, rows, { path: options.path, explain })
  for (const [index, input] of rows.entries()) {
    const path = options.single ? options.path : `${options.path}/${index}`
    const most = Math.max(1, Math.min(MAX_OF_ROW, room))
    const { row, faults } = readRow(served, input, path, options, most)
    room -= faults.first.length
    if (faults.total > 0 && options.onError === 'row') predictions.push(rowError(faults, path))
    else if (faults.total > 0) bad.push(faults)
    else if (bad.length === 0) {
      const prediction = explain
        ? withUncertainty(
            served,
            await inTurnsOf(turns, options, served.predictor.explain(row, explain)),
            options,
          )
        : predicted(served, row, options)
      moreRoom.take(prediction, index)
      predictions.push(prediction)
    }
    if (turns.isDue) {
      await turns.take()
      checkDeadline(options.deadline)
    }
  }
  if (bad.length > 0) throw invalidRows(served, bad)
  return predictions
}

function predicted(served: ServedVersion, row: Row, options: PredictOptions): NotedPrediction {
  const prediction = withUncertainty(served, served.predictor.predict(row), options)
  return options.notes ? { ...prediction, notes: served.predictor.notes(row) } : prediction
}

/** Adds what is asked for beside the answer. */
function withUncertainty<Answer extends Prediction>(
  { predictor }: ServedVersion,
  answer: Answer,
  { uncertainty }: PredictOptions,
): Answer & Uncertainty {
  return uncertainty ? { ...answer, ...predictor.uncertainty?.(answer, uncertainty) } : answer
}

/** Does the steps, yielding to other requests between short runs. */
async function inTurnsOf<T>(turns: Turns, { deadline }: PredictOptions, steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (!turns.isDue) continue
    await turns.take()
    checkDeadline(deadline)
  }
}

function firstOf({ first: [first], total }: RowProblems): FieldProblem[] {
  if (!first || total === 1) return first ? [first] : []
  return [{ ...first, message: `${first.message} And ${total - 1} more in this row.` }]
}

function readRow(
  served: ServedVersion,
  input: unknown,
  path: string,
  options: PredictOptions,
  most: number,
): { row: Row; faults: RowProblems } {
  const { row, faults } = readForm(served, input, path, options.form, most)
  if (!options.explain || faults.total > 0) return { row, faults }
  const first = tooLongToExplain(row, path, options.form)
  return { row, faults: { first, total: first.length } }
}

function readForm(
  served: ServedVersion,
  input: unknown,
  path: string,
  form: 'text' | 'features',
  most: number,
): { row: Row; faults: RowProblems } {
  const { predictor } = served
  if (form === 'features') {
    const faults = predictor.check(input, path, most)
    // Only a row at fault may have names in another normal form.
    const named = faults.total === 0 ? input : predictor.named(input)
    return { row: named as Row, faults: named === input ? faults : predictor.check(named, path, most) }
  }
  if (predictor.textInput === null) {
    const message = `This model does not take a single text. Send features or rows with the columns ${columnsOf(served)}.`
    return { row: {}, faults: { first: [{ path, message }], total: 1 } }
  }
  const row = { [predictor.textInput]: input as string }
  const { first, total } = predictor.check(row, path, most)
  return { row, faults: { first: first.map((fault) => ({ ...fault, path })), total } }
}

/** Names of columns that a message lists. */
const MAX_COLUMNS = 50

function columnsOf({ predictor }: ServedVersion): string {
  return listNames(
    predictor.inputs.map(({ name }) => name),
    MAX_COLUMNS,
  )
}

/** Faults that a row's message names; its list has more of them. */
const TOLD = 10

/** @param path of the row, below which a fault's path names the column */
function rowError({ first, total }: RowProblems, path: string): RowError {
  const told = first.slice(0, TOLD).map((fault) => {
    const column = fault.path
      ?.slice(path.length + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~')
    return column ? `${column}: ${fault.message}` : fault.message
  })
  if (total > told.length) told.push(`And ${total - told.length} more.`)
  return { error: { message: told.join(' '), errors: [...first] } }
}

/**
 * Problems of one answer that are described. When a request has more, only the first one of each bad row is, so that
 * every bad row has room in the answer.
 */
const MAX_PROBLEMS = 10_000
/** Problems of one row that are described. */
const MAX_OF_ROW = 100

function invalidRows(served: ServedVersion, bad: readonly RowProblems[]): FitserveError {
  const total = bad.reduce((sum, faults) => sum + faults.total, 0)
  const isComplete = total <= MAX_PROBLEMS
  const problems = bad.flatMap((faults) => (isComplete ? faults.first : firstOf(faults)))
  const { inputs } = served.predictor
  const columns = listEach(inputs, MAX_COLUMNS, ({ name, type }) => `${clipped(name)} (${type})`)
  return new FitserveError(
    'invalid-rows',
    `Some rows are invalid, so none was answered. Expected columns: ${columns}.`,
    isComplete ? { problems, total } : { problems },
  )
}

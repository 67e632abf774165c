import { FitserveError, listNames } from '../errors.ts'
import type { Prediction, RowProblems, Uncertainty } from '../models/predictor.ts'
import type { Row } from '../recipe/table.ts'
import { type Steps, Turns } from '../runtime/steps.ts'
import { type UncertaintyOptions, uncertaintyFaults } from '../uncertainty-options.ts'
import { answerBytes, NotesLimit } from './answer-size.ts'
import type { NotedPrediction, PredictOptions, RowError } from './contract.ts'
import { checkDeadline } from './deadline.ts'
import { checkExplain, tooLongToExplain } from './explained-rows.ts'
import { invalidRows, MAX_COLUMNS, MAX_PROBLEMS, MAX_PROBLEMS_OF_ROW, rowError } from './row-problems.ts'
import type { ServedVersion } from './served-version.ts'

/** Milliseconds of predictions after which other requests get their turn. */
const TURN_MS = 8

/**
 * Predicts rows, yielding to other requests between short runs. @throws FitserveError `invalid-request`,
 * `invalid-rows`, `deadline-exceeded`, `cancelled`
 */
export async function predictRows(
  served: ServedVersion,
  rows: readonly unknown[],
  options: PredictOptions,
): Promise<(NotedPrediction | RowError)[]> {
  checkOptions(served, rows, options)
  const predictions: (NotedPrediction | RowError)[] = []
  const badRows: RowProblems[] = []
  let problemsLeft = MAX_PROBLEMS
  const turns = new Turns(TURN_MS)
  const notesLimit = limitOfNotes(served, rows.length, options)
  for (const [index, input] of rows.entries()) {
    const path = options.single ? options.path : `${options.path}/${index}`
    const maxProblems = Math.max(1, Math.min(MAX_PROBLEMS_OF_ROW, problemsLeft))
    const { row, problems } = readRow(served, input, path, options, maxProblems)
    problemsLeft -= problems.first.length
    if (problems.total > 0 && options.onError === 'row') predictions.push(rowError(problems, path))
    else if (problems.total > 0) badRows.push(problems)
    else if (badRows.length === 0) {
      const prediction = options.explain
        ? await inTurnsOf(turns, options, served.predictor.explain(row, options.explain))
        : predicted(served, row, options)
      notesLimit?.add(prediction, index)
      predictions.push(withUncertainty(served, prediction, options))
    }
    if (turns.isDue) {
      await turns.take()
      checkDeadline(options.deadline)
    }
  }
  if (badRows.length > 0) throw invalidRows(served.predictor, badRows)
  return predictions
}

/** Checks what is asked for beside the predictions. @throws FitserveError `invalid-request`, `invalid-rows` */
function checkOptions(
  served: ServedVersion,
  rows: readonly unknown[],
  { path, explain, uncertainty }: PredictOptions,
): void {
  if (uncertainty) checkUncertainty(served, uncertainty)
  if (explain) checkExplain(served.predictor, rows, { path, explain })
}

function checkUncertainty({ version, predictor }: ServedVersion, options: UncertaintyOptions): void {
  const problems = uncertaintyFaults(options, predictor.task, predictor.levels)
  if (problems.length === 0) return
  const messages = problems.map(({ message }) => message).join(' ')
  throw new FitserveError('invalid-request', `Version ${version}: ${messages}`, { problems })
}

function limitOfNotes(
  { predictor }: ServedVersion,
  rows: number,
  options: PredictOptions,
): NotesLimit | undefined {
  if (options.anySize) return undefined
  return new NotesLimit(options, rows * answerBytes(predictor, options.uncertainty))
}

function predicted({ predictor }: ServedVersion, row: Row, { notes }: PredictOptions): NotedPrediction {
  const prediction = predictor.predict(row)
  return notes ? { ...prediction, notes: predictor.notes(row) } : prediction
}

/** Adds the interval or set that is asked for. */
function withUncertainty<Answer extends Prediction>(
  { predictor }: ServedVersion,
  answer: Answer,
  { uncertainty }: PredictOptions,
): Answer & Uncertainty {
  return uncertainty ? { ...answer, ...predictor.uncertainty?.(answer, uncertainty) } : answer
}

/** Runs the steps, yielding to other requests between short runs. */
async function inTurnsOf<T>(turns: Turns, { deadline }: PredictOptions, steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
    if (!turns.isDue) continue
    await turns.take()
    checkDeadline(deadline)
  }
}

/** A row by column, and its problems. */
interface ReadRow {
  row: Row
  problems: RowProblems
}

function readRow(
  served: ServedVersion,
  input: unknown,
  path: string,
  options: PredictOptions,
  maxProblems: number,
): ReadRow {
  const read =
    options.form === 'text'
      ? readText(served, input, path, maxProblems)
      : readFeatures(served, input, path, maxProblems)
  if (!options.explain || read.problems.total > 0) return read
  const first = tooLongToExplain(read.row, path, options.form)
  return { row: read.row, problems: { first, total: first.length } }
}

function readFeatures(
  { predictor }: ServedVersion,
  input: unknown,
  path: string,
  maxProblems: number,
): ReadRow {
  const problems = predictor.check(input, path, maxProblems)
  if (problems.total === 0) return { row: input as Row, problems }
  // The columns' names may be in another Unicode normal form. Only bad rows are searched for that.
  const named = predictor.named(input)
  return {
    row: named as Row,
    problems: named === input ? problems : predictor.check(named, path, maxProblems),
  }
}

function readText({ predictor }: ServedVersion, input: unknown, path: string, maxProblems: number): ReadRow {
  if (predictor.textInput === null) {
    const names = predictor.inputs.map(({ name }) => name)
    const message = `This model does not take a single text. Send features or rows with the columns ${listNames(names, MAX_COLUMNS)}.`
    return { row: {}, problems: { first: [{ path, message }], total: 1 } }
  }
  const row = { [predictor.textInput]: input as string }
  const { first, total } = predictor.check(row, path, maxProblems)
  return { row, problems: { first: first.map((problem) => ({ ...problem, path })), total } }
}

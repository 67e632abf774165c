import { type FieldProblem, FitserveError } from '../errors.ts'
import type { Prediction } from '../models/predictor.ts'
import type { Row } from '../recipe/table.ts'
import type { PredictOptions, RowError } from './contract.ts'
import { checkDeadline } from './deadline.ts'
import type { ServedVersion } from './served-version.ts'

/** Milliseconds of predictions after which other requests get their turn. */
const TURN_MS = 8

/** Predicts rows, yielding to other requests between short runs. @throws FitserveError `invalid-rows`, `deadline-exceeded`, `cancelled` */
export async function predictRows(
  served: ServedVersion,
  rows: readonly unknown[],
  options: PredictOptions,
): Promise<(Prediction | RowError)[]> {
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
      checkDeadline(options.deadline)
      turn = performance.now()
    }
  }
  if (bad.length > 0) throw invalidRows(served, bad)
  return predictions
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
          message: `This model does not take a single text. Send features or rows with the columns ${names}.`,
        },
      ],
    }
  }
  const row = { [predictor.textInput]: input as string }
  return { row, faults: predictor.check(row, path).map((fault) => ({ ...fault, path })) }
}

/** Faults that a row's message names; its list has all of them. */
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

/** Problems above which only the first one of each bad row is listed, so that every bad row has room in the answer. */
const MAX_PROBLEMS = 10_000

function invalidRows(served: ServedVersion, bad: readonly FieldProblem[][]): FitserveError {
  const all = bad.reduce((sum, faults) => sum + faults.length, 0)
  const problems = all <= MAX_PROBLEMS ? bad.flat() : bad.flatMap(firstOf)
  const columns = served.predictor.inputs.map(({ name, type }) => `${name} (${type})`).join(', ')
  return new FitserveError(
    'invalid-rows',
    `Some rows are invalid, so none was answered. Expected columns: ${columns}.`,
    { problems },
  )
}

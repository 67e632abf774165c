import { clipped, type FieldProblem, FitserveError, listEach } from '../errors.ts'
import type { Predictor, RowProblems } from '../models/predictor.ts'
import type { RowError } from './contract.ts'

/**
 * Problems of one answer that are described. When a request has more, only the first one of each bad row is, so that
 * every bad row has room in the answer.
 */
export const MAX_PROBLEMS = 10_000
/** Problems of one row that are described. */
export const MAX_PROBLEMS_OF_ROW = 100
/** Columns that a message lists. */
export const MAX_COLUMNS = 50
/** Problems that the message of a row's error describes; its list has more of them. */
const MAX_IN_MESSAGE = 10

/** Returns the error that takes the place of a row's prediction. @param path of the row, below which are its columns */
export function rowError({ first, total }: RowProblems, path: string): RowError {
  const messages = first.slice(0, MAX_IN_MESSAGE).map((problem) => {
    const column = problem.path
      ?.slice(path.length + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~')
    return column ? `${column}: ${problem.message}` : problem.message
  })
  if (total > messages.length) messages.push(`And ${total - messages.length} more.`)
  return { error: { message: messages.join(' '), errors: [...first] } }
}

/** Returns the error of a request of which some rows are invalid. */
export function invalidRows(
  { inputs }: Pick<Predictor, 'inputs'>,
  badRows: readonly RowProblems[],
): FitserveError {
  const total = badRows.reduce((sum, problems) => sum + problems.total, 0)
  const isComplete = total <= MAX_PROBLEMS
  const problems = badRows.flatMap((each) => (isComplete ? each.first : firstOf(each)))
  const columns = listEach(inputs, MAX_COLUMNS, ({ name, type }) => `${clipped(name)} (${type})`)
  return new FitserveError(
    'invalid-rows',
    `Some rows are invalid, so none was answered. Expected columns: ${columns}.`,
    isComplete ? { problems, total } : { problems },
  )
}

/** Returns a row's first problem, with the number of its others. */
function firstOf({ first: [first], total }: RowProblems): FieldProblem[] {
  if (!first || total === 1) return first ? [first] : []
  return [{ ...first, message: `${first.message} And ${total - 1} more in this row.` }]
}

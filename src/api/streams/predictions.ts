import { FitserveError } from '../../errors.ts'
import type { Prediction } from '../../models/predictor.ts'
import { Turns } from '../../runtime/steps.ts'
import type {
  Answer,
  NotedPrediction,
  PredictOptions,
  PredictTarget,
  RowError,
} from '../../serving/contract.ts'
import { isFiniteAnswer, notFinite } from '../../serving/finite.ts'
import type { UncertaintyOptions } from '../../uncertainty-options.ts'
import { parseJson, ROW_LIMITS } from '../requests/large-json.ts'
import type { Line } from './lines.ts'

/** Answers rows, each by a prediction or by an error; perhaps only the first of them. */
export interface LineServing {
  predict(
    target: PredictTarget,
    rows: readonly unknown[],
    options: PredictOptions & { onError: 'row' },
  ): Promise<Answer<NotedPrediction | RowError>>
}

/** The version that answers a stream's lines. */
export interface LineAnswers {
  serving: LineServing
  /** One version for the whole stream, so that a swap does not change answers in the middle of it. */
  target: PredictTarget
  /** Intervals or sets that each prediction has beside it. Default: none. */
  uncertainty?: UncertaintyOptions | undefined
  /** Called with an error for which a whole batch of rows could not be answered. */
  onFailure: (error: unknown) => void
}

const OPTIONS = { form: 'features', path: '', single: false, onError: 'row', partly: true } as const
/** Milliseconds of work after which other requests get their turn. */
const TURN_MS = 8

/** Answers each line with a line, in order. A bad line is answered with an error, and the stream goes on. */
export async function* answerLines(
  batches: AsyncIterable<Line[]>,
  answers: LineAnswers,
): AsyncGenerator<string> {
  const turns = new Turns(TURN_MS)
  for await (const lines of batches)
    for await (const results of answerBatch(lines, answers)) {
      yield results.map((result) => `${JSON.stringify(result)}\n`).join('')
      // Each batch is short, but as long as bytes are there, one follows the other without a turn of the event loop.
      if (turns.isDue) await turns.take()
    }
}

/** Yields the results of some lines, in portions of which each is small in memory. */
async function* answerBatch(lines: Line[], answers: LineAnswers): AsyncGenerator<(Prediction | RowError)[]> {
  const parsed = []
  for (const line of lines) parsed.push(await parse(line))
  const rows = parsed.flatMap((each) => ('error' in each ? [] : [each.row]))
  let answered: (Prediction | RowError)[] = []
  let next = 0
  let portion: (Prediction | RowError)[] = []
  for (const each of parsed) {
    if ('error' in each) {
      portion.push(each)
      continue
    }
    if (answered.length === 0) {
      if (portion.length > 0) yield portion
      portion = []
      answered = (await predictLines(rows.slice(next), answers)).reverse()
      next += answered.length
    }
    const result = answered.pop()
    if (result) portion.push(result)
  }
  if (portion.length > 0) yield portion
}

async function parse(line: Line): Promise<{ row: unknown } | RowError> {
  if ('fault' in line) return lineError(`Line ${line.number}: ${line.fault}`)
  try {
    return { row: await parseJson(line.text, ROW_LIMITS) }
  } catch (error) {
    if (!(error instanceof FitserveError) || error.code === 'invalid-json')
      return lineError(`Line ${line.number} is not valid JSON.`)
    return lineError(`Line ${line.number}: ${error.message}`)
  }
}

/** Answers the first of the rows, at least one. */
async function predictLines(rows: unknown[], answers: LineAnswers): Promise<(Prediction | RowError)[]> {
  const { serving, target, uncertainty } = answers
  try {
    const { predictions } = await serving.predict(target, rows, { ...OPTIONS, uncertainty })
    const results: (Prediction | RowError)[] = []
    const turns = new Turns(TURN_MS)
    for (const [index, prediction] of predictions.entries()) {
      results.push(await resultOf(prediction, rows[index], index, answers))
      if (turns.isDue) await turns.take()
    }
    return results
  } catch (error) {
    answers.onFailure(error)
    const message = error instanceof FitserveError ? error.message : 'An internal error occurred.'
    return rows.map(() => lineError(message))
  }
}

async function resultOf(
  prediction: Prediction | RowError,
  row: unknown,
  index: number,
  answers: LineAnswers,
): Promise<Prediction | RowError> {
  const wrapped = isError(prediction) ? wrapping(row) : undefined
  const result = (wrapped && (await retried(wrapped, index, answers))) ?? prediction
  if (isError(result)) return atRow(result, index)
  return isFiniteAnswer(result) ? result : lineError(notFinite().message)
}

/**
 * Reads a line written as a request's `text` or `features`. Called only for a line that is not a valid row, since
 * columns may have these names.
 */
function wrapping(row: unknown): { form: 'text' | 'features'; row: unknown } | undefined {
  if (row === null || typeof row !== 'object' || Array.isArray(row)) return undefined
  const [only, ...others] = Object.entries(row)
  if (only === undefined || others.length > 0) return undefined
  if (only[0] === 'text') return { form: 'text', row: only[1] }
  return only[0] === 'features' ? { form: 'features', row: only[1] } : undefined
}

async function retried(
  { form, row }: { form: 'text' | 'features'; row: unknown },
  index: number,
  { serving, target, uncertainty }: LineAnswers,
): Promise<Prediction | RowError | undefined> {
  const path = `/${index}/${form}`
  const { predictions } = await serving.predict(target, [row], {
    form,
    path,
    single: true,
    onError: 'row',
    uncertainty,
  })
  const [prediction] = predictions
  // An error about `features` is exact; for a `text` that the model does not take, the row's own error says more.
  return prediction && (form === 'features' || !isError(prediction)) ? prediction : undefined
}

/** Makes the paths of errors relative to the line instead of its batch. */
function atRow({ error }: RowError, index: number): RowError {
  const prefix = `/${index}`
  const errors = error.errors.map((problem) =>
    problem.path?.startsWith(prefix) ? { ...problem, path: problem.path.slice(prefix.length) } : problem,
  )
  return { error: { ...error, errors } }
}

function lineError(message: string): RowError {
  return { error: { message, errors: [] } }
}

function isError(result: Prediction | RowError): result is RowError {
  return 'error' in result
}

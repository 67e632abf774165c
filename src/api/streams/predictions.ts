import { FitserveError } from '../../errors.ts'
import type { Prediction } from '../../models/predictor.ts'
import type { PredictTarget, RowError, Serving } from '../../serving/contract.ts'
import { isFiniteAnswer, notFinite } from '../requests/finite.ts'
import { parseJson, ROW_LIMITS } from '../requests/large-json.ts'
import type { Line } from './lines.ts'

/** The version that answers a stream's lines. */
export interface LineAnswers {
  serving: Pick<Serving, 'predict'>
  /** One version for the whole stream, so that a swap does not change answers in the middle of it. */
  target: PredictTarget
  /** Called with an error for which a whole batch of rows could not be answered. */
  onFailure: (error: unknown) => void
}

const OPTIONS = { form: 'features', path: '', single: false, onError: 'row' } as const

/** Answers each line with a line, in order. A bad line is answered with an error, and the stream goes on. */
export async function* answerLines(
  batches: AsyncIterable<Line[]>,
  answers: LineAnswers,
): AsyncGenerator<string> {
  for await (const lines of batches) {
    const results = await answerBatch(lines, answers)
    yield results.map((result) => `${JSON.stringify(result)}\n`).join('')
  }
}

async function answerBatch(lines: Line[], answers: LineAnswers): Promise<(Prediction | RowError)[]> {
  const results: (Prediction | RowError)[] = []
  const places: number[] = []
  const rows: unknown[] = []
  for (const [place, line] of lines.entries()) {
    const parsed = await parse(line)
    if ('error' in parsed) results[place] = parsed
    else {
      places.push(place)
      rows.push(parsed.row)
    }
  }
  if (rows.length === 0) return results
  const predictions = await predictLines(rows, answers)
  for (const [index, prediction] of predictions.entries()) {
    const place = places[index] ?? 0
    results[place] = isError(prediction) ? atRow(prediction, index) : prediction
  }
  return results
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

async function predictLines(rows: unknown[], answers: LineAnswers): Promise<(Prediction | RowError)[]> {
  const { serving, target } = answers
  try {
    const { predictions } = await serving.predict(target, rows, OPTIONS)
    for (const [index, prediction] of predictions.entries()) {
      const wrapped = isError(prediction) ? wrapping(rows[index]) : undefined
      if (wrapped) predictions[index] = (await retried(wrapped, index, answers)) ?? prediction
    }
    return predictions.map((prediction) =>
      isError(prediction) || isFiniteAnswer(prediction) ? prediction : lineError(notFinite().message),
    )
  } catch (error) {
    answers.onFailure(error)
    const message = error instanceof FitserveError ? error.message : 'An internal error occurred.'
    return rows.map(() => lineError(message))
  }
}

/** Reads a line written as a request's `text` or `features`. Called only for a line that is not a valid row, since columns may have these names. */
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
  { serving, target }: LineAnswers,
): Promise<Prediction | RowError | undefined> {
  const path = `/${index}/${form}`
  const { predictions } = await serving.predict(target, [row], { form, path, single: true, onError: 'row' })
  const [prediction] = predictions
  // An error about `features` is exact; for a `text` that the model does not take, the row's own error says more.
  return prediction && (form === 'features' || !isError(prediction)) ? prediction : undefined
}

/** Makes the paths of errors begin at the line, not at its batch. */
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

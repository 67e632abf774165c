import { type FieldProblem, FitserveError } from '../../errors.ts'
import { inTurns, type Steps } from '../../runtime/steps.ts'
import type { PredictOptions, PredictTarget, Serving } from '../../serving/contract.ts'
import type { Deadline } from '../../serving/deadline.ts'
import { isFiniteAnswer, notFinite } from '../../serving/finite.ts'
import { asksForUncertainty, type UncertaintyOptions } from '../../uncertainty-options.ts'
import { NDJSON_TYPES } from '../route-config.ts'
import type { PredictBody } from '../schemas/predict.ts'
import { csvAnswer } from './csv-answer.ts'
import type { CsvRows } from './csv-rows.ts'
import { checkRowCount } from './row-count.ts'

/** Rows of an answer that are written as JSON in one step. */
const STEP_ROWS = 100
const FORMS = ['text', 'texts', 'features', 'rows'] as const
const MORE = `For more, send ${NDJSON_TYPES[0]}, or a file to POST /predictions.`

/** Options of the predictions that a request asks for. */
export type Asked = Pick<PredictBody, 'onError' | 'notes' | 'explain'> & UncertaintyOptions

/** The rows of a request, and where they stand in it. */
export interface AskedRows extends Pick<PredictOptions, 'form' | 'path' | 'single'> {
  rows: readonly unknown[]
  /** Of a body of CSV: the line of each row. */
  lines?: readonly number[]
}

/** Returns the rows of a JSON body, which come in exactly one of four forms. @throws FitserveError */
export function rowsOf(body: PredictBody, maxBatch: number): AskedRows {
  const there = FORMS.filter((name) => Object.hasOwn(body, name))
  const [name] = there
  if (name === undefined || there.length > 1) {
    const found = there.length === 0 ? 'none' : there.join(' and ')
    const message = `Send exactly one of ${FORMS.join(', ')}. Found: ${found}.`
    throw new FitserveError('invalid-request', message, { problems: [{ path: '', message }] })
  }
  const form = name === 'text' || name === 'texts' ? ('text' as const) : ('features' as const)
  const single = name === 'text' || name === 'features'
  const rows = (single ? [body[name]] : body[name]) as unknown[]
  const path = `/${name}`
  checkRowCount(rows, { most: maxBatch, path, advice: MORE })
  return { form, path, rows, single }
}

/** Returns the rows of a body of CSV. @throws FitserveError `invalid-rows` if there are none or too many */
export function rowsOfCsv({ rows, lines }: CsvRows, maxBatch: number): AskedRows {
  if (rows.length > maxBatch)
    throw new FitserveError('invalid-rows', `Expected at most ${maxBatch} rows. ${MORE}`)
  checkRowCount(rows, { most: maxBatch, path: '' })
  return { form: 'features', path: '', rows, single: false, lines }
}

/** Answers rows, as JSON or CSV. @throws FitserveError as `Serving.predict` does */
export async function answerText(
  serving: Pick<Serving, 'predict' | 'describe'>,
  asked: PredictTarget,
  body: Asked,
  { lines, rows, ...where }: AskedRows,
  { deadline, csv }: { deadline: Deadline; csv: boolean },
): Promise<string> {
  const uncertainty = askedFor(body)
  const options = {
    ...where,
    deadline,
    notes: body.notes,
    explain: explainOptions(body.explain),
    uncertainty,
  }
  if (csv && options.explain) throw noExplanation()
  const signature = csv ? await serving.describe(asked, deadline) : undefined
  const target = signature ? { model: signature.model, version: signature.version } : asked
  // The type of the predictions depends on `onError`, so each value has its own call.
  const answered =
    body.onError === 'row'
      ? serving.predict(target, rows, { ...options, onError: 'row' })
      : serving.predict(target, rows, { ...options, onError: 'refuse' })
  const { model, version, predictions } = await answered.catch((error: unknown) => {
    throw lines ? atLines(error, lines) : error
  })
  for (const prediction of predictions)
    if (!('error' in prediction) && !isFiniteAnswer(prediction)) throw notFinite()
  if (signature)
    return inTurns(csvAnswer(predictions, signature, { notes: body.notes ?? false, uncertainty }))
  if (where.single) return JSON.stringify({ model, version, ...predictions[0] })
  const items = await inTurns(jsonOf(predictions))
  return `{"model":${JSON.stringify(model)},"version":${version},"predictions":[${items}]}`
}

/** Returns what a body or query asks for beside answers; undefined where it asks for nothing. */
export function askedFor({ interval, set, abstain }: UncertaintyOptions): UncertaintyOptions | undefined {
  const options = { interval, set, abstain }
  return asksForUncertainty(options) ? options : undefined
}

function explainOptions(explain: PredictBody['explain']): PredictOptions['explain'] {
  return typeof explain === 'object' ? explain : explain ? {} : undefined
}

function noExplanation(): FitserveError {
  const message =
    'Explanations cannot be written as CSV. Leave out "explain", or send Accept: application/json.'
  return new FitserveError('invalid-request', message, { problems: [{ path: '/explain', message }] })
}

/** Writes items of a list as JSON, in steps: a large answer takes long. */
function* jsonOf(items: readonly unknown[]): Steps<string> {
  const parts: string[] = []
  for (let start = 0; start < items.length; start += STEP_ROWS) {
    parts.push(JSON.stringify(items.slice(start, start + STEP_ROWS)).slice(1, -1))
    yield
  }
  return parts.join(',')
}

/** Returns an error about rows with the line of each beside its path. */
function atLines(error: unknown, lines: readonly number[]): unknown {
  if (!(error instanceof FitserveError) || error.code !== 'invalid-rows') return error
  const { code, message, total } = error
  const problems = error.problems.map((problem) => withLine(problem, lines))
  return new FitserveError(code, message, { problems, total })
}

function withLine(problem: FieldProblem, lines: readonly number[]): FieldProblem {
  const line = lines[Number(problem.path?.split('/', 2)[1] || Number.NaN)]
  return line === undefined ? problem : { ...problem, line }
}

import { type FieldProblem, FitserveError } from '../errors.ts'
import { faultOfChoice } from '../models/explain/choice.ts'
import type { ExplainOptions, Explanation } from '../models/explain/explanation.ts'
import type { Predictor } from '../models/predictor.ts'
import { counted } from '../numbers.ts'
import { pointer } from '../recipe/index.ts'

/** Rows of a request with explanations, at most. */
const MAX_ROWS = 1000
/** Characters of a text that is explained: finding all places of its terms would hold up other requests. */
const MAX_TEXT = 100_000
/** Bytes of the explanations of one answer, as JSON. */
export const MAX_EXPLANATIONS = 16 * 2 ** 20
/** Bytes that an explanation takes for each character of a text, if it has few terms more than words. */
const BYTES_OF_CHARACTER = 60
/** Bytes of the fields of a contribution, and of one of its places. */
const CONTRIBUTION_BYTES = 70
const SPAN_BYTES = 16

/** Checks a request for explanations. @throws FitserveError `invalid-rows`, `invalid-request` */
export function checkExplain(
  predictor: Pick<Predictor, 'classes' | 'targets'>,
  rows: readonly unknown[],
  { path, explain }: { path: string; explain: ExplainOptions },
): void {
  if (rows.length > MAX_ROWS) {
    const message = `Expected at most ${counted(MAX_ROWS, 'row')} with "explain", got ${rows.length.toLocaleString('en')}.`
    throw new FitserveError('invalid-rows', message, { problems: [{ path, message }] })
  }
  const fault = faultOfChoice(predictor, explain)
  if (fault) throw new FitserveError('invalid-request', fault.message, { problems: [fault] })
}

/** Returns the problems of a row whose texts are too long to be explained. @param path of the row */
export function tooLongToExplain(row: object, path: string, form: 'text' | 'features'): FieldProblem[] {
  return Object.entries(row).flatMap(([column, value]) => {
    if (typeof value !== 'string' || value.length <= MAX_TEXT) return []
    const message = `The text has ${value.length.toLocaleString('en')} characters, above the limit of ${MAX_TEXT.toLocaleString('en')} with "explain". Send a shorter one.`
    return [{ path: form === 'text' ? path : path + pointer([column]), message }]
  })
}

/** Returns the bytes that the explanations of rows may take, before any is made. */
export function expectedBytes(predictor: Pick<Predictor, 'inputs'>, rows: readonly unknown[]): number {
  let characters = 0
  for (const row of rows)
    for (const value of typeof row === 'object' && row !== null ? Object.values(row) : [row])
      if (typeof value === 'string') characters += value.length
  const bytes = rows.length * predictor.inputs.length * CONTRIBUTION_BYTES + characters * BYTES_OF_CHARACTER
  return Math.min(MAX_EXPLANATIONS, bytes)
}

/** Returns the bytes of an explanation as JSON, about. */
export function bytesOf({ explanation, notes }: Explanation): number {
  const ofNotes = notes.length > 0 ? Buffer.byteLength(JSON.stringify(notes)) : 0
  return explanation.reduce(
    (bytes, { term = '', feature = '', spans = [] }) =>
      bytes + CONTRIBUTION_BYTES + 3 * (term.length + feature.length) + SPAN_BYTES * spans.length,
    ofNotes,
  )
}

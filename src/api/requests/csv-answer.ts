import type { IncomingHttpHeaders } from 'node:http'
import { csvHeader, csvLines } from '../../batch/csv-lines.ts'
import { answerColumns } from '../../prediction-contract.ts'
import type { Steps } from '../../runtime/steps.ts'
import type { NotedPrediction, RowError, ServedSignature } from '../../serving/contract.ts'
import type { UncertaintyOptions } from '../../uncertainty-options.ts'
import { CSV_TYPE, JSON_TYPE } from '../route-config.ts'

/** Rows of an answer that are written in one step. */
const STEP_ROWS = 100
/** A media range of `Accept` with its weight (RFC 9110, 12.5.1). */
const RANGE = /^\s*([^;\s]+)\s*(?:;.*?\bq=([\d.]+))?/i

/** Tells whether a client asks for CSV by name, and prefers it to JSON. */
export function prefersCsv(headers: IncomingHttpHeaders): boolean {
  return (
    headers.accept !== undefined && weightOf(headers.accept, CSV_TYPE) > weightOf(headers.accept, JSON_TYPE)
  )
}

/** Tells whether a client asks for JSON by name, and prefers it to CSV. */
export function prefersJsonAnswer(headers: IncomingHttpHeaders): boolean {
  return (
    headers.accept !== undefined && weightOf(headers.accept, JSON_TYPE) > weightOf(headers.accept, CSV_TYPE)
  )
}

/** Returns the weight that a client gives a media type which it names; 0: it does not. */
function weightOf(accept: string, type: string): number {
  if (!accept.toLowerCase().includes(type)) return 0
  for (const range of accept.split(',')) {
    const [, named, weight = '1'] = RANGE.exec(range) ?? []
    if (named?.toLowerCase() === type) return Number(weight)
  }
  return 0
}

/**
 * Writes predictions as CSV in steps, with the columns of a file of `POST /predictions` and the scores of all classes, so
 * that it says what the answer in JSON does.
 */
export function* csvAnswer(
  predictions: readonly (NotedPrediction | RowError)[],
  { task, classes, targets }: Pick<ServedSignature, 'task' | 'classes' | 'targets'>,
  asked: { notes: boolean; uncertainty: UncertaintyOptions | undefined },
): Steps<string> {
  const shape = { format: 'csv', scores: true, prefix: '', ...asked } as const
  const layout = { kept: [], answer: answerColumns(task, [...classes, ...targets], shape) }
  const write = csvLines(layout)
  const parts = [csvHeader(layout)]
  for (let start = 0; start < predictions.length; start += STEP_ROWS) {
    const answers = predictions.slice(start, start + STEP_ROWS)
    parts.push(write({ rows: answers.length, kept: [], answers }))
    yield
  }
  return parts.join('')
}

import type { AnswerColumn } from '../prediction-contract.ts'
import type { NotedPrediction, RowError } from '../serving/contract.ts'

/** A value of a column of the answer; null where the row has none. */
export type AnswerValue =
  | string
  | number
  | boolean
  | readonly string[]
  | Readonly<Record<string, number>>
  | NotedPrediction['notes']
  | null

/** Returns a function that gives the value of a column of the answer for a row. */
export function valueIn(column: AnswerColumn): (answer: NotedPrediction | RowError) => AnswerValue {
  const of = VALUES[column.holds]
  const label = 'label' in column ? column.label : ''
  return (answer) => of(answer, label)
}

const VALUES: Record<
  AnswerColumn['holds'],
  (answer: NotedPrediction | RowError, label: string) => AnswerValue
> = {
  label: (answer) => ('label' in answer ? answer.label : null),
  labels: (answer) => ('error' in answer ? null : (answer.labels?.map(({ label }) => label) ?? null)),
  value: (answer) => ('value' in answer ? answer.value : null),
  score: (answer) => ('score' in answer ? answer.score : null),
  confidence: (answer) => ('confidence' in answer ? answer.confidence : null),
  probabilities: (answer) => ('probabilities' in answer ? answer.probabilities : null),
  class: (answer, label) => ('probabilities' in answer ? (answer.probabilities[label] ?? null) : null),
  target: (answer, label) => ('values' in answer ? (answer.values[label] ?? null) : null),
  low: (answer, target) => intervalIn(answer, target)?.low ?? null,
  high: (answer, target) => intervalIn(answer, target)?.high ?? null,
  abstained: (answer) => ('error' in answer ? null : (answer.abstained ?? null)),
  notes: (answer) => ('error' in answer ? null : (answer.notes ?? null)),
  error: (answer) => ('error' in answer ? answer.error.message : null),
}

/** Returns the interval of a target, or of the only one, which has no name. */
function intervalIn(answer: NotedPrediction | RowError, target: string) {
  if ('error' in answer) return undefined
  return target === '' ? answer.interval : answer.intervals?.[target]
}

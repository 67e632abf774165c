import type { AnswerColumn } from '../prediction-contract.ts'
import type { NotedPrediction, RowError } from '../serving/contract.ts'

/** A value of a column of the answer; null where the row has none. */
export type AnswerValue =
  | string
  | number
  | readonly string[]
  | Readonly<Record<string, number>>
  | NotedPrediction['notes']
  | null

/** Returns a function that gives the value of a column of the answer for a row. */
export function valueIn(column: AnswerColumn): (answer: NotedPrediction | RowError) => AnswerValue {
  const of = VALUES[column.holds]
  const label = column.holds === 'class' || column.holds === 'target' ? column.label : ''
  return (answer) => of(answer, label)
}

const VALUES: Record<
  AnswerColumn['holds'],
  (answer: NotedPrediction | RowError, label: string) => AnswerValue
> = {
  label: (answer) => ('label' in answer ? answer.label : null),
  labels: (answer) => ('labels' in answer ? answer.labels.map(({ label }) => label) : null),
  value: (answer) => ('value' in answer ? answer.value : null),
  score: (answer) => ('score' in answer ? answer.score : null),
  confidence: (answer) => ('confidence' in answer ? answer.confidence : null),
  probabilities: (answer) => ('probabilities' in answer ? answer.probabilities : null),
  class: (answer, label) => ('probabilities' in answer ? (answer.probabilities[label] ?? null) : null),
  target: (answer, label) => ('values' in answer ? (answer.values[label] ?? null) : null),
  notes: (answer) => ('error' in answer ? null : (answer.notes ?? null)),
  error: (answer) => ('error' in answer ? answer.error.message : null),
}

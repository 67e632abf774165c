import type { FieldProblem } from '../errors.ts'
import type { ColumnType, Row } from '../recipe/table.ts'

/** One answer: of a classifier, or of a regression in the target's own unit. */
export type Prediction =
  | { label: string; score: number; probabilities: Record<string, number> }
  | { value: number }

/** A trained model that answers: encoder and network in typed arrays. */
export interface Predictor {
  readonly inputs: readonly { name: string; type: ColumnType }[]
  /** The one text column, where the model has no other input: `text` and `texts` are answered for it. */
  readonly textInput: string | null
  /** Bytes held. */
  readonly memoryBytes: number
  /**
   * What is wrong with a row that a client sent, with paths below `path` (a JSON pointer); empty when it can be
   * answered. Never throws, whatever it is given.
   */
  check(row: unknown, path: string): FieldProblem[]
  /** Answers a row that `check` found good. */
  predict(row: Row): Prediction
}

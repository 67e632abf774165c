import type { Evaluation } from '../evaluation/schema.ts'
import type { TargetState } from '../models/target.ts'
import type { FoldAnswers } from './fold-answers.ts'
import type { HeldOut } from './held-out.ts'
import type { MeasuredRows } from './measured-rows.ts'

/** What is told of a version by answers to rows that its networks were not trained on. */
export interface ToldFigures {
  evaluation: Evaluation
  heldOut: HeldOut
  /** The version's target, with the intervals or sets that the answers teach. */
  target: TargetState
}

/** The answers of a run to the validation rows of a split. */
export interface SplitAnswers {
  kind: 'split'
  heldOut: HeldOut
  measured: MeasuredRows
  /** Number of each row's part: what is chosen for the rows of a part, the others choose. */
  partOf: ArrayLike<number>
  /** Measures answers to the same rows, some of which may be those of other runs. */
  measure: (heldOut: HeldOut) => ToldFigures
}

/** The answers of a run by folds, those of a repeat after those of the one before. */
export interface FoldedAnswers {
  kind: 'folds'
  folds: readonly FoldAnswers[]
  /** Measures answers by the same folds, some of which may be those of other runs. */
  measure: (folds: readonly FoldAnswers[]) => ToldFigures
}

/** The answers from which the figures of a run come. */
export type ValidatedAnswers = SplitAnswers | FoldedAnswers

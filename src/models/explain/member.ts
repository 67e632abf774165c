import type { Steps } from '../../runtime/steps.ts'
import type { RowDifference } from './difference.ts'

/**
 * The explanation of one member of an ensemble. A kind of network is explained by an implementation of this interface:
 * dense stacks by dense.ts, trees by trees.ts.
 */
export interface MemberExplainer {
  /** The member's logits for the empty row. */
  readonly base: Float64Array
  /** Returns its logits for a row. The next call may reuse the array. */
  logits(row: RowDifference): Float64Array
  /**
   * Splits what a row changes in a weighted sum of the logits among the row's entries: what is returned, one number for
   * each entry, adds up to Σ weights · (logits(row) − base).
   */
  contributions(row: RowDifference, weights: Float64Array): Steps<Float64Array>
}

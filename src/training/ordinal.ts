import type { Scored } from '../evaluation/losses.ts'
import { classLogits } from '../models/ordinal.ts'

/**
 * Returns scored rows with a logit for each class, as evaluations take them.
 * @param ordinal whether the outputs are those of ordered classes; else they are logits of classes already
 */
export function byClass(scored: Scored, ordinal: boolean): Scored {
  if (!ordinal) return scored
  const { logits, outputs } = scored
  return { ...scored, outputs: outputs + 1, logits: classLogits(logits, outputs) }
}

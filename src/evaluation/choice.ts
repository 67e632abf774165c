import { z } from 'zod'

/** Which of several ways to train was taken, as a version's manifest tells it. */
export const Choice = z.object({
  /** The figure of the validation rows that decided, the smaller the better. */
  metric: z.enum(['loss', 'mae']),
  /** Number of the one that was taken: 0 is the recipe itself, then its candidates follow. */
  chosen: z.int().nonnegative(),
  /** The fields in which each differs from the recipe, and its figure. */
  candidates: z.array(z.object({ recipe: z.record(z.string(), z.unknown()), value: z.number() })),
  /**
   * Accuracy of the best candidate with word vectors, and of the best one without: vectors are kept only where they gain at
   * least 0.01. Absent: they were not compared.
   */
  vectors: z.object({ name: z.string(), accuracy: z.number(), without: z.number() }).optional(),
  /** Rows on a sample of which they were compared. Absent: on all. */
  sample: z.int().positive().optional(),
  /**
   * What is told of the version, since the best of several looks better than it is: for each fold the number of the candidate
   * that the other folds chose, whose answers to the fold are measured, and the figure of all these answers. After a split
   * there are at most five parts of its validation rows in place of folds. Absent: the validation rows had no part in the
   * choice, are all of one group, so that no others could choose for them, or an earlier release made it.
   */
  crossFit: z.object({ chosen: z.array(z.int().nonnegative()), value: z.number() }).optional(),
})
export type Choice = z.infer<typeof Choice>

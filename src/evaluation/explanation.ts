import { z } from 'zod'
import { Slices } from './schema.ts'

/** What counts for a version, over many rows. */
export const VersionExplanation = z.object({
  /** Number of rows on which it was measured. */
  rows: z.int(),
  /** True if the version's network was at last trained on these rows too. */
  seen: z.boolean(),
  /** How it does on parts of all rows that it held out. */
  slices: Slices,
  /** By how much the loss grows if a column's values are shuffled. */
  importance: z.object({
    /** `logLoss` of classes and labels, `meanAbsoluteError` of numbers (of several, in their deviations). */
    metric: z.enum(['logLoss', 'meanAbsoluteError']),
    repeats: z.int(),
    /** Value of the metric on the rows as they are. */
    baseline: z.number(),
    /** The most important first. */
    features: z.array(z.object({ feature: z.string(), mean: z.number(), deviation: z.number() })),
  }),
  /** For each class, label or target, the terms that speak most for and against it. Null: the version reads no terms. */
  terms: z
    .array(
      z.object({
        name: z.string(),
        positive: z.array(z.object({ term: z.string(), feature: z.string(), weight: z.number() })),
        negative: z.array(z.object({ term: z.string(), feature: z.string(), weight: z.number() })),
      }),
    )
    .nullable(),
  /** `weights`: of a network without hidden layers. `contributions`: the mean over the rows that have the term. */
  termsBy: z.enum(['weights', 'contributions']).nullable(),
  /** The mean answer to the rows if all have the same value in a column (partial dependence). */
  curves: z.array(
    z.object({
      feature: z.string(),
      /** The positive class, the classes, labels or targets that `outputs` of a point are of; null for one number. */
      names: z.array(z.string()).nullable(),
      points: z.array(z.object({ value: z.union([z.number(), z.string()]), outputs: z.array(z.number()) })),
    }),
  ),
})
export type VersionExplanation = z.infer<typeof VersionExplanation>

import { z } from 'zod'

/**
 * Metrics per epoch: arrays of equal length under `loss`, `valLoss` and each metric's name (`accuracy`,
 * `valAccuracy`). Losses are in the units the network was trained in, metrics in the target's own.
 */
export const History = z
  .object({
    epochs: z.array(z.int().positive()),
    /** The epoch whose weights were kept; null before there is one. */
    bestEpoch: z.int().positive().nullable(),
    /** The epoch after which validation loss no longer fell while training loss did; null where it never did. */
    overfitsAfter: z.int().positive().nullable(),
    /** Exponential moving average of the validation metrics. */
    smoothed: z.record(z.string(), z.array(z.number().nullable())),
  })
  .catchall(z.array(z.number().nullable()))
export type History = z.infer<typeof History>

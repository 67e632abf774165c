import { z } from 'zod'

/** A line of a job's log in the queue: some epochs of one attempt, in their order. */
export const EpochLine = z.object({
  attempt: z.int(),
  epochs: z.array(z.record(z.string(), z.number().nullable())),
})
export type EpochLine = z.infer<typeof EpochLine>

import { z } from 'zod'

/** A line of a job's log in the queue: one epoch of one attempt. */
export const EpochLine = z.object({
  attempt: z.int(),
  values: z.record(z.string(), z.number().nullable()),
})
export type EpochLine = z.infer<typeof EpochLine>

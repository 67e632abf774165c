import { createHash } from 'node:crypto'
import { v7 as uuidv7 } from 'uuid'

/**
 * Returns the id of the job that a model's schedule orders at a time: the same in every process, and sorted by that
 * time.
 */
export function scheduledJobId(model: string, due: number): string {
  const random = createHash('sha256').update(`${model}\n${due}`).digest().subarray(0, 16)
  // The counter comes from the hash too; the library's own differs between processes.
  return uuidv7({ msecs: due, seq: random.readUInt32BE(4), random })
}

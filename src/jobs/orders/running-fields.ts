import type { JobBody } from '../../recipe/index.ts'
import type { JobRecord } from '../records/records.ts'

/** Returns the fields of a record that say how its job is run, by the options of its order. */
export function runningFields({
  limits,
  priority,
  webhook,
}: Pick<JobBody, 'limits' | 'priority' | 'webhook'>): Pick<JobRecord, 'limits' | 'priority' | 'webhook'> {
  return {
    limits: { seconds: limits?.seconds ?? null, memoryMb: limits?.memoryMb ?? null },
    priority: priority ?? null,
    webhook: webhook ?? null,
  }
}

import { resolve } from 'node:path'
import { ConfigError } from './config-error.ts'

/** Which server the queue is on. */
export type QueueSettings =
  | { type: 'redis'; url: string }
  | { type: 'postgres'; url: string }
  | { type: 'embedded'; folder: string }

/** The variables that say where the queue is. */
export interface QueueVariables {
  REDIS_URL?: string | undefined
  DATABASE_URL?: string | undefined
}

/** @throws ConfigError that repeats no address */
export function queueSettings(
  { REDIS_URL: redis, DATABASE_URL: database }: QueueVariables,
  dataDir: string,
): QueueSettings {
  if (redis !== undefined && database !== undefined)
    throw new ConfigError(
      'REDIS_URL and DATABASE_URL are both set, and the queue is on one of them: unset the other',
    )
  if (redis !== undefined) return { type: 'redis', url: redis }
  if (database !== undefined) return { type: 'postgres', url: database }
  return { type: 'embedded', folder: resolve(dataDir, 'queue') }
}

import { resolve } from 'node:path'
import { z } from 'zod'
import { ConfigError } from './config-error.ts'
import { readRedisAddress } from './redis-address.ts'

/** Which server holds the queue, or in which folder this process keeps an embedded one. */
export type QueueSettings =
  | { type: 'redis'; url: string }
  | { type: 'postgres'; url: string }
  | { type: 'embedded'; folder: string }

/** The environment variables that name a queue's server. Their values may hold a password and are never repeated. */
export const QUEUE_VARIABLES = {
  REDIS_URL: z
    .string()
    .refine((url) => readRedisAddress(url) !== undefined, {
      error: 'an address such as redis://127.0.0.1:6379, redis+sentinel://…?name=… or redis+cluster://…',
    })
    .optional(),
  DATABASE_URL: z
    .string()
    .refine((url) => /^postgres(ql)?:\/\/[^\s/]/.test(url) && URL.canParse(url), {
      error: 'an address such as postgresql://user:password@127.0.0.1:5432/database',
    })
    .optional(),
}
/** The values of these variables. */
export type QueueVariables = { [Name in keyof typeof QUEUE_VARIABLES]?: string | undefined }

/**
 * Chooses the queue: the server that a variable names, or else the folder `queue` in `dataDir`.
 * @throws ConfigError if two servers are named; it repeats no address
 */
export function queueSettings(
  { REDIS_URL: redis, DATABASE_URL: database }: QueueVariables,
  dataDir: string,
): QueueSettings {
  if (redis !== undefined && database !== undefined)
    throw new ConfigError(
      'REDIS_URL and DATABASE_URL are both set, but the queue is on one server only: unset one of them',
    )
  if (redis !== undefined) return { type: 'redis', url: redis }
  if (database !== undefined) return { type: 'postgres', url: database }
  return { type: 'embedded', folder: resolve(dataDir, 'queue') }
}

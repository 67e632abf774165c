import { spawnSync } from 'node:child_process'

/** What a comparison with a queue on Redis needs and is not there. */
export function missingRedis(): string | undefined {
  return spawnSync('redis-server', ['--version']).error === undefined ? undefined : 'redis-server'
}

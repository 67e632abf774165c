import { spawnSync } from 'node:child_process'

/** Says what a comparison with a queue on Redis needs and is missing. */
export function missingRedis(): string | undefined {
  return spawnSync('redis-server', ['--version']).error === undefined ? undefined : 'redis-server'
}

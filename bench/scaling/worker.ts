// A worker whose jobs wait: see attempt.ts.

import { fileURLToPath } from 'node:url'
import { loadConfig } from '../../src/config/config.ts'
import { openQueue } from '../../src/jobs/queue/backends.ts'

const config = loadConfig(process.env)
const queue = await openQueue(config.queue, {
  onError: console.error,
  onWarning: () => undefined,
  onRecovered: () => undefined,
})
const env = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
)
const pool = await queue.work({
  processor: fileURLToPath(new URL('./attempt.ts', import.meta.url)),
  concurrency: 1,
  warm: true,
  env,
})
console.log('ready')
process.once('SIGTERM', async () => {
  await pool.close()
  await queue.close()
  process.exit(0)
})

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { setUp } from './setup.mjs'

/**
 * `npm run test:faults -- [--rounds 100] [--minutes 10] [--seed 1] [NAME …]`: kills, fills, damages and slows down
 * what a deployment is made of, at length. Names choose files of test/system/faults. Ends in one line.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } },
})

await setUp()
const env = { ...process.env, FAULTS_LONG: 'true' }
for (const [name, value] of Object.entries(values)) env[`FAULTS_${name.toUpperCase()}`] = value
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
const files = positionals.map((name) => join('test/system/faults', name))
const args = [vitest, 'run', '--config', 'vitest.faults.config.ts', ...files]
const began = Date.now()
const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('close', (code) => {
  const minutes = ((Date.now() - began) / 60_000).toFixed(1)
  console.log(`faults: ${code === 0 ? 'nothing lost' : 'FAILED'} after ${minutes} minutes`)
  process.exitCode = code ?? 1
})

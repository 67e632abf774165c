import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runLong, variablesOf } from './test/long.mjs'

/**
 * `npm run test:faults -- [--rounds 100] [--minutes 10] [--seed 1] [NAME …]`: kills, fills, damages and slows down
 * what a deployment is made of, at length. Names choose files of test/system/faults. Ends in one line.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } },
})
const files = positionals.map((name) => join('test/system/faults', name))

await runLong({
  name: 'faults',
  args: ['--config', 'vitest.faults.config.ts', ...files],
  env: { FAULTS_LONG: 'true', ...variablesOf('FAULTS', values) },
  good: 'nothing lost',
})

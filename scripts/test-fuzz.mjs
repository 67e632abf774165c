import { parseArgs } from 'node:util'
import { runLong, variablesOf } from './test/long.mjs'

/**
 * `npm run test:fuzz -- [--inputs 1000000] [--seed 1] [TARGET]`: sends a running service damaged files, hostile JSON, odd
 * addresses and broken HTTP, at length. TARGET is a part of the names of targets, such as `csv`. Ends in one line.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { inputs: { type: 'string', default: '1000000' }, seed: { type: 'string' } },
})
const [target = ''] = positionals

await runLong({
  name: 'fuzz',
  args: ['--retry', '0', 'test/system/fuzz'],
  env: variablesOf('FUZZ', { ...values, target }),
  good: `${values.inputs} inputs did no harm`,
})

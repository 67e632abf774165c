import { fileURLToPath } from 'node:url'
import { setUp } from './setup.mjs'
import { linesOf } from './test/report.mjs'
import { runTests } from './test/run.mjs'

/**
 * `npm test -- ARGS`: sets up, runs vitest with these arguments, and ends in one line that counts. The lines before it
 * name what was skipped, what needed a second try and what failed.
 */
const root = fileURLToPath(new URL('..', import.meta.url))

await setUp()
const { lines, failed } = linesOf(await runTests(root, process.argv.slice(2)))
for (const line of lines) console.log(line)
process.exitCode = failed ? 1 : 0

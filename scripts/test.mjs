import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setUp } from './setup.mjs'

/**
 * `npm test`: sets up, runs vitest with the arguments it was given, and ends in one line that counts.
 */
const root = fileURLToPath(new URL('..', import.meta.url))

await setUp()
const folder = mkdtempSync(join(tmpdir(), 'fitserve-test-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, 'counts.json')
const code = await runVitest(process.argv.slice(2), { ...process.env, FITSERVE_TEST_COUNTS: file })
const counts = readCounts(file, code)
for (const test of counts.again) console.log(`passed at the second try: ${test}`)
for (const [reason, times] of Object.entries(counts.reasons)) {
  console.log(`skipped${times > 1 ? ` ${times} times` : ''}: ${reason}`)
}
for (const failure of counts.failures) console.log(`failed: ${failure}`)
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed > 0 ? code || 1 : code

/** @returns {Promise<number>} its exit code; 1 if a signal ended it */
function runVitest(args, env) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['default', join(root, 'scripts', 'test', 'reporter.mjs')].map(
    (name) => `--reporter=${name}`,
  )
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.on('error', () => resolve(1))
    child.on('close', (exit) => resolve(exit ?? 1))
  })
}

/** Without a report vitest has crashed, and with a bad exit code something failed that no test stands for. */
function readCounts(path, exit) {
  let counts = { passed: 0, failed: 0, skipped: 0, reasons: {}, again: [], failures: [] }
  try {
    counts = JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    exit ||= 1
  }
  if (exit !== 0 && counts.failed === 0) counts.failed = 1
  return counts
}

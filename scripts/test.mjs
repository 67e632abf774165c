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
const args = process.argv.slice(2)
let report = await run(args)
if (process.env.CI === 'true') report = await withSecondTry(report)
const failures = [...report.outside, ...report.files.flatMap((file) => file.failures)]
const skipped = report.files.flatMap((file) => file.skipped)
for (const [reason, times] of Object.entries(timesOf(skipped)))
  console.log(`skipped${times > 1 ? ` ${times} times` : ''}: ${reason}`)
for (const failure of failures) console.log(`failed: ${failure}`)
const passed = report.files.reduce((sum, file) => sum + file.passed, 0)
console.log(`${passed} passed, ${failures.length} failed, ${skipped.length} skipped`)
process.exitCode = failures.length > 0 ? 1 : 0

/**
 * A busy machine may upset a test of processes and their clocks, and what such a test has set up with it: its file is
 * run once more, alone, and named. Not where so much failed that the machine is no excuse, nor where a property did:
 * that has found a counterexample, which another try would only miss.
 */
async function withSecondTry(first) {
  const bad = first.files.filter((file) => file.failures.length > 0)
  const failures = bad.flatMap((file) => file.failures)
  const again = bad.length > 0 && bad.length <= 3 && first.outside.length === 0
  if (!again || failures.some((failure) => failure.includes('Property failed'))) return first
  for (const failure of failures) console.log(`tried again: ${failure}`)
  const second = await run(bad.map((file) => file.name))
  const files = first.files.filter((file) => !bad.includes(file)).concat(second.files)
  for (const failure of failures) console.log(`at the first try failed: ${failure}`)
  return { files, outside: second.outside }
}

/** Runs vitest; gives what its files' tests came to. */
async function run(chosen) {
  const file = join(folder, 'counts.json')
  rmSync(file, { force: true })
  const exit = await runVitest(chosen, { ...process.env, FITSERVE_TEST_COUNTS: file })
  let counted = { files: [], outside: [] }
  try {
    counted = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    counted.outside.push('vitest ended without a report')
  }
  const failed =
    counted.outside.length + counted.files.reduce((sum, { failures }) => sum + failures.length, 0)
  if (exit !== 0 && failed === 0) counted.outside.push(`vitest ended with ${exit}, and no test has failed`)
  return counted
}

/** @returns {Promise<number>} its exit code; 1 if a signal ended it */
function runVitest(chosen, env) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['default', join(root, 'scripts', 'test', 'reporter.mjs')].map(
    (name) => `--reporter=${name}`,
  )
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...chosen], {
    cwd: root,
    env,
    stdio: 'inherit',
  })
  const stop = (signal) => child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, stop)
  return new Promise((resolve) => {
    child.on('error', () => resolve(1))
    child.on('close', (exit) => {
      for (const signal of signals) process.off(signal, stop)
      resolve(exit ?? 1)
    })
  })
}

/** How often each text occurs. */
function timesOf(texts) {
  const times = {}
  for (const text of texts) times[text] = (times[text] ?? 0) + 1
  return times
}

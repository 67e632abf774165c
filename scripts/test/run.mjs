import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const REPORTER = fileURLToPath(new URL('reporter.mjs', import.meta.url))

/**
 * Runs vitest in a folder and reads what its tests did.
 * @param {string} root where the vitest config and node_modules are
 * @param {string[]} args for vitest
 * @returns {Promise<object>} the report of reporter.mjs. A run that ends without one, or that fails though no test did,
 *   has a failure of its own.
 */
export async function runTests(root, args, { env = process.env, stdio = 'inherit' } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'fitserve-test-'))
  try {
    const file = join(folder, 'report.json')
    const exit = await runVitest(root, args, { env: { ...env, FITSERVE_TEST_REPORT: file }, stdio })
    return readReport(file, exit)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function readReport(file, exit) {
  let report
  try {
    report = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { files: [], outside: ['vitest ended without a report'] }
  }
  const failures = [...report.outside, ...report.files.flatMap((each) => each.failures)]
  if (exit !== 0 && failures.length === 0)
    report.outside.push(`vitest ended with ${exit}, but no test has failed`)
  return report
}

/** @returns {Promise<number>} the exit code; 1 if a signal ended the process */
function runVitest(root, args, { env, stdio }) {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', `--reporter=${REPORTER}`]
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...args], { cwd: root, env, stdio })
  const stop = (signal) => child.kill(signal)
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, stop)
  return new Promise((resolve) => {
    const end = (exit) => {
      for (const signal of signals) process.off(signal, stop)
      resolve(exit ?? 1)
    }
    child.on('error', () => end(1))
    child.on('close', end)
  })
}

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setUp } from '../setup.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Runs tests in their long form, and ends in one line.
 * @param name what the line begins with
 * @param args arguments of vitest
 * @param env variables that tell the tests their length
 * @param good what the line says where all tests pass
 */
export async function runLong({ name, args, env, good }) {
  await setUp()
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const began = Date.now()
  const child = spawn(process.execPath, [vitest, 'run', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('close', (code) => {
    const minutes = ((Date.now() - began) / 60_000).toFixed(1)
    console.log(`${name}: ${code === 0 ? good : 'FAILED'} after ${minutes} minutes`)
    process.exitCode = code ?? 1
  })
}

/** Returns variables such as FUZZ_SEED for options such as --seed. */
export function variablesOf(prefix, options) {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`${prefix}_${name.toUpperCase()}`, value]),
  )
}

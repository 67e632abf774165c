import { spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const running = new Set()

/**
 * Runs a program to its end. Its output goes to a log file, never to the screen; callers print a summary.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, log?: string }} [options]
 * @returns {Promise<{ ok: boolean, missing: boolean, code: number | null, signal: string | null, output: string }>}
 */
export function run(command, args, { cwd, env = process.env, log } = {}) {
  if (log) {
    mkdirSync(dirname(log), { recursive: true })
    writeFileSync(log, `$ ${[command, ...args].join(' ')}\n`)
  }
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let output = ''
    const collect = (chunk) => {
      output = (output + chunk).slice(-1_000_000)
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    const finish = (result) => {
      running.delete(child)
      try {
        if (log) appendFileSync(log, output)
      } catch {
        // A full disk must not hide what went wrong.
      }
      resolve({ missing: false, code: null, signal: null, output, ...result })
    }
    child.on('error', (error) => {
      output += error.message
      finish({ ok: false, missing: error.code === 'ENOENT' })
    })
    child.on('close', (code, signal) => finish({ ok: code === 0, code, signal }))
  })
}

/** Ends the running program when the set-up itself must end. */
export function stopRunning() {
  for (const child of running) child.kill('SIGKILL')
}

/** Returns whether a program exists and starts. */
export async function works(command, args = ['--version']) {
  return (await run(command, args)).ok
}

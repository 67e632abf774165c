import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, buildDone } from './setup/build.mjs'
import { checkWritable } from './setup/disk.mjs'
import { explain, SetupError } from './setup/errors.mjs'
import { withLock } from './setup/lock.mjs'
import tooOld from './setup/node-version.cjs'
import { installPackages, packagesDone } from './setup/packages.mjs'
import { pathsOf } from './setup/paths.mjs'
import { stopRunning } from './setup/run.mjs'
import { removeLeftovers, removeOpenNow } from './setup/temporary.mjs'
import { checkTensorflow, installTensorflow, tensorflowDone } from './setup/tensorflow.mjs'
import { installVectors, vectorsDone } from './setup/vectors.mjs'

/** The steps in order: each needs the ones before it. */
const STEPS = [
  { name: 'packages', done: packagesDone, install: installPackages },
  { name: 'tensorflow', done: tensorflowDone, check: checkTensorflow, install: installTensorflow },
  { name: 'build', done: buildDone, install: build },
]
/** What is set up only where it is asked for: by `--vectors`, or by its name among the steps. */
const EXTRAS = [{ name: 'vectors', done: vectorsDone, install: installVectors }]

/**
 * Makes a clone ready to run: npm packages, TensorFlow, dist. Steps that are done already are skipped. A
 * failure is reported in one message with its remedy, and ends the process with 1.
 * @param {{ quiet?: boolean, only?: string[], extras?: string[] }} [options] quiet: no word but a failure's; only: these
 *   steps; extras: further ones that are not done by themselves
 * @returns {Promise<{ changed: boolean }>} whether there was anything to do
 */
export async function setUp({ quiet = false, only = [], extras = [] } = {}) {
  const problem = tooOld(process.versions.node)
  if (problem) {
    process.stderr.write(`${problem}\n`)
    process.exit(1)
  }
  const paths = pathsOf()
  const own = only.length === 0 ? STEPS : [...STEPS, ...EXTRAS].filter(({ name }) => only.includes(name))
  const steps = [...own, ...EXTRAS.filter(({ name }) => extras.includes(name))]
  try {
    return { changed: await installMissing(steps, paths, quiet) }
  } catch (cause) {
    const error = explain(cause, paths.root)
    process.stderr.write(`${error instanceof SetupError ? error.toText() : faultText(error)}\n`)
    process.exit(1)
  }
}

async function installMissing(steps, paths, quiet) {
  if (await allDone(steps, paths)) return false
  await checkWritable(paths.root)
  const ui = { quiet, say: (line) => quiet || process.stderr.write(`${line}\n`) }
  const stop = cleanUpOnSignals()
  try {
    await withLock(paths.work, () => installAll(steps, paths, ui), {
      onWait: (pid) => ui.say(`Another set-up of this clone (process ${pid}) is running; waiting for it …`),
    })
  } finally {
    stop()
  }
  return true
}

/** Reports an unexpected error with its stack, for the person who will fix it. */
const faultText = (error) =>
  `fitserve set-up failed in a way that it does not know. Please report this:\n${error.stack}`

async function allDone(steps, paths) {
  for (const step of steps) if (!(await step.done(paths))) return false
  return true
}

async function installAll(steps, paths, ui) {
  await removeLeftovers(paths.work)
  for (const { done, check } of steps) if (check && !(await done(paths))) await check(paths)
  for (const { done, install } of steps) if (!(await done(paths))) await install(paths, ui)
}

/** On a signal, ends the running child and removes the temporary folders. Our own end frees the lock. */
function cleanUpOnSignals() {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }
  const onSignal = (signal) => {
    stopRunning()
    removeOpenNow()
    process.stderr.write(`\nSet-up stopped by ${signal}; it goes on from here when it is run again.\n`)
    process.exit(128 + numbers[signal])
  }
  for (const signal of Object.keys(numbers)) process.once(signal, onSignal)
  return () => {
    for (const signal of Object.keys(numbers)) process.off(signal, onSignal)
  }
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const start = performance.now()
  const args = process.argv.slice(2)
  const { changed } = await setUp({
    only: args.filter((arg) => !arg.startsWith('--')),
    extras: args.filter((arg) => arg.startsWith('--')).map((arg) => arg.slice(2)),
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(changed ? 0 : 2)
  process.stderr.write(
    changed ? `Set up in ${seconds} s.\n` : `Everything is set up (checked in ${seconds} s).\n`,
  )
}

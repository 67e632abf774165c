// `npm run demo [-- --once] [-- --data imdb|reuters|boston|california]`: the main job, end to end, over HTTP.
import process from 'node:process'
import { DemoUsage, readArguments } from './demo/arguments.mjs'
import { setUp } from './setup.mjs'

/** Runs the whole demo and returns the process's exit code. */
async function main() {
  const { help, once, data } = readArguments(process.argv.slice(2))
  if (help !== undefined) {
    process.stdout.write(`${help}\n`)
    return 0
  }
  await setUp()
  // The packages that these modules import exist only after the set-up.
  const { demonstrate } = await import('./demo/demonstrate.mjs')
  return demonstrate({ once, data })
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error instanceof DemoUsage ? error.message : `\nThe demo failed: ${error.message}`)
    process.exit(1)
  },
)

import { fileURLToPath } from 'node:url'
import { setUp } from './setup.mjs'

// In this process, so that a signal to it is a signal to the service, and its exit code ours.
await setUp()
const main = new URL('../dist/main.js', import.meta.url)
process.argv.splice(1, 1, fileURLToPath(main))
await import(main.href)

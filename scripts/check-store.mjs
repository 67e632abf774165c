import { fileURLToPath } from 'node:url'
import { setUp } from './setup.mjs'

// `npm run check:store`: examines the configured store, and ends with 1 if something is wrong.
await setUp()
const program = new URL('../dist/check.js', import.meta.url)
process.argv.splice(1, 1, fileURLToPath(program))
await import(program.href)

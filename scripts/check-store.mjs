import { fileURLToPath } from 'node:url'
import { setUp } from './setup.mjs'

// `npm run check:store`: looks through the store that the settings name, and ends with 1 where something is wrong.
await setUp()
const program = new URL('../dist/check.js', import.meta.url)
process.argv.splice(1, 1, fileURLToPath(program))
await import(program.href)

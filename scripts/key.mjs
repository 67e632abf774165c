import { fileURLToPath } from 'node:url'
import { setUp } from './setup.mjs'

// `npm run key`: makes, lists and revokes API keys. What set-up prints goes to the standard error, so that a script can
// take the key from the standard output.
await setUp()
const program = new URL('../dist/manage-keys.js', import.meta.url)
process.argv.splice(1, 1, fileURLToPath(program))
await import(program.href)

import { fileURLToPath } from 'node:url'
import { setUp } from './setup.mjs'

// The service runs in this process, so that it gets our signals and we have its exit code.
await setUp()
const main = new URL('../dist/main.js', import.meta.url)
process.argv.splice(1, 1, fileURLToPath(main))
await import(main.href)

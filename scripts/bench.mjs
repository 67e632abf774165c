import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { setUp } from './setup.mjs'

// `npm run bench`: sets up, then measures in processes of their own.
await setUp()
const [what, ...rest] = process.argv.slice(2)
const apart = { accuracy: 'accuracy.ts', scaling: 'scaling/main.ts' }
const [file, options] = Object.hasOwn(apart, what ?? '')
  ? [apart[what], rest]
  : ['main.ts', process.argv.slice(2)]
const main = fileURLToPath(new URL(`../bench/${file}`, import.meta.url))
// Copies of the public data sets beside the project are found without DATASETS_DIR.
const beside = fileURLToPath(new URL('../../shared/datasets', import.meta.url))
if (!process.env.DATASETS_DIR && existsSync(beside)) process.env.DATASETS_DIR = beside
const child = spawn(process.execPath, ['--import', 'tsx', main, ...options], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})

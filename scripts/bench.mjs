import { spawn } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { setUp } from './setup.mjs'

// `npm run bench`: sets up, then measures in processes of their own.
await setUp()
const [what, ...rest] = process.argv.slice(2)
const [file, options] = programOf(what)
const main = fileURLToPath(new URL(`../bench/${file}`, import.meta.url))
const child = spawn(process.execPath, ['--import', 'tsx', main, ...options], {
  stdio: 'inherit',
})

function programOf(name) {
  if (name === 'accuracy') return ['accuracy.ts', rest]
  return [['predict', 'swap', 'start'].includes(name) ? 'figures.ts' : 'main.ts', process.argv.slice(2)]
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})

// `npm run bench -- accuracy --tables`: small tables, beside other libraries at their defaults. See ../README.md.

import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { keptBy, missingEnvironment, program } from '../python.ts'
import { type Measured, measureTable, openTrainer, readFolded, tableNames } from './tables.ts'

/** Tables that a quick run takes: a few minutes, of each task and of small and larger ones. */
const QUICK = ['breast-cancer', 'pima', 'weak', 'seats', 'linear', 'linear-wide', 'houses', 'text-titles']

const Peer = z.object({ loss: z.number(), error: z.number(), accuracy: z.number().optional() })
const Peers = z.record(z.string(), z.record(z.string(), Peer))
type Peers = z.output<typeof Peers>

/**
 * Measures all tables, or some, and prints a line of figures for each: the loss of what is trained without a recipe, with
 * its standard error, and the best other library's.
 */
export async function compareOnTables(options: { names: readonly string[]; quick: boolean }): Promise<void> {
  const missing = missingEnvironment('accuracy')
  if (missing) throw new Error(`The other libraries are not installed. Run ${missing}.`)
  const folder = join(await keptBy('accuracy'), 'tables')
  await python('tables.py', folder)
  const all = await tableNames(folder)
  const wanted = options.names.length > 0 ? options.names : options.quick ? QUICK : all
  const names = all.filter((name) => wanted.includes(name))
  await python('peers.py', folder, ...names)
  const peers = Peers.parse(JSON.parse(await readFile(join(folder, 'peers.json'), 'utf8')))
  const store = await mkdtemp(join(tmpdir(), 'fitserve-accuracy-'))
  const trainer = await openTrainer(store)
  try {
    console.log(
      '| table | loss | best of the others | within a standard error | seconds |\n| --- | --- | --- | --- | --- |',
    )
    for (const name of names)
      console.log(line(name, await measureTable(trainer, name, await readFolded(folder, name)), peers))
  } finally {
    await trainer.close()
    await rm(store, { recursive: true, force: true })
  }
}

function line(name: string, { loss, error, seconds }: Measured, peers: Peers): string {
  const [best] = Object.entries(peers[name] ?? {}).sort(([, a], [, b]) => a.loss - b.loss)
  const other = best ? `${best[1].loss.toPrecision(4)} (${best[0]})` : ''
  const isClose = best && loss <= best[1].loss + error ? 'yes' : 'no'
  const cells = [name, `${loss.toPrecision(4)} ± ${error.toPrecision(2)}`, other, isClose, seconds.toFixed(0)]
  return `| ${cells.join(' | ')} |`
}

function python(file: string, ...options: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, file)
    const child = spawn(program('accuracy'), [script, ...options], { stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${file} ended with ${code}`))))
  })
}

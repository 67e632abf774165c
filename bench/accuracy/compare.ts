// `npm run bench -- accuracy --tables`: small tables, beside other libraries at their defaults. See ../README.md.

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keptBy, missingEnvironment, program } from '../python.ts'
import { hashOfPeers, hashOfSource, openMeasures, readPeers } from './kept.ts'
import { type FoldMeasure, foldsOf, measureFold, openTrainer, readFolded, tableNames } from './tables.ts'
import { headOf, lineOf, summaryOf, verdictOn } from './verdict.ts'

/** Tables that a quick run takes: a minute or two, of each task and of small and larger ones. */
const QUICK = ['breast-cancer', 'pima', 'weak', 'seats', 'linear', 'linear-wide', 'houses', 'text-titles']

export interface TablesOptions {
  /** Tables that are measured. Default: all, or with `quick` eight of them. */
  names: readonly string[]
  quick: boolean
  /** Folds of each table that are measured, at most. */
  folds: number
}

/**
 * Measures what is trained without a recipe on all tables, or some, beside other libraries, and prints a line of figures
 * for each and a summary. What was measured of the same source is kept, so that a run that was interrupted goes on.
 * @throws Error where the other libraries are not installed, or a table is not known
 */
export async function compareOnTables({ names, quick, folds }: TablesOptions): Promise<void> {
  const missing = missingEnvironment('accuracy')
  if (missing) throw new Error(`The other libraries are not installed. Run ${missing}.`)
  const folder = join(await keptBy('accuracy'), `tables-${await hashOfPeers()}`)
  await python('tables.py', folder)
  const all = await tableNames(folder)
  const unknown = names.filter((name) => !all.includes(name))
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: not known. There are ${all.join(', ')}.`)
  const wanted = names.length > 0 ? names : quick ? QUICK.filter((name) => all.includes(name)) : all
  await python('peers.py', folder, String(folds), ...wanted)
  const peers = await readPeers(folder)
  const measures = await openMeasures(folder, await hashOfSource())
  const store = await mkdtemp(join(tmpdir(), 'fitserve-accuracy-'))
  const trainer = await openTrainer(store)
  try {
    console.log(headOf())
    const verdicts = []
    for (const name of wanted) {
      const table = await readFolded(folder, name)
      const own: FoldMeasure[] = []
      for (let fold = 0; fold < Math.min(folds, foldsOf(table)); fold++) {
        const known = measures.of(name, fold)
        const measured = known ?? (await measureFold(trainer, name, table, fold))
        if (!known) await measures.keep(name, fold, measured)
        own.push(measured)
      }
      const verdict = verdictOn(own, peers[name] ?? {})
      verdicts.push({ name, verdict })
      console.log(lineOf(name, verdict))
    }
    console.log(`\n${summaryOf(verdicts)}`)
  } finally {
    await trainer.close()
    await rm(store, { recursive: true, force: true })
  }
}

function python(file: string, ...options: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, file)
    // What they print goes beside the table of figures, not into it.
    const child = spawn(program('accuracy'), ['-W', 'ignore', script, ...options], {
      stdio: ['ignore', 2, 2],
    })
    child.on('error', reject)
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${file} ended with ${code}`))))
  })
}

// What the comparison on small tables has measured, kept by the source that it was measured of.

import { createHash } from 'node:crypto'
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { FoldMeasure } from './tables.ts'

/** What another library's model gave on one fold of a table. */
const PeerFold = z.object({ losses: z.array(z.number()), right: z.int() })
export type PeerFold = z.output<typeof PeerFold>
/** By table and model, what peers.py has measured of each fold. */
const Peers = z.record(z.string(), z.record(z.string(), z.array(PeerFold)))
export type Peers = z.output<typeof Peers>

/** By table and number of the fold. */
const Measures = z.record(z.string(), z.record(z.string(), FoldMeasure))

const SOURCE = join(import.meta.dirname, '..', '..', 'src')

/** Returns a name of the tables and the other libraries' models: another one after a change of either. */
export function hashOfPeers(): Promise<string> {
  return hashOf(['tables.py', 'peers.py'].map((file) => join(import.meta.dirname, file)))
}

/** Returns a name of all that fitserve's figures may depend on: another one after a change of its source. */
export async function hashOfSource(): Promise<string> {
  const files = await readdir(SOURCE, { recursive: true })
  return hashOf(
    files
      .filter((file) => file.endsWith('.ts'))
      .sort()
      .map((file) => join(SOURCE, file)),
  )
}

async function hashOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 12)
}

/** Reads what peers.py has written into a folder. */
export async function readPeers(folder: string): Promise<Peers> {
  return Peers.parse(JSON.parse(await readFile(join(folder, 'peers.json'), 'utf8')))
}

/** Opens the measures of one source, which are written after each fold. */
export async function openMeasures(folder: string, source: string) {
  const file = join(folder, `own-${source}.json`)
  const measures = Measures.parse(JSON.parse(await readFile(file, 'utf8').catch(() => '{}')))
  return {
    of: (name: string, fold: number): FoldMeasure | undefined => measures[name]?.[fold],
    async keep(name: string, fold: number, measure: FoldMeasure): Promise<void> {
      measures[name] = { ...measures[name], [fold]: measure }
      await writeFile(`${file}.part`, JSON.stringify(measures))
      await rename(`${file}.part`, file)
    },
  }
}

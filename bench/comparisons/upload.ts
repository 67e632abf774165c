import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { upload } from '../client.ts'
import { type Bench, type Comparison, timed } from '../comparison.ts'
import { middle } from '../measure.ts'
import { type Memory, MemoryWatch } from '../memory.ts'
import { atRest } from '../processes.ts'
import { missingEnvironment } from '../python.ts'
import type { Detail, Outcome } from '../record.ts'
import { moreReviews, readReviews } from '../reviews.ts'
import { runScript } from '../script.ts'
import { startEmpty } from '../service.ts'
import { converted, writeTable } from '../table.ts'

const Printed = z.object({ seconds: z.number() })
const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson', parquet: 'application/vnd.apache.parquet' }

/** A file that both read, and the goal that it is measured for. */
interface Sent {
  goal: string
  what: string
  file: string
  type: string
  /** What DuckDB must be told to read the file. Default: nothing */
  options?: string[]
}

/** Uploads of large tables, to the answer `201`, beside DuckDB and polars that turn the same file into Parquet. */
export const uploads: Comparison = {
  name: 'upload',
  needs: ['imdb'],
  async run(bench) {
    const lacks = missingEnvironment('accuracy')
    if (lacks) return { goals: {}, details: [], skipped: [`DuckDB and polars (need ${lacks})`] }
    const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
    try {
      const outcomes: Outcome[] = []
      for (const sent of await filesOf(bench, folder)) outcomes.push(await beside(bench, sent))
      return {
        goals: Object.assign({}, ...outcomes.map(({ goals }) => goals)),
        details: outcomes.flatMap(({ details }) => details),
        skipped: [],
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function filesOf(bench: Bench, folder: string): Promise<Sent[]> {
  const [rows, reviews] = bench.quick ? [20_000, 5_000] : [1_000_000, 1_000_000]
  const at = (name: string) => join(folder, name)
  await bench.step('writes the files', async () => {
    await writeTable(at('numbers.csv'), rows, 1)
    await converted(at('numbers.csv'), at('numbers.ndjson'), 'json')
    await converted(at('numbers.csv'), at('numbers.parquet'), 'parquet')
    await writeReviews(join(bench.datasets ?? '', 'imdb', 'train.csv.gz'), reviews, at('reviews.csv'))
  })
  const numbers = `${rows.toLocaleString('en')} × 21 numbers`
  return [
    { goal: 'upload-csv', what: `${numbers}, CSV`, file: at('numbers.csv'), type: TYPES.csv },
    { goal: 'upload-ndjson', what: `${numbers}, NDJSON`, file: at('numbers.ndjson'), type: TYPES.ndjson },
    { goal: 'upload-parquet', what: `${numbers}, Parquet`, file: at('numbers.parquet'), type: TYPES.parquet },
    {
      goal: 'upload-reviews',
      what: `${reviews.toLocaleString('en')} reviews, CSV`,
      file: at('reviews.csv'),
      type: TYPES.csv,
      // On several cores DuckDB guesses where rows begin, and refuses a file with line ends in its fields where it guesses
      // wrong.
      options: ['parallel=false'],
    },
  ]
}

/** Reviews in quotes, with commas, quotes and line ends within. */
async function writeReviews(source: string, count: number, file: string): Promise<void> {
  const lines = function* () {
    yield 'text,label\n'
    for (const { text, label } of moreReviews(readReviews(source), count))
      yield `"${text.replaceAll('"', '""').replaceAll('<br />', '\n')}",${label}\n`
  }
  await pipeline(Readable.from(lines()), createWriteStream(file))
}

/** All read the file in turns; the figures are those in the middle. */
async function beside(bench: Bench, { goal, what, file, type, options = [] }: Sent): Promise<Outcome> {
  const own: { seconds: number; memory: Memory }[] = []
  const theirs: number[] = []
  const polars: number[] = []
  for (let round = 0; round < (bench.quick ? 1 : 3); round++) {
    own.push(await bench.step(`fitserve takes ${what}`, () => taken(file, type)))
    theirs.push(await bench.step(`DuckDB reads ${what}`, () => by('duckdb_upload.py', [file, ...options])))
    polars.push(await bench.step(`polars reads ${what}`, () => by('polars_upload.py', [file])))
  }
  const seconds = middle(own.map((run) => run.seconds))
  const details: Detail[] = [
    { what: `${what}: fitserve`, value: seconds, unit: 's' },
    { what: `${what}: DuckDB`, value: middle(theirs), unit: 's' },
    { what: `${what}: polars`, value: middle(polars), unit: 's' },
    {
      what: `${what}: fitserve's memory, most at one moment`,
      value: middle(own.map(({ memory }) => memory.together)),
      unit: 'MB',
    },
  ]
  return { goals: { [goal]: seconds / middle(theirs) }, details, skipped: [] }
}

/** Seconds that a peer needs to turn a file into Parquet. */
async function by(script: string, options: string[]): Promise<number> {
  const { printed } = await runScript('accuracy', script, options)
  return Printed.parse(printed).seconds
}

/** One upload to a service without data, once it has loaded all that it needs. */
async function taken(file: string, type: string): Promise<{ seconds: number; memory: Memory }> {
  const server = await startEmpty(null)
  try {
    await atRest(server.pid)
    const watch = new MemoryWatch(server.pid)
    const { seconds } = await timed(() => upload(server.url, 'table', file, type))
    return { seconds, memory: await watch.end() }
  } finally {
    await server.stop()
  }
}

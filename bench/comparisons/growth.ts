import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Bench, Comparison } from '../comparison.ts'
import { type JobFigures, runJob } from '../job.ts'
import type { Detail } from '../record.ts'
import { moreReviews, type Review, readReviews } from '../reviews.ts'

/** The book's network; fewer epochs, since each takes its share of the rows in any case. */
const RECIPE = {
  encoder: { type: 'multiHot', numWords: 10_000 },
  layers: [{ units: 16 }, { units: 16 }],
  optimizer: 'rmsprop',
  epochs: 4,
  batchSize: 512,
  validation: { split: 0.2 },
}
const MINUTES = 15
const ROWS_AT_ONCE = 1000

/** Time and memory of upload and job with 25 thousand, 250 thousand and 1 million reviews. */
export const growth: Comparison = {
  name: 'growth',
  needs: ['imdb'],
  async run(bench) {
    const reviews = readReviews(join(bench.datasets ?? '', 'imdb', 'train.csv.gz'))
    const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
    try {
      const sizes = bench.quick ? [2_500, 5_000, 10_000] : [25_000, 250_000, 1_000_000]
      const runs: JobFigures[] = []
      for (const rows of sizes) runs.push(await one(bench, reviews, rows, join(folder, 'reviews.csv')))
      const middle = runs.at(-2)
      const last = runs.at(-1)
      if (!middle || !last) throw new Error('there are two sizes at least')
      const times = last.rows / middle.rows
      return {
        goals: {
          'growth-time': last.total / middle.total / times,
          'growth-memory': last.memory.peaks / middle.memory.peaks / times,
          'growth-peak': last.memory.peaks,
        },
        details: runs.flatMap(detailsOf),
        skipped: [],
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function one(bench: Bench, reviews: Review[], rows: number, file: string): Promise<JobFigures> {
  const shown = rows.toLocaleString('en')
  await bench.step(`writes ${shown} reviews`, () => write(reviews, rows, file))
  const task = {
    model: 'grown',
    file,
    recipe: RECIPE,
    features: { text: 'A wonderful film' },
    minutes: MINUTES,
  }
  return bench.step(`fitserve reads ${shown} reviews, trains and serves`, () =>
    runJob(task, async () => undefined),
  )
}

async function write(reviews: readonly Review[], count: number, file: string): Promise<void> {
  const lines = function* () {
    yield 'text,label\n'
    let block = ''
    let made = 0
    for (const { text, label } of moreReviews(reviews, count)) {
      block += `"${text.replaceAll('"', '""')}",${label}\n`
      made += 1
      if (made % ROWS_AT_ONCE === 0) {
        yield block
        block = ''
      }
    }
    yield block
  }
  await pipeline(Readable.from(lines()), createWriteStream(file))
}

function detailsOf({ rows, upload, job, memory }: JobFigures): Detail[] {
  const shown = `${rows.toLocaleString('en')} reviews`
  return [
    { what: `${shown}: upload`, value: upload, unit: 's' },
    { what: `${shown}: job, until it is served`, value: job, unit: 's' },
    { what: `${shown}: memory, sum of the peaks of all processes`, value: memory.peaks, unit: 'MB' },
    { what: `${shown}: memory, most at one moment`, value: memory.together, unit: 'MB' },
  ]
}

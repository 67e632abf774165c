import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'

const TEXTS = 1000
const Rows = z.array(z.object({ text: z.string(), label: z.string() }))

/** The training data and the texts to predict. */
export interface Workload {
  name: string
  train: string
  texts: string[]
}

export function readWorkload(): Workload {
  const folder = process.env['DATASETS_DIR'] && join(process.env['DATASETS_DIR'], 'imdb')
  if (folder && existsSync(join(folder, 'test.csv.gz'))) {
    const test = rowsOf(gunzipSync(readFileSync(join(folder, 'test.csv.gz'))))
    return { name: 'IMDB', train: join(folder, 'train.csv.gz'), texts: textsOf(test) }
  }
  const train = resolve(import.meta.dirname, '../examples/reviews.csv')
  return { name: 'examples/reviews.csv', train, texts: textsOf(rowsOf(readFileSync(train))) }
}

const rowsOf = (bytes: Buffer) => Rows.parse(parse(bytes, { columns: true }))
const textsOf = (rows: z.infer<typeof Rows>) => rows.slice(0, TEXTS).map(({ text }) => text)

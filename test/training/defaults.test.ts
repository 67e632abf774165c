import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keptTables } from '../../src/datasets/kept-tables.ts'
import { readTable } from '../../src/datasets/table.ts'
import { completeRecipe } from '../../src/recipe/index.ts'
import { execute } from '../../src/training/runs.ts'
import { type Bench, openBench } from '../datasets/harness.ts'
import { realData } from '../helpers/real-data.ts'

/**
 * Models that are trained without a recipe, on a part of the public training files and judged by rows of it that
 * were kept aside. The full figures come from `npm run bench -- accuracy`.
 */

const [imdb, nsmc, boston] = ['imdb', 'nsmc', 'boston'].map((name) => realData(`${name}/train.csv.gz`))

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

/** Uploads every n-th row of a training file and trains it without a recipe, in the first of its folds. */
async function metricsOf(file: string, every: number) {
  const rows: unknown[] = parse(gunzipSync(readFileSync(file)), { columns: true })
  const part = rows.filter((_, row) => row % every === 0)
  const lines = part.map((row) => `${JSON.stringify(row)}\n`).join('')
  const numbers = file.includes('boston')
    ? {
        types: Object.keys(part[0] ?? {})
          .map(numeric)
          .join(','),
      }
    : {}
  const { dataset } = await bench.send(lines, { format: 'ndjson', ...numbers })
  const { recipe } = completeRecipe({}, dataset)
  const kept = await keptTables(bench.store)(dataset.id)
  if (!recipe || !kept) throw new Error('the data set cannot be learnt')
  const { evaluation } = await execute({
    recipe,
    table: await readTable(kept.file, kept.description),
    validationFrom: null,
    run: recipe.validation?.kFold ? { kind: 'fold', fold: 1, repeat: 1 } : { kind: 'whole' },
    onProgress: async () => {},
    signal: new AbortController().signal,
  })
  return { ...evaluation?.metrics }
}

const numeric = (name: string) => `${name}:number`

describe('without a recipe', () => {
  it.skipIf(imdb === undefined)('5,000 English reviews are told apart, better than by the book', async () => {
    // The book's network has 0.873 on these rows.
    expect((await metricsOf(imdb ?? '', 5))['accuracy']).toBeGreaterThan(0.885)
  })

  it.skipIf(nsmc === undefined)('15,000 Korean reviews are read by characters', async () => {
    // The book's, of words, has 0.741.
    expect((await metricsOf(nsmc ?? '', 10))['accuracy']).toBeGreaterThan(0.82)
  })

  it.skipIf(boston === undefined)('404 rows of house prices are estimated within 2,500 dollars', async () => {
    expect((await metricsOf(boston ?? '', 1))['mae']).toBeLessThan(2.5)
  })
})

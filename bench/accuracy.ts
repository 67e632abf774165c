// `npm run bench -- accuracy`: how good models are that were trained without a recipe. See README.md here.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { compareOnTables } from './accuracy/compare.ts'
import { post, startEmpty, train } from './service.ts'

/** The public data sets; a target is named where it is not the last column. */
const DATA = [
  { name: 'imdb', metric: 'accuracy' },
  { name: 'nsmc', metric: 'accuracy' },
  { name: 'reuters52', metric: 'accuracy' },
  { name: 'boston', metric: 'mae' },
  { name: 'california', metric: 'mae', target: 'median_house_value' },
] as const
const MINUTES = 20
const Evaluation = z.object({ rows: z.int(), metrics: z.record(z.string(), z.number().nullable()) })

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    tables: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    test: { type: 'boolean', default: false },
    folds: { type: 'string', default: '3' },
  },
})
if (options.tables) {
  await compareOnTables({
    names,
    quick: options.quick,
    folds: z.coerce.number().int().min(1).parse(options.folds),
  })
  process.exit(0)
}
const folder = process.env['DATASETS_DIR']
if (!folder) throw new Error('Set DATASETS_DIR to the folder with the public data sets.')
const server = await startEmpty(null)
try {
  for (const data of DATA)
    if (names.length === 0 || names.includes(data.name))
      console.log(await judge(server.url, folder, data, options.test))
} finally {
  await server.stop()
}

/** Trains on the train file and gives a line of figures. @param test whether the test file is looked at */
async function judge(url: string, root: string, data: (typeof DATA)[number], test: boolean): Promise<string> {
  const { name, metric } = data
  if (!existsSync(join(root, name, 'train.csv.gz'))) return `skipped: ${name} is not there`
  await upload(url, root, name, 'train')
  const recipe = 'target' in data ? { recipe: { target: data.target } } : {}
  const job = await train(url, { model: name, dataset: `${name}-train`, ...recipe }, MINUTES)
  const seconds = (Date.parse(job.finishedAt ?? '') - Date.parse(job.startedAt ?? '')) / 1000
  const version = `${url}/models/${name}/versions/${job.version}`
  const own = Evaluation.parse(await (await fetch(`${version}/evaluation`)).json())
  const figures = [`${metric} ${shown(own, metric)} on ${own.rows} rows of validation`]
  if (test) {
    await upload(url, root, name, 'test')
    const body = JSON.stringify({ dataset: `${name}-test` })
    const held = Evaluation.parse(await post(`${version}/evaluate`, body, 'application/json'))
    figures.push(`${shown(held, metric)} on ${held.rows} of test`)
  }
  return `${name.padEnd(11)} ${figures.join(', ')}, in ${seconds.toFixed(1)} s`
}

async function upload(url: string, root: string, name: string, part: string): Promise<void> {
  const bytes = await readFile(join(root, name, `${part}.csv.gz`))
  await post(`${url}/datasets?name=${name}-${part}`, bytes, 'text/csv')
}

function shown({ metrics }: z.infer<typeof Evaluation>, metric: string): string {
  const value = metrics[metric]
  return typeof value === 'number' ? value.toPrecision(4) : '?'
}

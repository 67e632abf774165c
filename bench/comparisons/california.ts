import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { z } from 'zod'
import { upload } from '../client.ts'
import type { Bench, Comparison } from '../comparison.ts'
import { runJob } from '../job.ts'
import { missingEnvironment } from '../python.ts'
import type { Detail } from '../record.ts'
import { runScript } from '../script.ts'
import { post } from '../service.ts'

const TARGET = 'median_house_value'
/** A row of the training file. */
const FEATURES = {
  longitude: -121.9,
  latitude: 36.59,
  housing_median_age: 42,
  total_rooms: 2689,
  total_bedrooms: 510,
  population: 1023,
  households: 459,
  median_income: 4.6182,
  ocean_proximity: 'NEAR OCEAN',
}
const Evaluation = z.object({ metrics: z.object({ mae: z.number() }) })
const Printed = z.object({ start: z.number(), train: z.number(), mae: z.number() })

/** California's houses without a recipe, and by H2O. */
export const california: Comparison = {
  name: 'california',
  needs: ['california'],
  async run(bench) {
    const folder = join(bench.datasets ?? '', 'california')
    const train = join(folder, 'train.csv.gz')
    const test = join(folder, 'test.csv.gz')
    const recipe = { target: TARGET, ...(bench.quick ? { epochs: 2 } : {}) }
    const task = { model: 'houses', file: train, recipe, features: FEATURES }
    const own = await bench.step('fitserve reads, trains and serves', () =>
      runJob(task, async (url, version) => {
        await upload(url, 'test', test)
        const body = JSON.stringify({ dataset: 'test' })
        return Evaluation.parse(await post(`${version}/evaluate`, body, 'application/json')).metrics.mae
      }),
    )
    const details: Detail[] = [
      { what: 'fitserve: upload and job, until it is served', value: own.total, unit: 's' },
      { what: 'fitserve: mean absolute error, test file', value: own.seen, unit: '$' },
      { what: 'fitserve: memory, sum of the peaks of all processes', value: own.memory.peaks, unit: 'MB' },
    ]
    const lacks = missingEnvironment('python') ?? missingJava()
    if (lacks) return { goals: {}, details, skipped: [`H2O (needs ${lacks})`] }
    const deep = await byH2o(bench, 'deep learning', [train, test, 'deeplearning', bench.quick ? '2' : '50'])
    const gbm = await byH2o(bench, 'GBM', [train, test, 'gbm', bench.quick ? '50' : '500'])
    return {
      goals: {
        'california-time': deep.train / own.total,
        'california-mae': deep.mae / own.seen,
        'california-gbm': gbm.train / own.total,
        'california-gbm-mae': gbm.mae / own.seen,
      },
      details: [...details, ...deep.details, ...gbm.details],
      skipped: [],
    }
  },
}

/** Java is started before the time begins, as fitserve is. */
async function byH2o(bench: Bench, name: string, args: string[]) {
  const { printed, memory } = await bench.step(`H2O's ${name} reads and trains`, () =>
    runScript('python', 'h2o_california.py', args),
  )
  const { start, train, mae } = Printed.parse(printed)
  const details: Detail[] = [
    { what: `H2O ${name}: start of Java, not counted`, value: start, unit: 's' },
    { what: `H2O ${name}: upload and training`, value: train, unit: 's' },
    { what: `H2O ${name}: mean absolute error, test file`, value: mae, unit: '$' },
    { what: `H2O ${name}: memory, sum of the peaks of Java and Python`, value: memory.peaks, unit: 'MB' },
  ]
  return { train, mae, details }
}

function missingJava(): string | undefined {
  return spawnSync('java', ['-version']).error === undefined ? undefined : 'Java'
}

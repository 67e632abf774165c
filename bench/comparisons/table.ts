import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { upload } from '../client.ts'
import type { Comparison } from '../comparison.ts'
import { runJob } from '../job.ts'
import { missingEnvironment } from '../python.ts'
import type { Detail } from '../record.ts'
import { runScript } from '../script.ts'
import { post } from '../service.ts'
import { writeTable } from '../table.ts'

const Evaluation = z.object({ metrics: z.object({ rmse: z.number() }) })
const Printed = z.object({ seconds: z.number(), rmse: z.number() })
const FEATURES = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`x${at}`, 0]))
const MINUTES = 30

/** A large table of numbers without a recipe, and by LightGBM with 500 trees of 63 leaves. */
export const table: Comparison = {
  name: 'table',
  async run(bench) {
    const folder = await mkdtemp(join(tmpdir(), 'fitserve-bench-'))
    try {
      const train = join(folder, 'train.csv')
      const test = join(folder, 'test.csv')
      const rows = bench.quick ? 20_000 : 800_000
      await bench.step('writes the table', async () => {
        await writeTable(train, rows, 1)
        await writeTable(test, rows / 4, 2)
      })
      const task = { model: 'table', file: train, recipe: {}, features: FEATURES, minutes: MINUTES }
      const own = await bench.step('fitserve reads, trains and serves', () =>
        runJob(task, async (url, version) => {
          await upload(url, 'test', test)
          const body = JSON.stringify({ dataset: 'test' })
          return Evaluation.parse(await post(`${version}/evaluate`, body, 'application/json')).metrics.rmse
        }),
      )
      const details: Detail[] = [
        { what: 'fitserve: job, until it is served', value: own.job, unit: 's' },
        { what: 'fitserve: root of the mean squared error, test file', value: own.seen, unit: '' },
        {
          what: 'fitserve: memory, most of all processes at one moment',
          value: own.memory.together,
          unit: 'MB',
        },
      ]
      const lacks = missingEnvironment('accuracy')
      if (lacks) return { goals: {}, details, skipped: [`LightGBM (needs ${lacks})`] }
      const { printed, memory } = await bench.step('LightGBM trains', () =>
        runScript('accuracy', 'lightgbm_table.py', [train, test]),
      )
      const theirs = Printed.parse(printed)
      return {
        goals: { 'table-time': own.job / theirs.seconds, 'table-rmse': own.seen / theirs.rmse },
        details: [
          ...details,
          { what: 'LightGBM: training', value: theirs.seconds, unit: 's' },
          { what: 'LightGBM: root of the mean squared error, test file', value: theirs.rmse, unit: '' },
          { what: 'LightGBM: memory', value: memory.peaks, unit: 'MB' },
        ],
        skipped: [],
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

import { join } from 'node:path'
import { z } from 'zod'
import { type Comparison, timed } from '../comparison.ts'
import { runJob } from '../job.ts'
import { missingEnvironment } from '../python.ts'
import type { Detail } from '../record.ts'
import { runScript } from '../script.ts'

/** The book's network for house prices, in four folds; the last fit on all rows is in addition to the book's. */
const RECIPE = {
  target: 'medv',
  scaling: 'standard',
  targetTransform: 'none',
  layers: [{ units: 64 }, { units: 64 }],
  optimizer: 'rmsprop',
  loss: 'mse',
  metrics: ['mae'],
  batchSize: 1,
  ensemble: 1,
  validation: { kFold: 4 },
}
const COLUMNS = 'crim zn indus chas nox rm age dis rad tax ptratio b lstat'.split(' ')
/** Four folds of 303 rows, 100 epochs. */
const STEPS = 121_200
const Printed = z.object({ step: z.number() })

/** The book's Boston k-fold, and the steps that it takes at Keras's pace. */
export const boston: Comparison = {
  name: 'boston',
  needs: ['boston'],
  async run(bench) {
    const file = join(bench.datasets ?? '', 'boston', 'train.csv.gz')
    const epochs = bench.quick ? 10 : 100
    const features = Object.fromEntries(COLUMNS.map((name) => [name, 1]))
    const own = await bench.step('fitserve trains four folds, then on all rows', () =>
      runJob({ model: 'boston', file, recipe: { ...RECIPE, epochs }, features }, async () => undefined),
    )
    const details: Detail[] = [
      { what: 'fitserve: job, until it is served', value: own.job, unit: 's' },
      { what: 'fitserve: memory, sum of the peaks of all processes', value: own.memory.peaks, unit: 'MB' },
    ]
    const lacks = missingEnvironment('python')
    if (lacks) return { goals: {}, details, skipped: [`Keras (needs ${lacks})`] }
    const { seconds, result } = await timed(() =>
      bench.step('Keras fits at batch size 1', () =>
        runScript('python', 'keras_boston.py', [file, bench.quick ? '2' : '20']),
      ),
    )
    const { step } = Printed.parse(result.printed)
    const steps = (STEPS * epochs) / 100
    return {
      goals: { 'boston-time': (step * steps) / own.job },
      details: [
        ...details,
        { what: 'Keras: a step', value: step * 1000, unit: 'ms' },
        { what: `Keras: ${steps.toLocaleString('en')} steps, calculated`, value: step * steps, unit: 's' },
        { what: 'Keras: the measurement of a step, with import', value: seconds, unit: 's' },
        { what: 'Keras: memory', value: result.memory.peaks, unit: 'MB' },
      ],
      skipped: [],
    }
  },
}

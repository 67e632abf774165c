import { join } from 'node:path'
import { z } from 'zod'
import { type Bench, type Comparison, mean } from '../comparison.ts'
import { runJob } from '../job.ts'
import { missingEnvironment } from '../python.ts'
import type { Detail, Outcome } from '../record.ts'
import { runScript } from '../script.ts'

/** The book's network for film reviews; 10,000 of the 25,000 rows are kept for validation. */
const RECIPE = {
  encoder: { type: 'multiHot', numWords: 10_000 },
  layers: [{ units: 16 }, { units: 16 }],
  optimizer: 'rmsprop',
  loss: 'binary_crossentropy',
  metrics: ['accuracy'],
  batchSize: 512,
  validation: { rows: 10_000 },
}
const Printed = z.object({
  import: z.number(),
  read: z.number(),
  tokenize: z.number(),
  fit: z.number(),
  accuracy: z.number(),
})
const Evaluation = z.object({ metrics: z.object({ accuracy: z.number() }) })

/** The book's IMDB run, from a CSV file to a served version; and the same by Keras. */
export const imdb: Comparison = {
  name: 'imdb',
  needs: ['imdb'],
  async run(bench) {
    const file = join(bench.datasets ?? '', 'imdb', 'train.csv.gz')
    const [epochs, rounds] = bench.quick ? [2, 1] : [20, 2]
    const own = []
    for (let round = 0; round < rounds; round++)
      own.push(await bench.step('fitserve reads, trains and serves', () => byFitserve(file, epochs)))
    const time = mean(own.map(({ total }) => total))
    const memory = mean(own.map(({ memory: { peaks } }) => peaks))
    const details: Detail[] = [
      { what: 'fitserve: upload', value: mean(own.map(({ upload }) => upload)), unit: 's' },
      { what: 'fitserve: job, until it is served', value: mean(own.map(({ job }) => job)), unit: 's' },
      { what: 'fitserve: all', value: time, unit: 's' },
      { what: 'fitserve: memory, sum of the peaks of all processes', value: memory, unit: 'MB' },
      {
        what: 'fitserve: memory, most of all processes at one moment',
        value: mean(own.map(({ memory: { together } }) => together)),
        unit: 'MB',
      },
      { what: 'fitserve: accuracy on the rows of validation', value: own[0]?.seen ?? Number.NaN, unit: '' },
    ]
    const lacks = missingEnvironment('python')
    if (lacks) return { goals: {}, details, skipped: [`Keras (needs ${lacks})`] }
    return beside(bench, { file, epochs, rounds }, { time, memory }, details)
  },
}

async function byFitserve(file: string, epochs: number) {
  const recipe = { ...RECIPE, epochs }
  return runJob(
    { model: 'imdb', file, recipe, features: { text: 'A wonderful film' } },
    async (_url, version) => {
      const { metrics } = Evaluation.parse(await (await fetch(`${version}/evaluation`)).json())
      return metrics.accuracy
    },
  )
}

async function beside(
  bench: Bench,
  { file, epochs, rounds }: { file: string; epochs: number; rounds: number },
  own: { time: number; memory: number },
  details: Detail[],
): Promise<Outcome> {
  const runs: (z.infer<typeof Printed> & { memory: number })[] = []
  for (let round = 0; round < rounds; round++)
    runs.push(
      await bench.step('Keras imports, reads, tokenizes and fits', async () => {
        const { printed, memory } = await runScript('python', 'keras_imdb.py', [file, String(epochs)])
        return { ...Printed.parse(printed), memory: memory.peaks }
      }),
    )
  const part = (name: keyof (typeof runs)[number]) => mean(runs.map((run) => run[name]))
  const time = part('import') + part('read') + part('tokenize') + part('fit')
  const memory = part('memory')
  return {
    goals: { 'imdb-time': time / own.time, 'imdb-memory': memory / own.memory },
    details: [
      ...details,
      { what: 'Keras: import', value: part('import'), unit: 's' },
      { what: 'Keras: read', value: part('read'), unit: 's' },
      { what: 'Keras: tokenize', value: part('tokenize'), unit: 's' },
      { what: 'Keras: fit', value: part('fit'), unit: 's' },
      { what: 'Keras: all', value: time, unit: 's' },
      { what: 'Keras: memory', value: memory, unit: 'MB' },
      { what: 'Keras: accuracy on the rows of validation, best epoch', value: part('accuracy'), unit: '' },
    ],
    skipped: [],
  }
}

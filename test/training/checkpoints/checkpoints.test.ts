import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Table } from '../../../src/datasets/table.ts'
import { Random } from '../../../src/evaluation/random.ts'
import { completeRecipe, RecipeInput } from '../../../src/recipe/index.ts'
import { RunCheckpoints } from '../../../src/training/checkpoints/checkpoints.ts'
import { execute } from '../../../src/training/runs.ts'
import { tf } from '../../../src/training/tensorflow/tf.ts'
import type { CheckpointFiles, TrainingRun } from '../../../src/training-contract.ts'

const ROWS = 48
const WORDS = ['good', 'bad', 'fine', 'dull', 'bright', 'slow', 'quick', 'flat', 'warm', 'cold']

function reviews(): Table {
  const random = new Random(3, 'reviews')
  const labels = Array.from({ length: ROWS }, (_, row) => (row % 2 ? 'pos' : 'neg'))
  const texts = labels.map((label) =>
    Array.from({ length: 6 }, () => {
      const own = random.next() < 0.6
      const half = Math.floor(random.next() * 5) * 2 + (label === 'pos' ? 0 : 1)
      return WORDS[own ? half : Math.floor(random.next() * 10)]
    }).join(' '),
  )
  return {
    rows: ROWS,
    columns: new Map([
      ['text', { type: 'text', values: texts }],
      ['label', { type: 'category', values: labels }],
    ]),
  }
}

const table = reviews()
const columns = [
  { name: 'text', type: 'text' as const, missing: 0, meanLength: 30 },
  { name: 'label', type: 'category' as const, missing: 0, classes: { neg: ROWS / 2, pos: ROWS / 2 } },
]

function complete(input: object) {
  const { recipe, problems } = completeRecipe(RecipeInput.parse(input), { rows: ROWS, columns })
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

/** A folder in memory, as the jobs' room keeps checkpoints. */
class Kept implements CheckpointFiles {
  readonly done: Uint8Array[] = []
  running: Uint8Array[] = []
  saves = 0

  read = async () => [...this.done, ...this.running]
  save = async (kind: 'done' | 'running', bytes: Uint8Array) => {
    this.saves += 1
    if (kind === 'done') this.done.push(bytes)
    else this.running = [bytes]
  }
}

/** Runs with a checkpoint at each epoch's end; `ends` fails the process at that report. */
async function run(
  recipe: ReturnType<typeof complete>,
  how: TrainingRun,
  kept: Kept | null,
  ends = Infinity,
) {
  let reports = 0
  const checkpoints = kept ? await RunCheckpoints.open(kept, 0) : undefined
  const result = await execute({
    recipe,
    table,
    run: how,
    signal: new AbortController().signal,
    checkpoints,
    onProgress: async () => {
      reports += 1
      if (reports === ends) throw new Error('killed')
    },
  })
  return { result, reports }
}

const bits = ({ result }: Awaited<ReturnType<typeof run>>) => ({
  history: result.history,
  evaluation: result.evaluation,
  encoder: result.model?.encoder,
  weights: result.model?.members.map(({ fronts, layers }) =>
    [
      ...fronts.map(({ embedding }) => embedding),
      ...layers.flatMap(({ kernel, bias }) => [kernel, bias]),
    ].map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength).toString('hex'),
    ),
  ),
})

const BAGS = { type: 'multiHot', numWords: 400, ngrams: [1, 2] }
const WORDS_IN_ORDER = { type: 'sequence', numWords: 20, maxLength: 6, embedding: 4, pooling: 'average' }
const OPTIMIZERS = [
  { type: 'sgd', learningRate: 0.05, momentum: 0.9 },
  { type: 'rmsprop', learningRate: 0.01 },
  { type: 'rmsprop', learningRate: 0.01, centered: true, momentum: 0.5 },
  { type: 'adam', learningRate: 0.01 },
  { type: 'adamW', learningRate: 0.01 },
  { type: 'adagrad', learningRate: 0.05 },
]
const SHAPES: { name: string; recipe: object; how: TrainingRun; engines: string[] }[] = [
  {
    name: 'early stopping and a last fit',
    recipe: { earlyStopping: { patience: 2, restoreBest: true }, finalEpochs: 'best' },
    how: { kind: 'whole' },
    engines: ['typed', 'tensorflow'],
  },
  { name: 'an ensemble', recipe: { ensemble: 2 }, how: { kind: 'whole' }, engines: ['typed', 'tensorflow'] },
  {
    name: 'folds in one process',
    recipe: { validation: { kFold: 3 } },
    how: { kind: 'whole' },
    engines: ['typed', 'tensorflow'],
  },
  {
    name: 'a fold alone',
    recipe: { validation: { kFold: 3 } },
    how: { kind: 'fold', fold: 2, repeat: 1 },
    engines: ['typed', 'tensorflow'],
  },
  {
    name: 'embeddings',
    recipe: { encoder: WORDS_IN_ORDER },
    how: { kind: 'whole' },
    engines: ['tensorflow'],
  },
]

describe('a run that was killed and goes on from its checkpoints', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  for (const { name, recipe, how, engines } of SHAPES)
    for (const engine of engines)
      it(`ends with the same bits: ${name}, ${engine}`, async () => {
        const options = fc.record({
          optimizer: fc.constantFrom(...OPTIMIZERS),
          dropout: fc.constantFrom(0, 0.3),
          batchSize: fc.constantFrom(1, 7, 48),
          schedule: fc.constantFrom(
            { type: 'cosine' },
            { type: 'reduceOnPlateau', patience: 1, factor: 0.5 },
            null,
          ),
          seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
          kills: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 3 }),
        })
        await fc.assert(
          fc.asyncProperty(options, async ({ optimizer, dropout, batchSize, schedule, seed, kills }) => {
            const whole = complete({
              encoder: BAGS,
              epochs: 5,
              validation: { split: 0.25 },
              ensemble: 1,
              engine,
              layers: [{ units: 3, dropout, l2: 0 }],
              optimizer,
              batchSize,
              seed,
              learningRateSchedule: schedule,
              ...recipe,
            })
            const straight = await run(whole, how, null)
            const kept = new Kept()
            for (const share of kills) {
              const at = 1 + Math.floor(share * (straight.reports - 1))
              await run(whole, how, kept, at).catch((error: Error) => expect(error.message).toBe('killed'))
            }
            expect(bits(await run(whole, how, kept))).toEqual(bits(straight))
          }),
          { numRuns: engine === 'typed' ? 25 : 4 },
        )
      })

  it('does not do again what was kept', async () => {
    const recipe = complete({ encoder: BAGS, epochs: 30, validation: { split: 0.25 }, ensemble: 1 })
    const kept = new Kept()
    // The first report is of the encoder, each further one of an epoch, kept but for the last.
    await run(recipe, { kind: 'whole' }, kept, 1 + 25).catch(() => {})
    expect(kept.saves).toBe(24)
    await run(recipe, { kind: 'whole' }, kept)
    expect(kept.saves, 'epochs 25 to 29, then the whole').toBe(24 + 5 + 1)
    await run(recipe, { kind: 'whole' }, kept)
    expect(kept.saves).toBe(30)
  })

  it('begins anew where what was kept is of another form', async () => {
    const recipe = complete({ encoder: BAGS, epochs: 3, validation: { split: 0.25 }, ensemble: 1 })
    const kept = new Kept()
    kept.running = [new Uint8Array(0), Buffer.from('nothing'), Buffer.from([2, 0, 0, 0, 0x7b, 0x7d])]
    const how: TrainingRun = { kind: 'whole' }
    expect(bits(await run(recipe, how, kept))).toEqual(bits(await run(recipe, how, null)))
  })
})

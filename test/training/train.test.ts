import { createHash } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Table } from '../../src/datasets/table.ts'
import { FitserveError } from '../../src/errors.ts'
import { Random } from '../../src/evaluation/random.ts'
import { rowEncoder } from '../../src/models/encoders/row-encoder.ts'
import { SparseRow } from '../../src/models/encoders/sparse-row.ts'
import { termsOf } from '../../src/models/encoders/text.ts'
import { createNetwork } from '../../src/models/network/network.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { TableDescription } from '../../src/recipe/table.ts'
import { writeLayersModel } from '../../src/training/keras-files/layers-model.ts'
import { tf } from '../../src/training/tensorflow/tf.ts'
import { train } from '../../src/training/train.ts'
import type { TrainingProgress } from '../../src/training-contract.ts'

/** y = 10 · a − 5 · (kind is "x") + noise, with gaps in a and in y. */
function houses(rows = 300): { table: Table; description: TableDescription } {
  const random = new Random(5, 'houses')
  const a = Float64Array.from({ length: rows }, (_, row) => (row % 20 === 3 ? Number.NaN : random.next() * 4))
  const kind = Array.from({ length: rows }, () => (random.next() < 0.5 ? 'x' : 'y'))
  const y = a.map((value, row) =>
    row % 50 === 7
      ? Number.NaN
      : 10 * (Number.isNaN(value) ? 2 : value) - (kind[row] === 'x' ? 5 : 0) + random.next(),
  )
  const table: Table = {
    rows,
    columns: new Map([
      ['a', { type: 'number', values: a }],
      ['kind', { type: 'category', values: kind }],
      ['y', { type: 'number', values: y }],
    ]),
  }
  const columns: TableDescription['columns'] = [
    { name: 'a', type: 'number', missing: rows / 20, distinct: 200, min: 0, max: 4 },
    { name: 'kind', type: 'category', missing: 0, classes: { x: rows / 2, y: rows / 2 } },
    { name: 'y', type: 'number', missing: rows / 50, distinct: 200, min: -5, max: 41 },
  ]
  return { table, description: { rows, columns } }
}

function reviews(rows = 200): { table: Table; description: TableDescription } {
  const random = new Random(6, 'reviews')
  const good = ['great', 'lovely', 'superb']
  const bad = ['awful', 'dull', 'boring']
  const labels = Array.from({ length: rows }, () => (random.next() < 0.3 ? 'pos' : 'neg'))
  const texts = labels.map((label) => {
    const words = label === 'pos' ? good : bad
    return `the film was ${words[random.uint32() % 3]} and ${words[random.uint32() % 3]} number ${random.uint32() % 50}`
  })
  const pos = labels.filter((label) => label === 'pos').length
  const table: Table = {
    rows,
    columns: new Map([
      ['text', { type: 'text', values: texts }],
      ['label', { type: 'category', values: labels }],
    ]),
  }
  const columns: TableDescription['columns'] = [
    { name: 'text', type: 'text', missing: 0, meanLength: 40 },
    { name: 'label', type: 'category', missing: 0, classes: { neg: rows - pos, pos } },
  ]
  return { table, description: { rows, columns } }
}

async function run(
  input: object,
  data: { table: Table; description: TableDescription },
  signal = new AbortController().signal,
) {
  const { recipe, problems } = completeRecipe(
    // So few rows would be validated by k-fold.
    RecipeInput.parse({ validation: { split: 0.2 }, ...input }),
    data.description,
  )
  if (!recipe) throw new Error(JSON.stringify(problems))
  const progress: TrainingProgress[] = []
  const onProgress = async (each: TrainingProgress) => void progress.push(each)
  const result = await train({ recipe, table: data.table, onProgress, signal })
  const files = await writeLayersModel(result.members)
  const predictor = loadPredictor({
    encoder: Buffer.from(JSON.stringify(result.encoder)),
    model: files['model.json'],
    weights: files['weights.bin'],
  })
  return {
    ...result,
    progress,
    predictor,
    weights: createHash('sha256').update(files['weights.bin']).digest('hex'),
  }
}

describe('training', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  it('ends at once, by the fields to change, where the engine that was named cannot hold the network', async () => {
    const layers = [{ units: 2_000, dropout: 0.5 }]
    const input = { engine: 'typed', layers, batchSize: 200_000, target: 'y', epochs: 1 }
    const failure = await run(input, houses(200_000)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(FitserveError)
    // 156,800 rows, for each unit of which a step keeps four numbers.
    expect(failure).toMatchObject({
      code: 'training-failed',
      message: expect.stringMatching(
        /^recipe\.engine is "typed", .* take 4\.7 GiB\. .* recipe\.layers, or a smaller recipe\.batchSize\.$/,
      ),
    })
  })

  it('keeps the weights of the best epoch, or of the last one where restoreBest is false', async () => {
    // The rate is far too large, so that the loss does not fall at every epoch.
    const optimizer = { type: 'sgd', learningRate: 0.3 }
    const recipe = { epochs: 12, batchSize: 16, layers: [{ units: 4 }], optimizer }
    const lossOf = async (restoreBest: boolean) => {
      const { history, evaluation } = await run(
        { ...recipe, earlyStopping: { patience: null, restoreBest } },
        houses(60),
      )
      const { loss } = evaluation ?? { loss: Number.NaN }
      return {
        loss,
        bestEpoch: history.bestEpoch ?? 0,
        valLoss: z.array(z.number()).parse(history['valLoss']),
      }
    }
    const best = await lossOf(true)
    const last = await lossOf(false)
    expect(last.valLoss).toEqual(best.valLoss)
    expect(best.bestEpoch).toBeLessThan(12)
    expect(best.valLoss).toHaveLength(12)
    expect(best.loss).toBeCloseTo(best.valLoss[best.bestEpoch - 1] ?? 0, 5)
    expect(best.loss).toBeCloseTo(Math.min(...best.valLoss), 5)
    expect(last.loss).toBeCloseTo(last.valLoss[11] ?? 0, 5)
    expect(last.loss).toBeGreaterThan(best.loss)
  })

  it('learns a price from a number with gaps and a category, in its own unit', async () => {
    const { predictor, evaluation, rows, history } = await run({ epochs: 60 }, houses())
    expect(rows).toEqual({ training: 235, validation: 59 })
    expect(evaluation?.metrics['mae']).toBeLessThan(1.5)
    expect(history['valMae']).toHaveLength(60)
    const value = (row: Record<string, string | number | null>) => {
      const answer = predictor.predict(row)
      return 'value' in answer ? answer.value : Number.NaN
    }
    expect(value({ a: 3, kind: 'y' })).toBeGreaterThan(27)
    expect(value({ a: 3, kind: 'x' })).toBeLessThan(value({ a: 3, kind: 'y' }) - 3)
    expect(Math.abs(value({ a: null, kind: 'y' }) - 20.5)).toBeLessThan(4)
    expect(predictor.check({ a: '3', kind: 'y' }, '/features').first).toEqual([])
    expect(value({ a: '3', kind: 'y' })).toBe(value({ a: 3, kind: 'y' }))
    expect(predictor.check({ a: 'three', kind: 'y' }, '/features').first).toEqual([
      { path: '/features/a', message: 'Expected a number, got a text.' },
    ])
  })

  it('learns names in one normal form, also from a table of an earlier release that has two', async () => {
    const composed = 'caf\u00e9'
    const decomposed = 'cafe\u0301'
    const { table, description } = houses()
    const of = (row: number) => (row % 2 ? composed : decomposed)
    const kinds = Array.from({ length: table.rows }, (_, row) => (row % 3 ? of(row) : 'x'))
    const { predictor } = await run(
      { epochs: 2, target: 'y', inputs: [composed, 'a'], columns: { [composed]: { unseen: 'refuse' } } },
      {
        table: {
          ...table,
          columns: new Map([...table.columns, [decomposed, { type: 'category', values: kinds }]]),
        },
        description: {
          ...description,
          columns: [
            {
              name: decomposed,
              type: 'category',
              missing: 0,
              classes: { [composed]: 100, [decomposed]: 100, x: 100 },
            },
            ...description.columns,
          ],
        },
      },
    )
    expect(predictor.inputs.map(({ name }) => name)).toEqual([decomposed, 'a'])
    const answers = [composed, decomposed].flatMap((key) =>
      [composed, decomposed].map((value) => {
        const row = predictor.named({ [key]: value, a: 1 })
        expect(predictor.check(row, '/features').first).toEqual([])
        return predictor.predict({ [decomposed]: value, a: 1 })
      }),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    const twice = { [composed]: 'x', [decomposed]: 'x', a: 1 }
    expect(predictor.check(predictor.named(twice), '').first).toMatchObject([{ path: `/${composed}` }])
  })

  it('learns the tone of texts and keeps the best epoch', async () => {
    const { predictor, evaluation, history } = await run(
      { epochs: 30, metrics: ['accuracy', 'auc'] },
      reviews(),
    )
    expect(evaluation?.metrics['accuracy']).toBeGreaterThan(0.95)
    expect(history.bestEpoch).not.toBeNull()
    const answer = predictor.predict({ text: 'superb and lovely' })
    expect(answer).toMatchObject({ label: 'pos' })
    if (!('probabilities' in answer)) throw new Error('no classifier')
    expect((answer.probabilities['pos'] ?? 0) + (answer.probabilities['neg'] ?? 0)).toBeCloseTo(1, 12)
    expect(predictor.textInput).toBe('text')
  })

  it('gives the same weights for the same seed, bit for bit, and others for another', async () => {
    const recipe = { epochs: 3, layers: [{ units: 8, dropout: 0.3, l2: 0.001 }], optimizer: 'adam' }
    const first = await run(recipe, reviews())
    const second = await run(recipe, reviews())
    const other = await run({ ...recipe, seed: 2 }, reviews())
    expect(second.weights).toBe(first.weights)
    expect(other.weights).not.toBe(first.weights)
  })

  it('gives equal results for integer and one-hot labels', async () => {
    const data = reviews()
    const both = await Promise.all(
      ['integer', 'oneHot'].map((labels) => run({ task: 'multiclass', labels, epochs: 3 }, data)),
    )
    expect(both[0]?.weights).toBe(both[1]?.weights)
    expect(both[0]?.history['loss']).toEqual(both[1]?.history['loss'])
  })

  it('averages an ensemble, whose first network is the one of the recipe without it', async () => {
    const recipe = { epochs: 4, layers: [{ units: 8, dropout: 0.2 }], metrics: ['accuracy'] }
    const single = await run(recipe, reviews())
    const three = await run({ ...recipe, ensemble: 3 }, reviews())
    const again = await run({ ...recipe, ensemble: 3 }, reviews())
    expect(again.weights).toBe(three.weights)
    expect(three.members).toHaveLength(3)
    expect(three.members[0]).toEqual(single.members[0])
    const kernels = three.members.map(({ layers }) => layers[0]?.kernel)
    expect(kernels[1]).not.toEqual(kernels[0])
    expect(kernels[2]).not.toEqual(kernels[1])
    const score = (members: typeof three.members, text: string) => {
      const network = createNetwork(members)
      const row = new SparseRow()
      rowEncoder(three.encoder.inputs).encode(() => text, row)
      return network.outputsOf(row, 0, row.length)[0] ?? Number.NaN
    }
    for (const text of ['superb and dull', 'boring']) {
      const alone = three.members.map((member) => score([member], text))
      const mean = alone.reduce((sum, value) => sum + value / 3, 0)
      const answer = three.predictor.predict({ text })
      expect('score' in answer ? answer.score : Number.NaN).toBeCloseTo(mean, 12)
    }
    expect(three.history['valLoss']).toHaveLength(4)
    expect(three.history['valLoss']).not.toEqual(single.history['valLoss'])
    const ends = three.progress.filter(({ phase, epoch }) => phase === 'fit' && epoch === 12)
    expect(ends.at(-1)).toMatchObject({ epochs: 12, etaSeconds: 0 })
    expect(three.progress.filter(({ epochEnded }) => epochEnded)).toHaveLength(4)
  })

  it('fits all networks of an ensemble once more for finalEpochs', async () => {
    const { members, history } = await run({ epochs: 3, ensemble: 2, finalEpochs: 2 }, reviews())
    expect(members).toHaveLength(2)
    expect(history.final?.['loss']).toHaveLength(2)
  })

  it('stops early with patience, and without restoring keeps the last weights', async () => {
    const stopped = await run(
      { epochs: 200, earlyStopping: { patience: 2 }, optimizer: { type: 'rmsprop', learningRate: 0.05 } },
      houses(),
    )
    const epochs = stopped.history.epochs.length
    expect(epochs).toBeLessThan(200)
    expect(stopped.history.bestEpoch).toBe(epochs - 2)
    const last = await run({ epochs: 4, earlyStopping: null }, houses())
    expect(last.history.epochs).toHaveLength(4)
  })

  it('fits once more on all rows for finalEpochs', async () => {
    const { history, evaluation, encoder, lastFit, rows } = await run(
      { epochs: 10, finalEpochs: 'best' },
      reviews(),
    )
    expect(history.final?.['loss']).toHaveLength(history.bestEpoch ?? 0)
    expect(history.final).not.toHaveProperty('valLoss')
    expect(evaluation?.rows).toBe(40)
    expect(lastFit).toEqual({ epochs: history.bestEpoch, rows: 200 })
    expect(rows).toEqual({ training: 160, validation: 40 })
    const [text] = encoder.inputs
    expect(text?.state.kind === 'text' && termsOf(text.state).length).toBeGreaterThan(50)
  })

  it('keeps by default the network that a fit on all rows gives, and evaluates the one that saw the training rows', async () => {
    const plain = await run({ epochs: 4, finalEpochs: null }, reviews(1_200))
    expect(plain.lastFit).toBeNull()
    const twice = await run({ epochs: 4 }, reviews(1_200))
    expect(twice.evaluation).toEqual(plain.evaluation)
    expect(twice.heldOut).toEqual(plain.heldOut)
    const epochs = twice.history.bestEpoch ?? 0
    expect(twice.lastFit).toEqual({ epochs, rows: 1_200 })
    const all = await run({ epochs, validation: null }, reviews(1_200))
    expect(twice.weights).toBe(all.weights)
  })

  it('counts the epochs of the last fit on from those of the first, and reports only these as ended', async () => {
    const { progress } = await run({ epochs: 3, finalEpochs: 2, ensemble: 2 }, reviews())
    expect(progress.filter(({ epochEnded }) => epochEnded).map(({ epoch }) => epoch)).toEqual([1, 2, 3])
    const epochs = progress.flatMap(({ epoch }) => epoch ?? [])
    expect(epochs.every((epoch, at) => epoch >= (epochs[at - 1] ?? 0))).toBe(true)
    expect(progress.at(-1)).toMatchObject({ phase: 'fit', epoch: 10, epochs: 10, etaSeconds: 0 })
  })

  it('trains without validation rows and without hidden layers', async () => {
    const { evaluation, history, members } = await run({ epochs: 2, validation: null, layers: [] }, houses())
    expect(evaluation).toBeNull()
    expect(history).not.toHaveProperty('valLoss')
    expect(members[0]?.layers).toHaveLength(1)
  })

  it('trains where no word is frequent enough to get an input', async () => {
    const { predictor } = await run(
      { epochs: 1, encoder: { type: 'multiHot', minCount: 100_000 } },
      reviews(),
    )
    expect(predictor.predict({ text: 'anything' })).toHaveProperty('label')
  })

  it('weighs classes', async () => {
    const plain = await run({ epochs: 2, earlyStopping: null }, reviews())
    const heavy = await run({ epochs: 2, earlyStopping: null, classWeights: { pos: 20 } }, reviews())
    const score = (each: typeof plain) => {
      const answer = each.predictor.predict({ text: 'the film was' })
      return 'score' in answer ? answer.score : Number.NaN
    }
    expect(score(heavy)).toBeGreaterThan(score(plain))
    await expect(run({ epochs: 2, classWeights: { nobody: 2 } }, reviews())).rejects.toThrow(
      'Unknown class \\"nobody\\"',
    )
  })

  it.each(['tensorflow', 'typed'])(
    'says which epoch diverged with the engine %s, and what to do',
    async (engine) => {
      const wild = { targetTransform: 'none', scaling: 'none', engine }
      const diverged = {
        code: 'loss-not-finite',
        message: expect.stringMatching(/In epoch \d+ .*learning rate/),
      }
      const optimizer = { type: 'sgd', learningRate: 1e6 }
      await expect(run({ ...wild, epochs: 50, optimizer }, houses())).rejects.toMatchObject(diverged)
      // The only step still has a loss, and ruins the weights.
      const huge = houses()
      const a = huge.table.columns.get('a')
      if (a?.type === 'number') a.values = a.values.map((value) => value * 1e17)
      const once = { ...wild, epochs: 1, batchSize: 1000, optimizer: { type: 'sgd', learningRate: 1e8 } }
      await expect(run(once, huge)).rejects.toMatchObject(diverged)
      await expect(run({ ...once, validation: null }, huge)).rejects.toMatchObject(diverged)
    },
  )

  it('reports each epoch and ends when it is told to', async () => {
    const { progress } = await run({ epochs: 3, ensemble: 1 }, houses())
    expect(progress.filter((each) => each.epochEnded).map((each) => [each.epoch, each.epochs])).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ])
    const controller = new AbortController()
    const reason = new FitserveError('cancelled', 'The job was cancelled.')
    setTimeout(() => controller.abort(reason), 300)
    await expect(run({ epochs: 100_000 }, houses(), controller.signal)).rejects.toBe(reason)
  })
})

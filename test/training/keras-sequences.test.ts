import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { SparseRow, SparseRowsBuilder } from '../../src/models/encoders/sparse-row.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { fitNetwork } from '../../src/training/fit.ts'
import { score } from '../../src/training/score.ts'
import { tf } from '../../src/training/tensorflow/tf.ts'
import { planOf } from '../../src/training/train.ts'

// Made by keras_sequences.py with Keras 3 on TensorFlow: equal data, starting weights and row order.
const fixture = z
  .object({
    setting: z.object({
      numbers: z.int(),
      length: z.int(),
      words: z.int(),
      dimensions: z.int(),
      units: z.int(),
      batchSize: z.int(),
      epochs: z.int(),
      seed: z.int(),
    }),
    x: z.array(z.array(z.number())),
    ids: z.array(z.array(z.int())),
    y: z.array(z.number()),
    cases: z.array(
      z.object({
        pooling: z.enum(['average', 'max', 'flatten']),
        optimizer: z.enum(['sgd', 'rmsprop', 'adam', 'adagrad']),
        trainingLoss: z.array(z.number()),
        validationLoss: z.array(z.number()),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/keras_sequences.json', import.meta.url), 'utf8')))
const { setting } = fixture

const OPTIMIZERS = {
  sgd: { type: 'sgd', learningRate: 0.1, momentum: 0.9 },
  rmsprop: { type: 'rmsprop', learningRate: 0.01 },
  adam: { type: 'adam', learningRate: 0.02 },
  adagrad: { type: 'adagrad', learningRate: 0.1 },
}

function examples(pooling: 'average' | 'max' | 'flatten') {
  const { numbers, length, words, dimensions } = setting
  const builder = new SparseRowsBuilder(numbers + length)
  for (const [at, values] of fixture.x.entries()) {
    const row = new SparseRow()
    for (const [index, value] of values.entries()) row.add(index, value)
    for (const [place, id] of (fixture.ids[at] ?? []).entries()) if (id > 0) row.add(numbers + place, id)
    builder.add(row)
  }
  const inputs = { numbers, sequences: [{ base: numbers, length, words, dimensions, pooling }] }
  return { rows: builder.build(), inputs, targets: Float32Array.from(fixture.y) }
}

function recipeOf(optimizer: keyof typeof OPTIMIZERS) {
  const { units, batchSize, epochs, seed } = setting
  const input = {
    task: 'binary',
    layers: [{ units, activation: 'tanh' }],
    optimizer: OPTIMIZERS[optimizer],
    batchSize,
    epochs,
    seed,
    metrics: [],
    earlyStopping: null,
    validation: { split: 0.5 },
  }
  const columns = [
    { name: 'x', type: 'number' as const, missing: 0, distinct: 40 },
    { name: 'y', type: 'category' as const, missing: 0, classes: { n: 20, p: 20 } },
  ]
  const { recipe, problems } = completeRecipe(RecipeInput.parse(input), { rows: 40, columns })
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

describe('training with an embedding', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  it.each(fixture.cases)('has the losses of Keras over five epochs: $pooling, $optimizer', async (each) => {
    const recipe = recipeOf(each.optimizer)
    const data = examples(each.pooling)
    const target = { task: 'binary' as const, classes: ['n', 'p'], threshold: 0.5 }
    const { epochs } = await fitNetwork({
      recipe,
      plan: planOf(recipe, target),
      training: data,
      validation: data,
      epochs: recipe.epochs,
      classWeights: null,
      metricsOf: () => ({}),
      onProgress: async () => {},
      signal: new AbortController().signal,
    })
    expect(epochs.map((values) => values['loss'])).toEqual(
      each.trainingLoss.map((loss) => expect.closeTo(loss, 4)),
    )
    expect(epochs.map((values) => values['valLoss'])).toEqual(
      each.validationLoss.map((loss) => expect.closeTo(loss, 4)),
    )
  })

  it.each([
    ['filled', 3],
    ['mostly empty', 13],
  ])(
    'of two sequences beside numbers learns %s rows by the answers that predictions give',
    async (_, every) => {
      const sequences = [
        { base: 2, length: 4, words: 9, dimensions: 3, pooling: 'flatten' as const },
        { base: 6, length: 5, words: 7, dimensions: 2, pooling: 'average' as const },
      ]
      const builder = new SparseRowsBuilder(11)
      const rows = 26
      for (let number = 0; number < rows; number++) {
        const row = new SparseRow()
        for (let place = 0; place < 11; place++) {
          if ((number + place) % every !== 0) continue
          row.add(place, place < 2 ? ((number * 7 + place * 3) % 10) / 10 : 1 + ((number * 5 + place) % 6))
        }
        builder.add(row)
      }
      const targets = Float32Array.from({ length: rows }, (_, row) => row % 2)
      const data = { rows: builder.build(), inputs: { numbers: 2, sequences }, targets }
      const optimizer = { type: 'sgd' as const, learningRate: 1e-9, momentum: 0, nesterov: false }
      const recipe = { ...recipeOf('sgd'), optimizer, batchSize: 4 }
      const target = { task: 'binary' as const, classes: ['n', 'p'], threshold: 0.5 }
      const { epochs, weights } = await fitNetwork({
        recipe,
        plan: planOf(recipe, target),
        training: data,
        validation: data,
        epochs: 1,
        classWeights: null,
        metricsOf: () => ({}),
        onProgress: async () => {},
        signal: new AbortController().signal,
      })
      const { logits } = score([weights], data)
      expect(new Set(logits).size).toBeGreaterThan(5)
      const losses = Array.from(logits, (logit, row) =>
        Math.log1p(Math.exp(targets[row] === 1 ? -logit : logit)),
      )
      const loss = losses.reduce((sum, each) => sum + each, 0) / rows
      expect([epochs[0]?.['loss'], epochs[0]?.['valLoss']]).toEqual([
        expect.closeTo(loss, 5),
        expect.closeTo(loss, 5),
      ])
    },
  )
})

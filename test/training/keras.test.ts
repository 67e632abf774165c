import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { SparseRow, SparseRowsBuilder } from '../../src/models/encoders/sparse-row.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { fitNetwork } from '../../src/training/fit.ts'
import { tf } from '../../src/training/tensorflow/tf.ts'
import { planOf } from '../../src/training/train.ts'

// Made by keras_curves.py with Keras 3 on TensorFlow: equal data, starting weights and row order.
const Case = z.object({
  optimizer: z.string(),
  loss: z.string(),
  l1: z.number().default(0),
  l2: z.number().default(0),
  activation: z.string().default('relu'),
  classWeights: z.array(z.number()).optional(),
  /** Fields of the recipe that the case changes. */
  recipe: z.record(z.string(), z.unknown()).default({}),
  trainingLoss: z.array(z.number()),
  validationLoss: z.array(z.number()),
})
const fixture = z
  .object({
    setting: z.object({
      inputs: z.int(),
      units: z.int(),
      batchSize: z.int(),
      epochs: z.int(),
      seed: z.int(),
    }),
    x: z.array(z.array(z.number())),
    targets: z.record(z.enum(['binary', 'multiclass', 'regression']), z.array(z.number())),
    cases: z.array(Case),
  })
  .parse(JSON.parse(readFileSync(new URL('../fixtures/keras_curves.json', import.meta.url), 'utf8')))

const OPTIMIZERS: Record<string, object> = {
  sgd: { type: 'sgd', learningRate: 0.01 },
  sgdMomentum: { type: 'sgd', learningRate: 0.01, momentum: 0.9 },
  sgdNesterov: { type: 'sgd', learningRate: 0.01, momentum: 0.9, nesterov: true },
  rmsprop: { type: 'rmsprop', learningRate: 0.01 },
  rmspropCentered: { type: 'rmsprop', learningRate: 0.01, momentum: 0.5, centered: true },
  adam: { type: 'adam', learningRate: 0.01 },
  adamW: { type: 'adamW', learningRate: 0.01, weightDecay: 0.05 },
  adagrad: { type: 'adagrad', learningRate: 0.05 },
}

function setting(name: string) {
  if (name === 'sparseCategoricalCrossentropy') return { task: 'multiclass', loss: name } as const
  if (name === 'binaryCrossentropy') return { task: 'binary', loss: name } as const
  if (name === 'meanSquaredErrorBinary') return { task: 'binary', loss: 'meanSquaredError' } as const
  return { task: 'regression', loss: name } as const
}

function examples(task: 'binary' | 'multiclass' | 'regression') {
  const builder = new SparseRowsBuilder(fixture.setting.inputs)
  for (const values of fixture.x) {
    const row = new SparseRow()
    for (const [index, value] of values.entries()) row.add(index, value)
    builder.add(row)
  }
  const inputs = { numbers: fixture.setting.inputs, sequences: [] }
  return { rows: builder.build(), inputs, targets: Float32Array.from(fixture.targets[task]) }
}

function recipeOf(each: (typeof fixture.cases)[number], engine: 'tensorflow' | 'typed') {
  const { task, loss } = setting(each.loss)
  const { units, batchSize, epochs, seed } = fixture.setting
  const layers = [{ units, activation: each.activation, l1: each.l1, l2: each.l2 }]
  const input = {
    task,
    loss,
    layers,
    optimizer: OPTIMIZERS[each.optimizer],
    batchSize,
    epochs,
    seed,
    engine,
    targetTransform: 'none',
    metrics: [],
    earlyStopping: null,
    ...each.recipe,
  }
  const classes = task === 'binary' ? { n: 24, p: 24 } : { a: 16, b: 16, c: 16 }
  const target =
    task === 'regression'
      ? { type: 'number' as const, distinct: 48, min: -9, max: 9 }
      : { type: 'category' as const, classes }
  const columns = [
    { name: 'x', type: 'number' as const, missing: 0, distinct: 48 },
    { name: 'y', missing: 0, ...target },
  ]
  const { recipe, problems } = completeRecipe(RecipeInput.parse(input), { rows: 48, columns })
  if (!recipe) throw new Error(JSON.stringify(problems))
  return recipe
}

function close(value: number | null | undefined, expected: number) {
  expect(Math.abs((value ?? Number.NaN) - expected)).toBeLessThan(1e-4)
}

describe.each(['tensorflow', 'typed'] as const)('training by %s', (engine) => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  it.each(
    fixture.cases.map(
      (each) =>
        [
          `${each.optimizer}, ${each.loss}, ${each.activation}${each.l1 ? ', l1 and l2' : ''}${each.classWeights ? ', class weights' : ''} ${Object.keys(each.recipe).length > 0 ? JSON.stringify(each.recipe) : ''}`,
          each,
        ] as const,
    ),
  )('has the losses of Keras over five epochs: %s', async (_, each) => {
    const recipe = recipeOf(each, engine)
    const { task } = setting(each.loss)
    const data = examples(task)
    const target =
      task === 'binary'
        ? { task, classes: ['n', 'p'], threshold: 0.5 }
        : task === 'multiclass'
          ? { task, classes: ['a', 'b', 'c'] }
          : { task, log: false, shift: 0, scale: 1 }
    const { epochs } = await fitNetwork({
      recipe,
      plan: planOf(recipe, target),
      training: data,
      validation: data,
      epochs: recipe.epochs,
      classWeights: each.classWeights ?? null,
      metricsOf: () => ({}),
      onProgress: async () => {},
      signal: new AbortController().signal,
    })
    for (const [epoch, expected] of each.trainingLoss.entries()) close(epochs[epoch]?.['loss'], expected)
    for (const [epoch, expected] of each.validationLoss.entries()) close(epochs[epoch]?.['valLoss'], expected)
    expect(epochs.length).toBe(each.trainingLoss.length)
  })
})

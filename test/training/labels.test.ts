import { afterAll, describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { Random } from '../../src/evaluation/random.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { signatureOf } from '../../src/models/signature.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import { listCell } from '../../src/recipe/lists.ts'
import type { TableDescription } from '../../src/recipe/table.ts'
import { measuredBoth } from '../../src/training/compared-answers.ts'
import { chooseRows } from '../../src/training/data/rows.ts'
import { evaluate } from '../../src/training/evaluate.ts'
import { writeDenseModel } from '../../src/training/keras-files/dense-model.ts'
import { execute } from '../../src/training/runs.ts'
import { tf } from '../../src/training/tensorflow/tf.ts'
import { train } from '../../src/training/train.ts'

/** Rows whose labels follow from two numbers: "up" and "big" often, "rare" seldom; some have none. */
function made(rows: number, form: 'list' | 'category'): { table: Table; description: TableDescription } {
  const random = new Random(9, 'labels')
  const x = Float64Array.from({ length: rows }, () => random.next() * 2 - 1)
  const y = Float64Array.from({ length: rows }, () => random.next() * 2 - 1)
  const labels = Array.from(x, (value, row) => [
    ...(value > 0.2 ? ['up'] : []),
    ...((y[row] ?? 0) > 0 ? ['big'] : []),
    ...(value + (y[row] ?? 0) < -1.5 ? ['rare'] : []),
  ])
  const cells = labels.map((own) => (form === 'list' ? listCell(own) : own.join(' | ') || '|'))
  const counts = new Map<string, number>()
  for (const each of form === 'list' ? labels.flat() : cells) counts.set(each, (counts.get(each) ?? 0) + 1)
  const table: Table = {
    rows,
    columns: new Map([
      ['x', { type: 'number', values: x }],
      ['y', { type: 'number', values: y }],
      ['tags', { type: 'category', values: cells }],
    ]),
  }
  const number = { type: 'number' as const, missing: 0, distinct: rows, min: -1, max: 1 }
  const columns = [
    { name: 'x', ...number },
    { name: 'y', ...number },
    { name: 'tags', type: form, missing: 0, classes: Object.fromEntries(counts) },
  ]
  return { table, description: { rows, columns } }
}

function inputOf(input: object, form: 'list' | 'category' = 'list', rows = 400) {
  const { table, description } = made(rows, form)
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({
      multiLabel: true,
      layers: [{ units: 12 }],
      optimizer: { type: 'adam', learningRate: 0.02 },
      batchSize: 32,
      epochs: 25,
      ...input,
    }),
    description,
  )
  if (!recipe) throw new Error(JSON.stringify(problems))
  return { recipe, table, onProgress: async () => {}, signal: new AbortController().signal }
}

describe('a target with any number of labels in a row', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  it('is learnt alike by both engines, from lists and from texts', async () => {
    const split = { validation: { split: 0.25 } }
    const results = await Promise.all([
      train(inputOf({ ...split, engine: 'typed' })),
      train(inputOf({ ...split, engine: 'tensorflow' })),
      train(inputOf({ ...split, engine: 'typed' }, 'category')),
    ])
    const [typed, tensorflow, fromTexts] = results.map(({ history }) => history['valLoss'] as number[])
    for (const [epoch, loss] of (typed ?? []).entries()) {
      expect(Math.abs(loss - (tensorflow?.[epoch] ?? 0))).toBeLessThan(1e-4)
      expect(loss).toBe(fromTexts?.[epoch])
    }
    const [{ evaluation, encoder, members } = results[1]] = results
    expect(evaluation?.classes).toEqual(['big', 'rare', 'up'])
    expect(evaluation?.metrics['f1Micro']).toBeGreaterThan(0.9)
    expect(evaluation?.metrics['subsetAccuracy']).toBeGreaterThan(
      evaluation?.baseline?.['subsetAccuracy'] ?? 1,
    )
    const files = writeDenseModel(members)
    const predictor = loadPredictor({
      encoder: Buffer.from(JSON.stringify(encoder)),
      model: files['model.json'],
      weights: files['weights.bin'],
    })
    const both = predictor.predict({ x: 0.9, y: 0.5 })
    if (!('labels' in both)) throw new Error('a prediction without labels')
    expect(both.labels.map(({ label }) => label).sort()).toEqual(['big', 'up'])
    const [first, second] = both.labels.map(({ score }) => score)
    expect(first).toBeGreaterThanOrEqual(second ?? 1)
    expect(Object.keys(both.probabilities)).toEqual(['big', 'rare', 'up'])
    expect(predictor.predict({ x: -0.4, y: -0.5 })).toMatchObject({ labels: [] })
    expect(signatureOf(encoder).output).toMatchObject({ type: 'labels', classes: ['big', 'rare', 'up'] })
  })

  it('has thresholds that validation rows choose, and the figures of rows that chose none', async () => {
    const chosen = await train(inputOf({ epochs: 4, validation: { split: 0.25 } }))
    const given = await train(
      inputOf({ epochs: 4, validation: { split: 0.25 }, multiLabel: { threshold: 0.35 } }),
    )
    const thresholdsOf = ({ encoder: { target } }: typeof chosen) =>
      target.task === 'multiLabel' ? target.thresholds : []
    expect(thresholdsOf(given)).toEqual([0.35, 0.35, 0.35])
    expect(new Set(thresholdsOf(chosen)).size).toBe(3)
    expect(chosen.members).toEqual(given.members)
    expect(chosen.evaluation?.loss).toBe(given.evaluation?.loss)
    const final = await train(inputOf({ epochs: 4, validation: { split: 0.25 }, finalEpochs: 2 }))
    expect(thresholdsOf(final)).toEqual(thresholdsOf(chosen))
  })

  it('is validated by folds, which choose thresholds for each other', async () => {
    const input = { epochs: 6, validation: { kFold: 3 }, ensemble: 2 }
    const { evaluation, model, heldOut } = await execute({ ...inputOf(input), run: { kind: 'whole' } })
    const { support, answered } = evaluation?.perClass?.['up'] ?? { support: 0, answered: 0 }
    expect(support).toBeGreaterThan(100)
    expect(answered).toBeGreaterThan(0)
    expect(evaluation?.folds).toHaveLength(3)
    expect(evaluation?.mean?.['f1Macro']).toBeGreaterThan(0.5)
    const target = model?.encoder.target
    if (target?.task !== 'multiLabel' || !heldOut) throw new Error('expected labels and held-out answers')
    expect(new Set(target.thresholds).size).toBe(3)
    // Both versions are the same, so neither is better on the rows that both have held out.
    const { table, recipe } = inputOf(input)
    const answers = { target, outputs: 3, values: heldOut.values }
    const [own, other] = measuredBoth(
      { type: 'f1Micro' },
      [String(recipe.target)],
      { table, rows: heldOut.rows },
      [answers, answers],
    )
    expect(own).toBe(other)
    expect(own).toBeGreaterThan(0.5)
    const fewer = { ...target, classes: ['big', 'up'], thresholds: [0.5, 0.5] }
    const [, less] = measuredBoth(
      { type: 'subsetAccuracy' },
      [String(recipe.target)],
      { table, rows: heldOut.rows },
      [answers, { target: fewer, outputs: 2, values: heldOut.values.filter((_, at) => at % 3 !== 1) }],
    )
    expect(less).toBeGreaterThan(0)
  })

  it('has each rare label in every part', () => {
    const { recipe, table } = inputOf({ validation: { kFold: 4 } })
    const rare = (rows: Uint32Array | null) =>
      [...(rows ?? [])].filter((row) => String(table.columns.get('tags')?.values[row]).includes('rare'))
        .length
    const counts = [1, 2, 3, 4].map((fold) =>
      rare(chooseRows(recipe, table, { from: null, fold: { fold, repeat: 1 } }).validation),
    )
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    expect(Math.min(...counts)).toBeGreaterThan(0)
  })

  it('is evaluated with the thresholds of the version', () => {
    const { recipe } = inputOf({})
    const scored = {
      rows: 2,
      outputs: 2,
      logits: Float64Array.of(0, -1, 1, 2),
      truth: Float64Array.of(1, 0, 0, 1),
    }
    const target = { task: 'multiLabel' as const, classes: ['a', 'b'], separator: '|', shares: [0.5, 0.5] }
    const of = (thresholds: number[]) =>
      evaluate(recipe, { ...target, thresholds }, scored).metrics['subsetAccuracy']
    expect([of([0.5, 0.5]), of([0.4, 0.2]), of([0.9, 0.5])]).toEqual([0.5, 0, 0.5])
  })
})

import { afterAll, describe, expect, it } from 'vitest'
import type { Table } from '../../src/datasets/table.ts'
import { evaluateRegression } from '../../src/evaluation/evaluation.ts'
import { Random } from '../../src/evaluation/random.ts'
import { evaluateSeveral } from '../../src/evaluation/several-targets.ts'
import { loadPredictor } from '../../src/models/predictor.ts'
import { signatureOf } from '../../src/models/signature.ts'
import { completeRecipe, RecipeInput } from '../../src/recipe/index.ts'
import type { TableDescription } from '../../src/recipe/table.ts'
import { measuredBoth } from '../../src/training/compared-answers.ts'
import { labelledRows } from '../../src/training/data/rows.ts'
import { writeDenseModel } from '../../src/training/keras-files/dense-model.ts'
import { execute } from '../../src/training/runs.ts'
import { tf } from '../../src/training/tensorflow/tf.ts'
import { train } from '../../src/training/train.ts'

const TARGETS = ['small', 'large']

/** Rows with two targets of units that differ by a thousand; the first row lacks one, the second the other. */
function made(rows: number): { table: Table; description: TableDescription } {
  const random = new Random(4, 'targets')
  const draw = () => Float64Array.from({ length: rows }, () => random.next() * 2 - 1)
  const x = draw()
  const y = draw()
  const small = x.map((value, row) => (row === 0 ? Number.NaN : value - 0.5 * (y[row] ?? 0)))
  const large = y.map((value, row) => (row === 1 ? Number.NaN : 5_000 + 1_000 * value * value))
  const values = { x, y, small, large }
  const number = { type: 'number' as const, distinct: rows, min: 0, max: 6_000 }
  return {
    table: {
      rows,
      columns: new Map(Object.entries(values).map(([name, own]) => [name, { type: 'number', values: own }])),
    },
    description: {
      rows,
      columns: Object.keys(values).map((name) => ({
        ...number,
        name,
        missing: TARGETS.includes(name) ? 1 : 0,
      })),
    },
  }
}

function inputOf(input: object, rows = 402) {
  const { table, description } = made(rows)
  const { recipe, problems } = completeRecipe(
    RecipeInput.parse({
      target: TARGETS,
      layers: [{ units: 16 }],
      optimizer: { type: 'adam', learningRate: 0.02 },
      batchSize: 32,
      epochs: 30,
      metrics: ['mae', 'r2'],
      loss: 'meanSquaredError',
      ...input,
    }),
    description,
  )
  if (!recipe) throw new Error(JSON.stringify(problems))
  return { recipe, table, onProgress: async () => {}, signal: new AbortController().signal }
}

describe('several targets of one network', () => {
  afterAll(() => expect(tf.memory().numTensors).toBe(0))

  it('are learnt alike by both engines, each on its own scale', async () => {
    const split = { validation: { split: 0.25 } }
    const [typed, tensorflow] = await Promise.all([
      train(inputOf({ ...split, engine: 'typed' })),
      train(inputOf({ ...split, engine: 'tensorflow', targetTransform: { large: 'standardize' } })),
    ])
    const losses = typed.history['valLoss'] as number[]
    const others = tensorflow.history['valLoss'] as number[]
    for (const [epoch, loss] of losses.entries())
      expect(Math.abs(loss - (others[epoch] ?? 0))).toBeLessThan(1e-4)
    const { perTarget = {}, metrics, baseline, rows } = typed.evaluation ?? {}
    expect(rows).toBe(100)
    expect(Object.keys(perTarget)).toEqual(TARGETS)
    for (const name of ['mae', 'rmse', 'r2']) {
      const [small, large] = TARGETS.map((target) => perTarget[target]?.metrics[name] ?? 0)
      expect(metrics?.[name]).toBeCloseTo(((small ?? 0) + (large ?? 0)) / 2, 9)
    }
    for (const target of TARGETS) {
      expect(perTarget[target]?.metrics['r2']).toBeGreaterThan(0.8)
      expect(perTarget[target]?.residuals).toBeDefined()
      expect(perTarget[target]?.metrics['mae']).toBeLessThan(Number(perTarget[target]?.baseline?.['mae']))
    }
    expect(baseline?.['mae']).toBeGreaterThan(100)

    const { encoder, members } = typed
    const files = writeDenseModel(members)
    const predictor = loadPredictor({
      encoder: Buffer.from(JSON.stringify(encoder)),
      model: files['model.json'],
      weights: files['weights.bin'],
    })
    expect(predictor.task).toBe('regression')
    const answer = predictor.predict({ x: 0.5, y: 0.8 })
    if (!('values' in answer)) throw new Error('a prediction without values')
    expect(Object.keys(answer)).toEqual(['values'])
    expect(Object.keys(answer.values)).toEqual(TARGETS)
    expect(answer.values['small']).toBeCloseTo(0.1, 0)
    expect(Math.abs((answer.values['large'] ?? 0) - 5_640)).toBeLessThan(200)
    expect(signatureOf(encoder).output).toMatchObject({
      type: 'values',
      targets: [{ name: 'small' }, { name: 'large', range: { min: expect.any(Number) } }],
    })
  })

  it('are transformed each in its own way', async () => {
    const { encoder } = await train(
      inputOf({ epochs: 2, validation: null, targetTransform: { large: 'log', small: 'none' } }),
    )
    expect(encoder.target).toMatchObject({
      task: 'severalNumbers',
      targets: [
        { name: 'small', state: { log: false, shift: 0, scale: 1 } },
        { name: 'large', state: { log: true, shift: expect.closeTo(8.57, 1) } },
      ],
    })
  })

  it('leave out rows that lack one of them', () => {
    const { table, recipe } = inputOf({})
    expect([...labelledRows(recipe, table)].slice(0, 2)).toEqual([2, 3])
  })

  it('are validated by folds and compared by r2', async () => {
    const input = inputOf({ epochs: 8, validation: { kFold: 3 }, ensemble: 2, engine: 'typed' })
    const { evaluation, model, heldOut } = await execute({ ...input, run: { kind: 'whole' } })
    expect(evaluation?.rows).toBe(400)
    expect(evaluation?.folds).toHaveLength(3)
    const { small, large } = evaluation?.perTarget ?? {}
    expect(small?.residualQuantiles?.['0.5']).toBeDefined()
    expect(small?.baseline?.['mae']).toBeGreaterThan(Number(small?.metrics['mae']))
    expect(evaluation?.metrics['mae']).toBeCloseTo(
      (Number(small?.metrics['mae']) + Number(large?.metrics['mae'])) / 2,
      9,
    )
    const target = model?.encoder.target
    if (!target || !heldOut) throw new Error('expected held-out answers')
    const answers = { target, outputs: 2, values: heldOut.values }
    const rows = { table: input.table, rows: heldOut.rows }
    const [own, same] = measuredBoth({ type: 'r2' }, TARGETS, rows, [answers, answers])
    expect(own).toBe(same)
    const [r2] = measuredBoth({ type: 'r2' }, TARGETS, rows, [
      answers,
      { ...answers, values: answers.values.map(() => 0) },
    ])
    expect(r2).toBe(own)
  })
})

describe('the figures of several targets', () => {
  it('are those of each alone, and their means', () => {
    const a = Float64Array.of(1, 2, 4)
    const b = Float64Array.of(10, 20, 60)
    const trueA = Float64Array.of(1, 3, 3)
    const trueB = Float64Array.of(20, 20, 40)
    const beside = (one: Float64Array, other: Float64Array) =>
      Float64Array.from([...one].flatMap((value, row) => [value, other[row] ?? 0]))
    const options = { loss: 0.5, metrics: [{ type: 'mape' as const }], weights: Float64Array.of(1, 2, 3) }
    const { rows, loss, metrics, perTarget } = evaluateSeveral(
      beside(a, b),
      beside(trueA, trueB),
      ['a', 'b'],
      options,
    )
    const ofA = evaluateRegression(a, trueA, options)
    const ofB = evaluateRegression(b, trueB, options)
    expect([rows, loss]).toEqual([3, 0.5])
    expect(perTarget).toMatchObject({ a: { metrics: ofA.metrics }, b: { metrics: ofB.metrics } })
    expect(perTarget?.['b']?.residualQuantiles).toEqual(ofB.residualQuantiles)
    expect(metrics['mae']).toBeCloseTo((Number(ofA.metrics['mae']) + Number(ofB.metrics['mae'])) / 2, 12)
  })
})

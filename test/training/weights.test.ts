import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { congruential } from '../helpers/congruential.ts'
import { csvTraining } from '../helpers/csv-training.ts'

// In a quarter of the rows, which weigh most, label and number follow another rule than in the others. The figures of
// scikit-learn 1.9.1 are LogisticRegression(C=1e9) and LinearRegression() on the same rows, with sample_weight.
const ROWS = 600
const four = (value: number) => Number(value.toFixed(4))
const x = congruential(ROWS, 21)
const z = congruential(ROWS, 22)
const h = congruential(ROWS, 23)
const e = congruential(ROWS, 24)
const rows = Array.from({ length: ROWS }, (_, row) => {
  const a = four((x[row] ?? 0) * 4 - 2)
  const b = four((z[row] ?? 0) * 4 - 2)
  const heavy = (h[row] ?? 0) < 0.25
  const weight = heavy ? 8 : (h[row] ?? 0) < 0.35 ? 0 : 0.5
  const share = 1 / (1 + Math.exp(-(heavy ? 2 * a - b : -1.5 * a + 0.5)))
  const noise = e[row] ?? 0
  return { a, b, weight, label: noise < share ? 1 : 0, v: four((heavy ? 3 * a + 1 : -a) + b + noise - 0.5) }
})

describe('a recipe with weights', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  beforeAll(async () => {
    desk = await csvTraining('weights')
    const line = ({ a, b, weight, label, v }: (typeof rows)[number]) => `${a},${b},${weight},${label},${v}`
    await desk.upload('rows', ['x,z,w,label,v', ...rows.map(line)].join('\n'))
    await desk.upload(
      'plain',
      ['x,z,label', ...rows.map(({ a, b, label }) => `${a},${b},${label}`)].join('\n'),
    )
    await desk.upload(
      'gaps',
      ['x,z,w,label', ...rows.map(({ a, b, label }, row) => `${a},${b},${row === 6 ? '' : 1},${label}`)].join(
        '\n',
      ),
    )
  })
  afterAll(() => desk.close())

  const linear = {
    target: 'label',
    inputs: ['x', 'z'],
    weights: 'w',
    layers: [],
    optimizer: { type: 'adam', learningRate: 0.02 },
    learningRateSchedule: 'cosine',
    batchSize: 150,
    epochs: 250,
    validation: { dataset: 'rows' },
    earlyStopping: null,
  }
  const scoreOf = ({ predictor }: Awaited<ReturnType<typeof desk.train>>, row: { x: number; z: number }) => {
    const answer = predictor.predict(row)
    return 'value' in answer ? answer.value : 'score' in answer ? answer.score : Number.NaN
  }

  it("learns scikit-learn's weighted model, and measures it as scikit-learn does, in both engines", async () => {
    for (const engine of ['typed', 'tensorflow']) {
      const classifier = await desk.train('logistic', 'rows', { ...linear, engine })
      expect(scoreOf(classifier, { x: 1, z: 0 })).toBeCloseTo(0.7316517, 2)
      expect(classifier.evaluation.loss).toBeCloseTo(0.5907302, 3)
      expect(classifier.evaluation.metrics['auc']).toBeCloseTo(0.7440003, 3)
      expect(classifier.evaluation.weightedBy).toBe('w')
      expect(classifier.predictor.inputs.map(({ name }) => name)).toEqual(['x', 'z'])

      // The weight of a row is multiplied by that of its class.
      const product = await desk.train('product', 'rows', { ...linear, engine, classWeights: { '1': 3 } })
      expect(scoreOf(product, { x: 1, z: 0 })).toBeCloseTo(0.8901088, 2)
      expect(scoreOf(product, { x: -1, z: 1 })).toBeCloseTo(0.5072933, 2)

      const regression = await desk.train('least-squares', 'rows', {
        ...linear,
        engine,
        target: 'v',
        loss: 'mse',
      })
      expect(scoreOf(regression, { x: 1, z: 0 })).toBeCloseTo(3.4853374, 1)
      expect(regression.evaluation.metrics['rmse']).toBeCloseTo(1.5406691, 2)
      expect(regression.evaluation.metrics['r2']).toBeCloseTo(0.8361556, 2)
    }
  }, 240_000)

  it('without weights learns the other rule', async () => {
    const plain = await desk.train('plain', 'rows', { ...linear, weights: null })
    expect(scoreOf(plain, { x: 1, z: 0 })).toBeCloseTo(0.4338918, 2)
    expect(plain.evaluation.weightedBy).toBeUndefined()
  })

  it('gives folds, history and evaluation weighted figures, whatever the unit of the weights', async () => {
    const quick = { ...linear, epochs: 20, validation: { kFold: 3 }, ensemble: 2 }
    const folds = await desk.train('folds', 'rows', quick)
    expect(folds.evaluation).toMatchObject({ rows: ROWS, weightedBy: 'w' })
    expect(folds.evaluation.weightedMatrix?.flat().reduce((sum, weight) => sum + weight)).toBeGreaterThan(0)
    const scaled = rows.map(({ a, b, weight, label }) => `${a},${b},${weight * 1024},${label}`)
    await desk.upload('scaled', ['x,z,w,label', ...scaled].join('\n'))
    const other = await desk.train('scaled', 'scaled', quick)
    expect(other.evaluation.metrics).toEqual(folds.evaluation.metrics)
    expect(scoreOf(other, { x: 1, z: 1 })).toBe(scoreOf(folds, { x: 1, z: 1 }))
  })

  it('is evaluated on another data set with its weights, and without them where it has none, which is told', async () => {
    const { version, evaluation } = await desk.train('other', 'rows', { ...linear, epochs: 5 })
    const same = await desk.evaluate('other', version, 'rows')
    expect(same).toMatchObject({ weightedBy: 'w', metrics: evaluation.metrics, loss: evaluation.loss })
    const without = await desk.evaluate('other', version, 'plain')
    expect([without.weightedBy, without.weightedMatrix]).toEqual([null, undefined])
    expect(without.metrics['accuracy']).not.toBe(same.metrics['accuracy'])
    await expect(desk.evaluate('other', version, 'gaps')).rejects.toMatchObject({
      code: 'invalid-job',
      message: expect.stringMatching(/Row 7 has no value in "w"/),
    })
  })

  it('tells in a dry run what it does, and refuses what is no weight', async () => {
    const { notes, recipe } = await desk.dryRun('rows', { target: 'label', weights: 'w' })
    expect(recipe.inputs).toEqual(['x', 'z', 'v'])
    expect(notes).toEqual([
      {
        path: '/recipe/weights',
        message: 'Loss, metrics and baseline weight each row by "w" (0 to 8). The column is no input.',
      },
    ])
    const lines = rows.map(
      ({ label }, row) => `${row % 7},${row % 5 === 0 ? 'a' : 'b'},${row === 3 ? -2 : 1},0,${label}`,
    )
    await desk.upload('bad', ['x,kind,below,zero,label', ...lines].join('\n'))
    for (const [dataset, more, path, message] of [
      ['rows', { weights: 'ww' }, '/recipe/weights', /Did you mean "w"\?/],
      ['rows', { weights: 'label' }, '/recipe/weights', /target cannot be the weights/],
      ['gaps', { weights: 'w' }, '/recipe/weights', /has a gap/],
      ['bad', { weights: 'below' }, '/recipe/weights', /smallest value in "below" is -2/],
      ['bad', { weights: 'zero' }, '/recipe/weights', /Every value in "zero" is 0/],
      ['bad', { weights: 'kind' }, '/recipe/weights', /is a category/],
      [
        'rows',
        { weights: 'w', inputs: ['x', 'z'], validation: { dataset: 'plain' } },
        '/recipe/validation/dataset',
        /no column "w"/,
      ],
    ] as const)
      await expect(desk.dryRun(dataset, { target: 'label', ...more })).rejects.toMatchObject({
        problems: expect.arrayContaining([{ path, message: expect.stringMatching(message) }]),
      })
  })
})

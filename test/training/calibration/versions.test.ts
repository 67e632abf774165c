import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../../src/evaluation/random.ts'
import { csvTraining } from '../../helpers/csv-training.ts'

const ROWS = 2_000
const numbers = (name: string) => {
  const random = new Random(1, name)
  return Array.from({ length: ROWS }, () => random.next())
}
const x = numbers('x')
const noise = numbers('noise')
/** One row in five is ill, the more likely the larger x. */
const two = x.map((value, row) => ((noise[row] ?? 0) < 0.6 * value ** 2 ? 'ill' : 'well'))
const three = x.map((value, row) => {
  const chance = noise[row] ?? 0
  return chance < 0.5 * value ** 2 ? 'a' : chance < 0.5 * value ** 2 + 0.1 ? 'b' : 'c'
})
/** Columns that say nothing, which a wide network learns by heart. */
const NOISE = Array.from({ length: 10 }, (_, column) => numbers(`n${column}`))
const rowOf = (row: number) =>
  Object.fromEntries([['x', x[row] ?? 0], ...NOISE.map((values, column) => [`n${column}`, values[row] ?? 0])])
const csv = (labels: readonly string[], from = 0, to = ROWS) =>
  [
    ['x', ...NOISE.map((_, column) => `n${column}`), 'label'].join(),
    ...x.slice(from, to).map((_, at) => [...Object.values(rowOf(from + at)), labels[from + at]].join()),
  ].join('\n')

/** Far too sure of itself: many epochs, a wide network, no early stopping. */
const sure = {
  layers: [{ units: 32 }],
  epochs: 30,
  optimizer: { type: 'adam', learningRate: 0.02 },
  earlyStopping: null,
}
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('a version that is calibrated', () => {
  let desk: Awaited<ReturnType<typeof csvTraining>>
  type Trained = Awaited<ReturnType<typeof desk.train>>
  beforeAll(async () => {
    desk = await csvTraining('calibration')
    await desk.upload('two', csv(two))
    await desk.upload('three', csv(three))
    await desk.upload('later', csv(two, 500, 1_500))
    await desk.upload('few', csv(two, 0, 300))
  })
  afterAll(() => desk.close())

  const answersOf = ({ predictor }: Trained) =>
    x.map((_, row) => {
      const answer = predictor.predict(rowOf(row))
      if (!('label' in answer)) throw new Error('no class')
      return answer
    })

  it('is one that the service chose the network of; others answer what they compute, unless they ask', async () => {
    const recipeOf = async (dataset: string, recipe: object) => (await desk.dryRun(dataset, recipe)).recipe
    expect(await recipeOf('two', {})).toMatchObject({ calibration: 'auto' })
    expect(await recipeOf('three', { epochs: 3 })).toMatchObject({ calibration: 'auto' })
    expect(await recipeOf('two', { validation: null })).toMatchObject({ calibration: 'none' })
    expect(await recipeOf('two', { layers: [] })).toMatchObject({ calibration: 'none' })
    expect(await recipeOf('two', { layers: [], calibration: 'auto' })).toMatchObject({ calibration: 'auto' })
    expect(await recipeOf('two', { target: 'x' })).toMatchObject({ calibration: 'none' })
  })

  it('cannot be one without classes or without validation rows, nor one whose answers would change', async () => {
    const fault = (dataset: string, recipe: object) =>
      desk.dryRun(dataset, recipe).then(
        () => 'accepted',
        (error: unknown) => JSON.stringify(error),
      )
    expect(await fault('two', { target: 'x', calibration: 'platt' })).toContain('/recipe/calibration')
    expect(await fault('two', { validation: null, calibration: 'isotonic' })).toContain('/recipe/calibration')
    expect(await fault('three', { classWeights: 'balanced', calibration: 'isotonic' })).toContain('platt')
    expect(await fault('two', { calibration: 'sometimes' })).toContain('/recipe/calibration')
  })

  it.each(['temperature', 'platt', 'isotonic', 'auto'])(
    'keeps the order of all rows and answers others as it is measured (%s)',
    async (calibration) => {
      const raw = await desk.train('raw', 'two', sure)
      const own = await desk.train('own', 'two', { ...sure, calibration })
      const before = answersOf(raw)
      const after = answersOf(own)
      const order = before
        .map((_, row) => row)
        .sort((a, b) => (before[a]?.score ?? 0) - (before[b]?.score ?? 0))
      for (const [at, row] of order.entries()) {
        const left = order[at - 1]
        if (left === undefined || before[left]?.score === before[row]?.score) continue
        expect(after[row]?.score).toBeGreaterThan(after[left]?.score ?? 1)
      }
      const { calibration: figures, metrics, reliability } = own.evaluation
      expect(raw.evaluation.calibration).toBeUndefined()
      expect(figures?.before.logLoss).toBeCloseTo(raw.evaluation.loss, 9)
      expect(figures?.after.logLoss).toBeCloseTo(own.evaluation.loss, 9)
      expect(figures?.after.logLoss).toBeLessThan(figures?.before.logLoss ?? 0)
      expect(figures?.after.expectedCalibrationError).toBe(reliability?.expectedCalibrationError)
      expect(metrics['auc']).toBeCloseTo(raw.evaluation.metrics['auc'] ?? 0, 12)
      expect(own.evaluation.roc?.['well']?.truePositiveRate).toEqual(
        raw.evaluation.roc?.['well']?.truePositiveRate,
      )
      const later = await desk.evaluate('own', own.version, 'later')
      const logLoss = meanOf(
        after
          .slice(500, 1_500)
          .map(({ probabilities }, at) => -Math.log(probabilities[two[500 + at] ?? ''] ?? 0)),
      )
      expect(later.loss).toBeCloseTo(logLoss, 6)
    },
    120_000,
  )

  it('gives true probabilities although classes were weighted, and still the answers that the weights ask for', async () => {
    for (const [dataset, labels] of [
      ['two', two],
      ['three', three],
    ] as const) {
      const weighted = { ...sure, epochs: 6, classWeights: 'balanced' }
      const before = answersOf(await desk.train('bent', dataset, weighted))
      const own = await desk.train('straight', dataset, { ...weighted, calibration: 'platt' })
      const after = answersOf(own)
      const changed = after.filter(({ label }, row) => label !== before[row]?.label).length
      expect(changed / ROWS).toBeLessThan(0.005)
      for (const name of new Set(labels)) {
        const share = labels.filter((label) => label === name).length / ROWS
        const mean = (answers: typeof after) =>
          meanOf(answers.map(({ probabilities }) => probabilities[name] ?? 0))
        expect(mean(after)).toBeCloseTo(share, 1)
        expect(Math.abs(mean(after) - share)).toBeLessThan(Math.abs(mean(before) - share) / 2 + 0.01)
      }
      const { metrics, confusionMatrix = [] } = own.evaluation
      const right = confusionMatrix.reduce((sum, line, at) => sum + (line[at] ?? 0), 0)
      expect(metrics['accuracy']).toBeCloseTo(right / own.evaluation.rows, 9)
    }
  })

  it('is calibrated over the folds after k-fold, by answers that the comparison of versions also takes', async () => {
    const recipe = { ...sure, validation: { kFold: 4, repeats: 2 } }
    const raw = await desk.train('folded', 'few', recipe)
    const own = await desk.train('folded', 'few', { ...recipe, calibration: 'platt' })
    const { calibration, loss, rows, folds } = own.evaluation
    expect(rows).toBe(600)
    expect(folds).toHaveLength(8)
    expect(calibration).toMatchObject({ method: 'platt' })
    expect(calibration?.after.logLoss).toBeLessThan(calibration?.before.logLoss ?? 0)
    expect(loss).toBeLessThan(raw.evaluation.loss)
    expect(own.heldOut?.rows).toEqual(raw.heldOut?.rows)
    expect(own.heldOut?.values).not.toEqual(raw.heldOut?.values)
  })

  it('is calibrated where its classes are in order', async () => {
    const recipe = { ...sure, rank: ['a', 'b', 'c'], calibration: 'temperature' }
    const own = await desk.train('ranked', 'three', recipe)
    for (const { probabilities } of answersOf(own).slice(0, 50))
      expect(Object.values(probabilities).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12)
    expect(own.evaluation.calibration?.after.logLoss).toBeLessThan(
      own.evaluation.calibration?.before.logLoss ?? 0,
    )
  })
})
